"""Laws of due moments: one for each wanted local day, in order, in every zone, whatever the clocks do."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.channels import DeliveryTime
from core.deliver.due import DueMoment, day_end, due_between, due_moment, next_due
from core.text.times import EVERY_DAY

DAY, QUARTER = timedelta(days=1), timedelta(minutes=15)
#: ten years
FIRST, LAST = date(2020, 1, 1), date(2030, 1, 1)
#: of random moments
START = datetime(1990, 1, 1, tzinfo=UTC)
ZONES = sorted(available_timezones())
HOURS = (time(), time(0, 30), time(2), time(2, 30), time(23, 30))


#: when each week of them begins
WEEKS = [datetime.combine(FIRST, time(), UTC) + days * DAY for days in range(0, (LAST - FIRST).days + 7, 7)]


def offsets(zone: str, moments: list[datetime]) -> list[timedelta | None]:
    info = ZoneInfo(zone)
    return [moment.astimezone(info).utcoffset() for moment in moments]


def changes(zone: str) -> Iterator[date]:
    """The UTC dates on which the clocks of a zone are changed; no two changes lie within a week."""
    by_week = offsets(zone, WEEKS)
    for week, before, after in zip(WEEKS, by_week, by_week[1:], strict=False):
        if before != after:
            by_day = offsets(zone, [week + days * DAY for days in range(8)])
            yield (week + by_day.index(after) * DAY).date() - DAY


def is_right(due: DueMoment, time: DeliveryTime) -> bool:
    """On its day, at its hour or the first quarter after it that there is; else at the last minute of its day."""
    zone = ZoneInfo(time.zone)

    def has_come(moment: datetime) -> bool:
        return moment.astimezone(zone).replace(tzinfo=None) >= datetime.combine(due.day, time.at)

    is_first = has_come(due.at) and not any(has_come(due.at - step * QUARTER) for step in range(1, 13))
    is_last = not has_come(due.at) and due.at + timedelta(minutes=1) == day_end(time.zone, due.day)
    return due.at.astimezone(zone).date() == due.day and (is_first or is_last)


def test_every_change_of_the_clocks_in_ten_years() -> None:
    """Around each change of the clocks of each zone each day has one due moment, at its hour, and they are in order."""
    seen: set[tuple[object, ...]] = set()
    for zone in ZONES:
        days = (FIRST, *changes(zone))
        key = (days, *offsets(zone, [datetime.combine(day, time(), UTC) for day in days]))
        if key in seen:  # another name of a zone that was checked
            continue
        seen.add(key)
        for day in days:
            wanted = [day + step * DAY for step in (-1, 0, 1, 2)]
            for hour in HOURS:
                at = DeliveryTime(at=hour, zone=zone, weekdays=EVERY_DAY)
                due = [DueMoment(at=moment, day=one) for one in wanted if (moment := due_moment(at, one))]
                assert [one.day for one in due] == wanted, (zone, day, hour)
                assert sorted(one.at for one in due) == [one.at for one in due]
                assert list(due_between(at, due[0].at - QUARTER, due[-1].at)) == due
                assert all(is_right(one, at) for one in due[1:3]), (zone, day, hour)
    assert len(seen) > 60


def test_every_day_of_ten_years() -> None:
    """In zones of each kind no day of ten years is left out, none has two, and each ends where the next begins."""
    for zone, hour in (("Europe/Berlin", time(2, 30)), ("Africa/Casablanca", time(2)), ("America/Nuuk", time(23, 30))):
        at = DeliveryTime(at=hour, zone=zone, weekdays=EVERY_DAY)
        start = datetime.combine(FIRST, time(), ZoneInfo(zone))
        due = due_between(at, start, start + 3_652 * DAY)
        assert [one.day for one in due] == [FIRST + step * DAY for step in range(len(due))]
        assert len(due) in (3_652, 3_653)
        assert all(one.at < day_end(zone, one.day) <= following.at for one, following in pairwise(due))


@given(
    zone=st.sampled_from(ZONES),
    at=st.times(timezones=st.none()).map(lambda one: one.replace(second=0, microsecond=0)),
    weekdays=st.frozensets(st.integers(0, 6), min_size=1),
    after=st.integers(0, 26_000_000).map(lambda minutes: START + timedelta(minutes=minutes)),
)
def test_next_is_the_first_of_all(zone: str, at: time, weekdays: frozenset[int], after: datetime) -> None:
    """What is due next is the earliest due moment of any wanted day that is later, also where days are left out."""
    wanted = DeliveryTime(at=at, zone=zone, weekdays=weekdays)
    days = [after.date() + step * DAY for step in range(-2, 20)]
    moments = [(moment, day) for day in days if day.weekday() in weekdays and (moment := due_moment(wanted, day))]
    following = min(one for one in moments if one[0] > after)
    assert next_due(wanted, after) == DueMoment(at=following[0], day=following[1])


@pytest.mark.parametrize(
    ("zone", "day", "hour", "expected"),
    [
        ("Europe/Berlin", date(2026, 3, 29), time(2, 30), "2026-03-29 01:00"),
        ("Europe/Berlin", date(2026, 10, 25), time(2, 30), "2026-10-25 00:30"),
        ("America/Nuuk", date(2024, 3, 30), time(23, 30), "2024-03-31 00:59"),
        ("Africa/Cairo", date(2024, 4, 26), time(0, 30), "2024-04-25 22:00"),
        ("Australia/Lord_Howe", date(2026, 10, 4), time(2, 10), "2026-10-03 15:30"),
        ("Pacific/Apia", date(2011, 12, 30), time(9), None),
        ("Pacific/Kwajalein", date(1993, 8, 21), time(9), None),
        ("Pacific/Kwajalein", date(1969, 9, 30), time(0, 30), "1969-09-29 13:30"),
    ],
    ids=["gap", "twice", "end of a day", "midnight", "half an hour", "no such day", "nor here", "day twice"],
)
def test_odd_hours(zone: str, day: date, hour: time, expected: str | None) -> None:
    """An hour that does not exist is the next minute of its day that does, else its last; one that exists twice is the
    first; a day that does not exist has none.
    """
    moment = due_moment(DeliveryTime(at=hour, zone=zone), day)
    assert moment == (datetime.fromisoformat(f"{expected}+00:00") if expected else None)


def test_only_weekday_that_a_zone_leaves_out() -> None:
    """A weekly digest whose day a zone leaves out is due a week later."""
    friday = DeliveryTime(zone="Pacific/Apia", weekdays=frozenset({4}))
    due = next_due(friday, datetime(2011, 12, 24, tzinfo=UTC))
    assert due and due.day == date(2012, 1, 6)


def test_no_weekday() -> None:
    """Without a weekday nothing is ever due."""
    assert next_due(DeliveryTime(weekdays=frozenset()), datetime(2026, 2, 4, tzinfo=UTC)) is None


@given(st.integers(0, 40), st.sampled_from(("UTC", "Asia/Tokyo", "America/Nuuk")), st.integers(0, 60 * 24 * 14))
def test_nothing_is_due_before_its_first_day(ahead: int, zone: str, minutes: int) -> None:
    """What is paused until a day has its first digest on that day or the next wanted one, and then as ever."""
    after = datetime(2026, 3, 1, tzinfo=UTC) + timedelta(minutes=minutes)
    at = DeliveryTime(zone=zone)
    first = at.local_day(after) + timedelta(days=ahead)
    paused = replace(at, not_before=first)
    due = next_due(paused, after)
    assert due and due.day >= first and (due.day - first).days <= 3
    assert due == next(one for one in due_between(at, after, after + 60 * DAY) if one.day >= first)
