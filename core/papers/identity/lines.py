"""Which lines of a listing are kept, beside those that are kept already. Pure; `merge` is the only caller.

The same line twice is one line, with the earlier of its days. A line that was read from an archive before it came as
news comes anew, with a new number: only so will a delivery look at it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import NamedTuple

from core.papers.identity.records import Key, key_of
from core.papers.paper import Announcement, AnnounceType
from core.text.storable import short


class LineKey(NamedTuple):
    """What makes a line the same line."""

    record: Key
    #: as it is stored
    scope: str
    type: AnnounceType
    version: int


class Line(NamedTuple):
    """A line of a listing as it is kept."""

    key: LineKey
    #: the source's local date
    day: date
    #: True where it was read from an archive long after its day
    is_history: bool


class LineChanges(NamedTuple):
    """What to do with the lines of a listing."""

    #: lines to be added
    new: tuple[Line, ...]
    #: numbers of kept lines that go, for a new one
    replaced_numbers: tuple[int, ...]
    #: the earlier days that kept lines turn out to be of, by number
    earlier_days: Mapping[int, date]


def line_of(announcement: Announcement) -> Line:
    """The line that an announcement is kept as."""
    scope = short(announcement.scope)
    key = LineKey(key_of(announcement), scope, announcement.type, announcement.paper.version)
    return Line(key, announcement.day, announcement.is_history)


def settle_lines(lines: Iterable[Line], kept_lines: Mapping[int, Line]) -> LineChanges:
    """What to do with lines, given those that are kept of the same papers, by number."""
    numbers = {line.key: number for number, line in kept_lines.items()}
    merged_lines: dict[LineKey, Line] = {}
    for line in lines:
        before = merged_lines.get(line.key)
        merged_lines[line.key] = _merge_lines(before, line) if before else line
    repeats = [(numbers[key], line) for key, line in merged_lines.items() if key in numbers]
    replacing = {number: line for number, line in repeats if kept_lines[number].is_history and not line.is_history}
    return LineChanges(
        new=(
            *(line for key, line in merged_lines.items() if key not in numbers),
            *(_merge_lines(kept_lines[number], line) for number, line in replacing.items()),
        ),
        replaced_numbers=tuple(replacing),
        earlier_days={
            number: line.day
            for number, line in repeats
            if number not in replacing and line.day < kept_lines[number].day
        },
    )


def _merge_lines(first: Line, second: Line) -> Line:
    return Line(first.key, min(first.day, second.day), first.is_history and second.is_history)
