"""Dates as sources write them -> moments in UTC. Every source reads its dates here.

Pure, and never with today's help: a date that is not understood as a whole is no date, because half of it would be
another one. `trust` leaves out what is too far ahead of today to be true.
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta, timezone
from functools import lru_cache
from typing import Final

from core.papers.bounds import is_far_ahead

#: when papers appeared, or may appear
_YEARS: Final = range(1500, 2200)
#: no date is longer, in characters
_LONGEST: Final = 80
_MONTHS: Final = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
#: hours from UTC of the names that RFC 822 (5.1) fixes, and of Central Europe's; others say nothing (RFC 5322, 4.3)
_HOURS: Final = "edt-4 est-5 cdt-5 cst-6 mdt-6 mst-7 pdt-7 pst-8 cet+1 met+1 cest+2 mest+2"
_ZONES: Final = {zone[:-2]: int(zone[-2:]) for zone in _HOURS.split()}

_MONTH: Final = (
    r"(?P<month>jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?"
    r"|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)\.?"
)
_WEEKDAY: Final = r"(?:(?:mon|tues?|wed(?:nes)?|thu(?:rs)?|fri|sat(?:ur)?|sun)(?:day)?\.?,?\s+)?"
_DAY: Final = r"(?P<day>\d{1,2})"
_CLOCK: Final = r"(?P<hour>\d{1,2}):(?P<minute>\d{2})(?::(?P<second>\d{2})(?:[.,](?P<fraction>\d{1,9}))?)?"
_ZONE: Final = (
    r"(?:\s*(?:(?P<name>[a-z/_]{1,30})|(?:gmt|utc)?(?P<sign>[+-])(?P<ahead>\d{2}):?(?P<minutes>\d{2})?)"
    r"(?:\s*\([\w ]{1,20}\))?)?"
)
_FORMS: Final = tuple(
    re.compile(form, re.IGNORECASE | re.ASCII)
    for form in (
        # 2026-02-05T09:16:44Z, 2026/02/05
        rf"(?P<year>\d{{4}})(?P<parting>[-/.])(?P<month>\d{{1,2}})(?P=parting){_DAY}(?:(?:t|\s+){_CLOCK}{_ZONE})?",
        # 20260205
        r"(?P<year>\d{4})(?P<month>\d{2})(?P<day>\d{2})",
        # Thu, 05 Feb 2026 09:16:44 -0500
        rf"{_WEEKDAY}{_DAY}[\s-]\s*{_MONTH}[\s-]\s*(?P<year>\d{{4}}|\d{{2}})(?:,?\s+{_CLOCK}{_ZONE})?",
        # February 5, 2026
        rf"{_WEEKDAY}{_MONTH}\s+{_DAY}(?:st|nd|rd|th)?,?\s+(?P<year>\d{{4}})(?:,?\s+{_CLOCK}{_ZONE})?",
        # Thu Feb  5 09:16:44 2026
        rf"{_WEEKDAY}{_MONTH}\s+{_DAY}\s+{_CLOCK}{_ZONE}\s+(?P<year>\d{{4}})",
    )
)
#: 2026-W06-4
_WEEK: Final = re.compile(r"(\d{4})-?W(\d{2})-?([1-7])", re.ASCII)
_MONTH_ALONE: Final = re.compile(r"(\d{4})-(\d{2})", re.ASCII)


@lru_cache(maxsize=256)  # the entries of a listing have the same few
def moment(text: str) -> datetime | None:
    """The moment that a text names, in UTC; midnight for a day. None where it is not understood as a whole.

    A zone that we do not know counts as UTC. The first second of 1970 is an empty field, written as a number.
    """
    text = text.strip()
    if len(text) > _LONGEST:
        return None
    if match := _WEEK.fullmatch(text):
        return _of_week(int(match[1]), int(match[2]), int(match[3]))
    match = next(filter(None, (form.fullmatch(text) for form in _FORMS)), None)
    return _of_match(match.groupdict()) if match else None


def day(text: str) -> date | None:
    """The day of a date or of a moment, in UTC; None where it is not understood as a whole."""
    instant = moment(text)
    return instant.date() if instant else None


def month(text: str) -> datetime | None:
    """The beginning of a month, as journals date their issues: `2026-02`."""
    match = _MONTH_ALONE.fullmatch(text.strip())
    return midnight(int(match[1]), int(match[2])) if match else None


def midnight(year: int, month: int = 1, day: int = 1) -> datetime | None:
    """The beginning of a day, in UTC; None where there is no such day, or no paper can be of it."""
    try:
        return datetime(year, month, day, tzinfo=UTC) if year in _YEARS else None
    except ValueError:
        return None


def trust(instant: datetime | None, today: date) -> datetime | None:
    """The moment, unless it is further ahead than anything that papers are dated with."""
    return None if instant is None or is_far_ahead(instant.date(), today) else instant


def _of_week(year: int, week: int, weekday: int) -> datetime | None:
    try:
        monday = date.fromisocalendar(year, week, weekday)
    except ValueError:
        return None
    return midnight(monday.year, monday.month, monday.day)


def _of_match(parts: dict[str, str | None]) -> datetime | None:
    number = {name: int(value) for name, value in parts.items() if value and value.isdigit()}
    year, name = number["year"], (parts["month"] or "").lower()[:3]
    if len(parts["year"] or "") == 2:
        year += 2000 if year < 50 else 1900  # https://www.rfc-editor.org/rfc/rfc5322#section-4.3
    month = _MONTHS.index(name) + 1 if name in _MONTHS else number["month"]
    begin = midnight(year, month, number["day"])
    if begin is None or "hour" not in number:
        return begin
    sign = -1 if parts.get("sign") == "-" else 1
    ahead = sign * timedelta(hours=number.get("ahead", 0), minutes=number.get("minutes", 0))
    ahead = ahead or timedelta(hours=_ZONES.get((parts.get("name") or "").lower(), 0))
    try:
        fraction = timedelta(microseconds=int((parts.get("fraction") or "0")[:6].ljust(6, "0")))
        local = begin.replace(hour=number["hour"], minute=number["minute"], second=number.get("second", 0))
        instant = (local.replace(tzinfo=timezone(ahead)) + fraction).astimezone(UTC)
    except (ValueError, OverflowError):
        return None
    return None if instant.timestamp() == 0 else instant
