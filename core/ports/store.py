"""What is remembered: six parts, each for the use cases that need no more, and the one store that is all of them.

Implemented by `storage`. Every method is one transaction.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from core.channels import ChannelRef, Subscription, UserRef
from core.deliveries import Bookmark, Candidates, Counts, Decision, Delivery, DeliveryKind, Feedback
from core.listings import Backfill, Listing, Refresh, Report, SourceState, Stored
from core.papers import Dossier, Event, Paper, PaperId, Summary
from core.posts import Feeling, MessageRef, Outgoing, Reaction
from core.searching import Found, SearchQuery


@dataclass(frozen=True, slots=True, kw_only=True)
class PaperPage:
    """Some of the papers that match, and how many there are."""

    total: int
    papers: tuple[Paper, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PaperTrace:
    """Everything the store knows about one paper and one channel, for `why`."""

    paper: Paper
    #: (source, scope, listing day, type, sequence number), in the order they came
    announcements: tuple[tuple[str, str, date, str, int], ...]
    #: when the paper was first stored, UTC
    first_seen: datetime
    #: the deliveries that looked at one of the announcements, oldest first, with what each decided
    #: (None where the rule had dropped it)
    deliveries: tuple[tuple[Delivery, Decision | None], ...]
    #: when it was posted in the channel, UTC
    posted_at: datetime | None


class PaperStore(ABC):
    """Papers, what was announced of them, summaries, and the search over them."""

    @abstractmethod
    async def add(self, listing: Listing, *, at: datetime) -> Stored:
        """Store a listing in one transaction: papers, identifiers, announcements, summaries, signals, events.

        A paper known under any of its identifiers, or by title and first author (`core.matching`), is the same paper,
        unless a person has said that it is not. What it looks like afterwards does not depend on the order in which
        its sources were read. The same announcement twice is stored once.
        """

    @abstractmethod
    async def paper(self, id: PaperId) -> Paper | None:
        """The paper known under this identifier, its own or another one."""

    @abstractmethod
    async def papers(
        self, *, day: date | None = None, category: str | None = None, limit: int | None = None
    ) -> PaperPage:
        """Papers, the latest announced first; `day`: announced on that listing day, in any manner."""

    @abstractmethod
    async def papers_by_id(self, ids: Sequence[PaperId]) -> tuple[Paper, ...]:
        """Those of the papers that are known, in the order asked."""

    @abstractmethod
    async def dossier(self, id: PaperId) -> Dossier | None:
        """Where a paper comes from, and what became of it."""

    @abstractmethod
    async def split(self, id: PaperId, *, at: datetime) -> tuple[Paper, Paper]:
        """Undo a wrong merge: the account under this identifier becomes a paper of its own again, and stays apart.

        The paper it was taken out of, and the one it is now. Raises NotFound for an unknown identifier, and UsageError
        where no other account was merged with it.
        """

    @abstractmethod
    async def events(self, *, after: int = 0, limit: int = 100) -> tuple[Event, ...]:
        """What happened to papers, in order, from the one after number `after` on."""

    @abstractmethod
    async def unenriched(self, source: str, *, before: datetime, limit: int) -> tuple[Paper, ...]:
        """Papers that an enricher was not asked about since `before`, the latest announced first."""

    @abstractmethod
    async def mark_enriched(self, source: str, ids: Sequence[PaperId], *, at: datetime) -> None:
        """The enricher was asked about these papers, whatever it knew."""

    @abstractmethod
    async def search(self, query: SearchQuery, *, limit: int = 10, offset: int = 0) -> Found:
        """Papers that match, the best first. Costs a bounded time whatever the words."""

    @abstractmethod
    async def summaries(self, ids: Sequence[PaperId], language: str) -> Mapping[PaperId, Summary]:
        """The newest stored summary of each paper in that language; papers without one are left out."""

    @abstractmethod
    async def save_summaries(self, summaries: Sequence[Summary]) -> None:
        """Remember summaries; one per (paper, version, language, made_by), the later one wins."""


class SourceStore(ABC):
    """What is remembered of sources between refreshes."""

    @abstractmethod
    async def source_state(self, source: str, scope: str) -> SourceState | None:
        """The last state of one scope."""

    @abstractmethod
    async def source_states(self) -> tuple[SourceState, ...]:
        """All of them, by source and scope."""

    @abstractmethod
    async def save_source_state(self, state: SourceState, *, report: Report | None = None) -> None:
        """Replace the state of one scope and, where there is a report, put it into the history at `checked_at`."""

    @abstractmethod
    async def refreshes(
        self, *, source: str | None = None, scope: str | None = None, since: datetime | None = None, limit: int = 100
    ) -> tuple[Refresh, ...]:
        """The history of refreshes, the newest first."""

    @abstractmethod
    async def forget_refreshes(self, *, before: datetime) -> int:
        """Drop the history before a moment; how many there were."""

    @abstractmethod
    async def backfill(self, source: str, scope: str, since: date, until: date) -> Backfill | None:
        """How far a backfill of exactly this span has come, if it was begun and not completed."""

    @abstractmethod
    async def backfills(self, source: str, scope: str | None = None) -> tuple[Backfill, ...]:
        """The backfills of a scope, or of all, that were begun and not completed, by their first day."""

    @abstractmethod
    async def save_backfill(self, backfill: Backfill, *, at: datetime) -> None:
        """Remember how far it has come."""

    @abstractmethod
    async def forget_backfill(self, backfill: Backfill) -> None:
        """It is complete."""


class SubscriptionStore(ABC):
    """Who wants what."""

    @abstractmethod
    async def save_subscription(self, subscription: Subscription, *, at: datetime) -> None:
        """Add it, or replace the one of the same channel and name; its deliveries stay."""

    @abstractmethod
    async def subscriptions(self, channel: ChannelRef | None = None) -> tuple[Subscription, ...]:
        """By channel and name."""

    @abstractmethod
    async def remove_subscription(self, channel: ChannelRef, name: str) -> bool:
        """Forget it; what was posted stays on record. False where there was none."""


class DeliveryStore(ABC):
    """The ledger: every delivery, its plan, and what of it was sent."""

    @abstractmethod
    async def begin_delivery(
        self, subscription: Subscription, day: date, kind: DeliveryKind, *, at: datetime, lease: timedelta
    ) -> Delivery | None:
        """Take up a delivery for at most `lease`, which `intend` renews: a new one, or one whose lease ran out.

        None where it is done, or somebody else holds it. A delivery in state SENDING carries its stored plan and
        what of it was sent: resume it, never plan anew. Raises NotFound where the subscription is not stored.
        """

    @abstractmethod
    async def candidates(self, subscription: Subscription, *, listing_day: date | None = None) -> Candidates:
        """The papers that a delivery has to decide on, each once, newest announcement last.

        Papers announced in one of the subscription's categories (new or cross-listed; replacements are not news) after
        the last finished DAILY delivery looked, that were neither posted in the channel nor kept by an earlier
        finished delivery of the subscription. Before the first delivery: the latest listing day only. With
        `listing_day`: all that was announced on that day and never posted in the channel.
        """

    @abstractmethod
    async def save_plan(
        self,
        delivery: Delivery,
        *,
        plan: Sequence[Outgoing],
        decisions: Sequence[Decision],
        counts: Counts,
        sources: Sequence[SourceState],
        until: int,
    ) -> None:
        """Store everything that was decided, in one transaction; the delivery is SENDING from now on."""

    @abstractmethod
    async def intend(self, delivery: Delivery, key: str, *, at: datetime, lease: timedelta) -> None:
        """Note that a message is about to be sent, and renew the lease. NotAllowed where somebody else took over."""

    @abstractmethod
    async def sent(self, delivery: Delivery, key: str, message: MessageRef, *, at: datetime) -> None:
        """Record that the platform has the message, and that its papers are posted in the channel. Idempotent."""

    @abstractmethod
    async def finish_delivery(self, delivery: Delivery, *, at: datetime) -> None:
        """All of the plan is sent; the lease ends."""

    @abstractmethod
    async def drop_delivery(self, delivery: Delivery) -> None:
        """Give a delivery back unplanned, as if it had never begun. Does nothing once a plan is stored."""

    @abstractmethod
    async def delivery(self, subscription: Subscription, day: date, kind: DeliveryKind) -> Delivery | None:
        """The delivery of that day as it stands."""

    @abstractmethod
    async def last_delivery(self, subscription: Subscription) -> Delivery | None:
        """The latest finished DAILY delivery that posted a paper."""

    @abstractmethod
    async def trace(self, channel: ChannelRef, id: PaperId, name: str) -> PaperTrace | None:
        """What happened to a paper in the channel's subscription of that name; None where the paper is not known."""

    @abstractmethod
    async def claim_digest_order(self, channel: ChannelRef, *, at: datetime, since: datetime) -> datetime | None:
        """Record that somebody orders a digest in a channel at `at`, unless somebody did so after `since`.

        None where it is recorded; otherwise when that earlier order was. Of several who claim at once one succeeds.
        """

    @abstractmethod
    async def remember_message(self, message: MessageRef, papers: Sequence[PaperId], *, at: datetime) -> None:
        """Record which papers a message outside any delivery shows (an answer); it does not count as posted there."""

    @abstractmethod
    async def message_papers(self, message: MessageRef) -> tuple[PaperId, ...]:
        """The papers a sent message shows; empty where the message is not ours."""


class BookmarkStore(ABC):
    """Reading lists: a paper is on a person's list while any mark of that person stands, private or public."""

    @abstractmethod
    async def add_bookmark(self, user: str, id: PaperId, channel: str, *, at: datetime, public: bool) -> bool:
        """Put a person's mark on a paper: one private mark, and one public mark in each channel.

        False where that mark was there. Raises NotFound for an unknown paper.
        """

    @abstractmethod
    async def remove_bookmark(self, user: str, id: PaperId, *, channel: str | None = None) -> bool:
        """Take the paper off the person's list; with `channel`, remove that channel's public mark alone.

        False where there was nothing to remove.
        """

    @abstractmethod
    async def bookmarks(self, *, user: str | None = None, channel: str | None = None) -> tuple[Bookmark, ...]:
        """Newest first; a person's whole list, the public marks of a channel, or everybody's lists.

        A list has each paper once: since the oldest mark that stands, public where any of them is.
        """

    @abstractmethod
    async def park_reaction(self, reaction: Reaction, *, at: datetime, since: datetime) -> bool:
        """Keep a reaction whose message is not on record yet; the last word of a person on a message counts.

        Forgets those that were parked before `since`. False where the message is on record by now, and nothing is
        kept: the reaction can be taken at once.
        """

    @abstractmethod
    async def parked_reactions(self, message: MessageRef, *, since: datetime) -> tuple[Reaction, ...]:
        """The reactions that wait for this message and were parked at `since` or later, in the order they came."""

    @abstractmethod
    async def forget_parked(self, message: MessageRef) -> None:
        """The message's reactions were taken; nothing waits for it any more."""


class FeedbackStore(ABC):
    """What people want more and less of."""

    @abstractmethod
    async def add_feedback(self, feedback: Feedback) -> bool:
        """Record it, once per person, paper, feeling and channel; MORE and LESS may stand side by side.

        False where it was there. Raises NotFound for an unknown paper.
        """

    @abstractmethod
    async def remove_feedback(self, user: UserRef, id: PaperId, feeling: Feeling, where: ChannelRef) -> bool:
        """Take it back. False where it was not there."""

    @abstractmethod
    async def feedback(self, *, user: UserRef | None = None, where: ChannelRef | None = None) -> tuple[Feedback, ...]:
        """Newest first, with each paper's present identifier: everything, a person's, a channel's, or both."""


class Store(PaperStore, SourceStore, SubscriptionStore, DeliveryStore, BookmarkStore, FeedbackStore):
    """Everything Paperboy remembers, in one database.

    Every method is one transaction: it happened or it did not. Any method may raise StoreLocked, StoreReadOnly,
    StoreFull, StoreBroken.
    """

    @abstractmethod
    def opened(self) -> AbstractAsyncContextManager[Store]:
        """Open the database, bring its schema up to date, and close it at the end.

        Raises StoreTooNew for the database of a newer Paperboy, and the other StoreErrors.
        """
