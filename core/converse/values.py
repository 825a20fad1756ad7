"""Readers of the values that people type in commands, for all commands alike: days, spans of days, names.

Each raises a UsageError that says what was wrong and shows an example. Pure.
"""

from __future__ import annotations

import re
from datetime import date
from typing import Final

from core.deliver.briefings import DAYS, MOST_DAYS
from core.errors import UsageError
from core.speech import N_, _
from core.text.days import read_day, read_since, read_span
from core.text.readable import clip_text

#: `"Lee, Ann", Bob Ray`
_NAME: Final = re.compile(r'"([^"]+)"|([^",;]+)')
#: names in one command
MOST_NAMES: Final = 20
#: characters of what was typed that an error repeats
_LONGEST_QUOTE: Final = 40
#: `since monday`, `from last week`, `since: yesterday`; a filter without a space needs no help
_SINCE: Final = re.compile(r"(?<!\S)since(?::\s+|\s+:?)((?:\w+ ){0,3}\w+)", re.IGNORECASE)


def parse_days(words: str, *, today: date, usual: int = DAYS, most: int = MOST_DAYS) -> int:
    """Read `7`, `14 days`, `2w`, `last week`, `since monday`; `usual` where nothing is typed. Raises UsageError."""
    if not words.strip():
        return usual
    days = read_span(words)
    if days is None and (since := read_since(words, today=today)) and since <= today:
        days = (today - since).days + 1
    if days is not None and 1 <= days <= most:
        return days
    if days is None:
        problem = N_("'{words}' is not a number of days.")
    else:
        problem = N_("'{words}' is too many days.") if days else N_("'{words}' is no day at all.")
    hint = _("Write a number from 1 to {most}, like 14, or words like 2w, last week, since monday.", most=most)
    raise UsageError(_(problem, words=clip_text(words, _LONGEST_QUOTE)), hint=hint)


def parse_day(words: str, *, today: date, hint: str) -> date:
    """Read a day: `yesterday`, `monday`, `4 Feb`, `2026-02-04`. Raises UsageError with `hint`."""
    day = read_day(words, today=today)
    if day is None:
        raise UsageError(_("'{words}' is not a day.", words=clip_text(words, _LONGEST_QUOTE)), hint=hint)
    return day


def split_names(line: str) -> tuple[str, ...]:
    """The names between commas, or in quotation marks where they have one; each once."""
    names = (quoted_name or bare for quoted_name, bare in _NAME.findall(line))
    return tuple(dict.fromkeys(name for part in names if (name := " ".join(part.split()))))


def parse_names(line: str, *, example: str) -> tuple[str, ...]:
    """As `split_names`. Raises UsageError where there is none, or too many."""
    names = split_names(line)
    if not names or len(names) > MOST_NAMES:
        raise UsageError(_("Name one to {most} people.", most=MOST_NAMES), hint=_("Write {command}.", command=example))
    return names


def with_filters(line: str, *, today: date) -> str:
    """A search in which `since monday` and `since last week` stand as filters; other words stay as they are."""

    def add_filter(match: re.Match[str]) -> str:
        words = match[1].split(" ")
        for count in range(len(words), 0, -1):
            if day := _beginning(" ".join(words[:count]), today):
                return " ".join((f"since:{day}", *words[count:]))
        return match[0]

    return _SINCE.sub(add_filter, line)


def _beginning(words: str, today: date) -> date | None:
    """The day; words that could be a year or a number name none."""
    return None if words.isdecimal() else read_since(words, today=today)
