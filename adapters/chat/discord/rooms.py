"""Where Discord's messages lie: channels, threads and direct messages, and how a message is found again.

`client` gives it one way to call Discord's REST API and sends, finds and edits through it; no SDK here.
A thread has the identifier of the message it hangs from, so making it twice is harmless, and a message's reference,
`ROOM:MESSAGE`, says in which channel or thread it lies.
"""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Final, Protocol

from adapters.chat.discord.render import Json, file_body, mark_in, mark_of, with_mark
from adapters.chat.limits import Urgency
from core.channels import ChannelRef, UserRef
from core.deliver.ports import BeforeSending, at_once
from core.errors import AbsenceReason, ChannelGone, NotFound
from core.posts.messages import MessageRef, Outgoing
from core.posts.tree import Attachment
from core.speech import _

#: what stands for the server in a direct message's place, as in Discord's own addresses
DIRECT: Final = "@me"
#: how long what `find` saw stays true without another look, in seconds: enough for one resumption, which looks for one
#: message after another, and too short for another process to take the delivery up and give it back in between
FRESH_S: Final = 5.0
#: messages that one look at a channel or a thread reads: Discord's most
LOOK_BACK: Final = 100
#: a thread is put away after that many minutes without a message
ARCHIVE_MINUTES: Final = 4_320

_HAS_THREAD: Final = 1 << 5
_THREAD_EXISTS: Final = 160_004
_UNKNOWN_MESSAGE: Final = 10_008
_MOST_REMEMBERED: Final = 1_000


class Call(Protocol):
    """One call of Discord's REST API."""

    async def __call__(
        self,
        method: str,
        path: str,
        *,
        body: Any = None,
        query: Mapping[str, Any] | None = None,
        at: Mapping[str, int | str] | None = None,
        accept: Sequence[int] = (),
        is_repeatable: bool = False,
        urgency: Urgency = Urgency.ANSWER,
        before_sending: BeforeSending = at_once,
        file: Attachment | None = None,
    ) -> Any:
        """The answer's JSON; `at` fills the path in, `file` goes with the body. None for an error code of `accept`.

        `is_repeatable`: a POST that may be sent twice; `before_sending` as in `Chat.send`. Waits for its turn.
        Raises our ChatErrors.
        """
        ...


@dataclass(slots=True)
class _Snapshot:
    """What is known of one plan's messages in a channel."""

    #: seconds of the monotonic clock
    at: float
    messages: dict[str, MessageRef] = field(default_factory=dict)


class Rooms:
    """Messages and threads in the channels of one bot."""

    def __init__(self, call: Call) -> None:
        self._call = call
        self._snapshots: OrderedDict[tuple[ChannelRef, str], _Snapshot] = OrderedDict()
        #: threads that exist, by the message they hang from, with the room to write to
        self._threads: OrderedDict[int, int] = OrderedDict()
        self._parents: OrderedDict[int, int] = OrderedDict()

    async def send(
        self,
        channel: ChannelRef,
        outgoing: Outgoing,
        parent: MessageRef | None,
        *,
        before_sending: BeforeSending = at_once,
    ) -> MessageRef:
        """Send a planned message, into its parent's thread where it has a parent."""
        # without a snapshot, `find` looks again should sending fail half-way
        snapshot = self._snapshots.pop(_plan_of(channel, outgoing.key), None)
        if parent is None:
            body = outgoing.payload["body"]
            message = await self.say(
                channel, room_of(channel), body, urgency=Urgency.DIGEST, before_sending=before_sending
            )
        else:
            message = await self._reply(channel, outgoing.payload, parent, before_sending)
        if snapshot:
            snapshot.messages[mark_of(outgoing.key)] = message
            self._remember(channel, outgoing.key, snapshot)
        return message

    async def _reply(
        self, channel: ChannelRef, payload: Mapping[str, Any], parent: MessageRef, before_sending: BeforeSending
    ) -> MessageRef:
        room, message = ids_of(parent)
        if is_direct(channel):
            reference = {"message_id": str(message), "fail_if_not_exists": False}
            body = payload["body"] | {"message_reference": reference}
            return await self.say(channel, room, body, urgency=Urgency.DIGEST, before_sending=before_sending)
        thread = await self.thread(room, message, payload["thread"], urgency=Urgency.DIGEST)
        say = partial(self.say, body=payload["body"], urgency=Urgency.DIGEST, before_sending=before_sending)
        try:
            return await say(channel, thread)
        except ChannelGone as error:
            if thread == room or error.reason is not AbsenceReason.DELETED:
                raise
        # Somebody deleted the thread while it was filled; the channel is there, or says so itself.
        self._threads.pop(message, None)
        thread = await self.thread(room, message, payload["thread"], urgency=Urgency.DIGEST)
        return await say(channel, thread)

    async def say(
        self,
        channel: ChannelRef,
        room: int,
        body: Json,
        *,
        urgency: Urgency = Urgency.ANSWER,
        before_sending: BeforeSending = at_once,
    ) -> MessageRef:
        """Post a body in a channel or thread; a nonce in it makes a second time harmless."""
        path, is_repeatable = "/channels/{channel_id}/messages", bool(body.get("enforce_nonce"))
        message = await self._call(
            "POST",
            path,
            at={"channel_id": room},
            body=body,
            is_repeatable=is_repeatable,
            urgency=urgency,
            before_sending=before_sending,
        )
        return MessageRef(channel, f"{room}:{message['id']}")

    async def attach(self, room: int, file: Attachment) -> None:
        """Post a file in a channel or thread; made once."""
        path = "/channels/{channel_id}/messages"
        await self._call("POST", path, at={"channel_id": room}, body=file_body(file), file=file)

    async def say_directly(self, user: UserRef, body: Json) -> MessageRef:
        """Post a body in the person's direct messages. Raises ChannelGone where the person takes none."""
        room = await self.direct(user)
        return await self.say(ChannelRef(user.platform, DIRECT, str(room)), room, body)

    async def direct(self, user: UserRef) -> int:
        """The room of the person's direct messages."""
        room = await self._call("POST", "/users/@me/channels", body={"recipient_id": user.id}, is_repeatable=True)
        return int(room["id"])

    async def show_typing(self, room: int) -> None:
        """Show for some seconds that the bot is typing."""
        await self._call("POST", "/channels/{channel_id}/typing", at={"channel_id": room}, is_repeatable=True)

    async def thread(self, room: int, message: int, name: str, *, urgency: Urgency = Urgency.ANSWER) -> int:
        """The room for replies to a message: its thread, made where there is none; the channel where it is deleted."""
        if thread := self._threads.get(message):
            return thread
        path = "/channels/{channel_id}/messages/{message_id}/threads"
        body = {"name": name, "auto_archive_duration": ARCHIVE_MINUTES}
        at, accept = {"channel_id": room, "message_id": message}, (_THREAD_EXISTS, _UNKNOWN_MESSAGE)
        answer = await self._call("POST", path, at=at, body=body, accept=accept, is_repeatable=True, urgency=urgency)
        reply_room = message if answer else await self._thread_or_channel(room, message)
        _keep(self._threads, message, reply_room)
        _keep(self._parents, message, room)
        return reply_room

    async def _thread_or_channel(self, room: int, message: int) -> int:
        """A thread outlives the message it hung from."""
        try:
            await self._call("GET", "/channels/{channel_id}", at={"channel_id": message})
        except ChannelGone:
            return room
        return message

    async def find(self, channel: ChannelRef, key: str) -> MessageRef | None:
        """The message with the key's mark among the latest hundred of the channel and the first hundred of its thread.

        One look serves a whole plan: what is sent from here is noted, and nobody else may send in the meantime.
        """
        snapshot = self._snapshots.get(_plan_of(channel, key))
        if snapshot is None or time.monotonic() - snapshot.at > FRESH_S:
            snapshot = _Snapshot(time.monotonic(), await self._look(channel, key))
        snapshot.at = time.monotonic()
        self._remember(channel, key, snapshot)
        return snapshot.messages.get(mark_of(key))

    async def _look(self, channel: ChannelRef, key: str) -> dict[str, MessageRef]:
        """Every message of the key's plan that can be seen, by mark."""
        plan = _hash_of(key)
        room = room_of(channel)
        own_messages = [message for message in await self._read(room) if (mark_in(message) or "").startswith(plan)]
        references = {mark_in(message): MessageRef(channel, f"{room}:{message['id']}") for message in own_messages}
        for parent in own_messages:
            if not parent.get("thread") and not parent.get("flags", 0) & _HAS_THREAD:
                continue
            thread = int(parent["id"])
            replies = await self._read(thread, after=thread)
            references |= {mark_in(reply): MessageRef(channel, f"{thread}:{reply['id']}") for reply in replies}
        return {mark: reference for mark, reference in references.items() if mark and mark.startswith(plan)}

    async def _read(self, room: int, **where: int) -> list[Json]:
        query = {"limit": LOOK_BACK, **where}
        messages: list[Json] = await self._call(
            "GET", "/channels/{channel_id}/messages", at={"channel_id": room}, query=query, urgency=Urgency.DIGEST
        )
        return messages

    async def edit(self, message: MessageRef, bodies: Sequence[Json]) -> None:
        """Put new bodies in a message's place: the first in the message itself, which keeps its mark, others after it.

        Raises NotFound where the message was deleted.
        """
        room, id = ids_of(message)
        path, at = "/channels/{channel_id}/messages/{message_id}", {"channel_id": room, "message_id": id}
        accept = (_UNKNOWN_MESSAGE,)
        old = await self._call("GET", path, at=at, accept=accept, urgency=Urgency.EDIT)
        if old is None:
            raise NotFound(_("The message was deleted."))
        body = with_mark(bodies[0], mark_in(old), message.channel)
        await self._call("PATCH", path, at=at, body=body, accept=accept, urgency=Urgency.EDIT)
        for more in bodies[1:]:
            await self.say(message.channel, room, more, urgency=Urgency.EDIT)

    async def parent_of(self, room: int) -> int:
        """The channel that a thread belongs to; a channel is its own."""
        if room not in self._parents:
            channel = await self._call("GET", "/channels/{channel_id}", at={"channel_id": room})
            self.note(room, int(channel["parent_id"]) if channel["type"] in THREADS else room)
        return self._parents[room]

    def note(self, room: int, parent: int) -> None:
        """Remember what a room belongs to."""
        _keep(self._parents, room, parent)

    def _remember(self, channel: ChannelRef, key: str, snapshot: _Snapshot) -> None:
        _keep(self._snapshots, _plan_of(channel, key), snapshot)


#: Discord's types of channels that are threads
THREADS: Final = frozenset({10, 11, 12})


def room_of(channel: ChannelRef) -> int:
    """The channel's own number. Raises ChannelGone where its place is not `GUILD/CHANNEL`."""
    number = channel.place
    if not (number.isascii() and number.isdigit()):
        raise ChannelGone(
            _("{channel} is not a channel of Discord.", channel=channel),
            hint=_("Write discord:SERVER/CHANNEL with both numbers."),
        )
    return int(number)


def is_direct(channel: ChannelRef) -> bool:
    """A conversation with one person, which has no threads."""
    return channel.workspace == DIRECT


def ids_of(message: MessageRef) -> tuple[int, int]:
    """The room and the message that a reference names."""
    room, _, id = message.id.partition(":")
    return int(room), int(id)


def _plan_of(channel: ChannelRef, key: str) -> tuple[ChannelRef, str]:
    return channel, _hash_of(key)


def _hash_of(key: str) -> str:
    return mark_of(key).partition("-")[0]


def _keep(memory: OrderedDict[Any, Any], name: Any, value: Any) -> None:
    """Remember, and forget what was not needed for longest."""
    memory[name] = value
    memory.move_to_end(name)
    while len(memory) > _MOST_REMEMBERED:
        memory.popitem(last=False)
