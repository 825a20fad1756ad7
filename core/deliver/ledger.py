"""A digest on its way, as the ledger holds it: what was planned and what of it was sent.

The ledger is the truth about a delivery: a plan is stored before its first message is sent, and each message is
recorded when the platform has it, so that a crash resumes the stored plan and nothing is posted twice.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Final

from core.channels import ChannelRef, Subscription
from core.choose.verdicts import Decision
from core.errors import AbsenceReason
from core.ingest.state import SourceState
from core.papers.identifiers import PaperId
from core.posts.messages import MessageRef, Outgoing
from core.posts.tree import Post
from core.speech import N_


class DeliveryKind(StrEnum):
    """Why a delivery exists."""

    #: the day's digest: one per subscription and local day
    DAILY = "daily"
    #: the digest of one listing day that somebody asked for
    LISTING = "listing"
    #: word that a source is in trouble and nothing could be posted; one per subscription and local day
    NOTICE = "notice"
    #: word that nothing was announced, for channels that want to hear it; one per subscription and local day
    QUIET = "quiet"


class DeliveryState(StrEnum):
    """How far a delivery came."""

    #: the plan is stored; messages are going out
    SENDING = "sending"
    #: every message of the plan was sent (or there was nothing to send)
    DONE = "done"
    #: given up with its reason on record: what was not sent is a candidate of the next digest
    FAILED = "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """What kept a delivery from being finished when somebody last tried."""

    #: the name of the error's class, of `core.errors` as a rule
    kind: str
    #: what happened, and what to do, as it is kept: in English, as a rule
    sentence: str


#: a delivery of a channel that takes no messages any more; `Delivery.absence` says why
LOST_CHANNEL: Final = Failure(kind="ChannelGone", sentence=N_("The channel is lost. Its settings say why."))
#: a delivery that nobody wants any more
ENDED_SUBSCRIPTION: Final = Failure(kind="Unsubscribed", sentence=N_("It is not subscribed any more."))


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """The funnel of one delivery, in papers."""

    candidates: int = 0
    kept: int = 0
    posted: int = 0
    failed: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryPlan:
    """Everything that is decided on a digest before its first message is sent; stored as a whole."""

    subscription: Subscription
    #: the channel's local date; the listing day for kind LISTING
    day: date
    kind: DeliveryKind
    post: Post
    #: the post as messages of the platform, in sending order
    messages: tuple[Outgoing, ...]
    decisions: tuple[Decision, ...] = ()
    counts: Counts = Counts()
    #: states of the sources when it was planned
    sources: tuple[SourceState, ...] = ()
    #: announcements after this one, up to `until`, were looked at; None for a first delivery: its latest day alone
    after: int | None = None
    until: int = 0
    #: the papers whose summaries stand in for better ones that may come
    stand_ins: tuple[PaperId, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Shipment:
    """Which delivery is to be sent, and no more of it."""

    channel: ChannelRef
    #: of the subscription
    name: str
    #: as in `Delivery`
    day: date
    kind: DeliveryKind


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
    #: what the plan was made from, with its replies; None where an older version planned it
    post: Post | None = None
    #: what was sent of the plan, by key
    sent: Mapping[str, MessageRef]
    #: keys of what may be there, too: an attempt to send it ended, and nobody knows how
    in_doubt: frozenset[str] = frozenset()
    decisions: tuple[Decision, ...] = ()
    #: states of the sources when it was planned
    sources: tuple[SourceState, ...] = ()
    #: when it was planned
    begun_at: datetime
    #: a random name of who sends it now, or did last
    holder: str | None = None
    #: when it was finished or given up
    finished_at: datetime | None = None
    #: how many times it failed halfway
    attempts: int = 0
    #: no earlier than this somebody tries again by himself; None where that may be at once
    retry_at: datetime | None = None
    #: of the last attempt that failed
    failure: Failure | None = None
    #: what became of the channel, where that ended it
    absence: AbsenceReason | None = None

    @property
    def is_begun(self) -> bool:
        """True where somebody tried to send any of it: something of it may be on the platform."""
        return bool(self.sent or self.in_doubt or self.attempts)
