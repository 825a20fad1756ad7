"""What passes the filters of a search (`in:`, `author:`, `from:`, `since:`), as statements; the index that is asked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, time
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import ColumnElement, CompoundSelect, Select, and_, exists, func, literal, or_, select, union_all
from sqlalchemy.ext.asyncio import AsyncConnection

from core.papers.search import SearchQuery
from storage import rows
from storage.search.expressions import usable
from storage.search.sqlite import SqliteIndex
from storage.tables import paper_categories, papers

if TYPE_CHECKING:
    from storage.search.postgresql import PostgresIndex

#: matches of one expression that are ranked
BOUND: Final = 2_000
#: papers without a score, that are all there are
_WHOLE: Final = (literal(0.0).label("score"), literal(value=False).label("is_cut"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Filter:
    """The part of a query that no word can replace."""

    #: the index that is asked
    index: SqliteIndex | PostgresIndex
    #: what the index is asked for, in its own form; empty where the query has no such filter
    match: Any
    #: any of these feeds, subject areas and categories, as papers are listed in them; empty where the index knows them
    places: tuple[str, ...]
    since: datetime | None
    #: no paper with a lower number passes
    low: int


async def filter_of(connection: AsyncConnection, query: SearchQuery) -> Filter:
    """What `in:`, `author:`, `from:` and `since:` leave over."""
    since = datetime.combine(query.since, time(), UTC) if query.since else None
    index = index_of(connection)
    await index.prepare(connection, usable(query.terms))
    # the index knows the categories that papers name themselves; feeds and servers are where they were listed
    places = tuple(map(rows.place, query.categories)) if any(":" in name for name in query.categories) else ()
    match = index.filters(replace(query, categories=()) if places else query)
    return Filter(
        index=index,
        match=match,
        places=places,
        since=since,
        low=await _lowest(connection, since, most=index.most_dated),
    )


async def tend_index(connection: AsyncConnection, *, paper_count: int) -> None:
    """Keep the index quick to search after so many papers were written, at a cost that does not grow with it."""
    await index_of(connection).tend(connection, paper_count=paper_count)


def index_of(connection: AsyncConnection) -> SqliteIndex | PostgresIndex:
    """The index of the connection's database."""
    if connection.dialect.name == "sqlite":
        return SqliteIndex()
    from storage.search.postgresql import PostgresIndex  # whoever has SQLite does not wait for the other one

    return PostgresIndex()


def newest_matches(
    match: Any, only: Filter, *, most: int = BOUND + 1, low: int = 0, score: ColumnElement[float] | None = None
) -> Select[tuple[int, float, bool]]:
    """The newest papers that match what the index is asked and pass the filter, `most` of them; none below `low`.

    `is_cut`: there may be more, although that many were not found.
    """
    number = only.index.number
    conditions = [number >= max(low, only.low)]
    if only.since:
        conditions.append(exists().where(papers.c.id == number, appeared_since(only.since)))
    if only.places:
        conditions.append(number.in_(listed_in(only.places)))
    index: Any = only.index  # each takes the matches that it made
    matches: Select[tuple[int, float, bool]] = index.newest_of(match, only.match, score, conditions, most=most)
    return matches


def listed_in(places: Sequence[str]) -> Select[tuple[int]]:
    """The numbers of papers that are listed in any of the feeds, areas and categories."""
    return select(paper_categories.c.paper_id).where(paper_categories.c.category.in_(places))


def listed_papers(only: Filter) -> Select[tuple[int, float, bool]]:
    """The newest papers that are listed in the places of the filter, one more than the bound."""
    statement = select(papers.c.id, *_WHOLE).where(papers.c.id.in_(listed_in(only.places)))
    if only.since:
        statement = statement.where(appeared_since(only.since))
    return statement.order_by(papers.c.id.desc()).limit(BOUND + 1)


def appeared_since(since: datetime) -> ColumnElement[bool]:
    """True of papers that were published since then, or announced, where nobody says when they were published."""
    return or_(papers.c.published >= since, _undated_since(since))


def _undated_since(since: datetime) -> ColumnElement[bool]:
    return and_(papers.c.published.is_(None), papers.c.announced >= since.date())


def recent_papers(since: datetime) -> Select[tuple[int, float, bool]]:
    """The newest papers that appeared since then, one more than the bound."""
    late = _late(since, BOUND + 1).subquery()
    return select(late.c.id, *_WHOLE).order_by(late.c.id.desc()).limit(BOUND + 1)


def _late(since: datetime, most: int) -> CompoundSelect[tuple[int]]:
    """Papers that appeared since then, at most so many of those with a date and of those without, by two indexes."""
    with_date = select(papers.c.id).where(papers.c.published >= since).order_by(papers.c.published.desc()).limit(most)
    without_date = select(papers.c.id).where(_undated_since(since)).order_by(papers.c.announced.desc()).limit(most)
    return union_all(select(with_date.subquery().c.id), select(without_date.subquery().c.id))


async def _lowest(connection: AsyncConnection, since: datetime | None, *, most: int) -> int:
    """The lowest number of a paper that appeared since then: no match below it need be looked at.

    Where many did, 0: that filter leaves so much over that matches are found soon.
    """
    if since is None:
        return 0
    first = _late(since, most + 1).subquery()
    count, lowest = (await connection.execute(select(func.count(), func.min(first.c.id)))).one()
    return lowest or 0 if count <= most else 0
