"""What is to be done for a subscription now: post its digest, wait for a source, look again later?

One pure function, `decide`, gets all that the store knows of a subscription and returns what follows; `after_post` says
what follows from a delivery. `bot.posting` carries it out at every tick. The rules:

- A local day has one digest. It is due at the channel's hour; its day closes when a digest is posted (also one that
  somebody ordered, also before the hour), or at local midnight.
- Due moments up to `settled_until` are dealt with. A new subscription begins when it is added, a changed hour when it
  is changed: neither brings a digest at once for an hour that has gone by.
- A date that had its digest keeps it when the zone changes. Where it is still the day before in the new zone, the days
  up to that date are done; where it is a day later, that day gets its digest at its hour.
- A digest that was planned is sent by whoever holds it, or by `resume`; one that is given up closes its day.
- A quiet day stays open for papers that come late, but not for the next day's listing: that would post every digest
  after it late as well, where the listing comes after the hour (arXiv's in East Asia).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Final

from core.channels import DeliveryTime, LateDay, Subscription
from core.deliver.batches import Batches, Scope
from core.deliver.due import DueMoment, day_end, due_between, due_moment, next_due
from core.deliver.ledger import DeliveryState

#: a digest that begins within this after its hour is in time
IN_TIME: Final = timedelta(minutes=5)
#: between two looks at what waits for a source, or is on its way
SOON: Final = timedelta(minutes=1)
#: between two looks at a day that is quiet or in trouble; a refresh that brings something has it looked at, too
LATER: Final = timedelta(minutes=30)
#: how far back days without Paperboy are put on record
RECORD_SPAN: Final = timedelta(days=31)
_SECOND: Final = timedelta(seconds=1)
#: a day can be dealt with before its hour, but no longer before; what lies beyond was noted under another clock
_AHEAD: Final = timedelta(hours=36)


class DayState(StrEnum):
    """How the local day of a subscription stands."""

    #: due, and not over
    OPEN = "open"
    #: a digest was posted
    POSTED = "posted"
    #: nothing was announced until midnight
    QUIET = "quiet"
    #: it was late, or not wanted any more; its papers come with the next digest
    SKIPPED = "skipped"
    #: midnight came before it could be posted, or it was given up; its papers come with the next digest
    MISSED = "missed"


class DayReason(StrEnum):
    """Why a day is open still, or ended without a digest."""

    #: it has just become due, or was posted
    NONE = ""
    #: a source's listing is not there yet
    WAITING = "waiting"
    #: nothing was announced
    QUIET = "quiet"
    #: sources could not be read, and there was nothing else to post
    TROUBLE = "trouble"
    #: a digest is on its way
    SENDING = "sending"
    #: delivering it failed
    FAILED = "failed"
    #: Paperboy was not running
    OFF = "off"
    #: no token serves its platform
    UNSERVED = "unserved"
    #: somebody paused the subscription, or took the weekday out
    CHANGED = "changed"


#: what does not change from one minute to the next
_SELDOM: Final = frozenset({DayReason.UNSERVED, DayReason.QUIET})
#: why a digest comes late through no fault of a source
_OUR_OWN: Final = frozenset({DayReason.OFF, DayReason.FAILED, DayReason.SENDING, DayReason.UNSERVED})


@dataclass(frozen=True, slots=True, kw_only=True)
class DueDay:
    """A local day on which a digest was due, as it is on record."""

    #: the channel's local date
    day: date
    #: UTC
    due_at: datetime
    state: DayState = DayState.OPEN
    reason: DayReason = DayReason.NONE
    #: when it was first seen to be due, UTC
    opened_at: datetime
    #: None while it is open, UTC
    closed_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """What the store knows of a subscription that wants to be looked at."""

    #: the store's number of the subscription
    number: int
    subscription: Subscription
    #: digests due up to here, UTC, are dealt with; None for a subscription of a version without a schedule
    settled_until: datetime | None = None
    #: the open days, and all of the last days
    days: tuple[DueDay, ...] = ()
    #: the daily deliveries of the last days
    deliveries: Mapping[date, DeliveryState]
    #: nobody else looks at it before this moment, UTC; None where it was only read
    claimed_until: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NotYet:
    """Nothing is due."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wait:
    """A digest is due and waits."""

    day: DueDay
    #: the listings that it waits for; empty where it waits for something else, as the day's reason tells
    scopes: tuple[Scope, ...] = ()
    #: it waits no longer than this, UTC
    until: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Due:
    """A digest is to be posted now."""

    day: DueDay
    #: its hour is over, and it should say so
    is_late: bool = False
    #: listings that are still not there
    missing: tuple[Scope, ...] = ()


Step = NotYet | Wait | Due


@dataclass(frozen=True, slots=True, kw_only=True)
class LookOutcome:
    """What a look at a subscription leads to, for the store."""

    number: int
    claimed_until: datetime | None
    settled_until: datetime
    #: the next hour, UTC; None where there is none
    next_due: datetime | None
    #: when to look again, UTC; None: not before the subscription is saved again
    look_at: datetime | None
    #: days to put on record as they stand now
    days: tuple[DueDay, ...] = ()
    step: Step = NotYet()


def decide(look: Look, batches: Batches, now: datetime, *, is_served: bool = True) -> LookOutcome:
    """What is to be done for a subscription at an aware moment, and what is put on record of its days."""
    look = _believable(look, now)
    subscription, settled_until = look.subscription, _settled_until(look, now)
    days_on_record = {day.day: day for day in look.days}
    days: list[DueDay] = []
    for due in _due_days(look, settled_until, now):
        day = _day_on_record(due, days_on_record.get(due.day), now)
        day, step = _stand(day, look, batches, now, is_served=is_served)
        if day != days_on_record.get(day.day):
            days.append(day)
        if step:
            return _outcome(look, settled_until, days, now, step)
        settled_until = max(settled_until, day.due_at)
    return (
        _outcome(look, settled_until, days, now, NotYet())
        if not subscription.paused
        else _pause_outcome(look, settled_until, days, now)
    )


def after_post(outcome: LookOutcome, look: Look, *, state: DayState, reason: DayReason, now: datetime) -> LookOutcome:
    """What follows from a delivery, which left its day in a state and for a reason.

    A day that stays open is looked at again: soon where the digest is on its way, later where nothing was there to be
    posted, ever more slowly where delivering failed.
    """
    if not isinstance(outcome.step, Due):
        return outcome
    is_open = state is DayState.OPEN
    day = replace(outcome.step.day, state=state, reason=reason, closed_at=None if is_open else now)
    due = next_due(look.subscription.at, max(outcome.settled_until, day.due_at))
    next_look = min(_look_again(day, now), day_end(look.subscription.at.zone, day.day))
    return replace(
        outcome,
        settled_until=outcome.settled_until if is_open else max(outcome.settled_until, day.due_at),
        next_due=_at(due),
        look_at=max(next_look, now) if is_open else _at(due),
        days=(day,),
        step=NotYet(),
    )


def next_delivery(look: Look, now: datetime) -> DueMoment | None:
    """When the next digest of a subscription is due after an aware moment; None where it is paused."""
    if look.subscription.paused:
        return None
    return _next(look, max(now, _settled_until(look, now)))


def last_in_time(subscription: Subscription, due_at: datetime) -> datetime:
    """Until when a digest that was due at `due_at` is in time, UTC."""
    return due_at + timedelta(minutes=subscription.patience_min) + IN_TIME


def is_rescheduled(before: Subscription, after: Subscription) -> bool:
    """True where a change moves the hour, so that hours that have gone by do not count any more."""
    return _hour(before.at) != _hour(after.at) or (before.paused and not after.paused)


def _hour(time: DeliveryTime) -> tuple[object, ...]:
    return time.at, time.zone, time.weekdays, time.not_before


def _believable(look: Look, now: datetime) -> Look:
    """The look without what was noted under a clock that was ahead, except that a digest was posted."""
    ahead = [day for day in look.days if day.state is not DayState.POSTED and (day.closed_at or day.opened_at) > now]
    if not ahead or look.settled_until is None:
        return look
    settled_until = min(look.settled_until, *(day.due_at - _SECOND for day in ahead))
    return replace(look, days=tuple(day for day in look.days if day not in ahead), settled_until=settled_until)


def _settled_until(look: Look, now: datetime) -> datetime:
    if look.settled_until is None or look.settled_until > now + _AHEAD:
        return now
    return max(look.settled_until, now - RECORD_SPAN)


def _due_days(look: Look, settled_until: datetime, now: datetime) -> list[DueMoment]:
    """The days to deal with, oldest first: those that are open, and those that have become due since."""
    time = look.subscription.at
    moments = {} if look.subscription.paused else {due.day: due for due in due_between(time, settled_until, now)}
    for day in look.days:
        if day.state is not DayState.OPEN or day.day in moments:
            continue
        new_moment = due_moment(time, day.day)
        if new_moment and new_moment > now and new_moment > settled_until and _is_wanted(look.subscription, day.day):
            continue  # somebody put its hour off until later today
        moments[day.day] = DueMoment(at=day.due_at, day=day.day)
    return sorted(moments.values())


def _next(look: Look, after: datetime) -> DueMoment | None:
    """The next due moment whose day has no digest yet."""
    closed_days = {due_day.day for due_day in look.days if due_day.state is not DayState.OPEN}
    finished_days = closed_days | {day for day, state in look.deliveries.items() if state is DeliveryState.DONE}
    due = next_due(look.subscription.at, after)
    while due and due.day in finished_days:
        due = next_due(look.subscription.at, due.at)
    return due


def _at(due: DueMoment | None) -> datetime | None:
    return due.at if due else None


def _day_on_record(due: DueMoment, before: DueDay | None, now: datetime) -> DueDay:
    """The day as it is on record; afresh where it has just become due, or its hour was moved."""
    if before and (before.state is not DayState.OPEN or before.due_at == due.at):
        return before
    return DueDay(day=due.day, due_at=due.at, opened_at=now)


def _stand(
    day: DueDay, look: Look, batches: Batches, now: datetime, *, is_served: bool
) -> tuple[DueDay, Wait | Due | None]:
    """How a due day stands, and what is to be done for it; nothing where it is over."""
    subscription = look.subscription
    end = day_end(subscription.at.zone, day.day)
    over_at = last_in_time(subscription, day.due_at)
    if closed_day := _close_if_over(day, look, now, end=end, over_at=over_at):
        return closed_day, None
    if look.deliveries.get(day.day) is DeliveryState.SENDING:
        return _waiting(day, DayReason.SENDING, until=end)
    if not is_served:
        return _waiting(day, DayReason.UNSERVED, until=end)
    if day.reason is DayReason.QUIET and batches.has_moved_on(subscription, day.due_at, now):
        return _waiting(day, DayReason.QUIET, until=end)
    until = min(max(day.due_at, day.opened_at) + _patience(subscription), end)
    missing = batches.missing_for(subscription)
    if missing and now < until:
        reason = DayReason.QUIET if day.reason is DayReason.QUIET else DayReason.WAITING
        return _waiting(day, reason, until=until, scopes=missing)
    return day, Due(day=day, is_late=_came_late(day) or now > over_at, missing=missing)


def _close_if_over(day: DueDay, look: Look, now: datetime, *, end: datetime, over_at: datetime) -> DueDay | None:
    """The day as it ended; None where it has not. A plan of the day is sent to its end, whatever the hour."""
    subscription, delivery = look.subscription, look.deliveries.get(day.day)
    if day.state is not DayState.OPEN:
        return day
    if delivery is DeliveryState.DONE:
        return _close(day, DayState.POSTED, DayReason.NONE, now)
    if delivery is DeliveryState.SENDING:
        return None
    if delivery is DeliveryState.FAILED:
        return _close(day, DayState.MISSED, DayReason.FAILED, now)
    if subscription.paused or not _is_wanted(subscription, day.day):
        return _close(day, DayState.SKIPPED, DayReason.CHANGED, now)
    if now >= end:
        is_quiet = day.reason is DayReason.QUIET
        return _close(day, DayState.QUIET if is_quiet else DayState.MISSED, day.reason or DayReason.OFF, now)
    is_ours = _came_late(day) or (now > over_at and day.reason in _OUR_OWN)
    if is_ours and subscription.late_day is LateDay.SKIP:
        return _close(day, DayState.SKIPPED, day.reason or DayReason.OFF, now)
    return None


def _waiting(day: DueDay, reason: DayReason, *, until: datetime, scopes: tuple[Scope, ...] = ()) -> tuple[DueDay, Wait]:
    day = replace(day, reason=reason)
    return day, Wait(day=day, scopes=scopes, until=until)


def _came_late(day: DueDay) -> bool:
    """True where nobody looked at its hour."""
    return day.opened_at > day.due_at + IN_TIME


def _patience(subscription: Subscription) -> timedelta:
    return timedelta(minutes=subscription.patience_min)


def _close(day: DueDay, state: DayState, reason: DayReason, now: datetime) -> DueDay:
    return replace(day, state=state, reason=reason, closed_at=now)


def _is_wanted(subscription: Subscription, day: date) -> bool:
    time = subscription.at
    return day.weekday() in time.weekdays and day >= (time.not_before or date.min)


def _outcome(look: Look, settled_until: datetime, days: Sequence[DueDay], now: datetime, step: Step) -> LookOutcome:
    following = _next(look, max(settled_until, now))
    if isinstance(step, NotYet):  # a day that had its digest before its hour is put on record then
        look_at = _at(next_due(look.subscription.at, max(settled_until, now)))
    elif isinstance(step, Wait):
        next_look = now + (LATER if step.day.reason in _SELDOM else SOON)
        look_at = min(next_look, step.until) if step.until > now else next_look
    else:
        look_at = look.claimed_until
    return LookOutcome(
        number=look.number,
        claimed_until=look.claimed_until,
        settled_until=settled_until,
        next_due=_at(following),
        look_at=look_at,
        days=tuple(days),
        step=step,
    )


def _pause_outcome(look: Look, settled_until: datetime, days: Sequence[DueDay], now: datetime) -> LookOutcome:
    return replace(_outcome(look, max(settled_until, now), days, now, NotYet()), look_at=None, next_due=None)


def _look_again(day: DueDay, now: datetime) -> datetime:
    if day.reason is DayReason.SENDING:
        return now + SOON
    if day.reason is DayReason.FAILED:
        return now + min(max((now - day.due_at) / 2, SOON), LATER)
    return now + LATER
