from __future__ import annotations

import asyncio
import io
import threading
from collections.abc import Iterator
from dataclasses import replace

import pytest
from rich.console import Console

from adapters.chat.terminal.client import TerminalChat
from adapters.chat.terminal.prompt import INTERRUPT
from core.channels import ChannelRef, UserRef
from core.errors import ChatUnavailable, NotFound
from core.posts.messages import MessageRef
from core.posts.tree import Action, Paragraph, Post, text
from tests.fakes.clock import NOON, FakeClock
from tests.fakes.desk import FakeDesk
from tests.fakes.posts import FIRST, SECOND, THIRD, a_digest, a_paper_card

MAIN = ChannelRef("terminal", "", "main")


class Terminal:
    """A chat on a screen in memory, and a person who types."""

    def __init__(self, *, tty: bool = False) -> None:
        self.screen = io.StringIO()
        self.console = Console(file=self.screen, width=80, force_terminal=tty, color_system=None)
        self.desk = FakeDesk()
        self.prompts: list[str] = []
        self._lines: Iterator[str | BaseException] = iter(())
        self.chat = TerminalChat(self.console, FakeClock(), ask=self._ask, patience_s=0.02)

    def _ask(self, prompt: str) -> str:
        self.prompts.append(prompt)
        line = next(self._lines, EOFError())
        if isinstance(line, BaseException):
            raise line
        return line

    async def types(self, *lines: str | BaseException) -> str:
        """What is shown while these lines are typed."""
        self._lines = iter(lines)
        before = len(self.screen.getvalue())
        await self.chat.run(self.desk)
        return self.screen.getvalue()[before:]

    async def posts(self, post: Post, key: str = "1") -> list[MessageRef]:
        sent: list[MessageRef] = []
        for outgoing in self.chat.plan(MAIN, post, key=key):
            sent.append(await self.chat.send(MAIN, outgoing, sent[0] if outgoing.parent_key else None))
        return sent


@pytest.fixture
def terminal() -> Terminal:
    return Terminal()


async def test_numbers_equal_those_of_the_first_digest_and_count_on(terminal: Terminal) -> None:
    """The digest's papers are [1] to [3]; what is shown later goes on from there."""
    await terminal.posts(a_digest())
    assert "[3] 多语言" in await terminal.types("3")
    terminal.desk.answers_with(a_paper_card())
    assert "[4] Borrowed" in await terminal.types("/paper 2602.00001")
    assert "[5] Borrowed" in await terminal.types("/paper 2602.00001")


async def test_a_message_of_several_papers_has_no_number(terminal: Terminal) -> None:
    """Search results, and the parent of a digest of one paper, are lists: a number means one of their papers."""
    await terminal.posts(replace(a_paper_card(), papers=(FIRST, SECOND)), key="1")
    await terminal.posts(replace(a_paper_card(), replies=(a_paper_card(),)), key="2")
    assert "[1]" not in terminal.screen.getvalue()
    assert (await terminal.types("1")).count("[1] Borrowed") == 1


async def test_a_digest_is_shown_without_its_thread(terminal: Terminal) -> None:
    """A screen shows the list; a number opens that paper's message, with its abstract, as often as it is asked for."""
    await terminal.posts(a_digest())
    assert "▎" not in terminal.screen.getvalue()
    for typed in ("2", "[2]"):
        shown = await terminal.types(typed)
        assert "[2] A Small Garden of Proofs" in shown
        assert "▎ Proof search waits for a goal." in shown
        assert "In the thread" not in shown
        assert "+🔖 2" in shown
    assert "There is no paper [9] here. The numbers go from [1] to [3]." in await terminal.types("9")


async def test_a_number_means_the_list_printed_last(terminal: Terminal) -> None:
    """After a search `2` opens its second hit, `+🔖 2` bookmarks it, and both mean the same when it is open."""
    await terminal.posts(a_digest())
    hits = Post(blocks=(Paragraph(spans=(text("Two hits."),)),), papers=(THIRD, SECOND))
    terminal.desk.answers_with(hits)
    await terminal.types("/search lanterns", "+🔖 2")
    (reaction,) = terminal.desk.reactions
    assert terminal.desk.seen[reaction.message] == (SECOND,)
    terminal.desk.answers_with(replace(a_paper_card(), papers=(SECOND,)))
    assert "[2] Borrowed" in await terminal.types("2")
    command = terminal.desk.commands[-1]
    assert (command.name, command.paper) == ("paper", SECOND)
    asked = len(terminal.desk.commands)
    assert "[2] Borrowed" in await terminal.types("2")
    assert len(terminal.desk.commands) == asked


async def test_a_list_of_one_is_a_list(terminal: Terminal) -> None:
    """The only hit of a search is opened by 1."""
    terminal.desk.answers_with(Post(blocks=(Paragraph(spans=(text("A hit."),)),), papers=(THIRD,)))
    await terminal.types("/search lanterns", "1")
    assert terminal.desk.commands[-1].paper == THIRD


async def test_help_tells_of_numbers(terminal: Terminal) -> None:
    """What only a terminal can do stands below its help."""
    assert "a number opens a paper" in await terminal.types("/help")


async def test_identifiers_outlive_the_process() -> None:
    """The same plan shown by a later process means the same messages, so that the ledger still knows them."""
    assert await Terminal().posts(a_digest()) == await Terminal().posts(a_digest())


async def test_answers_of_two_processes_are_told_apart() -> None:
    """Answers have identifiers that no other process gives."""
    first, second = Terminal(), Terminal()
    for one in (first, second):
        one.desk.answers_with(a_paper_card())
        await one.types("/paper 2602.00001")
    assert not set(first.desk.seen) & set(second.desk.seen)


async def test_nothing_is_found_that_another_process_sent() -> None:
    """A terminal remembers nothing."""
    await Terminal().posts(a_digest())
    assert await Terminal().chat.find(MAIN, "1/0") is None


async def test_a_thread_that_goes_on_later_says_so(terminal: Terminal) -> None:
    """A reply below other messages names its thread."""
    parent, *_ = await terminal.posts(a_digest())
    await terminal.posts(a_paper_card(), key="2")
    (late,) = terminal.chat.plan(MAIN, replace(a_paper_card(), papers=()), key="3")
    await terminal.chat.send(MAIN, late, parent)
    shown = terminal.screen.getvalue()
    assert shown.count("In the thread of “Papers for Wednesday, 4 February 2026: 3 papers”:\n  │\n") == 1


async def test_an_interrupted_digest_goes_on_without_its_parent(terminal: Terminal) -> None:
    """Replies whose parent an earlier process printed still look like replies."""
    _, reply, *_ = terminal.chat.plan(MAIN, a_digest(), key="1")
    await terminal.chat.send(MAIN, reply, MessageRef(MAIN, "1/0"))
    assert "  │  [1] Borrowed" in terminal.screen.getvalue()


async def test_an_edit_is_marked(terminal: Terminal) -> None:
    """What is printed stays; the new text comes below, with its number."""
    sent = await terminal.posts(a_digest())
    await terminal.chat.edit(sent[2], Post(blocks=(Paragraph(spans=(text("Better."),)),), papers=(SECOND,)))
    assert terminal.screen.getvalue().endswith("\nUpdated:\n  │\n  │  [2] Better.\n")


async def test_a_command_says_who_where_and_when(terminal: Terminal) -> None:
    """The one person at a terminal may do everything."""
    await terminal.types("/settings size 20")
    (command,) = terminal.desk.commands
    assert (command.place, command.actor, command.at) == (MAIN, UserRef("terminal", "", "you"), NOON)
    assert (command.name, command.arguments, command.may_manage) == ("settings", "size 20", True)


async def test_place_and_person_can_be_chosen() -> None:
    """Another place and name go into every command."""
    desk, lines = FakeDesk(), iter(["/help", "exit"])
    chat = TerminalChat(Console(file=io.StringIO()), FakeClock(), ask=lambda _: next(lines), user="ann", place="lab")
    await chat.run(desk)
    (command,) = desk.commands
    assert (str(command.place), str(command.actor)) == ("terminal:lab", "terminal:ann")


async def test_a_number_stands_for_its_paper(terminal: Terminal) -> None:
    """`/why 2` is about the paper of message [2]; other commands and numbers are left alone."""
    await terminal.posts(a_digest())
    shown = await terminal.types("/why 2", "/paper [3]", "/search 2", "/why 9")
    assert [(one.arguments, one.paper) for one in terminal.desk.commands] == [
        ("", SECOND),
        ("", THIRD),
        ("2", None),
    ]
    assert "There is no paper [9] here. The numbers go from [1] to [3]." in shown
    await terminal.types("/paper 3 in German", "/paper 1984")
    asked = [(one.arguments, one.paper) for one in terminal.desk.commands[3:]]
    assert asked == [("in German", THIRD), ("1984", None)]


async def test_several_reactions_come_in_order(terminal: Terminal) -> None:
    """One line may mean several papers."""
    sent = await terminal.posts(a_digest())
    await terminal.types("+🔖 3 1")
    assert [one.message for one in terminal.desk.reactions] == [sent[3], sent[1]]
    assert {(one.user, one.emoji, one.added, one.is_typed) for one in terminal.desk.reactions} == {
        (UserRef("terminal", "", "you"), "🔖", True, True)
    }


async def test_the_desks_word_on_a_reaction_is_shown(terminal: Terminal) -> None:
    """Where the desk has something to say, that is what the person reads, once."""
    await terminal.posts(a_digest())
    terminal.desk.tells(Post(blocks=(Paragraph(spans=(text("Not learned from yet."),)),)))
    assert await terminal.types("+👍 1 2") == "\nNot learned from yet.\n"


async def test_unknown_numbers_are_named(terminal: Terminal) -> None:
    """What can be done is done; the rest is named, with the numbers there are."""
    assert "Papers get a number when they are shown" in await terminal.types("+🔖 1")
    await terminal.posts(a_digest())
    shown = await terminal.types("+🔖 2 7 8")
    assert len(terminal.desk.reactions) == 1
    assert "! There is no paper [7] [8] here. The numbers go from [1] to [3]." in shown


@pytest.mark.parametrize("line", ["/exit", "quit"])
async def test_leaving_ends_it(terminal: Terminal, line: str) -> None:
    """What is typed after leaving is not read."""
    await terminal.types("/help", line, "/help")
    assert len(terminal.desk.events) == 1


@pytest.mark.parametrize("key", [INTERRUPT, KeyboardInterrupt()])
async def test_ctrl_c_twice_leaves(terminal: Terminal, key: str | BaseException) -> None:
    """The first Ctrl-C says how to leave; a line in between starts the count anew."""
    shown = await terminal.types(key, "/help", key, key, "/help")
    assert shown.count("Ctrl-C again, or exit, leaves.") == 2
    assert len(terminal.desk.events) == 1


async def test_what_to_type_is_hinted_once() -> None:
    """A single answer says how to bookmark it; ten messages of a thread do not."""
    terminal = Terminal(tty=True)
    await terminal.posts(a_digest())
    assert "Bookmark" not in terminal.screen.getvalue()
    terminal.desk.answers_with(
        replace(
            a_paper_card(),
            actions=(
                *a_paper_card().actions,
                Action(name="why", label="Why?", arguments=str(FIRST)),
                Action(name="x", label="X"),
            ),
        )
    )
    assert "🔖 Bookmark: +🔖 4   Why?: /why arxiv:2602.00001   Type: x\n" in await terminal.types("/paper 1")


async def test_a_person_is_greeted_and_prompted() -> None:
    """At a terminal there is a greeting and a prompt; in a pipe there is neither."""
    terminal, pipe = Terminal(tty=True), Terminal()
    await terminal.posts(a_digest())
    assert "3 opens paper 3, +🔖 3 bookmarks it;" in await terminal.types("exit")
    assert terminal.prompts == ["paperboy> "]
    assert await pipe.types("exit") == ""
    assert pipe.prompts == [""]


async def test_errors_are_sentences(terminal: Terminal) -> None:
    """An error of ours that comes out of the desk is said, and the next line is answered."""
    terminal.desk.fails_with(NotFound("The paper is gone.", hint="Try again."))
    shown = await terminal.types("/help", "/help")
    assert shown.count("! The paper is gone. Try again.") == 2


async def test_bugs_are_loud(terminal: Terminal) -> None:
    """What is no error of ours is not swallowed, whether it comes from the keyboard or elsewhere."""
    with pytest.raises(ZeroDivisionError):
        await terminal.types(ZeroDivisionError())


async def test_a_screen_that_is_gone_is_said_so() -> None:
    """Where nothing can be printed, sending fails as any platform's would."""

    class Full(io.StringIO):
        def write(self, _: str) -> int:
            raise OSError(28, "No space left on device")

    chat = TerminalChat(Console(file=Full()), FakeClock())
    (outgoing,) = chat.plan(MAIN, a_paper_card(), key="1")
    with pytest.raises(ChatUnavailable, match="No space left"):
        await chat.send(MAIN, outgoing, None)
    assert await chat.find(MAIN, "1/0") is None


async def test_long_work_shows_that_it_goes_on() -> None:
    """A person who waits sees that something happens; quick answers and pipes stay quiet."""
    slow, quick, pipe = Terminal(tty=True), Terminal(tty=True), Terminal()
    slow.desk.takes(0.5)
    pipe.desk.takes(0.5)
    assert "working…" in await slow.types("/digest")
    assert "working…" not in await quick.types("/digest")
    assert "working…" not in await pipe.types("/digest")


async def test_waiting_for_a_line_holds_nothing_up() -> None:
    """The event loop goes on while the person thinks, and cancelling does not wait for them."""
    typing, leave = threading.Event(), threading.Event()

    def ask(prompt: str) -> str:
        typing.set()
        leave.wait(60)
        return "exit"

    chat = TerminalChat(Console(file=io.StringIO()), FakeClock(), ask=ask)
    async with asyncio.timeout(30), asyncio.TaskGroup() as group:
        running = group.create_task(chat.run(FakeDesk()))
        await asyncio.to_thread(typing.wait)
        running.cancel()
    assert running.cancelled()
    leave.set()
