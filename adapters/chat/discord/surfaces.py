"""What Discord can do where one question was asked: at an interaction, and at a message; no SDK here.

An interaction has one message of its own, the callback, which is due within three seconds: the answer, or a deferral
that the answer fills in. Who reads that message is settled by the callback. Everything after it is a follow-up for the
asker alone, or a message in the channel or thread. `adapters.chat.responder` decides what is said to whom.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final

from adapters.chat.discord.errors import ALREADY_ACKNOWLEDGED, InteractionExpired
from adapters.chat.discord.events import Place, message_ref
from adapters.chat.discord.render import Json, file_body, plan, without_mark
from adapters.chat.discord.rooms import Call, Rooms, ids_of, is_direct
from adapters.chat.surface import Surface
from core.channels import UserRef
from core.errors import ChannelGone, ChatUnanswered, NotAllowed, RightMissing
from core.posts.messages import MessageRef, Outgoing
from core.posts.tree import Attachment, Audience, Post
from core.speech import _

#: kinds of callbacks: a message, or word that one will come
_MESSAGE: Final = 4
_DEFERRAL: Final = 5
_CHOICES: Final = 8
#: flags of messages: read by the asker alone; a deferral that nothing has filled in
_EPHEMERAL: Final = 1 << 6
_LOADING: Final = 1 << 7
_UNKNOWN_MESSAGE: Final = 10_008

_CALLBACK: Final = "/interactions/{webhook_id}/{webhook_token}/callback"
_FOLLOW_UP: Final = "/webhooks/{webhook_id}/{webhook_token}"
_ORIGINAL: Final = f"{_FOLLOW_UP}/messages/@original"


class _RoomSurface(Surface):
    """A channel, a thread or a conversation, and beside it the asker's direct messages."""

    def __init__(self, rooms: Rooms, place: Place, *, asker: UserRef) -> None:
        self.is_private = is_direct(place.channel)
        self.has_threads = place.has_threads
        self._rooms = rooms
        self._place = place
        self._asker = asker

    def plan(self, post: Post, *, key: str) -> tuple[Outgoing, ...]:
        """As `Chat.plan`."""
        return plan(self._place.channel, post, key=key)

    async def whisper(self, outgoing: Outgoing) -> MessageRef | None:
        """A direct message; its nonce makes a second time harmless."""
        return await self._rooms.say_directly(self._asker, _answer_body(outgoing))

    async def attach(self, attachment: Attachment, *, is_whisper: bool) -> None:
        """In the room, or in the asker's direct messages."""
        room = await self._rooms.direct(self._asker) if is_whisper else self._place.room
        with _name_missing_right():
            await self._rooms.attach(room, attachment)

    async def _say(self, outgoing: Outgoing, parent: MessageRef | None, **more: Json) -> MessageRef:
        """A message in the room, or in the parent's thread; its nonce makes a second time harmless."""
        room = self._place.room
        if parent and self._place.has_threads:
            room = await self._rooms.thread(*ids_of(parent), outgoing.payload["thread"])
        return await self._rooms.say(self._place.channel, room, _answer_body(outgoing) | more)


class MessageSurface(_RoomSurface):
    """A message that was written to the bot, or that somebody reacted to."""

    @property
    def how_to_be_reached(self) -> str:
        """Direct messages, or a slash command."""
        return _(
            "Allow direct messages from members of this server, or use a slash command, whose answer you alone can see."
        )

    def __init__(self, rooms: Rooms, place: Place, *, asker: UserRef, message: int) -> None:
        super().__init__(rooms, place, asker=asker)
        self._message = message

    async def reply(self, outgoing: Outgoing, parent: MessageRef | None, *, is_repeat: bool) -> MessageRef:
        """A reply to the message; what has a parent goes into that one's thread."""
        if parent:
            return await self._say(outgoing, parent)
        reference = {"message_id": str(self._message), "fail_if_not_exists": False}
        return await self._say(outgoing, None, message_reference=reference)

    async def placeholder(self, outgoing: Outgoing, audience: Audience) -> MessageRef | None:
        """The bot is shown typing; no message."""
        if audience is Audience.EVERYONE:
            await self._rooms.show_typing(self._place.room)
        return None

    async def replace(self, placeholder: MessageRef, outgoing: Outgoing) -> MessageRef | None:
        """There is no placeholder."""
        raise ChannelGone(_("Discord shows no placeholder here."))

    async def remove(self, placeholder: MessageRef) -> None:
        """There is no placeholder."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ticket:
    """What an interaction is answered with."""

    interaction: int
    application: int
    #: good for fifteen minutes
    token: str


async def offer(call: Call, ticket: Ticket, choices: list[Json]) -> None:
    """Answer a person who is still typing a command; what was too late is no loss."""
    at: dict[str, int | str] = {"webhook_id": ticket.interaction, "webhook_token": ticket.token}
    await call("POST", _CALLBACK, at=at, body={"type": _CHOICES, "data": {"choices": choices}})


class InteractionSurface(_RoomSurface):
    """A slash command or a pressed button."""

    needs_answer = True

    @property
    def how_to_be_reached(self) -> str:
        """Direct messages."""
        return _("Allow direct messages from members of this server, or ask again.")

    def __init__(self, call: Call, rooms: Rooms, place: Place, *, asker: UserRef, ticket: Ticket) -> None:
        super().__init__(rooms, place, asker=asker)
        self._call = call
        self._ticket = ticket
        self._is_acknowledged = False
        #: a deferral stands there that nothing has filled in
        self._is_held = False
        #: Discord takes no answer to the interaction any more
        self._is_expired = False
        #: keys of the answers that may have become the interaction's own message
        self._own: set[str] = set()
        #: keys of the follow-ups that may have arrived
        self._in_doubt: set[str] = set()

    async def reply(self, outgoing: Outgoing, parent: MessageRef | None, *, is_repeat: bool) -> MessageRef:
        """The interaction's own message, else a message in the room, else a follow-up where the bot may not write."""
        if own := await self._respond(outgoing, flags=0):
            return message_ref(self._place, int(own["id"]))
        try:
            return await self._say(outgoing, parent)
        except (ChannelGone, NotAllowed):
            if self._is_expired:
                raise
            return message_ref(self._place, int((await self._follow_up(outgoing, flags=0))["id"]))

    async def whisper(self, outgoing: Outgoing) -> MessageRef | None:
        """The interaction's own message, else a follow-up, else a direct message."""
        if await self._respond(outgoing, flags=_EPHEMERAL):
            return None
        if not self._is_expired:
            try:
                await self._follow_up(outgoing, flags=_EPHEMERAL)
            except InteractionExpired:
                pass
            else:
                return None
        return await super().whisper(outgoing)

    async def placeholder(self, outgoing: Outgoing, audience: Audience) -> MessageRef | None:
        """A deferral: Discord shows that the bot is thinking."""
        flags = 0 if audience is Audience.EVERYONE else _EPHEMERAL
        await self._call_back(_DEFERRAL, {"flags": flags})
        self._is_acknowledged = self._is_held = True
        return MessageRef(self._place.channel, "@original")

    async def replace(self, placeholder: MessageRef, outgoing: Outgoing) -> MessageRef | None:
        """Fill the deferral in. Raises ChannelGone where somebody took it away."""
        message = await self._call_original("PATCH", _interaction_body(outgoing))
        self._is_held = False
        if message is None:
            raise ChannelGone(_("The answer's place was deleted."))
        return None if message["flags"] & _EPHEMERAL else message_ref(self._place, int(message["id"]))

    async def remove(self, placeholder: MessageRef) -> None:
        """Take the deferral away, where it still stands."""
        if self._is_held:
            await self._call_original("DELETE")
            self._is_held = False

    async def attach(self, attachment: Attachment, *, is_whisper: bool) -> None:
        """A follow-up, which needs no right of the bot's; else as elsewhere."""
        if self._is_expired or not self._is_acknowledged:
            await super().attach(attachment, is_whisper=is_whisper)
            return
        flags = _EPHEMERAL if is_whisper else 0
        body = file_body(attachment) | {"flags": flags}
        with _name_missing_right():
            await self._call_by_token("POST", _FOLLOW_UP, body=body, query={"wait": "true"}, file=attachment)

    async def _respond(self, outgoing: Outgoing, *, flags: int) -> Json | None:
        """Make it the interaction's own message; None where it has another one, or takes none any more."""
        if self._is_acknowledged or self._is_expired:
            return None
        self._own.add(outgoing.key)
        try:
            answer = await self._call_back(_MESSAGE, _interaction_body(outgoing) | {"flags": flags})
            message: Json | None = (
                answer["resource"]["message"] if answer else await self._settle(outgoing, flags=flags)
            )
        except InteractionExpired:
            return None
        self._is_acknowledged = True
        return message

    async def _settle(self, outgoing: Outgoing, *, flags: int) -> Json | None:
        """Find out what an earlier callback left there, whose answer was lost, and make it this message if possible."""
        own: Json | None = await self._call_original("GET")
        if own is None:
            return None
        is_same_audience = own["flags"] & _EPHEMERAL == flags
        if not own["flags"] & _LOADING:
            return own if is_same_audience and self._own == {outgoing.key} else None
        if is_same_audience:
            message: Json | None = await self._call_original("PATCH", _interaction_body(outgoing))
            return message
        await self._call_original("DELETE")
        return None

    async def _follow_up(self, outgoing: Outgoing, *, flags: int) -> Json:
        """Another message. The first one after a deferral would fill that in, whoever reads it: it is removed before.

        Raises ChatUnanswered, and sends nothing, where an earlier attempt may have arrived: it would stand there twice.
        """
        if outgoing.key in self._in_doubt:
            raise ChatUnanswered(_("Discord did not say whether the message arrived."))
        if self._is_held:
            await self._call_original("DELETE")
            self._is_held = False
        try:
            message: Json = await self._call_by_token(
                "POST", _FOLLOW_UP, body=_interaction_body(outgoing) | {"flags": flags}, query={"wait": "true"}
            )
        except ChatUnanswered:
            self._in_doubt.add(outgoing.key)
            raise
        return message

    async def _call_back(self, kind: int, data: Json) -> Json | None:
        """Answer the interaction; None where an earlier attempt arrived, which makes a second one harmless."""
        at = {"webhook_id": self._ticket.interaction, "webhook_token": self._ticket.token}
        answer: Json | None = await self._call_by_token(
            "POST",
            _CALLBACK,
            at=at,
            body={"type": kind, "data": data},
            query={"with_response": "true"},
            accept=(ALREADY_ACKNOWLEDGED,),
            is_repeatable=True,
        )
        return answer

    async def _call_original(self, method: str, body: Json | None = None) -> Any:
        """Read, fill in or delete the interaction's own message; None where it is not there, or was deleted."""
        return await self._call_by_token(method, _ORIGINAL, body=body, accept=(_UNKNOWN_MESSAGE,))

    async def _call_by_token(self, method: str, path: str, **more: Any) -> Any:
        """A call that the interaction's token allows; notes when Discord takes none any more."""
        hook = {"webhook_id": self._ticket.application, "webhook_token": self._ticket.token}
        try:
            return await self._call(method, path, **{"at": hook, **more})
        except InteractionExpired:
            self._is_expired = True
            self._is_held = False
            raise


@contextmanager
def _name_missing_right() -> Iterator[None]:
    try:
        yield
    except RightMissing as error:
        hint = _("Give it the permission Attach Files in the channel's settings.")
        raise RightMissing(_("Discord does not let Paperboy attach files here."), hint=hint) from error


def _answer_body(outgoing: Outgoing) -> Json:
    """The body of an answer, without the mark that only digests need."""
    return without_mark(outgoing.payload["body"])


def _interaction_body(outgoing: Outgoing) -> Json:
    """A body without nonce and mark: messages of an interaction take neither."""
    return {name: value for name, value in _answer_body(outgoing).items() if name not in ("nonce", "enforce_nonce")}
