"""The terminal as a chat platform, and the reference for all others: messages, threads, commands, reactions.

`bot` gives it a rich console and calls it through the `Chat` port. A screen has no threads: of a digest the parent is
printed, and its papers' messages wait until a person types their number. A number means a paper of the list that was
printed last: `3` opens what stands there as 3, `+🔖 3` (or another sign of the channel) bookmarks it, and `/ask` is
about the one opened last. The terminal cannot change what it has printed and remembers nothing across processes: `find`
knows what this one sent.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, replace
from typing import Final
from uuid import uuid4

from rich.console import Console, RenderableType
from rich.text import Text

from adapters.chat.terminal.prompt import INTERRUPT, Ask, Keyboard, Prompt, listen_to_ctrl_c, until_ctrl_c
from adapters.chat.terminal.render import DIM, WORDS, Painter, aside, can_link, file_text, show, thread
from adapters.chat.terminal.typed import (
    CommandLine,
    LeavingLine,
    OpeningLine,
    ReactionLine,
    UnclearLine,
    paper_number,
    understand,
    what_to_type,
)
from core.channels import ChannelRef, UserRef
from core.converse.command import Command, Origin
from core.converse.ports import ChatPlatform, Desk
from core.deliver import card, compose
from core.deliver.ports import BeforeSending, at_once
from core.errors import ChannelGone, ChatUnavailable, NotFound, PaperboyError
from core.papers.identifiers import PaperId
from core.posts.json import from_json, to_json
from core.posts.messages import MessageRef, Outgoing
from core.posts.reactions import Feeling
from core.posts.signs import USUAL_SIGNS, shown_signs
from core.posts.tree import Action, Note, Post, prose, text
from core.speech import N_, _, speaking
from core.time import Clock

#: seconds of work before the person is told that it goes on
PATIENCE_S: Final = 1.0

#: larger numbers may be a title: `/paper 1984`
_MOST_NUMBERED: Final = 999
#: names in a payload that are not a post's
_OWN_FIELDS: Final = frozenset({"numbered", "lists"})
_NUMBERS: Final = N_(
    "Here a number opens a paper of the list above: 3. +:bookmark: 3 bookmarks it, -:bookmark: 3 takes that back."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class _ScreenMessage:
    """A message on the screen."""

    ref: MessageRef
    #: what a person types to mean it; None where it shows no paper of its own
    number: int | None
    papers: tuple[PaperId, ...]
    #: the key of its thread's parent, or its own
    thread: str
    #: its one-line description
    title: str
    #: the message itself, in the terminal's words; None for a line of a list
    post: Post | None


class TerminalChat(ChatPlatform):
    """Messages printed on a console; lines typed by one person, who may do everything."""

    platform = "terminal"

    def __init__(
        self,
        console: Console,
        clock: Clock,
        *,
        ask: Ask | None = None,
        user: str = "you",
        place: str = "main",
        patience_s: float = PATIENCE_S,
    ) -> None:
        """`ask` gives typed lines, as `input` does; the keyboard unless given."""
        self._console = console
        self._clock = clock
        self._prompt = Prompt(console, ask or Keyboard(colour=can_link(console) and not console.no_color))
        self._user = UserRef(self.platform, "", user)
        self._patience_s = patience_s
        self._channel = ChannelRef(self.platform, "", place)
        #: by key
        self._messages: dict[str, _ScreenMessage] = {}
        self._by_number: dict[int, _ScreenMessage] = {}
        self._open_paper: PaperId | None = None
        self._thread = ""
        self._actions: tuple[Action, ...] = ()  # of what was shown last
        self._signs = USUAL_SIGNS  # of what was planned last
        self._painter = Painter(can_link=can_link(console))
        self.above_prompt = self._prompt.above

    @asynccontextmanager
    async def open(self) -> AsyncIterator[ChatPlatform]:
        """There is nothing to log in to."""
        yield self

    async def whoami(self) -> str:
        """The person at the keyboard needs no token."""
        return "this terminal"  # not said: the operator reads it

    async def check(self, channel: ChannelRef) -> None:
        """Every place of a terminal can be printed to."""

    def plan(self, channel: ChannelRef, post: Post, *, key: str) -> tuple[Outgoing, ...]:
        """A message for the post and one for each reply; none is too long for a terminal.

        Replies to replies follow their reply in the same thread, since platforms know one level of threads.
        """
        post, self._signs = WORDS.localise(post), post.signs
        parent = _outgoing(post, f"{key}/0", None)
        replies = (_outgoing(reply, f"{key}/{n}", parent.key) for n, reply in enumerate(_all_replies(post), 1))
        return (parent, *replies)

    async def send(
        self,
        channel: ChannelRef,
        outgoing: Outgoing,
        parent: MessageRef | None,
        *,
        before_sending: BeforeSending = at_once,
    ) -> MessageRef:
        """Print a message, a reply along its thread's gutter. A key that this process printed is not printed again.

        The key is the message's identifier: a plan that is shown again in a later process means the same messages.
        """
        if message := self._messages.get(outgoing.key):
            return message.ref
        await before_sending()
        post = from_json({name: value for name, value in outgoing.payload.items() if name not in _OWN_FIELDS})
        if outgoing.payload.get("lists"):
            self._by_number = {}
        message = _ScreenMessage(
            ref=MessageRef(channel, outgoing.key),
            number=self._number_for(outgoing),
            papers=outgoing.papers,
            thread=parent.id if parent else outgoing.key,
            title=post.fallback,
            post=post,
        )
        is_waiting = message.number is not None and message.thread != outgoing.key and message.thread in self._messages
        if not is_waiting:
            self._show(message, in_thread=parent is not None)
        self._remember(message)
        if outgoing.payload.get("lists") == "lines":
            self._number_lines(message, post.numbers)
        return message.ref

    def _number_for(self, outgoing: Outgoing) -> int | None:
        """The next number, for a message that shows one paper; the one of that paper in the list, where it is there."""
        if not outgoing.payload.get("numbered"):
            return None
        lines = (
            number
            for number, message in self._by_number.items()
            if message.post is None and message.papers == outgoing.papers
        )
        return next(lines, len(self._by_number) + 1)

    def _number_lines(self, message: _ScreenMessage, numbers: Sequence[int]) -> None:
        """Each line of a list can be meant, as if it were a message of its own."""
        for number, paper in zip(numbers or range(1, len(message.papers) + 1), message.papers, strict=True):
            line = MessageRef(message.ref.channel, f"{message.ref.id}#{number}")
            self._remember(
                _ScreenMessage(ref=line, number=number, papers=(paper,), thread=line.id, title="", post=None)
            )

    def _show(self, message: _ScreenMessage, *, in_thread: bool = False) -> None:
        post = message.post
        assert post is not None, "a line of a list is opened by its paper"
        self._open_paper = message.papers[0] if len(message.papers) == 1 else self._open_paper
        if in_thread:
            self._turn_to(message.thread)
        else:
            self._begin(message.ref.id)
            self._actions = post.actions
        body = self._painter.message(
            post, number=message.number, hint="" if in_thread else what_to_type(post, message.number)
        )
        self._print(thread(body) if in_thread else body)

    async def find(self, channel: ChannelRef, key: str) -> MessageRef | None:
        """A message that this process printed; an earlier process's messages are not known."""
        message = self._messages.get(key)
        return message.ref if message and message.ref.channel == channel else None

    async def edit(self, message: MessageRef, post: Post) -> None:
        """Print the new text, marked as an update: what is printed stays."""
        screen_message = self._messages.get(message.id)
        self._say("Updated:")
        painter = Painter(can_link=can_link(self._console))
        body = painter.message(WORDS.localise(post), number=screen_message.number if screen_message else None)
        self._print(thread(body) if screen_message and screen_message.thread != message.id else body)
        self._thread = ""

    async def write(self, person: UserRef, post: Post) -> None:
        """Nobody is elsewhere than at the keyboard, and a terminal is never lost."""
        raise ChannelGone(_("{person} cannot be written to in a terminal.", person=person), reason=None)

    async def run(self, desk: Desk) -> None:
        """Answer what is typed until `exit`, the end of input, or Ctrl-C twice at the prompt."""
        listen_to_ctrl_c()
        self._greet()
        was_interrupted = False
        while (line := await self._next_line()) is not None:
            if line == INTERRUPT and was_interrupted:
                return
            was_interrupted = line == INTERRUPT
            if was_interrupted:
                self._say(_("Ctrl-C again, or exit, leaves."))
            else:
                with speaking(await desk.language(self._channel)):
                    if not await self._take(line, desk):
                        return
        if self._console.is_terminal:
            self._console.print()

    async def _next_line(self) -> str | None:
        if self._console.is_terminal:
            self._console.print()
        return await self._prompt.next_line()

    async def _take(self, line: str, desk: Desk) -> bool:
        """Do what a line asks for; False where it asks to leave."""
        try:
            meaning = understand(line, self._actions)
            if isinstance(meaning, CommandLine):
                await self._carry_out(meaning, desk)
            elif isinstance(meaning, OpeningLine):
                await self._open(meaning.number, desk)
            elif isinstance(meaning, ReactionLine):
                await self._react(meaning, desk)
            elif isinstance(meaning, UnclearLine):
                await self._answer(compose.say((text(meaning.sentence),)), desk)
            return not isinstance(meaning, LeavingLine)
        except PaperboyError as error:
            await self._answer(compose.error(error), desk)
            return True

    async def _carry_out(self, line: CommandLine, desk: Desk) -> None:
        command = self._command(line)
        with self._patience():
            post = await until_ctrl_c(_answer_of(command, desk))
        if post is None:
            self._say(_("Stopped."))
            return
        if line.name == "help" and not line.arguments:
            post = replace(post, blocks=(*post.blocks, Note(spans=prose(_(_NUMBERS)))))
        await self._answer(post, desk)

    async def _open(self, number: int, desk: Desk) -> None:
        """Show the paper with that number: its message, or its card where the list was all there is of it."""
        if (message := self._by_number.get(number)) is None:
            raise NotFound(_("There is no paper {numbers} here.", numbers=f"[{number}]"), hint=self._number_range())
        if message.post:
            saves = await desk.saved_by(self._channel, message.papers[0])
            self._show(replace(message, post=WORDS.localise(card.with_saves(message.post, saves))))
        else:
            await self._carry_out(CommandLine(name="paper", arguments=str(number)), desk)

    def _command(self, line: CommandLine) -> Command:
        """The command; `/why 3` is about paper [3], a question without a number about the paper opened last."""
        number, words = paper_number(line)
        message = self._by_number.get(number) if number else None
        if number and number <= _MOST_NUMBERED and message is None and line.name != "ask":
            raise NotFound(_("There is no paper {numbers} here.", numbers=f"[{number}]"), hint=self._number_range())
        return Command(
            place=self._channel,
            actor=self._user,
            actor_name="You",
            origin=Origin.BUTTON if line.is_pressed else Origin.TYPED,
            name=line.name,
            arguments=words if message else line.arguments,
            at=self._clock.now(),
            paper=message.papers[0] if message else self._open_paper if line.name == "ask" else None,
            may_manage=True,
        )

    async def _react(self, line: ReactionLine, desk: Desk) -> None:
        known_numbers = [number for number in line.numbers if number in self._by_number]
        posts = [await self._bring_reaction(line, self._by_number[number], desk) for number in known_numbers]
        for post in dict.fromkeys(post for post in posts if post):
            await self._answer(post, desk)
        if unknown := [number for number in line.numbers if number not in self._by_number]:
            labels = " ".join(f"[{number}]" for number in unknown)
            raise NotFound(_("There is no paper {numbers} here.", numbers=labels), hint=self._number_range())

    async def _bring_reaction(self, line: ReactionLine, message: _ScreenMessage, desk: Desk) -> Post | None:
        """What the desk says to a reaction; None where it takes it in silence."""
        if message.post is None:
            await desk.record_message(message.ref, message.papers)
        with self._patience():
            return await desk.react(line.on(message.ref, self._user))

    def _number_range(self) -> str:
        if not self._by_number:
            return _("Papers get a number when they are shown: try /digest or /search.")
        return _(
            "The numbers go from {first} to {last}.",
            first=f"[{min(self._by_number)}]",
            last=f"[{max(self._by_number)}]",
        )

    async def _answer(self, post: Post, desk: Desk) -> None:
        """Show a post with its thread, and let the desk know which message shows which papers."""
        parent: MessageRef | None = None
        for outgoing in self.plan(self._channel, post, key=f"answer/{uuid4().hex}"):
            message = await self.send(self._channel, outgoing, parent)
            parent = parent or message
            if outgoing.papers:
                await desk.record_message(message, outgoing.papers)
        if post.attachment:
            self._print(file_text(post.attachment))

    def _remember(self, message: _ScreenMessage) -> None:
        self._messages[message.ref.id] = message
        if message.number is not None:
            self._by_number[message.number] = message

    def _begin(self, thread: str) -> None:
        self._painter = Painter(can_link=can_link(self._console))
        self._thread = thread

    def _turn_to(self, thread: str) -> None:
        """Say which thread goes on below other messages."""
        if thread == self._thread:
            return
        self._begin(thread)
        if parent := self._messages.get(thread):
            self._say(_("In the thread of “{title}”:", title=parent.title))

    def _greet(self) -> None:
        if self._console.is_terminal:
            number = min(len(self._by_number), 3)
            sign = shown_signs(Feeling.BOOKMARK, self.platform, self._signs)[0]
            opening = _("{number} opens paper {number}, +{emoji} {number} bookmarks it;", number=number, emoji=sign)
            leaving = _("/help tells what else you can ask; exit leaves.")
            self._say(f"{opening} {leaving}" if number else leaving)

    def _say(self, sentence: str) -> None:
        self._print(aside(sentence))

    def _print(self, renderable: RenderableType) -> None:
        try:
            with self.above_prompt():
                show(self._console, renderable)
        except BrokenPipeError:
            raise  # `| head` has seen enough, which is no trouble
        except OSError as error:
            raise ChatUnavailable(_("The terminal cannot be written to: {reason}.", reason=error.strerror)) from error

    @contextmanager
    def _patience(self) -> Iterator[None]:
        """Show that work goes on, after a moment, where a person is watching."""
        if not self._console.is_interactive:
            yield
            return
        status = self._console.status(Text("working…", style=DIM))
        waiting = asyncio.get_running_loop().call_later(self._patience_s, status.start)
        try:
            yield
        finally:
            waiting.cancel()
            status.stop()


async def _answer_of(command: Command, desk: Desk) -> Post:
    try:
        return await desk.handle(command)
    except PaperboyError as error:
        return compose.error(error)


def _outgoing(post: Post, key: str, parent_key: str | None) -> Outgoing:
    is_own = len(post.papers) == 1 and not post.replies and not post.numbers
    is_numbered = is_own and bool(post.actions) and post.thread is None
    lists = "messages" if post.replies else "lines" if post.papers and not is_numbered else ""
    payload = to_json(replace(post, replies=())) | {"numbered": is_numbered} | ({"lists": lists} if lists else {})
    return Outgoing(key=key, parent_key=parent_key, papers=post.papers, payload=payload)


def _all_replies(post: Post) -> list[Post]:
    return [part for reply in post.replies for part in (reply, *_all_replies(reply))]
