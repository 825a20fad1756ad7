"""What the schedule holds for people to see: the next digests, and days as they are on record."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from core.channels import Subscription
from core.deliver.schedule import DueDay


@dataclass(frozen=True, slots=True, kw_only=True)
class Appointment:
    """When the next digest of a subscription is due."""

    subscription: Subscription
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
    #: of all of them, those that are not in `days` too
    total: int = 0
    #: when the first of all was due, UTC; None where there is none
    earliest: datetime | None = None
    #: when the last of all was due, UTC
    latest: datetime | None = None
