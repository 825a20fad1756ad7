"""How every source reads the entries of a listing: each by itself, so that one that cannot be read costs itself alone.

Pure. What an entry holds is the source's own business.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from typing import Final, TypeVar

from core.ingest.listing import Listing, UnreadEntry
from core.papers.paper import Announcement

_LONGEST_NAME: Final = 80

_Entry = TypeVar("_Entry")
_Line = TypeVar("_Line")


class Unreadable(Exception):
    """An entry cannot be read; the message says what it lacks."""


def read_entries(
    entries: Iterable[_Entry], read: Callable[[_Entry], _Line], name: Callable[[_Entry], str] = lambda _: ""
) -> list[_Line | UnreadEntry]:
    """What `read` makes of each entry; where it raises Unreadable, a problem under the entry's name or number."""
    lines: list[_Line | UnreadEntry] = []
    for number, entry in enumerate(entries, 1):
        try:
            lines.append(read(entry))
        except Unreadable as error:
            lines.append(UnreadEntry(where=name(entry)[:_LONGEST_NAME] or f"entry {number}", reason=str(error)))
    return lines


def divide(lines: Iterable[_Line | UnreadEntry]) -> tuple[tuple[_Line, ...], tuple[UnreadEntry, ...]]:
    """What was read, and what was not."""
    every = tuple(lines)
    problems = tuple(line for line in every if isinstance(line, UnreadEntry))
    return tuple(line for line in every if not isinstance(line, UnreadEntry)), problems


def with_entries(listing: Listing, lines: Iterable[Announcement | UnreadEntry]) -> Listing:
    """The listing with these entries."""
    announcements, problems = divide(lines)
    return replace(listing, announcements=announcements, problems=problems)


def join(parts: Sequence[Listing]) -> Listing:
    """The first of several listings with the entries of all."""
    return replace(
        parts[0],
        announcements=tuple(line for part in parts for line in part.announcements),
        problems=tuple(problem for part in parts for problem in part.problems),
    )
