"""Where digests go: channels, the people in them, and what a channel subscribed to.

A channel (or a direct-message conversation) has one or more named subscriptions; each is one digest with its own rule,
hour and size.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from types import MappingProxyType
from typing import Final
from zoneinfo import ZoneInfo

from core.errors import AbsenceReason, UsageError
from core.speech import N_, _

PLATFORMS: Final = ("terminal", "slack", "discord", "telegram")
_WITH_WORKSPACES: Final = frozenset({"slack", "discord"})
#: for which the settings of a digest that somebody ended are kept
SETTINGS_KEPT: Final = timedelta(days=30)
#: minutes
LONGEST_PATIENCE_MIN: Final = 720

_PLACE: Final = re.compile(r"[A-Za-z0-9_@#.:+/-]{1,120}")
_NAME: Final = re.compile(r"[\w-]{1,40}")


@dataclass(frozen=True, slots=True, order=True)
class ChannelRef:
    """A channel: `slack:T123/C456`, `discord:GUILD/CHANNEL`, `telegram:-100123`, `terminal:main`."""

    #: one of PLATFORMS
    platform: str
    #: Slack's workspace, Discord's server; empty on platforms that have none
    workspace: str
    #: the platform's own identifier within the workspace; on Telegram a topic may follow, `-100123/7`
    place: str

    def __str__(self) -> str:
        return _write_reference(self.platform, self.workspace, self.place)

    def covers(self, other: ChannelRef) -> bool:
        """Is it that channel, or one that has it in it: the chat of a topic, or with an empty place the workspace?"""
        if (self.platform, self.workspace) != (other.platform, other.workspace):
            return False
        return not self.place or f"{other.place}/".startswith(f"{self.place}/")

    @staticmethod
    def parse(text: str) -> ChannelRef:
        """Read what `str` writes. Raises UsageError with an example."""
        if _is_reference(text):
            return ChannelRef.from_store(text)
        hint = _(
            "Write platform:place, for example slack:T123/C456 or terminal:main; the platforms are {platforms}.",
            platforms=", ".join(PLATFORMS),
        )
        raise UsageError(_("'{text}' is not a channel.", text=text[:80]), hint=hint)

    @staticmethod
    def from_store(text: str) -> ChannelRef:
        """Read what `str` wrote and the store kept, without a check."""
        return ChannelRef(*_parts(text))


@dataclass(frozen=True, slots=True, order=True)
class UserRef:
    """A person on a platform: `slack:T123/U456`, `discord:U`, `telegram:U`, `terminal:NAME`."""

    #: one of PLATFORMS
    platform: str
    #: where the identifier is unique: Slack's workspace; empty where it is unique on the whole platform
    workspace: str
    #: the platform's own identifier of the person
    id: str

    def __str__(self) -> str:
        return _write_reference(self.platform, self.workspace, self.id)

    @staticmethod
    def parse(text: str) -> UserRef:
        """Read what `str` writes. Raises UsageError with an example."""
        if _is_reference(text):
            return UserRef.from_store(text)
        hint = _("Write platform:person, for example slack:T123/U456.")
        raise UsageError(_("'{text}' is not a person.", text=text[:80]), hint=hint)

    @staticmethod
    def from_store(text: str) -> UserRef:
        """Read what `str` wrote and the store kept, without a check."""
        return UserRef(*_parts(text))


def is_private_chat(channel: ChannelRef) -> bool:
    """Is it a conversation that one person alone reads? A terminal is not: whoever sits there reads it."""
    match channel.platform:
        case "slack":
            return channel.place.startswith("D")
        case "discord":
            return channel.workspace == "@me"
        case "telegram":
            return channel.place.partition("/")[0].isdecimal()
    return False


#: what channels look like on each platform, and an example
_SHAPES: Final[Mapping[str, tuple[re.Pattern[str], str]]] = MappingProxyType(
    {
        "slack": (
            re.compile(r"[TE][A-Z0-9]+/[CGD][A-Z0-9]+"),
            N_("Write slack:T123/C456: the ids of the workspace and of the channel."),
        ),
        "discord": (
            re.compile(r"(?:[0-9]+|@me)/[0-9]+"),
            N_("Write discord:123/456: the numbers of the server and of the channel."),
        ),
        "telegram": (
            re.compile(r"(?:-?[0-9]+|@[A-Za-z]\w{3,})(?:/[0-9]+)?"),
            N_("Write telegram:-100123, telegram:@name, or telegram:-100123/7 for a topic."),
        ),
    }
)


def require_shape(channel: ChannelRef) -> None:
    """Raise UsageError for what no channel of its platform looks like, with an example."""
    pattern, hint = _SHAPES.get(channel.platform, (None, ""))
    if pattern and not pattern.fullmatch(str(channel).partition(":")[2]):
        platform = channel.platform.capitalize()
        sentence = _("'{channel}' is not a channel of {platform}.", channel=channel, platform=platform)
        raise UsageError(sentence, hint=_(hint))


def _is_reference(text: str) -> bool:
    platform, colon, remainder = text.partition(":")
    return bool(colon) and platform in PLATFORMS and _PLACE.fullmatch(remainder) is not None


def _parts(text: str) -> tuple[str, str, str]:
    """Platform, workspace and the remainder."""
    platform, _, remainder = text.partition(":")
    workspace, slash, place = remainder.partition("/")
    return (
        (platform, workspace, place)
        if workspace and slash and platform in _WITH_WORKSPACES
        else (platform, "", remainder)
    )


def _write_reference(platform: str, workspace: str, remainder: str) -> str:
    return f"{platform}:{workspace}/{remainder}" if workspace else f"{platform}:{remainder}"


class Layout(StrEnum):
    """How a digest orders its papers."""

    RANKED = "ranked"
    BY_CATEGORY = "by-category"


class Depth(StrEnum):
    """How much of a paper its summary tells."""

    #: the gist alone
    LINE = "line"
    #: gist, motivation, method, result, conclusion
    PARTS = "parts"
    #: those, and whom the paper is for, and what is new against earlier work
    FULL = "full"


class QuietDay(StrEnum):
    """What a channel hears when nothing was announced by its hour."""

    NOTHING = "nothing"
    #: one line
    LINE = "line"


class LateDay(StrEnum):
    """What becomes of a digest that could not be posted at its hour because Paperboy was not running."""

    #: it is posted later that day, and says so
    POST = "post"
    #: its papers come with the next digest
    SKIP = "skip"


class Changers(StrEnum):
    """Who may change a channel's digest."""

    MANAGERS = "managers"
    EVERYONE = "everyone"


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryTime:
    """When a digest is due: a local time in an IANA zone on some weekdays."""

    at: time = time(9, 0)
    #: an IANA name, `Europe/Berlin`
    zone: str = "UTC"
    #: True once somebody, or the platform for them, has said which zone it is
    has_chosen_zone: bool = False
    #: 0 is Monday, as in `date.weekday()`
    weekdays: frozenset[int] = frozenset(range(5))
    #: the first local day that can have a digest, where somebody paused it until then
    not_before: date | None = None

    @property
    def is_zone_known(self) -> bool:
        """True where the zone is more than a default; a zone of an older version was chosen unless it is UTC."""
        return self.has_chosen_zone or self.zone != "UTC"

    def local_day(self, moment: datetime) -> date:
        """The channel's own date at an aware moment."""
        return self.local_time(moment).date()

    def local_time(self, moment: datetime) -> datetime:
        """An aware moment on the channel's own clock."""
        return moment.astimezone(ZoneInfo(self.zone))


@dataclass(frozen=True, slots=True, kw_only=True)
class Absence:
    """Nothing can be posted in a channel until somebody there does something: why, and since when."""

    reason: AbsenceReason
    #: when Paperboy noticed, UTC
    since: datetime
    #: True once whoever set the subscription up got a message about it
    is_told: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelLost:
    """Nothing can be posted any more in a channel and in those that it `covers`."""

    channel: ChannelRef
    reason: AbsenceReason


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelMoved:
    """The platform gave a channel another identifier."""

    channel: ChannelRef
    to: ChannelRef
    #: True where a message keeps its identifier, so that reactions on it still find their paper
    keeps_messages: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelReturned:
    """The bot is back: in a channel, whatever was wrong; or in a workspace, which it had been removed from."""

    channel: ChannelRef


#: what happens to channels, as platforms bring it
ChannelEvent = ChannelLost | ChannelMoved | ChannelReturned


@dataclass(frozen=True, slots=True, kw_only=True)
class Subscription:
    """What one channel wants to read, when, and how much of it."""

    channel: ChannelRef
    #: tells several subscriptions of one channel apart
    name: str = "main"
    #: a paper must be in one of these; an archive (`cs`) stands for all its categories; empty means any
    categories: tuple[str, ...] = ()
    #: the filter, in the language of `core.choose.rules.judging`; empty keeps everything
    rule: str = ""
    #: what the channel is interested in, in plain words; it orders, and what has nothing of it is not posted
    interest: str = ""
    #: followed authors: their papers are kept whatever the rule says
    authors: tuple[str, ...] = ()
    at: DeliveryTime = DeliveryTime()
    #: papers per digest, 1 to 50
    size: int = 10
    #: IETF tag of the language to read in
    language: str = "en"
    #: how much of each paper is told
    depth: Depth = Depth.PARTS
    layout: Layout = Layout.RANKED
    #: minutes that a digest waits at most for categories whose listing is not there yet; 0 is never
    patience_min: int = 60
    quiet_day: QuietDay = QuietDay.NOTHING
    late_day: LateDay = LateDay.POST
    #: True where a weekly digest begins with a briefing on its themes
    has_briefing: bool = False
    #: True where a language model, if there is one, grades the best papers and has a say in their order
    has_reranking: bool = False
    #: True where one place goes to something else than the channel usually saves, once it has taught something
    explores: bool = True
    #: True where a link to a paper that somebody pastes in the channel gets a short card
    link_cards: bool = False
    #: a paused subscription is never due, whoever paused it
    paused: bool = False
    #: why Paperboy itself paused it; None where it is not paused, or a person paused it
    absence: Absence | None = None
    #: who may change it
    changers: Changers = Changers.MANAGERS
    #: who subscribed the channel, and is told where it is lost; None where that was done at the command line
    set_up_by: UserRef | None = None
    #: papers listed before this day are no news here; set when the bot comes back after a long absence
    news_since: date | None = None

    def __post_init__(self) -> None:
        if not 1 <= self.size <= 50:
            raise UsageError(_("A digest holds 1 to 50 papers, not {size}.", size=self.size))
        if not 0 <= self.patience_min <= LONGEST_PATIENCE_MIN:
            sentence = _(
                "A digest waits 0 to {most} minutes for late sources, not {minutes}.",
                most=LONGEST_PATIENCE_MIN,
                minutes=self.patience_min,
            )
            raise UsageError(sentence, hint=_("0 is never."))
        if not _NAME.fullmatch(self.name):
            raise UsageError(
                _("'{name}' is not a name for a subscription.", name=self.name[:60]),
                hint=_("Use letters, digits, - and _."),
            )

    def __str__(self) -> str:
        return f"{self.channel} {self.name}"

    @property
    def reader(self) -> UserRef | None:
        """The one person who reads it, in a private chat; None where several may, or nobody knows who it is."""
        if not is_private_chat(self.channel):
            return None
        if self.channel.platform == "telegram":  # a private chat has its person's number
            return UserRef("telegram", "", self.channel.place.partition("/")[0])
        return self.set_up_by


@dataclass(frozen=True, slots=True, kw_only=True)
class EndedSubscription:
    """The settings of a digest that somebody ended; they are kept for a while."""

    subscription: Subscription
    #: when it was ended, UTC
    at: datetime
