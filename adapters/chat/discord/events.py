"""What Discord brings, as commands and reactions of ours. Pure, knows no SDK.

`client` takes the plain values out of the SDK's events and calls this; where an answer belongs is a `Place`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from typing import Any, Final

from adapters.chat.discord.commands import arguments_of, unfinished_arguments
from adapters.chat.discord.render import read_button
from adapters.chat.discord.rooms import DIRECT
from core.channels import ChannelRef, UserRef
from core.converse.command import Command, Mistake, Origin
from core.converse.grammar import spoken
from core.errors import UnknownCommand, UsageError
from core.posts.messages import MessageRef
from core.speech import _

PLATFORM: Final = "discord"

#: Discord's numbers for kinds of interactions
_SLASH_COMMAND: Final = 2
_COMPONENT: Final = 3
AUTOCOMPLETE: Final = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where something was asked."""

    #: the channel whose digest it is about; a thread's parent
    channel: ChannelRef
    #: the channel or thread that it was asked in
    room: int
    #: can a thread hang from a message there?
    has_threads: bool

    @property
    def thread(self) -> MessageRef | None:
        """The message that the thread hangs from, whose number the thread has; None outside threads."""
        parent = self.channel.place
        return MessageRef(self.channel, f"{parent}:{self.room}") if parent != str(self.room) else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Asker:
    """Who asked, and what Discord tells of them."""

    actor: UserRef
    may_manage: bool
    #: IETF tag of the client's language; empty for messages, which do not tell
    locale: str = ""
    #: as Discord shows the person
    name: str = ""


def place_of(guild: int | None, room: int, parent: int) -> Place:
    """A channel, a thread with its parent, or a conversation with one person, which has no guild."""
    channel = ChannelRef(PLATFORM, str(guild or DIRECT), str(parent))
    return Place(channel=channel, room=room, has_threads=guild is not None and room == parent)


def server(guild: int, channel: int | str = "") -> ChannelRef:
    """A server as a whole, or one of its channels."""
    return ChannelRef(PLATFORM, str(guild), str(channel))


def person(user: int) -> UserRef:
    """A person; Discord's numbers are unique on the whole platform."""
    return UserRef(PLATFORM, "", str(user))


def read_interaction(
    kind: int, data: Mapping[str, Any], place: Place, asker: Asker, *, at: datetime
) -> Command | Mistake | None:
    """A slash command, or a button; None for any other interaction."""
    if kind == _SLASH_COMMAND:
        return _read(f"/{data.get('name', '')} {arguments_of(data)}", Origin.TYPED, place, asker, at=at)
    if kind != _COMPONENT:
        return None
    if button := read_button(str(data.get("custom_id", ""))):
        return _command(button, Origin.BUTTON, place, asker, at=at)
    error = _unknown_button()
    return Mistake(error=error, read=_refuse_button, actor=asker.actor, place=place.channel, at=at)


def read_unfinished(data: Mapping[str, Any], place: Place, asker: Asker, *, at: datetime) -> Command:
    """A slash command that a person is still typing."""
    words = (str(data.get("name", "")), unfinished_arguments(data))
    return _command(words, Origin.COMPLETION, place, asker, at=at)


def read_message(
    content: str, me: int, place: Place, asker: Asker, *, at: datetime, reply_to: int | None = None
) -> Command | Mistake:
    """The words of a direct message, or of one that mentions the bot, which has the number `me`.

    `reply_to` is the message that it replies to.
    """
    words = content.replace(f"<@{me}>", " ").replace(f"<@!{me}>", " ")
    origin = Origin.TYPED if place.channel.workspace == DIRECT else Origin.MENTION
    is_reply = bool(reply_to or place.thread)
    command = _read(words, origin, place, asker, at=at, in_thread=is_reply)
    if reply_to is None or isinstance(command, Mistake):
        return command
    return replace(command, reply_to=message_ref(place, reply_to))


def message_ref(place: Place, message: int) -> MessageRef:
    """The reference of a message in the place's room."""
    return MessageRef(place.channel, f"{place.room}:{message}")


def _unknown_button() -> UnknownCommand:
    return UnknownCommand(
        _("This button is of another version of Paperboy."), hint=_("Type `/help` for what there is.")
    )


def _refuse_button() -> None:
    raise _unknown_button()


def _read(
    words: str, origin: Origin, place: Place, asker: Asker, *, at: datetime, in_thread: bool = False
) -> Command | Mistake:
    read = partial(spoken, words, in_thread=in_thread)
    try:
        return _command(read(), origin, place, asker, at=at)
    except UsageError as error:
        return Mistake(error=error, read=read, actor=asker.actor, place=place.channel, at=at)


def _command(words: tuple[str, str], origin: Origin, place: Place, asker: Asker, *, at: datetime) -> Command:
    name, arguments = words
    return Command(
        name=name,
        arguments=arguments,
        actor=asker.actor,
        actor_name=asker.name,
        place=place.channel,
        origin=origin,
        is_public=origin is Origin.MENTION,
        locale=asker.locale,
        may_manage=asker.may_manage,
        thread=place.thread,
        at=at,
    )
