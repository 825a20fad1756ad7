"""When a delivery that failed is tried again, and when it is given up: pure decisions of `send` and `resume`."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from core.channels import Subscription
from core.deliver.due import due_moment
from core.deliver.ledger import Delivery, DeliveryKind, Failure
from core.deliver.schedule import last_in_time
from core.errors import (
    ChannelGone,
    ChatDown,
    ChatThrottled,
    ChatUnreachable,
    LeaseLost,
    NotAllowed,
    PaperboyError,
)
from core.speech import N_

#: between one attempt that failed and the next, in minutes; the last one stands for all that follow
PAUSES: Final = (1, 2, 5, 15, 30, 60)
#: how long after local midnight of the day on which it was planned a delivery is still worth an attempt
AFTER_MIDNIGHT: Final = timedelta(hours=6)


def next_attempt(delivery: Delivery, error: Exception, now: datetime) -> datetime | None:
    """When a delivery that failed just now is tried again, UTC; None where no attempt would help."""
    if is_permanent(error):
        return None
    pause = timedelta(minutes=PAUSES[min(delivery.attempts, len(PAUSES) - 1)])
    if isinstance(error, ChatThrottled):
        pause = max(pause, timedelta(seconds=error.retry_after_s))
    return now + pause


def is_permanent(error: Exception) -> bool:
    """True of an error that only people mend: the channel is gone, or the bot may not write there."""
    return isinstance(error, ChannelGone | NotAllowed) and not isinstance(error, LeaseLost)


def is_overdue(delivery: Delivery, now: datetime) -> bool:
    """True of a delivery that nobody waits for any more."""
    at = delivery.subscription.at
    tomorrow = at.local_day(delivery.begun_at) + timedelta(days=1)
    return now >= datetime.combine(tomorrow, time(), tzinfo=ZoneInfo(at.zone)) + AFTER_MIDNIGHT


def may_be_forgotten(subscription: Subscription, day: date, since: datetime | None) -> bool:
    """Could the ledger have held a delivery of that day before it was set back, at `since` or earlier?"""
    return since is None or subscription.at.local_day(since) >= day


def is_refusal(error: BaseException) -> bool:
    """True of an error that says that the platform did nothing of what it was asked for."""
    return isinstance(error, ChatUnreachable | ChatDown | ChatThrottled)


def late_for(delivery: Delivery, now: datetime) -> datetime | None:
    """The hour of a digest that was planned in time and is late by now, UTC; None where it is not.

    One that was planned before its hour, or after it, was ordered by somebody, or says already that it is late.
    """
    due_at = due_moment(delivery.subscription.at, delivery.day) if delivery.kind is DeliveryKind.DAILY else None
    if due_at is None:
        return None
    return due_at if due_at <= delivery.begun_at <= last_in_time(delivery.subscription, due_at) < now else None


def failure_of(error: Exception) -> Failure:
    """An error as the ledger keeps it."""
    kind = type(error).__name__
    if isinstance(error, PaperboyError):
        return Failure(kind=kind, sentence=error.sentence())
    sentence = f"A bug in Paperboy stopped it ({kind}); the log has the details."  # not said: the ledger keeps it
    return Failure(kind=kind, sentence=sentence)


def failure_of_interruption(delivery: Delivery) -> Failure:
    """Why a delivery is given up that nobody finished in its time: what went wrong last, or that nothing is known."""
    unknown = Failure(kind="Interrupted", sentence=N_("Paperboy stopped while it was being posted."))
    return delivery.failure or unknown
