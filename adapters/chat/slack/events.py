"""What Slack tells us, read into our own values: slash commands, mentions, direct messages, reactions, buttons. Pure.

`client` hands over each payload as it came; what means nothing to us, or is not as it should be, is None.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
from hashlib import blake2b
from types import MappingProxyType
from typing import Any, Final
from uuid import uuid4

from adapters.chat.slack.render import ACTION
from core.channels import ChannelEvent, ChannelLost, ChannelMoved, ChannelRef, ChannelReturned, UserRef
from core.converse.command import Command, Mistake, Origin
from core.converse.grammar import spoken
from core.converse.pasted import PastedLinks, papers_in
from core.errors import AbsenceReason, ChatUnavailable, UsageError
from core.posts.messages import MessageRef
from core.posts.reactions import Reaction
from core.posts.signs import emoji_name
from core.speech import _

PLATFORM: Final = "slack"
#: how the identifier of a direct message begins
DIRECT: Final = "D"
#: slash commands that stand for a subcommand of /paper
ALIASES: Final = {"/papersearch": "search"}

_MENTION: Final = re.compile(r"<@[A-Z0-9]+(?:\|[^<>]*)?>")
#: `<https://a.b/c|shown>`: the address is what was meant; `<#C1|papers>`: the name
_ADDRESS: Final = re.compile(r"<(https?://[^|<>]+)(?:\|[^<>]*)?>")
_LABEL: Final = re.compile(r"<[^|<>]*\|([^<>]*)>")

Body = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where an answer goes."""

    channel: ChannelRef
    user: UserRef
    #: as Slack shows the person; empty where it does not tell
    user_name: str = ""
    #: the thread's parent; empty outside threads
    thread: str = ""
    #: the thread is not there before something is said in it, and until then shows nothing to one person alone
    opens_thread: bool = False
    #: takes answers where the bot itself is not let in; empty where Slack gave none
    response_url: str = ""
    #: True where the response_url replaces what was answered through it; that of a button replaces the button's message
    can_replace: bool = False

    @property
    def conversation(self) -> str:
        """Slack's own id of the channel."""
        return self.channel.place

    @property
    def person(self) -> str:
        """Slack's own id of the person."""
        return self.user.id

    @property
    def is_private(self) -> bool:
        """A direct message: only the person reads it anyway."""
        return is_direct(self.channel)


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """A command, or what is wrong with what was typed."""

    place: Place
    command: Command | Mistake
    #: the message whose button it is; empty for what was typed
    message: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReactionChange:
    """An emoji was put on a message or taken away."""

    place: Place
    reaction: Reaction


@dataclass(frozen=True, slots=True, kw_only=True)
class Paste:
    """A message in a channel, not for the bot, that leads to papers."""

    place: Place
    links: PastedLinks


@dataclass(frozen=True, slots=True)
class Removal:
    """The app was uninstalled, or its tokens were revoked."""


@dataclass(frozen=True, slots=True)
class ChannelChange:
    """The bot was removed from a channel or let in, or something befell the channel."""

    event: ChannelEvent


SlackEvent = Question | ReactionChange | Paste | ChannelChange | Removal


@dataclass(frozen=True, slots=True)
class Occurrence:
    """Something that happened on Slack."""

    event: SlackEvent
    #: when one of our processes heard it, UTC
    at: datetime


#: Slack's words for conversations of several people
_CHANNELS: Final = ("channel", "group", "mpim")
#: what an event says of its channel; the bot hears of its own leaving alone
_ABSENCES: Final[Mapping[str, AbsenceReason]] = MappingProxyType(
    {
        "channel_archive": AbsenceReason.ARCHIVED,
        "channel_deleted": AbsenceReason.DELETED,
        "channel_left": AbsenceReason.KICKED,
        "group_archive": AbsenceReason.ARCHIVED,
        "group_deleted": AbsenceReason.DELETED,
        "group_left": AbsenceReason.KICKED,
    }
)


def understand(body: Body, *, team: str, at: datetime, bot: str = "") -> SlackEvent | None:
    """What a payload says; `team` is the workspace we are in, `bot` our own user, whom we do not listen to."""
    try:
        event = _channel_change(body.get("event") or {}, team, bot) or _read_event(body, team, at)
    except (KeyError, TypeError, AttributeError, IndexError):
        return None
    if event is None or isinstance(event, Removal | ChannelChange):
        return event
    if isinstance(event, Paste) and bot and f"<@{bot}" in body["event"]["text"]:  # which comes as a mention as well
        return None
    return event if event.place.person not in ("", bot) else None


def number_of(body: Body) -> int:
    """A number that repeats when Slack sends an event again, over whichever connection; 63 bits of its identifier."""
    identity = str(body.get("event_id") or body.get("trigger_id") or uuid4().hex)
    return int.from_bytes(blake2b(identity.encode(), digest_size=8).digest()) >> 1


def lane(event: SlackEvent) -> tuple[str, ...] | None:
    """What must keep its order: what one person does to one message, and what they type in one channel."""
    if isinstance(event, Removal):
        return None
    if isinstance(event, ChannelChange):
        return (event.event.channel.place,)
    if isinstance(event, Paste):
        return (event.place.conversation, event.place.thread)
    message = event.reaction.message.id if isinstance(event, ReactionChange) else event.message
    return (event.place.conversation, event.place.person, message)


def late_question(question: Question, at: datetime) -> Mistake:
    """To be told that nobody served while it was asked."""

    def explain() -> object:
        raise _silence()

    place = question.place
    return Mistake(error=_silence(), read=explain, actor=place.user, place=place.channel, at=at)


def _silence() -> ChatUnavailable:
    return ChatUnavailable(
        _("Paperboy could not answer when you asked."), hint=_("Please ask again if you still want to know.")
    )


def is_direct(channel: ChannelRef) -> bool:
    """Is it the conversation of one person with the bot?"""
    return channel.place.startswith(DIRECT)


def plain(text: str) -> str:
    """What a person typed, without Slack's escapes and mentions."""
    words = _LABEL.sub(r"\1", _ADDRESS.sub(r"\1", _MENTION.sub(" ", text)))
    return words.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&").strip()


def _read_event(body: Body, team: str, at: datetime) -> SlackEvent | None:
    if "command" in body:
        return _slash(body, team, at)
    if body.get("type") == "block_actions":
        return _button(body, team, at)
    event = body.get("event", {})
    match event.get("type"):
        case "app_mention":
            return _mention(event, team, at)
        case "message":
            return _direct_message(event, team, at) or _paste(event, team, at)
        case "reaction_added" | "reaction_removed":
            return _reaction(event, team)
        case "app_uninstalled":
            return Removal()
        case "tokens_revoked":
            return Removal() if event.get("tokens", {}).get("bot") else None
    return None


def _channel_change(event: Body, team: str, bot: str) -> ChannelChange | None:
    kind = event.get("type", "")
    if reason := _ABSENCES.get(kind):
        return ChannelChange(ChannelLost(channel=_channel(team, event["channel"]), reason=reason))
    if kind in ("channel_unarchive", "group_unarchive") or (kind == "member_joined_channel" and event["user"] == bot):
        return ChannelChange(ChannelReturned(channel=_channel(team, event["channel"])))
    if kind == "channel_id_changed":
        old, new = _channel(team, event["old_channel_id"]), _channel(team, event["new_channel_id"])
        return ChannelChange(ChannelMoved(channel=old, to=new, keeps_messages=True))
    return None


def _slash(body: Body, team: str, at: datetime) -> Question:
    place = _place(team, body["channel_id"], body["user_id"], response_url=body.get("response_url") or "")
    alias = ALIASES.get(body["command"], "")
    place = replace(place, can_replace=bool(place.response_url), user_name=body.get("user_name") or "")
    return _question(place, f"{alias} {body.get('text') or ''}", Origin.TYPED, at)


def _mention(event: Body, team: str, at: datetime) -> Question | None:
    if not _is_of_person(event):
        return None
    return _question(_thread_of(event, team), event.get("text") or "", Origin.MENTION, at)


def _direct_message(event: Body, team: str, at: datetime) -> Question | None:
    if event.get("channel_type") != "im" or not _is_of_person(event):
        return None
    place = _place(team, event["channel"], event["user"], thread=event.get("thread_ts") or "")
    return _question(place, event.get("text") or "", Origin.TYPED, at)


def _paste(event: Body, team: str, at: datetime) -> Paste | None:
    """A paste in a channel; Slack tells of such messages only where the app subscribes to them."""
    if event.get("channel_type") not in _CHANNELS or not _is_of_person(event):
        return None
    papers = papers_in(plain(event.get("text") or ""))
    if not papers:
        return None
    place = _thread_of(event, team)
    return Paste(place=place, links=PastedLinks(user=place.user, place=place.channel, papers=papers, at=at))


def _is_of_person(event: Body) -> bool:
    """Is it a message that a person wrote?"""
    return not (event.get("bot_id") or event.get("subtype"))


def _thread_of(event: Body, team: str) -> Place:
    """The thread of a message in a channel; an answer opens the thread where there is none."""
    place = _place(team, event["channel"], event["user"], thread=event.get("thread_ts") or event["ts"])
    return replace(place, opens_thread=not event.get("thread_ts"))


def _question(place: Place, words: str, origin: Origin, at: datetime) -> Question:
    read = partial(spoken, plain(words), in_thread=bool(place.thread) and not place.opens_thread)
    try:
        name, arguments = read()
    except UsageError as error:
        mistake = Mistake(error=error, read=read, actor=place.user, place=place.channel, at=at)
        return Question(place=place, command=mistake)
    return Question(place=place, command=_command(place, name, arguments, origin, at))


def _command(place: Place, name: str, arguments: str, origin: Origin, at: datetime) -> Command:
    thread = MessageRef(place.channel, place.thread) if place.thread else None
    return Command(
        name=name,
        arguments=arguments,
        actor=place.user,
        actor_name=place.user_name,
        place=place.channel,
        origin=origin,
        is_public=origin is Origin.MENTION,
        thread=thread,
        at=at,
    )


def _reaction(event: Body, team: str) -> ReactionChange | None:
    item = event["item"]
    if item.get("type") != "message":
        return None
    place = _place(team, item["channel"], event["user"])
    message = MessageRef(place.channel, item["ts"])
    reaction = Reaction(
        user=place.user,
        message=message,
        added=event["type"] == "reaction_added",
        emoji=emoji_name(event["reaction"]),
        at=_moment(event.get("event_ts")),
    )
    return ReactionChange(place=place, reaction=reaction)


def _moment(ts: object) -> datetime | None:
    """When something happened by Slack's clock, which tells events apart that come in another order."""
    try:
        return datetime.fromtimestamp(float(str(ts)), UTC)
    except (ValueError, OverflowError, OSError):
        return None


def _button(body: Body, team: str, at: datetime) -> Question | None:
    action, container = body["actions"][0], body.get("container", {})
    if not action["action_id"].startswith(ACTION):
        return None
    thread = container.get("thread_ts") or body.get("message", {}).get("thread_ts") or ""
    url = body.get("response_url") or ""
    place = _place(team, body["channel"]["id"], body["user"]["id"], thread=thread, response_url=url)
    place = replace(place, user_name=body["user"].get("name") or "")
    name = action["action_id"].removeprefix(ACTION).partition(":")[0]
    command = _command(place, name, action.get("value") or "", Origin.BUTTON, at)
    return Question(place=place, command=command, message=container.get("message_ts") or "")


def _channel(team: str, channel: str) -> ChannelRef:
    return ChannelRef(PLATFORM, team, channel)


def _place(team: str, channel: str, user: str, *, thread: str = "", response_url: str = "") -> Place:
    return Place(
        channel=_channel(team, channel),
        user=UserRef(PLATFORM, team, user),
        thread=thread,
        response_url=response_url,
    )
