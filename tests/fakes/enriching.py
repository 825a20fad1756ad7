"""The few methods of a store that enrichment needs, and an index whose knowledge a test lays out beforehand."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from core.ingest.listing import Listing, UnreadEntry
from core.ingest.ports import Enricher
from core.ingest.state import Report, SourceState
from core.papers.identifiers import PaperId
from core.papers.identity.changes import Stored
from core.papers.paper import Announcement, Paper, Signals


class FakeShelf:
    """Papers that wait for enrichment, and what was noted about them, in memory."""

    def __init__(self, papers: Sequence[Paper]) -> None:
        self.papers = tuple(papers)
        self.states: dict[tuple[str, str], SourceState] = {}
        self.reports: list[Report] = []
        self.added: list[Listing] = []
        #: (index, paper) -> when it was asked
        self.marked: dict[tuple[str, PaperId], datetime] = {}

    async def papers_to_enrich(self, source: str, *, before: datetime, limit: int) -> tuple[Paper, ...]:
        """Those that were not asked since, in the order laid out."""
        fresh = {id for (name, id), at in self.marked.items() if name == source and at >= before}
        return tuple(paper for paper in self.papers if paper.id not in fresh)[:limit]

    async def mark_enriched(self, source: str, ids: Sequence[PaperId], *, at: datetime) -> None:
        """Note them."""
        await asyncio.sleep(0)
        self.marked |= {(source, id): at for id in ids}

    async def add(self, listing: Listing, *, at: datetime) -> Stored:
        """Note the listing; every paper of it is known."""
        await asyncio.sleep(0)
        self.added.append(listing)
        return Stored(known=len(listing.announcements))

    async def source_state(self, source: str, scope: str) -> SourceState | None:
        """The last one."""
        return self.states.get((source, scope))

    async def save_source_state(self, state: SourceState, *, report: Report | None = None) -> None:
        """Replace it, and keep the report."""
        self.states[state.source, state.scope] = state
        self.reports += [report] if report else []


class FakeIndex(Enricher):
    """Knows every paper, cited seven times, except those it was told to forget or to stumble over."""

    def __init__(self, name: str = "index", *, takes_s: float = 0.0, unknown: Sequence[Paper] = ()) -> None:
        self.name = name
        #: the papers of every question
        self.requests: list[tuple[Paper, ...]] = []
        self.takes_s = takes_s
        self._unknown = {paper.id for paper in unknown}
        self._failures: dict[PaperId | None, Exception] = {}
        self._problems: set[PaperId] = set()

    def fails_with(self, error: Exception, paper: Paper | None = None) -> None:
        """Raise this for every question, or for those with this paper in them, until `recovers`."""
        self._failures[paper.id if paper else None] = error

    def recovers(self) -> None:
        """Nothing fails any more."""
        self._failures.clear()

    def cannot_read(self, *papers: Paper) -> None:
        """Answer with a record that is no use for these."""
        self._problems |= {paper.id for paper in papers}

    async def describe(self, papers: Sequence[Paper]) -> Listing:
        """Seven citations each, after a while."""
        self.requests.append(tuple(papers))
        await asyncio.sleep(self.takes_s)
        for id in (None, *(paper.id for paper in papers)):
            if error := self._failures.get(id):
                raise error
        known = (paper for paper in papers if paper.id not in self._unknown | self._problems)
        problems = tuple(
            UnreadEntry(where=str(paper.id), reason="odd") for paper in papers if paper.id in self._problems
        )
        return Listing(source=self.name, scope="works", announcements=tuple(map(self._cited, known)), problems=problems)

    def _cited(self, paper: Paper) -> Announcement:
        told = replace(paper, signals=Signals(citations=7), sources=(self.name,))
        assert paper.announced
        return Announcement(paper=told, source=self.name, scope="works", day=paper.announced, is_news=False)
