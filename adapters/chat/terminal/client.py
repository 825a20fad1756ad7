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

from adapters.chat.terminal.prompt import (
    INTERRUPTED,
    Ask,
    Keyboard,
    Prompt,
    listen_to_ctrl_c,
    until_ctrl_c,
)
from adapters.chat.terminal.render import DIM, WORDS, Painter, aside, can_link, file_text, show, thread
from adapters.chat.terminal.typed import (
    Asked,
    Leaving,
    Opened,
    Reacted,
    Unclear,
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
_OURS: Final = frozenset({"numbered", "lists"})
_NUMBERS: Final = N_(
    "Here a number opens a paper of the list above: 3. +:bookmark: 3 bookmarks it, -:bookmark: 3 takes that back."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Sent:
    """A message on the screen."""

    message: MessageRef
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
        self._sent: dict[str, _Sent] = {}
        self._numbered: dict[int, _Sent] = {}
        self._opened: PaperId | None = None
        self._thread = ""
        self._actions: tuple[Action, ...] = ()  # of what was shown last
        self._signs = USUAL_SIGNS  # of what was planned last
        self._painter = Painter(linked=can_link(console))
        self.above_prompt = self._prompt.above

    @asynccontextmanager
    async def opened(self) -> AsyncIterator[ChatPlatform]:
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
        replies = (_outgoing(reply, f"{key}/{n}", parent.key) for n, reply in enumerate(_below(post), 1))
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
        if known := self._sent.get(outgoing.key):
            return known.message
        await before_sending()
        post = from_json({name: value for name, value in outgoing.payload.items() if name not in _OURS})
        if outgoing.payload.get("lists"):
            self._numbered = {}
        sent = _Sent(
            message=MessageRef(channel, outgoing.key),
            number=self._number_for(outgoing),
            papers=outgoing.papers,
            thread=parent.id if parent else outgoing.key,
            title=post.fallback,
            post=post,
        )
        waits = sent.number is not None and sent.thread != outgoing.key and sent.thread in self._sent
        if not waits:
            self._show(sent, in_thread=parent is not None)
        self._remember(sent)
        if outgoing.payload.get("lists") == "lines":
            self._number_lines(sent, post.numbers)
        return sent.message

    def _number_for(self, outgoing: Outgoing) -> int | None:
        """The next number, for a message that shows one paper; the one of that paper in the list, where it is there."""
        if not outgoing.payload.get("numbered"):
            return None
        lines = (number for number, one in self._numbered.items() if one.post is None and one.papers == outgoing.papers)
        return next(lines, len(self._numbered) + 1)

    def _number_lines(self, sent: _Sent, numbers: Sequence[int]) -> None:
        """Each line of a list can be meant, as if it were a message of its own."""
        for number, paper in zip(numbers or range(1, len(sent.papers) + 1), sent.papers, strict=True):
            line = MessageRef(sent.message.channel, f"{sent.message.id}#{number}")
            self._remember(_Sent(message=line, number=number, papers=(paper,), thread=line.id, title="", post=None))

    def _show(self, sent: _Sent, *, in_thread: bool = False) -> None:
        post = sent.post
        assert post is not None, "a line of a list is opened by its paper"
        self._opened = sent.papers[0] if len(sent.papers) == 1 else self._opened
        if in_thread:
            self._turn_to(sent.thread)
        else:
            self._begin(sent.message.id)
            self._actions = post.actions
        shown = self._painter.message(
            post, number=sent.number, hint="" if in_thread else what_to_type(post, sent.number)
        )
        self._print(thread(shown) if in_thread else shown)

    async def find(self, channel: ChannelRef, key: str) -> MessageRef | None:
        """A message that this process printed; an earlier process's messages are not known."""
        sent = self._sent.get(key)
        return sent.message if sent and sent.message.channel == channel else None

    async def edit(self, message: MessageRef, post: Post) -> None:
        """Print the new text, marked as an update: what is printed stays."""
        sent = self._sent.get(message.id)
        self._say("Updated:")
        painter = Painter(linked=can_link(self._console))
        shown = painter.message(WORDS.localise(post), number=sent.number if sent else None)
        self._print(thread(shown) if sent and sent.thread != message.id else shown)
        self._thread = ""

    async def write(self, person: UserRef, post: Post) -> None:
        """Nobody is elsewhere than at the keyboard, and a terminal is never lost."""
        raise ChannelGone(_("{person} cannot be written to in a terminal.", person=person), reason=None)

    async def run(self, desk: Desk) -> None:
        """Answer what is typed until `exit`, the end of input, or Ctrl-C twice at the prompt."""
        listen_to_ctrl_c()
        self._greet()
        interrupted = False
        while (line := await self._typed()) is not None:
            if line == INTERRUPTED and interrupted:
                return
            interrupted = line == INTERRUPTED
            if interrupted:
                self._say(_("Ctrl-C again, or exit, leaves."))
            else:
                with speaking(await desk.language(self._channel)):
                    if not await self._take(line, desk):
                        return
        if self._console.is_terminal:
            self._console.print()

    async def _typed(self) -> str | None:
        if self._console.is_terminal:
            self._console.print()
        return await self._prompt.next_line()

    async def _take(self, line: str, desk: Desk) -> bool:
        """Do what a line asks for; False where it asks to leave."""
        try:
            meant = understand(line, self._actions)
            if isinstance(meant, Asked):
                await self._carry_out(meant, desk)
            elif isinstance(meant, Opened):
                await self._open(meant.number, desk)
            elif isinstance(meant, Reacted):
                await self._react(meant, desk)
            elif isinstance(meant, Unclear):
                await self._answer(compose.say((text(meant.sentence),)), desk)
            return not isinstance(meant, Leaving)
        except PaperboyError as error:
            await self._answer(compose.error(error), desk)
            return True

    async def _carry_out(self, asked: Asked, desk: Desk) -> None:
        command = self._command(asked)
        with self._patience():
            post = await until_ctrl_c(_handled(command, desk))
        if post is None:
            self._say(_("Stopped."))
            return
        if asked.name == "help" and not asked.arguments:
            post = replace(post, blocks=(*post.blocks, Note(spans=prose(_(_NUMBERS)))))
        await self._answer(post, desk)

    async def _open(self, number: int, desk: Desk) -> None:
        """Show the paper with that number: its message, or its card where the list was all there is of it."""
        if (sent := self._numbered.get(number)) is None:
            raise NotFound(_("There is no paper {numbers} here.", numbers=f"[{number}]"), hint=self._which_there_are())
        if sent.post:
            saved = await desk.saved_by(self._channel, sent.papers[0])
            self._show(replace(sent, post=WORDS.localise(card.with_saves(sent.post, saved))))
        else:
            await self._carry_out(Asked(name="paper", arguments=str(number)), desk)

    def _command(self, asked: Asked) -> Command:
        """The command; `/why 3` is about paper [3], a question without a number about the paper opened last."""
        number, rest = paper_number(asked)
        meant = self._numbered.get(number) if number else None
        if number and number <= _MOST_NUMBERED and meant is None and asked.name != "ask":
            raise NotFound(_("There is no paper {numbers} here.", numbers=f"[{number}]"), hint=self._which_there_are())
        return Command(
            place=self._channel,
            actor=self._user,
            actor_name="You",
            origin=Origin.BUTTON if asked.is_pressed else Origin.TYPED,
            name=asked.name,
            arguments=rest if meant else asked.arguments,
            at=self._clock.now(),
            paper=meant.papers[0] if meant else self._opened if asked.name == "ask" else None,
            may_manage=True,
        )

    async def _react(self, reacted: Reacted, desk: Desk) -> None:
        known = [number for number in reacted.numbers if number in self._numbered]
        posts = [await self._brought(reacted, self._numbered[number], desk) for number in known]
        for post in dict.fromkeys(post for post in posts if post):
            await self._answer(post, desk)
        if unknown := [number for number in reacted.numbers if number not in self._numbered]:
            named = " ".join(f"[{number}]" for number in unknown)
            raise NotFound(_("There is no paper {numbers} here.", numbers=named), hint=self._which_there_are())

    async def _brought(self, reacted: Reacted, sent: _Sent, desk: Desk) -> Post | None:
        """What the desk says to a reaction; None where it takes it in silence."""
        if sent.post is None:
            await desk.record_message(sent.message, sent.papers)
        with self._patience():
            return await desk.react(reacted.on(sent.message, self._user))

    def _which_there_are(self) -> str:
        if not self._numbered:
            return _("Papers get a number when they are shown: try /digest or /search.")
        return _(
            "The numbers go from {first} to {last}.", first=f"[{min(self._numbered)}]", last=f"[{max(self._numbered)}]"
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

    def _remember(self, sent: _Sent) -> None:
        self._sent[sent.message.id] = sent
        if sent.number is not None:
            self._numbered[sent.number] = sent

    def _begin(self, thread: str) -> None:
        self._painter = Painter(linked=can_link(self._console))
        self._thread = thread

    def _turn_to(self, thread: str) -> None:
        """Say which thread goes on below other messages."""
        if thread == self._thread:
            return
        self._begin(thread)
        if parent := self._sent.get(thread):
            self._say(_("In the thread of “{title}”:", title=parent.title))

    def _greet(self) -> None:
        if self._console.is_terminal:
            number = min(len(self._numbered), 3)
            sign = shown_signs(Feeling.BOOKMARK, self.platform, self._signs)[0]
            opening = _("{number} opens paper {number}, +{emoji} {number} bookmarks it;", number=number, emoji=sign)
            leaving = _("/help tells what else you can ask; exit leaves.")
            self._say(f"{opening} {leaving}" if number else leaving)

    def _say(self, sentence: str) -> None:
        self._print(aside(sentence))

    def _print(self, shown: RenderableType) -> None:
        try:
            with self.above_prompt():
                show(self._console, shown)
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


async def _handled(command: Command, desk: Desk) -> Post:
    try:
        return await desk.handle(command)
    except PaperboyError as error:
        return compose.error(error)


def _outgoing(post: Post, key: str, parent_key: str | None) -> Outgoing:
    is_own = len(post.papers) == 1 and not post.replies and not post.numbers
    numbered = is_own and bool(post.actions) and post.thread is None
    lists = "messages" if post.replies else "lines" if post.papers and not numbered else ""
    payload = to_json(replace(post, replies=())) | {"numbered": numbered} | ({"lists": lists} if lists else {})
    return Outgoing(key=key, parent_key=parent_key, papers=post.papers, payload=payload)


def _below(post: Post) -> list[Post]:
    return [one for reply in post.replies for one in (reply, *_below(reply))]
