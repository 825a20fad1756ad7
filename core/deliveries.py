"""A digest on its way: verdicts on papers, what was chosen and why, and the ledger of what was sent.

The ledger is the truth about a delivery: a plan is stored before its first message is sent, and each message is
recorded when the platform has it, so that a crash resumes the stored plan and nothing is posted twice.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from core.channels import ChannelRef, Subscription, UserRef
from core.listings import SourceState
from core.papers import AnnounceType, Paper, PaperId, Summary
from core.posts import Feeling, MessageRef, Outgoing


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """The rule lets the paper through."""

    #: what the rule's own weights add up to; 0 where the rule gives none
    score: float = 0.0
    #: in words a reader understands, the strongest first
    reasons: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Dropped:
    """The rule does not let the paper through."""

    reason: str


Verdict = Kept | Dropped


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A paper that may be posted, and the announcement that makes it one."""

    paper: Paper
    type: AnnounceType
    #: the category whose listing announced it
    scope: str
    #: the listing day, the source's local date
    day: date


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidates:
    """Everything that one delivery has to decide on."""

    items: tuple[Candidate, ...]
    #: the last announcement looked at; the next delivery starts after it
    until: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Ranked:
    """A kept paper and its place among the kept."""

    paper: Paper
    #: from 0 to 1
    score: float
    reasons: tuple[str, ...]
    #: from 1; places beyond the digest's size were kept but not chosen
    place: int


class DeliveryKind(StrEnum):
    """Why a delivery exists."""

    #: the day's digest: one per subscription and local day
    DAILY = "daily"
    #: the digest of one listing day that somebody asked for
    LISTING = "listing"
    #: word that a source is in trouble and nothing could be posted; one per subscription and local day
    NOTICE = "notice"


class DeliveryState(StrEnum):
    """How far a delivery came."""

    #: begun: candidates are being judged
    CHOOSING = "choosing"
    #: the plan is stored; messages are going out
    SENDING = "sending"
    #: every message of the plan was sent (or there was nothing to send)
    DONE = "done"


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """The funnel of one delivery, in papers."""

    candidates: int = 0
    kept: int = 0
    posted: int = 0
    failed: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What a delivery decided on one paper that the rule kept, remembered for `why`."""

    paper: PaperId
    score: float
    reasons: tuple[str, ...]
    place: int
    #: True where the digest shows it
    chosen: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """One digest of one subscription on one day, as the ledger holds it."""

    #: the ledger's number
    id: int
    #: as it was when the delivery was planned
    subscription: Subscription
    #: the channel's local date; the listing day for kind LISTING
    day: date
    kind: DeliveryKind
    state: DeliveryState
    counts: Counts = Counts()
    #: announcements up to this one were looked at
    until: int = 0
    plan: tuple[Outgoing, ...] = ()
    #: what was sent of the plan, by key
    sent: Mapping[str, MessageRef]
    decisions: tuple[Decision, ...] = ()
    #: states of the sources when it was planned
    sources: tuple[SourceState, ...] = ()
    begun_at: datetime
    finished_at: datetime | None = None

    @property
    def key(self) -> str:
        """The prefix of its messages' keys: a database that was begun anew does not use old ones again."""
        return f"{self.id}-{self.begun_at:%Y%m%d%H%M%S}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One paper of a digest, ready to be shown."""

    paper: Paper
    score: float
    reasons: tuple[str, ...]
    summary: Summary


@dataclass(frozen=True, slots=True, kw_only=True)
class Digest:
    """A digest as values, before it is a post or a page."""

    subscription: Subscription
    day: date
    counts: Counts
    sources: tuple[SourceState, ...]
    items: tuple[Item, ...]
    #: invented papers, to be labelled as such
    is_sample: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Bookmark:
    """A paper on somebody's reading list."""

    #: a UserRef, written out
    user: str
    paper: Paper
    #: the channel it was seen in, written out
    channel: str
    at: datetime
    #: a reaction is public and feeds the channel's list as well; a button feeds the person's alone
    public: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Feedback:
    """A person wants more or less of what a paper is about."""

    user: UserRef
    paper: PaperId
    #: MORE or LESS
    feeling: Feeling
    #: the channel where the person said so
    where: ChannelRef
    #: UTC
    at: datetime
    #: other people in the channel can see it
    public: bool
