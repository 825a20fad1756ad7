"""On which days arXiv has a listing. Pure.

The calendar is written down here instead of taken from a library of holidays, because it is not the federal one.
arXiv announces on the evenings of Sunday to Thursday, and a listing bears the date of the morning after; so what a
holiday costs is the listing of the *next* day, while the holiday itself has one. Nor is every federal holiday kept
(Memorial Day is not), and one that falls on a Friday or Saturday, when nothing is announced anyway, takes the Sunday
evening after it. arXiv names the evenings each year in https://info.arxiv.org/help/availability.html: those of 2023 and
2025 are what the rules below follow, and the recorded listings of 2025 agree. A few more in December are decided ad
hoc.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import Final

_DAY: Final = timedelta(days=1)
_MONDAY, _THURSDAY, _FRIDAY, _SUNDAY = 0, 3, 4, 6


def is_listing_day(day: date) -> bool:
    """True where arXiv should have a listing of that day."""
    evening = day - _DAY
    return day.weekday() <= _FRIDAY and evening not in _evenings_off(evening.year)


def _evenings_off(year: int) -> frozenset[date]:
    """The evenings of a year on which arXiv announces nothing, though it is one of Sunday to Thursday."""
    holidays = (
        date(year, 1, 1),
        _nth(3, _MONDAY, year, 1),  # Martin Luther King's birthday
        date(year, 6, 19),  # Juneteenth
        date(year, 7, 4),  # Independence Day
        _nth(1, _MONDAY, year, 9),  # Labor Day
        _nth(4, _THURSDAY, year, 11),  # Thanksgiving
        date(year, 12, 25),
    )
    return frozenset(map(_evening_of, holidays))


def _evening_of(holiday: date) -> date:
    is_free_anyway = holiday.weekday() not in (*range(_FRIDAY), _SUNDAY)
    return holiday + (_SUNDAY - holiday.weekday()) * _DAY if is_free_anyway else holiday


def _nth(number: int, weekday: int, year: int, month: int) -> date:
    first = date(year, month, 1)
    return first + timedelta(days=(weekday - first.weekday()) % 7, weeks=number - 1)
