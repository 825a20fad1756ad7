"""Days and spans of days in people's words: `yesterday`, `4 Feb`, `last week`, `since monday`, `2w`, `tomorrow`.

Pure, in English. Words that could be two days (`02/04/2026`) are none. Who calls says what to do about such words.
"""

from __future__ import annotations

import re
from datetime import date, timedelta
from typing import Final

from core.text.numbers import NUMBER_WORDS

#: days of each unit that a span is counted in
_UNITS: Final = {
    "d": 1,
    "day": 1,
    "w": 7,
    "wk": 7,
    "week": 7,
    "fortnight": 14,
    "m": 30,
    "month": 30,
    "y": 365,
    "year": 365,
}
_NUMBERS: Final = {**NUMBER_WORDS, "a": 1, "an": 1, "last": 1, "past": 1, "couple": 2, "a couple": 2}
DAY_NAMES: Final = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_MONTHS: Final = (
    *("january", "february", "march", "april", "may", "june"),
    *("july", "august", "september", "october", "november", "december"),
)
_NEAR: Final = {"today": 0, "now": 0, "tonight": 0, "yesterday": 1, "day before yesterday": 2, "tomorrow": -1}
_SPAN: Final = re.compile(r"(?:(?:the )?(?:last|past) )?(?:(\d{1,4}|a couple|[a-z]+) ?)??(?:of )?([a-z]+?)s?", re.ASCII)
_GONE_BY: Final = re.compile(r"\b(?:last|past)\b")
_DIGITS: Final = re.compile(r"(\d{4})([-/.]?)(\d{1,2})\2(\d{1,2})", re.ASCII)
#: the dots tell which is the day
_WITH_DOTS: Final = re.compile(r"(\d{1,2})\.\s?(\d{1,2})\.(?:\s?(\d{4}))?", re.ASCII)
_DAY_FIRST: Final = re.compile(r"(\d{1,2})(?:st|nd|rd|th|\.)?(?: of)?[ -]?([a-z]{3,9})\.?(?:[ ,-]+(\d{4}))?", re.ASCII)
_MONTH_FIRST: Final = re.compile(r"([a-z]{3,9})\.?[ -]?(\d{1,2})(?:st|nd|rd|th)?(?:[ ,]+(\d{4}))?", re.ASCII)


def read_day(text: str, *, today: date) -> date | None:
    """One day: `today`, `monday` (the latest one), `3 days ago`, `4 Feb`, `2026-02-04`; None for other words.

    A day of the year without a year is the latest one that is not ahead.
    """
    words = " ".join(text.lower().replace(",", " ").split()).removeprefix("on ").removeprefix("the ")
    if words in _NEAR:
        return _before(today, _NEAR[words])
    if words.endswith(" ago"):
        return None if (days := read_span(words.removesuffix(" ago"))) is None else _before(today, days)
    return _weekday(words, today) or _in_digits(words, today) or _in_words(words, today)


def read_since(text: str, *, today: date) -> date | None:
    """The day that something began: as `read_day`, and `7d`, `last week` (seven days ago), `this week`, `2 months`."""
    words = " ".join(text.lower().split()).removeprefix("since ")
    if words == "this week":
        return _before(today, today.weekday())
    if words == "this month":
        return today.replace(day=1)
    if words == "this year":
        return today.replace(month=1, day=1)
    if (day := read_day(words, today=today)) is not None:
        return day
    days = read_span(words)
    return None if days is None or words.isdecimal() else _before(today, days)


def read_span(text: str) -> int | None:
    """How many days: `7`, `14 days`, `2w`, `a week`, `last week`, `the last three days`; None for other words."""
    words = " ".join(text.lower().split())
    if words.isascii() and words.isdecimal() and len(words) <= 4:
        return int(words)
    match = _SPAN.fullmatch(words)
    if match is None or match[2] not in _UNITS:
        return None
    number = match[1] or "a"
    count = int(number) if number.isdecimal() else _NUMBERS.get(number)
    return None if count is None else count * _UNITS[match[2]]


def read_day_ahead(text: str, *, today: date) -> date | None:
    """A day to come: `tomorrow`, `friday`, `next week`, `for 3 days`, `2026-12-05`; None for other words.

    A day that is written in digits may have gone by; one beyond the calendar is none.
    """
    words = " ".join(text.lower().split())
    if words == "tomorrow":
        return _after(today, 1)
    if words == "next week":
        return _after(today, 7 - today.weekday())
    if not words.isdecimal() and not _GONE_BY.search(words) and (days := read_span(words.removeprefix("for "))):
        return _after(today, days)
    if (weekday := weekday_of(words.removeprefix("next "))) is not None:
        return _after(today, (weekday - today.weekday()) % 7 or 7)
    match = _DIGITS.fullmatch(words)
    return _day(int(match[1]), int(match[3]), int(match[4])) if match else None


def weekday_of(word: str) -> int | None:
    """The number of `mon`, `tues`, `wednesday` or `thursdays`, 0 for Monday; None for other words."""
    numbers = (number for number, day in enumerate(DAY_NAMES) if len(word) >= 3 and f"{day}s".startswith(word))
    return next(numbers, None)


def _after(today: date, days: int) -> date | None:
    return today + timedelta(days=days) if days <= (date.max - today).days else None


def _before(today: date, days: int) -> date:
    """So many days before; the first day of all where the calendar has none."""
    return today - timedelta(days=min(days, (today - date.min).days))


def _weekday(words: str, today: date) -> date | None:
    name = words.removeprefix("last ").removeprefix("this ")
    if (weekday := weekday_of(name)) is None:
        return None
    days = (today.weekday() - weekday) % 7
    return _before(today, 7 if days == 0 and words.startswith("last ") else days)


def _in_digits(words: str, today: date) -> date | None:
    if match := _DIGITS.fullmatch(words):
        return _day(int(match[1]), int(match[3]), int(match[4]))
    match = _WITH_DOTS.fullmatch(words)
    return _of_year(int(match[1]), int(match[2]), match[3], today) if match else None


def _in_words(words: str, today: date) -> date | None:
    if match := _DAY_FIRST.fullmatch(words):
        day, name, year = match.groups()
    elif match := _MONTH_FIRST.fullmatch(words):
        name, day, year = match.groups()
    else:
        return None
    months = [number for number, month in enumerate(_MONTHS, 1) if month.startswith(name)]
    return _of_year(int(day), months[0], year, today) if len(months) == 1 else None


def _of_year(day: int, month: int, year: str | None, today: date) -> date | None:
    if year:
        return _day(int(year), month, day)
    # the eighth year at the latest has a 29 February
    days = (_day(today.year - back, month, day) for back in range(9))
    return next((past_day for past_day in days if past_day and past_day <= today), None)


def _day(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None
