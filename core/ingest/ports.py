"""Where papers come from, who knows more about them, and where both are remembered.

Sources, archives, finders and indexes are implemented by `adapters.sources`, the stores by `storage`. Errors are
SourceErrors; what cannot be read of an answer is a problem of the listing, and the rest of it counts.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import AsyncGenerator, Sequence
from datetime import date, datetime

from core.ingest.listing import Listing, Page
from core.ingest.state import Backfill, Refresh, Report, SourceState
from core.ingest.traits import Sources
from core.papers.identifiers import PaperId
from core.papers.identity.changes import Stored
from core.papers.paper import Paper
from core.papers.ports import PaperStore


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
        """The papers that it knows. Identifiers that cannot be its own cost no request and are left out.

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


class Bibliography(ABC):
    """An index that knows what a person wrote."""

    #: as the `Enricher` of the same index is named
    name: str

    @abstractmethod
    async def works_of(self, orcid: str, *, limit: int) -> tuple[Paper, ...]:
        """The newest works of the person with this ORCID, with abstracts where they are known; none is an answer.

        Raises Throttled, Unreachable, Refused, BadFeed.
        """


class SourceStore(ABC):
    """What is remembered of sources between refreshes. Every method is one transaction."""

    #: what the sources are like, also those of which rows alone are left; given when the store is made
    traits: Sources

    @abstractmethod
    async def source_state(self, source: str, scope: str) -> SourceState | None:
        """The last state of one scope."""

    @abstractmethod
    async def source_states(self) -> tuple[SourceState, ...]:
        """All of them, by source and scope."""

    @abstractmethod
    async def save_source_state(self, state: SourceState, *, report: Report | None = None) -> None:
        """Replace the state of one scope and, where there is a report, put it into the history at `checked_at`."""

    @abstractmethod
    async def refreshes(
        self, *, source: str | None = None, scope: str | None = None, since: datetime | None = None, limit: int = 100
    ) -> tuple[Refresh, ...]:
        """The history of refreshes, the newest first."""

    @abstractmethod
    async def forget_refreshes(self, *, before: datetime) -> int:
        """Drop the history before a moment; how many there were."""

    @abstractmethod
    async def backfill(self, source: str, scope: str, since: date, until: date) -> Backfill | None:
        """How far a backfill of exactly this span has come, if it was begun and not completed."""

    @abstractmethod
    async def backfills(self, source: str, scope: str | None = None) -> tuple[Backfill, ...]:
        """The backfills of a scope, or of all, that were begun and not completed, by their first day."""

    @abstractmethod
    async def save_backfill(self, backfill: Backfill, *, at: datetime) -> None:
        """Remember how far it has come."""

    @abstractmethod
    async def forget_backfill(self, backfill: Backfill, *, was_read: bool = True) -> None:
        """It is over: complete, or with `was_read` False never to be read."""


class ListingStore(SourceStore, PaperStore):
    """Everything that ingestion remembers: listings and what indexes said, beside papers and sources."""

    @abstractmethod
    async def add(self, listing: Listing, *, at: datetime) -> Stored:
        """Store a listing in one transaction: papers, identifiers, announcements, summaries, signals, events.

        A paper known under any of its identifiers, or by title and first author (`core.papers.identity`), is the same
        paper, unless a person has said that it is not. What it looks like afterwards does not depend on the order in
        which its sources were read. The same announcement twice is stored once.
        """

    @abstractmethod
    async def papers_to_enrich(self, source: str, *, before: datetime, limit: int) -> tuple[Paper, ...]:
        """Papers that an enricher was not asked about since `before`, the latest announced first."""

    @abstractmethod
    async def mark_enriched(self, source: str, ids: Sequence[PaperId], *, at: datetime) -> None:
        """The enricher was asked about these papers, whatever it knew."""
