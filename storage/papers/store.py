"""Papers and what was announced of them: the `PaperStore` part of `SqlStore`.

What a listing changes is decided by `core.papers.identity` and written by `applying`; how words are looked for by
`storage.search`. Callers are the use cases, by way of the port.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from typing import Final

from sqlalchemy import ColumnElement, Select, bindparam, delete, exists, func, select, true
from sqlalchemy.ext.asyncio import AsyncConnection

from core.errors import NotFound
from core.ingest.listing import Listing
from core.papers.bounds import bounded_announcement, drop_far_dates
from core.papers.identifiers import PaperId
from core.papers.identity.changes import Stored, brought_before, count_stored
from core.papers.identity.merge import listed_records, merge
from core.papers.identity.records import Key, key_of
from core.papers.paper import Paper
from core.papers.ports import PaperPage, PaperStore
from core.papers.search import Found, SearchQuery
from core.speech import _
from storage import rows
from storage.engine.database import OnDatabase, uninterrupted
from storage.engine.statements import SOUGHT, put, rows_with
from storage.papers import look_ups, summary_rows
from storage.papers.applying import apply
from storage.papers.loading import load_evidence, settle_identifiers
from storage.search import title_words
from storage.search.filter import tend_index
from storage.search.page import find_page
from storage.tables import announcements, identifiers, paper_categories, papers, summaries

#: the turn that all take who change papers
LISTINGS: Final = "listings"
#: of two summaries that have all of these in common the later one stays
_SUMMARY_ONCE: Final = ("paper_id", "language", "version", "made_by", "depth", "recipe")
#: the number of the paper of that `name`
NUMBER: Final = select(identifiers.c.paper_id).where(identifiers.c.key == bindparam("name"))
_OF_NAME: Final = (papers, papers.c.id == identifiers.c.paper_id)
_PAPERS_BY_NAME: Final = (
    select(identifiers.c.key.label("name"), papers).join(*_OF_NAME).where(identifiers.c.key.in_(SOUGHT))
)
_LOCKED_NUMBERS: Final = (
    select(identifiers.c.key, identifiers.c.paper_id)
    .join(*_OF_NAME)
    .where(identifiers.c.key.in_(SOUGHT))
    .with_for_update(read=True, key_share=True, of=papers)
)


class SqlPapers(OnDatabase, PaperStore):
    """The papers in the database."""

    @uninterrupted
    async def add(self, listing: Listing, *, at: datetime) -> Stored:
        """Store a listing in one transaction, as the port says.

        Listings take turns, in all processes: announcements get their sequence numbers before they are committed, and
        a listing that committed after a later one would lie below a watermark that a delivery has taken already.
        """
        lines = [drop_far_dates(bounded_announcement(line), at.date()) for line in listing.announcements]
        trust = self.traits.trust
        async with self.database.writing(in_turn=LISTINGS) as connection:
            listing = replace(listing, announcements=await settle_identifiers(connection, lines, trust))
            records = listed_records(listing.announcements, at=at, trust=trust)
            evidence, apart = await load_evidence(connection, records, trust=trust)
            changes = merge(evidence, apart, listing.announcements, at=at)
            numbers = await apply(connection, changes, at=at)
            await put_summaries(connection, _summaries(listing, numbers))
            await tend_index(connection, paper_count=len(changes.papers))
        before = brought_before(listing.announcements, evidence.lines.values(), changes)
        return count_stored(records, changes, before)

    @uninterrupted
    async def paper(self, id: PaperId) -> Paper | None:
        """The paper known under this identifier, its own or another one."""
        papers = await self.papers_by_id((id,))
        return papers[0] if papers else None

    @uninterrupted
    async def papers(
        self, *, day: date | None = None, category: str | None = None, limit: int | None = None
    ) -> PaperPage:
        """Papers, the latest announced first, and how many there are."""
        numbers, order = _numbers_and_order(day, category)
        async with self.database.reading() as connection:
            total = (await connection.execute(select(func.count()).select_from(numbers.subquery()))).scalar_one()
            page = numbers.with_only_columns(papers).order_by(*order).limit(limit)
            paper_rows = (await connection.execute(page)).all()
        return PaperPage(total=total, papers=tuple(map(rows.paper_of, paper_rows)))

    @uninterrupted
    async def newest_papers(self, limit: int) -> tuple[Paper, ...]:
        """The papers that were stored last, the newest first."""
        async with self.database.reading() as connection:
            result = await connection.execute(select(papers).order_by(papers.c.id.desc()).limit(limit))
            return tuple(map(rows.paper_of, result))

    @uninterrupted
    async def words_begun(self, start: str, *, limit: int) -> tuple[str, ...]:
        """Words that begin so, those first that most papers have."""
        async with self.database.reading() as connection:
            return await title_words.words_begun(connection, start, limit=limit)

    @uninterrupted
    async def papers_by_id(self, ids: Sequence[PaperId]) -> tuple[Paper, ...]:
        """Those of the papers that are known, in the order asked."""
        async with self.database.reading() as connection:
            papers_by_key = await papers_named(connection, [rows.key_of(id) for id in ids])
        return tuple(papers_by_key[key] for id in ids if (key := rows.key_of(id)) in papers_by_key)

    @uninterrupted
    async def papers_titled(self, title: str) -> tuple[Paper, ...]:
        """The papers of that title, in TeX or as it is shown."""
        async with self.database.reading() as connection:
            return await look_ups.papers_by_title(connection, title)

    @uninterrupted
    async def papers_at(self, address: str) -> tuple[Paper, ...]:
        """The papers whose page or PDF that address shows."""
        async with self.database.reading() as connection:
            return await look_ups.papers_at(connection, address)

    @uninterrupted
    async def search(
        self, query: SearchQuery, *, limit: int = 10, offset: int = 0, near: Sequence[PaperId] = ()
    ) -> Found:
        """Papers that match, the best first, in a bounded time."""
        async with self.database.reading() as connection:
            return await find_page(connection, query, limit=limit, offset=offset, near=near)


async def rows_of(connection: AsyncConnection, ids: Collection[PaperId]) -> Mapping[PaperId, int]:
    """The row numbers of papers, by any of their identifiers, for whoever writes about them; see `rows_held`.

    Raises NotFound where one is not stored.
    """
    keys = {rows.key_of(id) for id in ids}
    numbers = await rows_held(connection, keys)
    # A paper that became another one while we waited for it leads there by now.
    numbers |= await rows_held(connection, keys - numbers.keys())
    if missing := keys - numbers.keys():
        unknown = _("There is no paper {paper} here.", paper=min(missing))
        raise NotFound(unknown, hint=_("Read it in with paperboy ingest first."))
    return {id: numbers[rows.key_of(id)] for id in ids}


async def rows_held(connection: AsyncConnection, keys: Collection[str]) -> dict[str, int]:
    """The row numbers of the papers that these names lead to, which stay until the transaction ends.

    PostgreSQL's writers work side by side: without the lock a paper could be absorbed by another one (`absorbing`)
    before what is written refers to it.
    """
    return {row.key: row.paper_id for row in await rows_with(connection, _LOCKED_NUMBERS, keys)}


async def papers_named(connection: AsyncConnection, keys: Collection[str]) -> Mapping[str, Paper]:
    """The papers known under these identifiers, by the identifier asked for."""
    return {row.name: rows.paper_of(row) for row in await rows_with(connection, _PAPERS_BY_NAME, keys)}


def listed_in(categories: Collection[str]) -> ColumnElement[bool]:
    """True of an announcement of a paper that is, or was listed, in one of the categories or archives; any if none."""
    is_listed = exists().where(paper_categories.c.paper_id == announcements.c.paper_id)
    return is_listed.where(paper_categories.c.category.in_(list(map(rows.place, categories)))) if categories else true()


def _numbers_and_order(
    day: date | None, category: str | None
) -> tuple[Select[tuple[int]], tuple[ColumnElement[object], ...]]:
    """The numbers of the papers of a day and a category, and their order."""
    by_paper = (papers.c.announced.desc(), papers.c.id.desc())
    if day:
        on_day = select(announcements.c.paper_id).where(
            announcements.c.day == day, listed_in((category,) if category else ())
        )
        return select(papers.c.id).where(papers.c.id.in_(on_day)), by_paper
    if category:
        in_categories = select(papers.c.id).join(paper_categories, paper_categories.c.paper_id == papers.c.id)
        by_listing = (paper_categories.c.announced.desc(), paper_categories.c.paper_id.desc())
        return in_categories.where(paper_categories.c.category == rows.place(category)), by_listing
    return select(papers.c.id), by_paper


def _summaries(listing: Listing, numbers: Mapping[Key, int]) -> list[rows.Values]:
    """The summaries that come with a listing."""
    return [
        summary_rows.summary_values(summary, paper_id=numbers[key_of(line)])
        for line in listing.announcements
        for summary in line.summaries
    ]


async def put_summaries(connection: AsyncConnection, new_rows: Sequence[rows.Values]) -> None:
    """Store summaries; one that replaces another comes last again, so that the newest has the highest number."""
    if not new_rows:
        return
    # Paper by paper, so that two who store the same summaries do not wait for each other.
    new_rows = sorted(new_rows, key=lambda values: int(values["paper_id"]))
    same = [summaries.c[name] == bindparam(f"old_{name}") for name in _SUMMARY_ONCE]
    await connection.execute(
        delete(summaries).where(*same), [{f"old_{name}": values[name] for name in _SUMMARY_ONCE} for values in new_rows]
    )
    await put(connection, summaries, new_rows, key=_SUMMARY_ONCE)
