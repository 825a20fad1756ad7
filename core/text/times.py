"""Times of day, weekdays and time zones as settings are written: `9:00`, `mon-fri`, `Europe/Berlin`. Pure.

`core.converse.settings.schedule_words` reads them in sentences.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import time
from functools import cache
from types import MappingProxyType
from typing import Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

from core.errors import UsageError
from core.speech import _
from core.text.days import DAY_NAMES, weekday_of
from core.text.nearest import nearest

WEEKDAYS: Final = frozenset(range(5))
WEEKEND: Final = frozenset((5, 6))
EVERY_DAY: Final = frozenset(range(7))
_SOME_DAYS: Final[Mapping[str, frozenset[int]]] = MappingProxyType(
    {
        **dict.fromkeys(("daily", "all", "everyday"), EVERY_DAY),
        "weekdays": WEEKDAYS,
        "weekends": WEEKEND,
    }
)
#: likeness to a city's name, of 100, from which its zone may be meant
_NEAR: Final = 80.0


@cache
def known_zones() -> tuple[str, ...]:
    """The names of all time zones, in the order of the alphabet."""
    return tuple(sorted(available_timezones()))


def find_zone(text: str) -> str:
    """The IANA name of a time zone, in whatever letter case; empty where there is none."""
    try:
        return ZoneInfo(text).key
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return next((zone for zone in known_zones() if zone.lower() == text.lower()), "")


def parse_zone(text: str) -> str:
    """Check an IANA time zone's name; letter case does not count. Raises UsageError, naming the nearest."""
    if zone := find_zone(text):
        return zone
    cities = {zone.rpartition("/")[2].lower(): zone for zone in known_zones()}
    cities |= {zone.lower(): zone for zone in known_zones()}
    near = nearest(text, cities, least=_NEAR)
    hint = _("Use an IANA name, for example Europe/Berlin or Asia/Shanghai.")
    if near:
        hint = _("Did you mean {suggestion}?", suggestion=cities[near])
    raise UsageError(_("'{text}' is not a time zone.", text=text[:60]), hint=hint)


def parse_time(text: str) -> time:
    """Read a local time, `9:00`, `09:00` or `9`. Raises UsageError."""
    if match := re.fullmatch(r"(\d{1,2})(?::(\d{2}))?", text.strip()):
        hour, minute = int(match[1]), int(match[2] or 0)
        if hour < 24 and minute < 60:
            return time(hour, minute)
    raise UsageError(_("'{text}' is not a time of day.", text=text[:60]), hint=_("Write it like 09:00."))


def parse_weekdays(text: str) -> frozenset[int]:
    """Read weekdays, `mon-fri`, `mon,wed,fri`, `sat-mon`, `weekends`, `daily`. Raises UsageError."""
    words = text.lower().replace("–", "-").replace(" ", "")
    if words in _SOME_DAYS:
        return _SOME_DAYS[words]
    try:
        return frozenset(day for part in words.split(",") for day in _span(part))
    except ValueError:
        raise UsageError(
            _("'{text}' does not name weekdays.", text=text[:60]), hint=_("Write them like mon-fri or mon,wed,fri.")
        ) from None


def _span(part: str) -> list[int]:
    first, dash, last = part.partition("-")
    start = _require_weekday(first)
    length = (_require_weekday(last) - start) % 7 if dash else 0
    return [(start + step) % 7 for step in range(length + 1)]


def _require_weekday(word: str) -> int:
    """As `weekday_of`. Raises ValueError."""
    if (day := weekday_of(word)) is None:
        raise ValueError(word)
    return day


def show_weekdays(days: frozenset[int]) -> str:
    """Weekdays as `parse_weekdays` reads them, the shortest way: `mon-fri`, `daily`, `mon,wed`."""
    if days == EVERY_DAY:
        return "daily"
    numbers = sorted(days)
    names = [DAY_NAMES[day][:3] for day in numbers]
    if len(numbers) > 2 and numbers[-1] - numbers[0] == len(numbers) - 1:
        return f"{names[0]}-{names[-1]}"
    return ",".join(names)
