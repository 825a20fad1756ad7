"""The next digests and the days on record, as people see them, and the port of the store that keeps the schedule.

`core.deliver.schedule` decides when which digest is due; `storage` keeps it.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from core.channels import ChannelRef, Subscription
from core.deliver.schedule import DayReason, DayState, DueDay, Look, LookOutcome


@dataclass(frozen=True, slots=True, kw_only=True)
class Appointment:
    """When the next digest of a subscription is due."""

    subscription: Subscription
    #: UTC
    due_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class TaughtDigest:
    """The next digest of a channel that has taught something."""

    #: of the subscription, in the store; of digests that are due at the same moment the smallest comes first
    number: int
    channel: ChannelRef
    #: of the subscription
    name: str
    #: UTC
    due_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ScheduledDay:
    """A day of a subscription, as it is on record."""

    subscription: Subscription
    day: DueDay


@dataclass(frozen=True, slots=True, kw_only=True)
class ScheduledDays:
    """Days that are alike: how many there are, and the latest of them."""

    #: the latest first, no more than were asked for
    days: tuple[ScheduledDay, ...] = ()
    #: how many there are in all, also those that are not in `days`
    total: int = 0
    #: when the first of all was due, UTC; None where there is none
    earliest: datetime | None = None
    #: when the last of all was due, UTC
    latest: datetime | None = None


class ScheduleStore(ABC):
    """Which subscriptions are due. Every method is one transaction.

    `core.deliver.schedule` decides; the store keeps when each subscription wants to be looked at.
    """

    @abstractmethod
    async def claim_looks(
        self, *, at: datetime, until: datetime, limit: int, only: ChannelRef | None = None
    ) -> tuple[Look, ...]:
        """Take up at most `limit` subscriptions that want to be looked at by `at`, those that wait longest first.

        Nobody else gets them before `until`: of several who claim at once, each subscription goes to one. Paused
        subscriptions come once after they are saved. With `only` those of one channel.
        """

    @abstractmethod
    async def record_looks(self, looks: Sequence[LookOutcome]) -> None:
        """Put the days on record, and when each subscription is looked at again.

        The latter not where it was saved, woken or claimed anew since this claim: it is looked at again then.
        """

    @abstractmethod
    async def look_again(self, *, at: datetime, only_open: bool = False) -> None:
        """Have every subscription looked at from `at` on; with `only_open` those that have an open day."""

    @abstractmethod
    async def looks(self, channel: ChannelRef | None = None) -> tuple[Look, ...]:
        """What is known of the subscriptions of one channel or all, claiming none; by channel and name."""

    @abstractmethod
    async def upcoming(self, *, limit: int) -> tuple[Appointment, ...]:
        """The next digests, earliest first; one that was due and is not posted is an open day and not among them."""

    @abstractmethod
    async def taught_digests(
        self, *, since: datetime, until: datetime, limit: int, after: int = -1
    ) -> tuple[TaughtDigest, ...]:
        """The next digests due from `since` to `until`, both included, earliest first, at most `limit`.

        Those of channels with a profile, or with seeds to learn one from. Of those due at `since` itself the ones
        numbered `after` or less are left out.
        """

    @abstractmethod
    async def scheduled_days(
        self,
        *states: DayState,
        since: datetime | None = None,
        until: datetime | None = None,
        closed_after: datetime | None = None,
        reasons: Collection[DayReason] = frozenset(DayReason),
        limit: int,
    ) -> ScheduledDays:
        """The days in these states, at most `limit` of them, and how many there are; OPEN ones wait or are late.

        Those that were due from `since` to `until`, both included, were closed later than `closed_after`, and have one
        of the `reasons`, as far as these are given.
        """

    @abstractmethod
    async def last_posted(self, channel: ChannelRef | None = None) -> Mapping[tuple[ChannelRef, str], datetime]:
        """When the last daily digest of each subscription, by channel and name, was finished, UTC."""

    @abstractmethod
    async def forget_days(self, *, before: datetime) -> None:
        """Forget the days that were due before a moment."""
