"""Carries what was heard on Slack to the desk, and its answers back to where they belong. Knows no SDK.

`client` gives it the calls it may make. An answer for everyone goes into the channel or the thread, one
for the asker is seen by nobody else; what takes long is announced by a placeholder that becomes the answer.
"""

from __future__ import annotations

import asyncio
from abc import ABC, abstractmethod
from collections import OrderedDict
from collections.abc import Awaitable, Iterator, Mapping
from typing import Any, Final, TypeVar
from uuid import uuid4

import structlog

from adapters.chat.slack.errors import LoggedOut
from adapters.chat.slack.events import Asked, Heard, Place, Pressed, Reacted, Removed, identity, understand
from adapters.chat.slack.render import messages
from adapters.chat.slack.rights import Managers, Rights
from core.channels import ChannelRef
from core.converse.commands import Command, depends_on_rights
from core.converse.ports import Desk
from core.deliver import compose
from core.errors import ChannelGone, PaperboyError
from core.posts.messages import MessageRef, Outgoing
from core.posts.tree import Audience, Post
from core.time import Clock

T = TypeVar("T")
K = TypeVar("K")
V = TypeVar("V")

#: seconds of work before the person is told that it goes on
PATIENCE_S: Final = 1.5
#: the type of our messages' metadata
EVENT_TYPE: Final = "paperboy_message"
#: things that wait for the desk, and things that are remembered so as not to be done twice
MOST_WAITING: Final = 1_000
MOST_REMEMBERED: Final = 5_000
#: uses of one response_url that we allow ourselves; Slack allows five
MOST_RESPONSES: Final = 4

_log = structlog.get_logger(__name__)


class Ear:
    """What was heard and waits for the desk; the same thing is heard once."""

    def __init__(self, team: str, bot: str) -> None:
        """`team`: the workspace we are in; `bot`: our own user there."""
        self._team = team
        self._bot = bot
        self._known: OrderedDict[str, None] = OrderedDict()
        self.waiting: asyncio.Queue[Heard] = asyncio.Queue(MOST_WAITING)
        #: the app is not welcome any more
        self.removed = asyncio.Event()

    def hear(self, body: Mapping[str, Any]) -> None:
        """Keep what a payload says for the workers."""
        heard = understand(body, team=self._team, bot=self._bot)
        if heard is None or self._knows(identity(body)):
            return
        if isinstance(heard, Removed):
            self.removed.set()
        elif self.waiting.full():
            _log.warning("Too much is waiting; something that was said on Slack is left unanswered.")
        else:
            self.waiting.put_nowait(heard)

    def _knows(self, identity: str) -> bool:
        if identity in self._known:
            return True
        if identity:
            remember(self._known, identity, None)
        return False


class Web(ABC):
    """The calls to Slack that answering needs."""

    @abstractmethod
    async def call(self, method: str, arguments: Mapping[str, Any]) -> Mapping[str, Any]:
        """One call of the Web API; raises as `Chat.send` does."""

    @abstractmethod
    async def post(self, channel: ChannelRef, payload: Mapping[str, Any], thread: str) -> MessageRef:
        """Post a planned message, at the channel's pace; raises as `Chat.send` does."""

    @abstractmethod
    async def respond(self, url: str, body: Mapping[str, Any]) -> None:
        """Answer through a response_url."""


def plan(channel: ChannelRef, post: Post, *, key: str) -> tuple[Outgoing, ...]:
    """The post's own messages, the first being the parent of all others; then one or more for each reply. Pure."""
    parts = [(part, one) for one in (post, *_below(post)) for part in messages(one)]
    return tuple(
        Outgoing(
            key=f"{key}/{number}",
            parent_key=f"{key}/0" if number else None,
            papers=one.papers,
            payload=part | {"metadata": {"event_type": EVENT_TYPE, "event_payload": {"key": f"{key}/{number}"}}},
        )
        for number, (part, one) in enumerate(parts)
    )


def key_of(message: Mapping[str, Any]) -> str:
    """The key that a message of ours carries; empty for all others."""
    metadata = message.get("metadata") or {}
    return str(metadata.get("event_payload", {}).get("key", "")) if metadata.get("event_type") == EVENT_TYPE else ""


def remember(known: OrderedDict[K, V], key: K, value: V) -> None:
    """Add it, and forget the oldest where there are too many."""
    known[key] = value
    while len(known) > MOST_REMEMBERED:
        known.popitem(last=False)


class Answers:
    """The way from Slack to the desk and back."""

    def __init__(self, web: Web, desk: Desk, clock: Clock, *, patience_s: float) -> None:
        self._web = web
        self._desk = desk
        self._clock = clock
        self._patience_s = patience_s
        self._managers = Managers(web.call, clock)

    async def bring(self, heard: Heard) -> None:
        """Have one thing handled and answered. Raises LoggedOut; all else is told to the person or the log."""
        try:
            await self._bring(heard)
        except LoggedOut:
            raise
        except PaperboyError as error:
            _log.warning(f"An answer on Slack was not delivered: {error.sentence()}")
        except Exception:  # noqa: BLE001 - one event's bug must not stop the others; it is logged whole
            _log.exception("An event from Slack could not be handled.")

    async def _bring(self, heard: Heard) -> None:
        if isinstance(heard, Asked):
            await self._answer(heard)
        elif isinstance(heard, Pressed):
            await self._whisper(heard.place, await _said(self._desk.press(heard.press)))
        elif isinstance(heard, Reacted):
            post = await _said(self._desk.react(heard.reaction))
            if post:
                await self._whisper(heard.place, post)

    async def _answer(self, asked: Asked) -> None:
        placeholder = ""
        async with asyncio.TaskGroup() as group:
            handled = group.create_task(_said(self._handled(asked)))
            await asyncio.wait([handled], timeout=self._patience_s)
            if not handled.done():
                placeholder = await self._placeholder(asked.place)
        post = handled.result()
        if post.audience is Audience.ASKER and not asked.place.is_private:
            await self._whisper(asked.place, post)
            await self._delete(asked.place, placeholder)
        else:
            await self._tell(asked.place, post, placeholder)

    async def _handled(self, asked: Asked) -> Post:
        if asked.problem:
            return compose.error(asked.problem)
        asks_rights = depends_on_rights(asked.name, asked.arguments)
        rights = await self._managers.rights_of(asked.place) if asks_rights else Rights(may_manage=False)
        command = Command(
            channel=asked.place.channel,
            user=asked.place.user,
            name=asked.name,
            arguments=asked.arguments,
            at=self._clock.now(),
            may_manage=rights.may_manage,
            rights_problem=rights.problem,
        )
        return await self._desk.handle(command)

    async def _tell(self, place: Place, post: Post, placeholder: str) -> None:
        """The answer where everybody sees it, its replies in the thread; the placeholder becomes its first message."""
        thread = place.thread
        for outgoing in plan(place.channel, post, key=f"answer/{uuid4().hex}"):
            try:
                message = await self._told(place, outgoing, thread, placeholder)
            except ChannelGone:
                await self._respond(place, post)
                return
            thread, placeholder = thread or message.id, ""
            if outgoing.papers:
                await self._desk.shown(message, outgoing.papers)

    async def _told(self, place: Place, outgoing: Outgoing, thread: str, placeholder: str) -> MessageRef:
        if not placeholder:
            return await self._web.post(place.channel, outgoing.payload, thread)
        where = {"channel": place.conversation, "ts": placeholder}
        await self._web.call("chat.update", where | dict(outgoing.payload))
        return MessageRef(place.channel, placeholder)

    async def _whisper(self, place: Place, post: Post) -> None:
        """For the person alone; such messages have no thread of their own, so replies follow."""
        here = {"channel": place.conversation} if place.opens_thread else _channel(place)
        where, method = here | {"user": place.person}, "chat.postEphemeral"
        if place.is_private:
            where, method = _channel(place), "chat.postMessage"
        try:
            for part in _parts(post):
                await self._web.call(method, where | part)
        except ChannelGone:
            await self._respond(place, post)

    async def _respond(self, place: Place, post: Post) -> None:
        """Answer the person through the address that came with the command, which works where the bot is not."""
        if not place.response_url:
            return
        for part in _parts(post)[:MOST_RESPONSES]:
            body = {"response_type": "ephemeral", "replace_original": False, **part}
            await self._web.respond(place.response_url, body)

    async def _placeholder(self, place: Place) -> str:
        try:
            return str((await self._web.call("chat.postMessage", _channel(place) | {"text": "Working on it…"}))["ts"])
        except PaperboyError:  # the answer itself will tell
            return ""

    async def _delete(self, place: Place, placeholder: str) -> None:
        if placeholder:
            await self._web.call("chat.delete", {"channel": place.conversation, "ts": placeholder})


async def _said(work: Awaitable[T]) -> T | Post:
    """What the desk says; a bug of ours becomes a sentence, so that nobody waits for ever."""
    try:
        return await work
    except PaperboyError as error:
        return compose.error(error)
    except Exception:  # noqa: BLE001 - it is logged whole, and the person is told
        _log.exception("A command from Slack could not be carried out.")
        return compose.error(PaperboyError("Something went wrong here.", hint="It is in the log."))


def _channel(place: Place) -> dict[str, Any]:
    where = {"channel": place.conversation}
    return where | {"thread_ts": place.thread} if place.thread else where


def _parts(post: Post) -> list[dict[str, Any]]:
    return [part for one in (post, *_below(post)) for part in messages(one)]


def _below(post: Post) -> Iterator[Post]:
    for reply in post.replies:
        yield reply
        yield from _below(reply)
