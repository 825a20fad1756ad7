"""What is to be done for a subscription that is new, changed or paused."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, time

from core.channels import DeliveryTime
from core.deliver.ledger import DeliveryState
from core.deliver.schedule import (
    DayReason,
    DayState,
    Due,
    DueDay,
    LookOutcome,
    NotYet,
    decide,
    is_rescheduled,
    next_delivery,
)
from tests.fakes.schedules import ALL_IN, BERLIN, DAY, DUE, HOUR, MINUTE, OPEN, READER, TODAY, a_look, ended


def test_subscribed_after_the_hour() -> None:
    """A subscription that is added after its hour has no digest that day: the first one is at the next hour."""
    looked = decide(a_look(settled=DUE + HOUR), ALL_IN, DUE + HOUR)
    assert (looked.step, looked.days, looked.look_at) == (NotYet(), (), DUE + DAY)


def test_of_a_version_without_a_schedule() -> None:
    """A subscription of an older version begins now, without days that were missed."""
    looked = decide(a_look(settled=None), ALL_IN, DUE + HOUR)
    assert (looked.step, looked.days, looked.settled_until) == (NotYet(), (), DUE + HOUR)


def changed(at: DeliveryTime, now: datetime, *days: DueDay, done: date | None = TODAY) -> LookOutcome:
    deliveries = {done: DeliveryState.DONE} if done else {}
    return decide(a_look(replace(READER, at=at), *days, settled=now, deliveries=deliveries), ALL_IN, now)


def test_hour_after_todays_digest() -> None:
    """An hour that is changed after today's digest counts from tomorrow on."""
    posted = replace(OPEN, state=DayState.POSTED, closed_at=DUE)
    at = replace(BERLIN, at=time(17))
    look = a_look(replace(READER, at=at), posted, settled=DUE + HOUR, deliveries={TODAY: DeliveryState.DONE})
    due = next_delivery(look, DUE + HOUR)
    assert due and (due.day, due.at) == (TODAY + DAY, DUE + DAY + 8 * HOUR)
    looked = decide(look, ALL_IN, DUE + 9 * HOUR)
    assert (looked.step, looked.days, looked.look_at) == (NotYet(), (), DUE + DAY + 8 * HOUR)


def test_hour_before_todays_digest() -> None:
    """An hour that is put off is today's; one that has gone by is tomorrow's."""
    later = changed(replace(BERLIN, at=time(10)), DUE - HOUR, done=None)
    assert later.look_at == DUE + HOUR
    gone = changed(replace(BERLIN, at=time(7)), DUE - HOUR, done=None)
    assert (gone.step, gone.look_at) == (NotYet(), DUE - 2 * HOUR + DAY)


def test_hour_of_an_open_day() -> None:
    """A day that is open already goes on when its hour is moved back, and is due anew when it is put off."""
    waiting = replace(OPEN, reason=DayReason.WAITING)
    earlier = changed(replace(BERLIN, at=time(7)), DUE + MINUTE, waiting, done=None)
    assert isinstance(earlier.step, Due) and earlier.step.day.due_at == DUE
    put_off = replace(READER, at=replace(BERLIN, at=time(17)))
    look = a_look(put_off, waiting, settled=DUE + MINUTE)
    assert decide(look, ALL_IN, DUE + MINUTE).step == NotYet()
    step = decide(look, ALL_IN, DUE + 8 * HOUR).step
    assert step == Due(day=replace(OPEN, due_at=DUE + 8 * HOUR, opened_at=DUE + 8 * HOUR))


def test_weekday_of_an_open_day() -> None:
    """A day whose weekday is taken out is skipped."""
    looked = changed(replace(BERLIN, weekdays=frozenset({0})), DUE + MINUTE, OPEN, done=None)
    assert ended(looked) == [(TODAY, DayState.SKIPPED, DayReason.CHANGED)]


def test_zone_to_the_west() -> None:
    """Where the new zone is a day behind, the date that had its digest keeps it, and so has the day before."""
    tokyo = datetime(2026, 2, 4, 0, tzinfo=UTC)  # 09:00 there
    posted = replace(OPEN, due_at=tokyo, opened_at=tokyo, state=DayState.POSTED, closed_at=tokyo)
    before = replace(posted, day=TODAY - DAY, due_at=tokyo - DAY)
    west = replace(READER, at=DeliveryTime(at=time(18), zone="America/Los_Angeles"))
    done = {TODAY - DAY: DeliveryState.DONE, TODAY: DeliveryState.DONE}
    look = a_look(west, before, posted, settled=tokyo + HOUR, deliveries=done)
    now, expected = tokyo + HOUR, datetime(2026, 2, 6, 2, tzinfo=UTC)
    due = next_delivery(look, now)
    assert due and (due.day, due.at) == (date(2026, 2, 5), expected)
    for hours in range(49):
        assert decide(look, ALL_IN, now + hours * HOUR).step == NotYet()
    assert isinstance(decide(look, ALL_IN, expected).step, Due)


def test_zone_to_the_east() -> None:
    """Where the new zone is a day ahead, that day has had no digest and gets it at its hour."""
    west = datetime(2026, 2, 4, 17, tzinfo=UTC)  # 09:00 in Los Angeles
    posted = replace(OPEN, due_at=west, opened_at=west, state=DayState.POSTED, closed_at=west)
    tokyo = replace(READER, at=DeliveryTime(at=time(9), zone="Asia/Tokyo"))
    look = a_look(tokyo, posted, settled=west + HOUR, deliveries={TODAY: DeliveryState.DONE})
    due = next_delivery(look, west + HOUR)
    assert due and (due.day, due.at) == (TODAY + DAY, datetime(2026, 2, 5, 0, tzinfo=UTC))


def test_paused() -> None:
    """A paused subscription is never due, its open day is skipped, and nothing is looked at any more."""
    looked = decide(a_look(replace(READER, paused=True), OPEN), ALL_IN, DUE + MINUTE)
    assert ended(looked) == [(TODAY, DayState.SKIPPED, DayReason.CHANGED)]
    assert (looked.step, looked.look_at, looked.next_due) == (NotYet(), None, None)
    assert next_delivery(a_look(replace(READER, paused=True)), DUE) is None


def test_what_moves_the_hour() -> None:
    """The hour, the zone, the weekdays and the end of a pause begin anew; nothing else does."""
    for changed in (
        replace(BERLIN, at=time(8)),
        replace(BERLIN, zone="UTC"),
        replace(BERLIN, weekdays=frozenset()),
    ):
        assert is_rescheduled(READER, replace(READER, at=changed))
    assert is_rescheduled(replace(READER, paused=True), READER)
    same = replace(READER, size=3, patience_min=0, at=replace(BERLIN, has_chosen_zone=True))
    assert not is_rescheduled(READER, same) and not is_rescheduled(READER, replace(READER, paused=True))
