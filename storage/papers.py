"""Papers, what was announced of them, and their summaries: the `PaperStore` part of `SqlStore`.

What a listing changes is decided by `merging`; how words are looked for by `search`; here are the statements. Callers
are the use cases, by way of the port.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Final

from sqlalchemy import ColumnElement, Select, bindparam, delete, exists, func, select, true
from sqlalchemy.ext.asyncio import AsyncConnection

from core.errors import NotFound
from core.listings import Listing, Stored
from core.papers import Announcement, Paper, PaperId, Summary
from core.ports import PaperPage, PaperStore
from core.searching import Found, SearchQuery
from storage import rows, search
from storage.absorbing import absorb
from storage.engine import OnDatabase, uninterrupted
from storage.merging import Decided, Known, decide, names
from storage.statements import add_missing, put, rows_in
from storage.tables import announcements, identifiers, paper_categories, papers, summaries

_LISTINGS: Final = "listings"


class SqlPapers(OnDatabase, PaperStore):
    """The papers in the database."""

    @uninterrupted
    async def add(self, listing: Listing, *, at: datetime) -> Stored:
        """Store a listing in one transaction, as the port says.

        Listings take turns, in all processes: announcements get their sequence numbers before they are committed, and
        a listing that committed after a later one would lie below a watermark that a delivery has taken already.
        """
        async with self.database.writing(in_turn=_LISTINGS) as connection:
            known = await _known(connection, listing)
            decided = decide(listing, known)
            await _store(connection, decided, known, at=at)
        return decided.stored

    @uninterrupted
    async def paper(self, id: PaperId) -> Paper | None:
        """The paper known under this identifier, its own or another one."""
        found = await self.papers_by_id((id,))
        return found[0] if found else None

    @uninterrupted
    async def papers(
        self, *, day: date | None = None, category: str | None = None, limit: int | None = None
    ) -> PaperPage:
        """Papers, the latest announced first, and how many there are."""
        chosen, order = _listed(day, category)
        async with self.database.reading() as connection:
            total = (await connection.execute(select(func.count()).select_from(chosen.subquery()))).scalar_one()
            page = chosen.with_only_columns(papers).order_by(*order).limit(limit)
            found = (await connection.execute(page)).all()
        return PaperPage(total=total, papers=tuple(map(rows.paper_of, found)))

    @uninterrupted
    async def papers_by_id(self, ids: Sequence[PaperId]) -> tuple[Paper, ...]:
        """Those of the papers that are known, in the order asked."""
        async with self.database.reading() as connection:
            found = await papers_named(connection, [rows.key_of(id) for id in ids])
        return tuple(found[key] for id in ids if (key := rows.key_of(id)) in found)

    @uninterrupted
    async def search(self, query: SearchQuery, *, limit: int = 10, offset: int = 0) -> Found:
        """Papers that match, the best first, in a bounded time."""
        async with self.database.reading() as connection:
            return await search.find(connection, query, limit=limit, offset=offset)

    @uninterrupted
    async def summaries(self, ids: Sequence[PaperId], language: str) -> Mapping[PaperId, Summary]:
        """The newest stored summary of each paper in that language: of its newest version, the last one saved."""
        keys = {rows.key_of(id): id for id in ids}
        statement = (
            select(identifiers.c.key, summaries)
            .join(summaries, summaries.c.paper_id == identifiers.c.paper_id)
            .where(summaries.c.language == language)
            .order_by(summaries.c.version, summaries.c.id)
        )
        async with self.database.reading() as connection:
            found = await rows_in(connection, statement, identifiers.c.key, keys)
        return {keys[row.key]: rows.summary_of(row, paper=keys[row.key]) for row in found}

    @uninterrupted
    async def save_summaries(self, summaries: Sequence[Summary]) -> None:
        """Remember summaries, the later one wins. Raises NotFound for a paper that is not stored."""
        async with self.database.writing() as connection:
            numbers = await rows_of(connection, [summary.paper for summary in summaries])
            await _save_summaries(connection, summaries, numbers)


async def rows_of(connection: AsyncConnection, ids: Collection[PaperId]) -> Mapping[PaperId, int]:
    """The row numbers of papers, by any of their identifiers. Raises NotFound where one is not stored."""
    statement = select(identifiers.c.key, identifiers.c.paper_id)
    keys = {rows.key_of(id) for id in ids}
    found = {row.key: row.paper_id for row in await rows_in(connection, statement, identifiers.c.key, keys)}
    if missing := keys - found.keys():
        raise NotFound(f"There is no paper {min(missing)} here.", hint="Read it in with paperboy ingest first.")
    return {id: found[rows.key_of(id)] for id in ids}


async def papers_named(connection: AsyncConnection, keys: Collection[str]) -> Mapping[str, Paper]:
    """The papers known under these identifiers, by the identifier asked for."""
    statement = select(identifiers.c.key.label("name"), papers).join(papers, papers.c.id == identifiers.c.paper_id)
    return {row.name: rows.paper_of(row) for row in await rows_in(connection, statement, identifiers.c.key, keys)}


def listed_in(categories: Collection[str]) -> ColumnElement[bool]:
    """True of an announcement of a paper that is, or was listed, in one of the categories or archives; any if none."""
    wanted = exists().where(paper_categories.c.paper_id == announcements.c.paper_id)
    return wanted.where(paper_categories.c.category.in_([one.lower() for one in categories])) if categories else true()


def _listed(day: date | None, category: str | None) -> tuple[Select[tuple[int]], tuple[ColumnElement[object], ...]]:
    """The numbers of the papers of a day and a category, and their order."""
    by_paper = (papers.c.announced.desc(), papers.c.id.desc())
    if day:
        on_day = select(announcements.c.paper_id).where(
            announcements.c.day == day, listed_in((category,) if category else ())
        )
        return select(papers.c.id).where(papers.c.id.in_(on_day)), by_paper
    if category:
        listed = select(papers.c.id).join(paper_categories, paper_categories.c.paper_id == papers.c.id)
        by_listing = (paper_categories.c.announced.desc(), paper_categories.c.paper_id.desc())
        return listed.where(paper_categories.c.category == category.lower()), by_listing
    return select(papers.c.id), by_paper


async def _known(connection: AsyncConnection, listing: Listing) -> Mapping[PaperId, Known]:
    """Every stored paper that any identifier of the listing names, by identifier."""
    wanted = {rows.key_of(name): name for line in listing.announcements for name in names(line.paper)}
    statement = select(identifiers.c.key.label("name"), papers).join(papers, papers.c.id == identifiers.c.paper_id)
    found = await rows_in(connection, statement, identifiers.c.key, wanted)
    here = select(announcements.c.paper_id).where(
        announcements.c.source == listing.source, announcements.c.scope == listing.scope
    )
    listed = {row.paper_id for row in await rows_in(connection, here, announcements.c.paper_id, {r.id for r in found})}
    return {
        wanted[row.name]: Known(paper=rows.paper_of(row), row=row.id, listed_here=row.id in listed) for row in found
    }


async def _store(
    connection: AsyncConnection, decided: Decided, known: Mapping[PaperId, Known], *, at: datetime
) -> None:
    for gone, stays in decided.same:
        await absorb(connection, gone=gone, into=next(one.row for one in known.values() if one.paper.id == stays))
    told = (*decided.new, *decided.changed)
    await put(
        connection, papers, [rows.paper_values(one, first_seen=at) for one in told], key=["key"], keep=["first_seen"]
    )
    numbers = await _numbers(connection, decided, known)
    await _name(connection, told, numbers)
    await _categorise(connection, decided, known, numbers)
    await _announce(connection, decided.lines, numbers, at=at)


async def _numbers(
    connection: AsyncConnection, decided: Decided, known: Mapping[PaperId, Known]
) -> Mapping[PaperId, int]:
    """The row numbers of all papers of the listing, by the id they are stored under."""
    keys = {rows.key_of(paper.id): paper.id for paper in decided.new}
    added = await rows_in(connection, select(papers.c.id, papers.c.key), papers.c.key, keys)
    return {one.paper.id: one.row for one in known.values()} | {keys[row.key]: row.id for row in added}


async def _name(connection: AsyncConnection, told: Iterable[Paper], numbers: Mapping[PaperId, int]) -> None:
    named = [{"key": rows.key_of(name), "paper_id": numbers[one.id]} for one in told for name in names(one)]
    await add_missing(connection, identifiers, named)


async def _categorise(
    connection: AsyncConnection, decided: Decided, known: Mapping[PaperId, Known], numbers: Mapping[PaperId, int]
) -> None:
    """List the papers in their categories and in the scopes they were announced in, by their first listing day."""
    before = {one.paper.id: one.paper for one in known.values()}
    moved = [one for one in decided.changed if _listing_of(one) != _listing_of(before[one.id])]
    days = {one.id: one.announced for one in (*before.values(), *decided.new, *moved)}
    scopes = await _unlisted(connection, {numbers[one.id]: one.id for one in moved})
    listed = [(one.id, one.categories) for one in (*decided.new, *moved)]
    announced = [(id, (line.scope,)) for id, line in decided.lines]
    places = dict.fromkeys((id, name) for id, named in (*listed, *scopes, *announced) for name in rows.places(named))
    told = [{"paper_id": numbers[id], "category": name, "announced": days[id]} for id, name in places]
    await add_missing(connection, paper_categories, told)


async def _unlisted(
    connection: AsyncConnection, moved: Mapping[int, PaperId]
) -> Sequence[tuple[PaperId, tuple[str, ...]]]:
    """Take papers off all lists, and tell the scopes that they were announced in before."""
    if not moved:
        return ()
    await connection.execute(
        delete(paper_categories).where(paper_categories.c.paper_id == bindparam("gone")),
        [{"gone": number} for number in moved],
    )
    scopes = select(announcements.c.paper_id, announcements.c.scope).distinct()
    return [
        (moved[row.paper_id], (row.scope,))
        for row in await rows_in(connection, scopes, announcements.c.paper_id, moved)
    ]


def _listing_of(paper: Paper) -> tuple[date | None, tuple[str, ...]]:
    return (paper.announced, paper.categories)


async def _announce(
    connection: AsyncConnection,
    lines: Sequence[tuple[PaperId, Announcement]],
    numbers: Mapping[PaperId, int],
    *,
    at: datetime,
) -> None:
    told = [rows.announcement_values(line, paper_id=numbers[id], at=at) for id, line in lines]
    await add_missing(connection, announcements, told)
    with_them = [(summary, numbers[id]) for id, line in lines for summary in line.summaries]
    await _put_summaries(connection, [rows.summary_values(summary, paper_id=row) for summary, row in with_them])


async def _save_summaries(connection: AsyncConnection, told: Sequence[Summary], numbers: Mapping[PaperId, int]) -> None:
    await _put_summaries(connection, [rows.summary_values(one, paper_id=numbers[one.paper]) for one in told])


async def _put_summaries(connection: AsyncConnection, told: Sequence[rows.Values]) -> None:
    """Store summaries; one that replaces another comes last again, so that the newest has the highest number."""
    if not told:
        return
    once = ("paper_id", "language", "version", "made_by")
    same = [summaries.c[name] == bindparam(f"old_{name}") for name in once]
    await connection.execute(
        delete(summaries).where(*same), [{f"old_{name}": values[name] for name in once} for values in told]
    )
    await put(connection, summaries, told, key=once)
