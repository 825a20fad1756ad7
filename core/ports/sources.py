"""Where papers come from, and who knows more about them: feeds, archives, finders and indexes.

Implemented by `adapters.sources`. Errors are SourceErrors; what cannot be read of an answer is a problem of the
listing, and the rest of it counts.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import AsyncGenerator, Sequence
from datetime import date

from core.listings import Listing, Page, SourceState
from core.papers import Paper, PaperId


class PaperSource(ABC):
    """A place papers come from, read one scope at a time."""

    #: short and stable: `arxiv`
    name: str

    @abstractmethod
    async def fetch(self, scope: str, last: SourceState | None) -> Listing:
        """Read one scope now, conditionally on what `last` remembers.

        Order is the source's own. Entries that cannot be read are `problems` of the listing, never an error. Raises
        Throttled, Unreachable, Refused, BadFeed; BadCategory where the source does not know the scope.
        """

    async def fetch_otherwise(self, scope: str) -> Listing | None:
        """Read the same scope from another place of the source, to check and to complete what `fetch` gave.

        None where there is no other place. Raises as `fetch` does.
        """
        return None


class PaperArchive(ABC):
    """A source that can be asked for days gone by."""

    #: as the `PaperSource` of the same source is named
    name: str

    @abstractmethod
    def pages(self, scope: str, since: date, until: date, *, cursor: str = "") -> AsyncGenerator[Page, None]:
        """Everything of the days from `since` to `until` (inclusive, the source's local dates), page by page.

        A `cursor` that an earlier page gave goes on after that page; one that the source has forgotten starts a part
        again, so that a page may come twice and none is left out. Raises as `PaperSource.fetch` does.
        """


class PaperFinder(ABC):
    """A source that can be asked for single papers; its announcements are no news."""

    #: as the `PaperSource` of the same source is named
    name: str

    @abstractmethod
    async def find(self, ids: Sequence[PaperId]) -> Listing:
        """Those of the papers that it knows. Identifiers that cannot be its own cost nothing and are left out.

        Raises Throttled, Unreachable, Refused, BadFeed.
        """

    @abstractmethod
    async def search(self, words: str, *, limit: int) -> Listing:
        """Papers whose title or text has the words, the best first; empty where the source has no search."""


class Enricher(ABC):
    """An index that knows more about papers than where they appeared: venue, citations, the published version."""

    #: short and stable: `crossref`
    name: str

    @abstractmethod
    async def describe(self, papers: Sequence[Paper]) -> Listing:
        """What it knows of each, as announcements that are no news, under the identifier that the paper has here.

        Papers it does not know are left out. Raises Throttled, Unreachable, Refused, BadFeed.
        """
