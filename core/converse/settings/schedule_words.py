"""When a digest comes, in people's own words: `weekdays at nine`, `every monday 8:30 Europe/Berlin`, `3 days`. Pure.

`/settings at`, `/settings pause` and `/subscribe` in words read with it. What is no word of a schedule is left as it
was typed, so that a sentence about papers can hold a schedule.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import date, time, timedelta
from typing import Final

from core.channels import DeliveryTime
from core.errors import BadSetting, UsageError
from core.speech import _
from core.text.days import read_day_ahead
from core.text.numbers import NUMBER_WORDS
from core.text.times import EVERY_DAY, WEEKDAYS, WEEKEND, find_zone, known_zones, parse_weekdays

#: characters that are read
LONGEST: Final = 2_000
#: how far ahead a digest can begin or go on
_FARTHEST: Final = timedelta(days=366)

_HOURS: Final = {word: number for word, number in NUMBER_WORDS.items() if 1 <= number <= 12}
_MINUTES: Final = {"fifteen": 15, "thirty": 30, "forty-five": 45}
_HOUR: Final = "|".join(_HOURS)
_PART: Final = r"(?:\s+in\s+the\s+(?P<part>morning|afternoon|evening))?"
#: a time that can be nothing else, wherever it stands
_PLAIN: Final = re.compile(
    rf"(?<![\w:.])(?:at\s+|um\s+)?(?:(?P<hour>\d{{1,2}})(?:[:](?P<minute>\d{{2}})(?:\s*(?P<half>[ap])\.?m\b\.?)?"
    rf"|\s*(?P<only>[ap])\.?m\b\.?)|(?P<past>half past|quarter past|quarter to)\s+(?P<word>{_HOUR}|\d{{1,2}})"
    rf"|(?P<noon>noon|midday))(?![\w:]){_PART}",
    re.IGNORECASE,
)
#: one that needs the word before it: `at nine`, `at 17`
_AFTER_AT: Final = re.compile(
    rf"(?<!\w)(?:at|um)\s+(?:(?P<hour>\d{{1,2}})|(?P<word>{_HOUR})(?:\s+(?P<minutes>{'|'.join(_MINUTES)}))?)"
    rf"(?:\s+o['’]?clock|\s+uhr)?{_PART}"
    r"(?=\s*(?:$|[,;.)](?!\d)|(?:on|in|every|each|daily|weekdays?|weekends|utc|gmt|from|starting|and|but|no|top"
    r"|[a-z_]+/[a-z_]+)(?![a-z])))",
    re.IGNORECASE,
)
_FULL: Final = r"(?:mon|tues|wednes|thurs|fri|satur|sun)days?"
_SHORT: Final = r"(?:mon|tues?|wed|thu(?:rs?)?|fri|sat|sun)"
_DAY: Final = rf"(?:{_FULL}|{_SHORT})(?![a-z])"
_JOIN: Final = r"\s*(?:,\s*and\s|,|\band\b|&|-|–|\bto\b|\bthrough\b)\s*"
_DAYS: Final = re.compile(
    r"(?<![\w-])(?:(?:every|each|on|only)\s+)*(?:"
    r"(?P<work>weekdays|working\s+days|workdays|business\s+days|(?<=every )weekday|(?<=each )weekday)"
    r"|(?P<weekend>weekends)|(?P<daily>daily|every\s+day|each\s+day|everyday|(?<=every )day|(?<=each )day)"
    rf"|(?P<listed>{_DAY}(?:{_JOIN}{_DAY})+)|(?P<one>{_FULL})|(?<=every )(?P<short>{_SHORT})|(?<=on )(?P<at>{_SHORT})"
    r")(?![\w-])",
    re.IGNORECASE,
)
_ZONE: Final = re.compile(
    r"(?<![\w/])(?:in\s+)?\(?(?P<name>[a-z_]+(?:/[a-z_+-]+){1,2}|UTC|GMT)\)?(?![\w/])", re.IGNORECASE
)
_CITY: Final = re.compile(r"(?<!\w)(?:in\s+)?(?P<name>[A-Z][a-z]+(?: [A-Z][a-z]+)?)\s+time(?!\w)")
_START: Final = re.compile(
    r"(?<!\w)(?:from|starting|beginning)\s+(?:on\s+)?(?P<day>tomorrow|next\s+week|\d{4}-\d{2}-\d{2})(?!\w)"
    r"|(?<!\w)(?P<bare>tomorrow)(?!\w)",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Schedule:
    """What was said of a schedule; None and empty for what was not."""

    at: time | None = None
    weekdays: frozenset[int] = frozenset()
    #: an IANA name
    zone: str = ""
    #: the first day
    not_before: date | None = None

    def __bool__(self) -> bool:
        return self != Schedule()

    def on(self, before: DeliveryTime) -> DeliveryTime:
        """A delivery time with what was said."""
        after = replace(before, at=self.at or before.at, weekdays=self.weekdays or before.weekdays)
        if self.zone:
            after = replace(after, zone=self.zone, has_chosen_zone=True)
        return replace(after, not_before=self.not_before) if self.not_before else after


NOTHING_SAID: Final = Schedule()


def read_schedule(words: str, today: date | None = None) -> tuple[Schedule, str]:
    """What the words say of a schedule, and the words that do not; days ahead are read where `today` is known."""
    remainder = words[:LONGEST]
    schedule = Schedule()
    if (match := _DAYS.search(remainder)) and (weekdays := _weekdays(match)):
        schedule, remainder = replace(schedule, weekdays=weekdays), without(remainder, match)
    for pattern in (_PLAIN, _AFTER_AT):
        if schedule.at is None and (match := pattern.search(remainder)) and (at := _time(match)) is not None:
            schedule, remainder = replace(schedule, at=at), without(remainder, match)
    for pattern, zone_of in ((_ZONE, find_zone), (_CITY, _city)):
        if not schedule.zone and (match := pattern.search(remainder)) and (zone := zone_of(match["name"])):
            schedule, remainder = replace(schedule, zone=zone), without(remainder, match)
    if today and (match := _START.search(remainder)) and (match["day"] or schedule):
        day = read_day_ahead(match["day"] or match["bare"], today=today)
        if day and is_ahead(day, today):
            schedule, remainder = replace(schedule, not_before=day), without(remainder, match)
    return schedule, remainder


def whole_schedule(line: str) -> Schedule | None:
    """What words say that are a schedule and nothing else; None where they say anything else, or nothing."""
    for words in (line, f"at {line}"):
        schedule, remainder = read_schedule(words)
        if schedule and not remainder.strip(" ,;."):
            return schedule
    return None


def parse_day_ahead(line: str, today: date) -> date:
    """The day that words name: `tomorrow`, `friday`, `3 days`, `2026-12-05`. Raises BadSetting; never in the past."""
    words = " ".join(line.lower().split()).removeprefix("until ").removeprefix("on ").strip(" .")
    day = read_day_ahead(words, today=today)
    if day is None:
        raise BadSetting(
            _("'{typed}' is not a day.", typed=line[:40]),
            hint=_("Write one like tomorrow, friday, 3 days or 2026-12-05."),
        )
    if not is_ahead(day, today):
        raise BadSetting(
            _("{day} is not a day of the coming year.", day=day), hint=_("Write one like tomorrow, friday or 3 days.")
        )
    return day


def is_ahead(day: date, today: date) -> bool:
    """Is it a day of the coming year?"""
    return today < day <= today + _FARTHEST


def _weekdays(match: re.Match[str]) -> frozenset[int]:
    if match["work"]:
        return WEEKDAYS
    if match["weekend"]:
        return WEEKEND
    if match["daily"]:
        return EVERY_DAY
    names = match["listed"] or match["one"] or match["short"] or match["at"]
    ranges = re.sub(r"\s*(?:-|–|\bto\b|\bthrough\b)\s*", "-", names.lower())
    ranges = re.sub(r"\s*(?:,\s*and\s|,|\band\b|&)\s*", ",", ranges)
    days = ("-".join(day.strip()[:3] for day in part.split("-")) for part in ranges.split(","))
    try:
        return parse_weekdays(",".join(days))
    except UsageError:
        return frozenset()


def _time(match: re.Match[str]) -> time | None:
    groups = match.groupdict()
    hour, minute = _clock(groups)
    half = (groups.get("half") or groups.get("only") or "").lower()
    part = (groups.get("part") or "").lower()
    if half:
        if not 1 <= hour <= 12:
            return None
        hour = hour % 12 + (12 if half == "p" else 0)
    elif part in ("afternoon", "evening") and hour < 12:
        hour += 12
    return time(hour, minute) if hour < 24 and minute < 60 else None


def _clock(groups: dict[str, str | None]) -> tuple[int, int]:
    if groups.get("noon"):
        return 12, 0
    word = (groups.get("word") or "").lower()
    hour = int(groups["hour"] or 0) if not word else int(word) if word.isdecimal() else _HOURS[word]
    past = " ".join((groups.get("past") or "").lower().split())
    if past == "quarter to":
        return (hour - 1) % 24, 45
    minutes = _MINUTES.get((groups.get("minutes") or "").lower(), 0)
    minute = {"half past": 30, "quarter past": 15}.get(past, minutes)  # not said: typed by people
    return hour, int(groups.get("minute") or minute)


def _city(name: str) -> str:
    city = name.replace(" ", "_")
    return next((zone for zone in known_zones() if zone.rpartition("/")[2] == city), "")


def without(words: str, match: re.Match[str]) -> str:
    """The words without those that were read."""
    before, after = words[: match.start()].rstrip(), words[match.end() :].lstrip()
    return f"{before} {after}".strip()
