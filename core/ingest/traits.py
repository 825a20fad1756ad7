"""What a source is like, as one value, and what all known ones are like, by name. Pure.

`adapters.sources.traits` fills a `SourceTraits` for each adapter, `bot.origins` collects them, and the store that is
opened with them hands them to whoever works with it. Freshness, trust, footers, scopes and lanes know sources by
nothing else. A source that was taken out of the program keeps its rows, so that every name has traits.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta, tzinfo
from enum import Enum
from typing import Final

from core.speech import _

#: what no scope looks like
_NOTHING: Final = re.compile(r"(?!)")


class Role(Enum):
    """What a source does."""

    #: it announces papers
    BRINGS = "brings"
    #: it speaks of papers that another source brings
    COMMENTS = "comments"
    #: it is asked about papers: an index
    DESCRIBES = "describes"


@dataclass(frozen=True, slots=True, kw_only=True)
class Calendar:
    """On which days a source has listings, and when one should be out."""

    #: where its days begin
    zone: tzinfo
    #: True of a day, the source's local date, on which a listing is to be expected
    publishes: Callable[[date], bool]
    #: after the beginning of its day a listing is late
    grace: timedelta
    #: True where a listing comes as a whole at the beginning of its day, so that asking often until then is worth it
    is_prompt: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceTraits:
    """What a source is like; one of which only the name is known promises no day and is trusted least."""

    #: short and stable: `arxiv`
    name: str
    #: as people know it, a sentence of the catalogues; its name where it is empty
    title: str = ""
    role: Role = Role.BRINGS
    #: the name of the source whose papers it speaks of, where it comments
    subject: str = ""
    #: None where it promises no days
    calendar: Calendar | None = None
    #: how long after a refresh it is asked again while nothing is due
    rhythm: timedelta = timedelta(hours=4)
    #: of two sources that tell the same of a paper, the one with more is believed
    trust: int = 0
    #: True where its scopes are places of their own: what one suffers says nothing of another, and people know them
    #: by their own names
    has_own_places: bool = False
    #: True where it is read from files alone, so that no subscription decides what it brings
    is_file: bool = False
    #: what a scope of it looks like
    scopes: re.Pattern[str] = _NOTHING
    #: a scope that people may write, as an example
    example: str = "CATEGORY"
    #: the scopes that are read where it is named and nobody wants any of them
    whole: tuple[str, ...] = ()
    #: True where people may be sent to it with a search that finds little here
    is_searched: bool = False
    #: a small scope that can always be asked for, to see whether it answers; empty where there is none
    probe: str = ""
    #: seconds between two questions; None where the settings tell
    pace_s: float | None = None


@dataclass(frozen=True, slots=True)
class Sources:
    """What the known sources are like, in the order in which people read of them."""

    traits: tuple[SourceTraits, ...] = ()

    def __getitem__(self, name: str) -> SourceTraits:
        """The traits of a source; of an unknown one those of which nothing is known."""
        for source in self.traits:
            if source.name == name:
                return source
        return SourceTraits(name=name)

    def __iter__(self) -> Iterator[SourceTraits]:
        """All known ones."""
        return iter(self.traits)

    def name_of(self, source: str) -> str:
        """A source's name as people write it."""
        return _(self[source].title or source)

    def place_name(self, source: str, scope: str) -> str:
        """A scope of a source as people write it: with the name of the source, unless it goes by its own."""
        return scope if self[source].has_own_places else f"{self.name_of(source)} {scope}".strip()

    def scope_of(self, category: str) -> tuple[str, str]:
        """The name of the source that has a (canonical) category, and the scope to ask it for."""
        return next((source.name for source in self.traits if source.scopes.fullmatch(category)), ""), category

    @property
    def files(self) -> frozenset[str]:
        """The names of those that are read from files alone."""
        return frozenset(source.name for source in self.traits if source.is_file)

    @property
    def trust(self) -> Mapping[str, int]:
        """How far each is believed, by name."""
        return {source.name: source.trust for source in self.traits}


NO_SOURCES: Final = Sources()
