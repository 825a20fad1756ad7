"""How a question is answered, on every platform: soon, in its audience, and never with silence.

A platform reads an event into a `Command` and lends a `Surface`: the few things it can do where the question was asked.
The responder has the command carried out and knows the rest. What takes long gets a placeholder in the audience of the
answer, and nothing leaves a placeholder behind. An answer for one person goes to that person alone where the platform
can do that, and stands in place where it cannot. A call that fails is repeated where that is harmless, and told where
it is not.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import Final, TypeVar
from uuid import uuid4

import structlog

from adapters.chat.surface import Surface
from core.channels import ChannelRef
from core.converse.command import Command, Mistake, Origin
from core.converse.grammar import audience_of
from core.converse.pasted import PastedLinks
from core.converse.ports import Desk
from core.deliver import compose
from core.errors import (
    ChannelGone,
    ChatError,
    ChatThrottled,
    ChatUnanswered,
    ChatUnavailable,
    NotAllowed,
    NotServing,
    PaperboyError,
    Unheard,
)
from core.papers.identifiers import PaperId
from core.posts.messages import MessageRef, Outgoing
from core.posts.reactions import ListReactions, Reaction, ReactionClearing
from core.posts.tree import Attachment, Audience, Post
from core.speech import N_, _, speaking
from core.time import Clock

T = TypeVar("T")

#: seconds of work before the person is told that it goes on
PATIENCE_S: Final = 1.5
#: seconds between the attempts to bring an answer
PAUSES_S: Final = (1.0, 3.0)
#: seconds that an answer waits at most where the platform asks for a pause
LONGEST_PAUSE_S: Final = 30.0
#: seconds for what is said when a stop interrupts an answer
_LAST_WORDS_S: Final = 1.5

_WORKING: Final = N_("Working on it…")
_STOP: Final = N_("Paperboy was stopped before the answer was ready. Please ask again in a minute.")
_BUG: Final = N_("Something went wrong here. Paperboy's log has the details.")
_LOSS: Final = N_("The answer may have been lost on the way. Please ask again if it is not here.")
_PERSONAL: Final = N_("The answer is for you alone, and Paperboy cannot write to you.")

_log = structlog.get_logger(__name__)


def _new_key() -> str:
    return f"answer/{uuid4().hex}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """One try to answer a question."""

    #: what the keys of the answer's messages begin with: the same at every try
    key: str = field(default_factory=_new_key)
    #: True where an earlier try may have said some of it: who made it is gone
    is_repeat: bool = False


@dataclass(slots=True, kw_only=True)
class _Turn:
    """One question on its way to its answer."""

    surface: Surface
    attempt: Attempt
    #: what was asked; None for a reaction, and where that could not be read
    command: Command | None = None
    #: who will read the answer, as far as the question tells
    expected_audience: Audience
    #: holds the answer's place, for `held_for`; None before there is one, and after it is gone
    placeholder: MessageRef | None = None
    held_for: Audience = Audience.EVERYONE
    #: False once the placeholder could not become the answer
    can_replace: bool = True
    #: True once a part of the answer was said
    is_answered: bool = False
    #: posts that have a key
    posts: int = 0

    @property
    def placeholder_key(self) -> str:
        """The same at every try."""
        return f"{self.attempt.key}/placeholder"

    def next_key(self) -> str:
        """The key of the next post of the answer: the same at every try, as long as each says as many."""
        self.posts += 1
        return f"{self.attempt.key}.{self.posts}"

    def is_whisper(self, audience: Audience) -> bool:
        """Is it to be said to the asker alone, other than where it was asked?"""
        return audience is not Audience.EVERYONE and not self.surface.is_private


class Responder:
    """Brings questions and reactions to the desk, and its answers back."""

    def __init__(
        self,
        desk: Desk,
        clock: Clock,
        *,
        patience_s: float = PATIENCE_S,
        pauses_s: tuple[float, ...] = PAUSES_S,
        fatal: tuple[type[PaperboyError], ...] = (),
        has_successor: bool = False,
    ) -> None:
        """`fatal`: errors of the platform that end the connection, and that no attempt can mend.

        `has_successor`: what a stop interrupts is answered by another process, so that nobody need ask again.
        """
        self._has_successor = has_successor
        self._desk = desk
        self._clock = clock
        self._patience_s = patience_s
        self._pauses_s = pauses_s
        self._fatal = fatal

    async def answer(self, command: Command | Mistake, surface: Surface, attempt: Attempt | None = None) -> None:
        """Answer a command, or say what is wrong with what was asked. Raises what is fatal and NotServing, no more.

        At a repeated attempt, what everybody reads is looked for before it is said, where the platform can tell.
        """
        audience = Audience.ASKER if isinstance(command, Mistake) else audience_of(command)
        question = None if isinstance(command, Mistake) else command
        turn = _Turn(surface=surface, command=question, expected_audience=audience, attempt=attempt or Attempt())
        with speaking(await self._desk.language(command.place)):
            await self._take_turn(command, turn)

    async def _take_turn(self, command: Command | Mistake, turn: _Turn) -> None:
        try:
            if turn.attempt.is_repeat:
                await self._take_up_placeholder(turn)
            post = await self._outcome(command, turn)
            if post:
                await self._bring(post, turn)
        except asyncio.CancelledError:
            await self._say_last_words(turn)
            raise
        finally:
            await self._remove_placeholder(turn)
            with suppress(PaperboyError):
                await self._retry(lambda _: turn.surface.close())

    async def react(self, reaction: Reaction, surface: Surface, attempt: Attempt | None = None) -> None:
        """Bring a reaction to the desk; what the person should hear is for that person alone where possible.

        Raises as `answer` does.
        """
        turn = _Turn(surface=surface, expected_audience=Audience.ASKER, attempt=attempt or Attempt())
        post = await self._answer_of(self._desk.react(reaction))
        if post:
            with speaking(await self._desk.language(reaction.message.channel)):
                await self._bring(post, turn)

    async def clear(self, clearing: ReactionClearing) -> None:
        """Bring to the desk that a moderator took reactions off a message, of which nobody is told. As `answer`."""
        await self._answer_of(self._desk.reactions_cleared(clearing))

    async def catch_up(self, place: ChannelRef, list_reactions: ListReactions) -> None:
        """Have the desk find out what happened while nobody listened. Raises what is fatal, and nothing else."""
        try:
            await self._desk.events_missed(place, list_reactions)
        except self._fatal:
            raise
        except PaperboyError as error:
            _log.warning("missed reactions were not looked for", error=error.sentence())
        except Exception:  # noqa: BLE001 - a bug in this must not end the connection; it is logged whole
            _log.exception("missed reactions could not be looked for")

    async def show_card(self, links: PastedLinks, surface: Surface, attempt: Attempt | None = None) -> None:
        """Bring links that somebody pasted to the desk, and its card to where they stand.

        Nobody asked, and nobody hears of what went wrong. Raises as `answer` does.
        """
        turn = _Turn(surface=surface, expected_audience=Audience.EVERYONE, attempt=attempt or Attempt())
        try:
            if post := await self._desk.card_for_links(links):
                with speaking(await self._desk.language(links.place)):
                    await self._show(post, turn, is_whisper=False)
        except NotServing:
            raise
        except self._fatal:
            raise
        except PaperboyError as error:
            _log.info("a link got no card", error=error.sentence())
        except Exception:  # noqa: BLE001 - it is logged whole
            _log.exception("a card could not be made")

    async def _outcome(self, command: Command | Mistake, turn: _Turn) -> Post | None:
        """The answer; while it is being worked on for long, a placeholder. None where nobody is to be answered here."""
        if isinstance(command, Mistake):
            return await self._answer_of(self._desk.correct(command), turn.surface)
        try:
            async with asyncio.TaskGroup() as group:
                work = group.create_task(self._answer_of(self._desk.handle(command), turn.surface))
                await asyncio.wait({work}, timeout=self._patience_s)
                if not (work.done() or turn.placeholder):
                    await self._hold_place(turn)
        except ExceptionGroup as errors:
            raise errors.exceptions[0] from None
        return work.result()

    async def _answer_of(self, work: Awaitable[T], surface: Surface | None = None) -> T | Post | None:
        """The desk's answer; an error or a bug becomes a sentence, so that nobody waits for ever.

        Raises NotServing: another process answers.
        """
        try:
            return await work
        except NotServing:
            raise
        except Unheard as error:
            return compose.error(error) if surface and surface.needs_answer else None
        except PaperboyError as error:
            return compose.error(error)
        except Exception:  # noqa: BLE001 - it is logged whole, and the person is told
            _log.exception("a command could not be carried out")
            return compose.say(_(_BUG))

    async def _hold_place(self, turn: _Turn) -> None:
        audience = turn.expected_audience if turn.is_whisper(turn.expected_audience) else Audience.EVERYONE
        with suppress(PaperboyError):  # the answer itself will tell
            words = _sentence(_(_WORKING), turn, key=turn.placeholder_key)
            turn.placeholder = await turn.surface.placeholder(words, audience)
            turn.held_for = audience

    async def _take_up_placeholder(self, turn: _Turn) -> None:
        """Have the placeholder of an earlier attempt, where one stands and can be found, become the answer."""
        if not turn.is_whisper(turn.expected_audience):
            words = _sentence(_(_WORKING), turn, key=turn.placeholder_key)
            turn.placeholder = await _said_before(words, None, turn)

    async def _bring(self, post: Post, turn: _Turn) -> None:
        try:
            if turn.is_whisper(post.audience):
                await self._whisper(post, turn)
            else:
                await self._show(post, turn, is_whisper=False)
        except self._fatal:
            raise
        except ChatUnanswered as error:
            _log.warning("an answer may have been lost", error=error.sentence())
            await self._tell(_(_LOSS), turn, is_whisper=turn.is_whisper(post.audience))
        except (ChatError, NotAllowed) as error:
            _log.warning("an answer could not be delivered", error=error.sentence())

    async def _whisper(self, post: Post, turn: _Turn) -> None:
        try:
            await self._show(post, turn, is_whisper=True)
        except (ChannelGone, NotAllowed):
            hint = f"{_(_PERSONAL)} {turn.surface.how_to_be_reached}".strip()
            await self._show(compose.say(hint) if post.audience is Audience.PERSONAL else post, turn, is_whisper=False)

    async def _show(self, post: Post, turn: _Turn, *, is_whisper: bool) -> None:
        """Say the post and its replies; then what its thread brings, where it has one that the platform told of."""
        key, thread, question = turn.next_key(), post.thread, turn.command
        if is_whisper or thread is None or question is None or not turn.surface.has_threads:
            await self._say_all(post, {}, turn, key=key, is_whisper=is_whisper)
            if post.attachment:
                await self._attach(post.attachment, turn, is_whisper=is_whisper)
            return
        messages: dict[str | None, MessageRef | None] = {}
        post = replace(post, actions=tuple(action for action in post.actions if action.name != thread.name))
        await self._say_all(post, messages, turn, key=key, is_whisper=False)
        if all(messages.values()):
            follow_up = replace(question, name=thread.name, arguments=thread.arguments, origin=Origin.BUTTON)
            more = await self._answer_of(self._desk.handle(follow_up))
            if more:
                post = replace(post, replies=more.replies or (more,))
                await self._say_all(post, messages, turn, key=key, is_whisper=False)

    async def _attach(self, attachment: Attachment, turn: _Turn, *, is_whisper: bool) -> None:
        """Bring a file; where the platform does not take it, its text to the asker alone, and why."""
        try:
            await self._retry(lambda _: turn.surface.attach(attachment, is_whisper=is_whisper), can_double=True)
        except self._fatal:
            raise
        except ChatUnanswered:
            raise
        except (ChatError, NotAllowed) as error:
            _log.warning("a file could not be attached", error=error.sentence())
            instead = compose.file_as_text(attachment, error)
            await self._say_all(instead, {}, turn, key=turn.next_key(), is_whisper=not turn.surface.is_private)

    async def _say_all(
        self, post: Post, messages: dict[str | None, MessageRef | None], turn: _Turn, *, key: str, is_whisper: bool
    ) -> None:
        """Say what is not among the messages yet, and let the desk know which message shows which papers."""
        plan = turn.surface.plan(post, key=key)
        posts = (post, *post.replies)
        own_posts = posts if len(plan) == len(posts) and not is_whisper else ()  # each a message of its own
        for number, outgoing in enumerate(plan):
            if outgoing.key in messages:
                continue
            parent = messages.get(outgoing.parent_key)
            message = await self._say(outgoing, parent, turn, is_whisper=is_whisper, can_double=turn.surface.can_double)
            turn.is_answered = True
            messages[outgoing.key] = message
            if message and outgoing.papers:
                own_post = replace(own_posts[number], replies=()) if own_posts else None
                await self._record(message, outgoing.papers, own_post)

    async def _record(self, message: MessageRef, papers: Sequence[PaperId], post: Post | None) -> None:
        try:
            await self._desk.record_message(message, papers, post)
        except PaperboyError as error:  # the answer itself is there; reactions on it will not count
            _log.warning("what a message shows was not recorded", error=error.sentence())

    async def _say(
        self, outgoing: Outgoing, parent: MessageRef | None, turn: _Turn, *, is_whisper: bool, can_double: bool
    ) -> MessageRef | None:
        surface, placeholder = turn.surface, turn.placeholder
        if placeholder and turn.can_replace and is_whisper == (turn.held_for is not Audience.EVERYONE):
            with suppress(ChannelGone, NotAllowed):  # somebody took it away
                message = await self._retry(lambda _: surface.replace(placeholder, outgoing))
                turn.placeholder = None
                return message
            turn.can_replace = False
        if is_whisper:
            return await self._retry(lambda _: surface.whisper(outgoing), can_double=can_double)
        if turn.attempt.is_repeat and (message := await _said_before(outgoing, parent, turn)):
            return message
        return await self._retry(lambda retry: surface.reply(outgoing, parent, is_repeat=retry), can_double=can_double)

    async def _retry(self, call: Callable[[bool], Awaitable[T]], *, can_double: bool = False) -> T:
        """Make a call, again where it failed and that does no harm; the call is told whether it was made before."""
        for attempt, pause_s in enumerate(self._pauses_s):
            try:
                return await call(attempt > 0)
            except self._fatal:
                raise
            except ChatUnanswered:
                if can_double:
                    raise
            except ChatThrottled as error:
                pause_s = min(max(pause_s, error.retry_after_s), LONGEST_PAUSE_S)
            except ChatUnavailable:
                pass
            await self._clock.sleep(pause_s)
        return await call(True)

    async def _tell(self, sentence: str, turn: _Turn, *, is_whisper: bool) -> None:
        """Say one sentence where the answer should have been; to say it twice does no harm."""
        outgoing = _sentence(sentence, turn)
        with suppress(ChatError, NotAllowed):
            if is_whisper:
                with suppress(ChannelGone, NotAllowed):
                    await self._say(outgoing, None, turn, is_whisper=True, can_double=False)
                    return
            await self._say(outgoing, None, turn, is_whisper=False, can_double=False)

    async def _say_last_words(self, turn: _Turn) -> None:
        """A stop interrupts the answer: the person is told to ask again."""
        if turn.is_answered or self._has_successor:
            return
        with suppress(PaperboyError, TimeoutError):
            async with asyncio.timeout(_LAST_WORDS_S):
                await self._tell(_(_STOP), turn, is_whisper=turn.is_whisper(turn.expected_audience))

    async def _remove_placeholder(self, turn: _Turn) -> None:
        placeholder, turn.placeholder = turn.placeholder, None
        if placeholder:
            with suppress(ChatError, NotAllowed):  # it is gone, or the platform is: nothing more can be done
                await self._retry(lambda _: turn.surface.remove(placeholder))


async def _said_before(outgoing: Outgoing, parent: MessageRef | None, turn: _Turn) -> MessageRef | None:
    """What an earlier attempt left; None also where nobody can tell: better twice than never."""
    with suppress(ChatError, NotAllowed):
        return await turn.surface.earlier(outgoing, parent)
    return None


def _sentence(sentence: str, turn: _Turn, *, key: str = "") -> Outgoing:
    return turn.surface.plan(compose.say(sentence), key=key or _new_key())[0]
