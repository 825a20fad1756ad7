"""At which moment is a digest due? Local hours in IANA zones, as moments in UTC.

Pure; `core.deliver.schedule` decides with it. A wanted local day has exactly one due moment. An hour that does not
exist on a day is the next minute that does; where the rest of the day is missing (Nuuk springs forward at eleven in the
evening), the last minute of the day. An hour that exists twice is the first one. A day that a zone left out has none
(Samoa had no 30 December 2011).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import Final
from zoneinfo import ZoneInfo

from core.channels import DeliveryTime

_DAY: Final = timedelta(days=1)
_MINUTE: Final = timedelta(minutes=1)
_SECOND: Final = timedelta(seconds=1)
_WORKDAYS: Final = range(5)
#: answers that are kept: of all that is due at one moment most share an hour and a zone
_MOST_ANSWERS: Final = 512
#: two due moments are never closer, whatever the clocks do
_APART: Final = timedelta(hours=12)
#: days to look ahead: the only weekday may be one that a zone leaves out
_FAR: Final = 15


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class DueMoment:
    """A digest is due."""

    #: UTC
    at: datetime
    #: the channel's local date
    day: date


@lru_cache(_MOST_ANSWERS)
def due_moment(time: DeliveryTime, day: date) -> datetime | None:
    """When a digest is due on a local day, UTC, whatever its weekday; None where the zone left that day out."""
    zone, wall = ZoneInfo(time.zone), datetime.combine(day, time.at)
    moment, is_there = _moment_of(wall, zone)
    if is_there or moment.astimezone(zone).date() == day:
        return moment
    last = day_end(time.zone, day) - _MINUTE
    return last if last.astimezone(zone).date() == day else None


@lru_cache(_MOST_ANSWERS)
def day_end(zone: str, day: date) -> datetime:
    """The first moment after a local day, UTC."""
    return _moment_of(datetime.combine(day + _DAY, time()), ZoneInfo(zone))[0]


@lru_cache(_MOST_ANSWERS)
def next_due(time: DeliveryTime, after: datetime) -> DueMoment | None:
    """The first due moment later than an aware one; None where no weekday is wanted."""
    first = max(time.local_day(after), time.not_before or date.min)
    for step in range(_FAR):
        day = first + step * _DAY
        if day.weekday() in time.weekdays and (moment := due_moment(time, day)) and moment > after:
            return DueMoment(at=moment, day=day)
    return None


def due_between(time: DeliveryTime, after: datetime, until: datetime) -> tuple[DueMoment, ...]:
    """Every due moment later than `after` and not later than `until`, in order."""
    moments: list[DueMoment] = []
    while after < until and (due := next_due(time, after)) and due.at <= until:
        moments.append(due)
        after = due.at + _APART
    return tuple(moments)


def _moment_of(wall: datetime, zone: ZoneInfo) -> tuple[datetime, bool]:
    """The first moment, UTC, at which the clocks of a zone show `wall`, a naive time, or have jumped over it; which."""
    moment = wall.replace(tzinfo=zone).astimezone(UTC)
    if _wall(moment, zone) == wall:
        return moment, True
    # The clocks jump over it. Read with the offset from before the jump it lies after it, with the one from after
    # the jump before it (PEP 495).
    before, after = wall.replace(tzinfo=zone, fold=1).astimezone(UTC), moment
    while after - before > _SECOND:
        middle = (before + (after - before) / 2).replace(microsecond=0)
        before, after = (before, middle) if _wall(middle, zone) >= wall else (middle, after)
    return after, False


def _wall(moment: datetime, zone: ZoneInfo) -> datetime:
    return moment.astimezone(zone).replace(tzinfo=None)


def first_covered(last: date, day: date) -> date | None:
    """The first day that a digest of `day` covers after one of `last`; None for its own, give or take a weekend."""
    covered_days = [last + timedelta(days=days) for days in range(1, (day - last).days + 1)]
    return covered_days[0] if sum(covered_day.weekday() in _WORKDAYS for covered_day in covered_days) > 1 else None
