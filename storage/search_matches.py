"""Which papers match a search and how well: a ranking whose cost has a bound, over the index of migration 0001.

`search` shows them; `search_sqlite` and `search_postgresql` write what the databases are asked. The
engines are fast and an unbounded query is not: ranking all of 400,000 papers with the word "model" takes seconds, and
FTS5's bm25 alone takes 40 ms for such a word, since it counts all papers that have it. So at most BOUND matches of an
expression are looked at, the newest ones (numbers grow with the date a paper was first seen), and where there are more,
older ones with all the words in their title as well. The likeliest are read, and `core.papers.relevance` orders them,
on every database alike.

Papers with all the words come first. Where few have them, the likeliest of those with any word follow.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, time
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import ColumnElement, CompoundSelect, Select, and_, func, literal, or_, select, union_all
from sqlalchemy.engine import Row
from sqlalchemy.ext.asyncio import AsyncConnection

from core.papers.relevance import (
    Candidate,
    Question,
    Relevance,
    is_telling,
    judge,
    rarity,
    read_question,
    telling_terms,
)
from core.papers.search import SearchQuery, Term
from storage import rows
from storage.expressions import MAX_TERMS, parts_of, phrases, usable
from storage.search_sqlite import SqliteIndex
from storage.statements import rows_in
from storage.tables import paper_categories, papers

if TYPE_CHECKING:
    from storage.search_postgresql import PostgresIndex

#: matches of one expression that are ranked
BOUND: Final = 2_000
#: where fewer papers than this have all the words, those with any word follow
ENOUGH: Final = 100
#: different words of a question that one may be missed of
FEWEST_LOOSE: Final = 3
#: different words of a question that papers are scored by, and those that tell most, which the index is asked for
MOST_WANTED: Final = 64
MOST_ASKED: Final = 16
#: papers with all the words that are read and scored, those with all in the title and the newest; and with any word
READ: Final = 150
#: newest papers with all the words that tell how many have them in their titles
SAMPLE: Final = 50
#: rarest words of a long question that are looked for first, and papers with them that are read for the other words
RAREST: Final = 4
CHECKED: Final = 50
READ_WIDELY: Final = 300
#: papers that `since:` leaves over and among which the lowest number is looked for
_MANY: Final = 100_000
NO_SCORE: Final = literal(0.0)


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Matches:
    """The best of what matches."""

    #: paper -> how well; larger is better
    scores: Mapping[int, float]
    #: papers that match, as far as they were counted
    total: int = 0
    bounded: bool = False
    #: papers of `scores` that have only some of the words -> the words that they do not have
    missing: Mapping[int, tuple[str, ...]] = field(default_factory=dict)
    #: papers of `total` that have only some of the words
    partial: int = 0

    def ranking(self) -> list[int]:
        """The papers, those with all the words first, the best first, the newer of equals first."""
        order = sorted(sorted(self.scores, reverse=True), key=self.scores.__getitem__, reverse=True)
        return sorted(order, key=self.missing.__contains__)


async def filter_of(connection: AsyncConnection, query: SearchQuery) -> Filter:
    """What `in:`, `author:`, `from:` and `since:` leave over."""
    since = datetime.combine(query.since, time(), UTC) if query.since else None
    index = index_of(connection)
    await index.prepare(connection, usable(query.terms))
    # the index knows the categories that papers name themselves; feeds and servers are where they were listed
    places = tuple(map(rows.place, query.categories)) if any(":" in one for one in query.categories) else ()
    match = index.filters(replace(query, categories=()) if places else query)
    return Filter(index=index, match=match, places=places, since=since, low=await _lowest(connection, since))


async def tend(connection: AsyncConnection, *, written: int) -> None:
    """Keep the index quick to search after so many papers were written, at a cost that does not grow with it."""
    await index_of(connection).tend(connection, written=written)


def index_of(connection: AsyncConnection) -> SqliteIndex | PostgresIndex:
    """The index of the connection's database."""
    if connection.dialect.name == "sqlite":
        return SqliteIndex()
    from storage.search_postgresql import PostgresIndex  # whoever has SQLite does not wait for the other one

    return PostgresIndex()


async def matches_of(connection: AsyncConnection, terms: Sequence[Term], only: Filter, *, most: int) -> Matches:
    """What has the terms and passes the filter; at least the `most` best of it."""
    if terms:
        return await _with_words(connection, terms, only, most=most)
    if only.match:
        return await _ranked(connection, newest_matches(NO_SCORE, "", only), most=most)
    if only.places:
        return await _ranked(connection, _listed(only), most=most)
    if only.since:
        return await _ranked(connection, _recent(only.since), most=most)
    return Matches(scores={})


async def _with_words(connection: AsyncConnection, terms: Sequence[Term], only: Filter, *, most: int) -> Matches:
    """Papers with all the words, then, where few have them, papers with any of them."""
    index: Any = only.index  # each takes the matches that it made
    every = tuple(dict.fromkeys(terms))
    question = read_question(parts_of(terms), phrases, most=MOST_WANTED)
    words = [index.words((one.term,)) for one in question.targets]
    counts: Sequence[Row[Any]] = ()
    rarities = [1.0] * len(words)
    # of one thing alone it does not matter how rare it is, and beginnings of words take long to count
    if len(words) > 1 and not any(one.term.prefix for one in question.targets):
        counts, rarities = await _weighed(connection, words, only)
    is_loose = len(question.targets) >= FEWEST_LOOSE and all(len(one.words) == 1 and not one.prefix for one in every)
    newest: Sequence[int] = ()
    if len(every) <= MAX_TERMS:
        # FTS5 goes from match to match of the first: the rarer that is, the fewer there are
        rare = {one.term: rarity for one, rarity in zip(question.targets, rarities, strict=True)}
        every = tuple(sorted(every, key=lambda term: -rare.get(term, 0.0)))
        newest = await _with_all(connection, question, rarities, every, only, is_loose=is_loose)
    is_enough = len(newest) >= ENOUGH or (newest and not is_loose)
    if not newest and [one.term for one in question.targets] == list(every[:1]) == list(every):
        return Matches(scores={})
    if not is_enough and not counts:
        counts, rarities = await _weighed(connection, words, only)
    judged = await _judged(connection, question, rarities, newest[: SAMPLE if len(newest) > READ else READ])
    in_title: Sequence[int] = ()
    if len(newest) > READ:
        in_title = await _titled(connection, newest, judged, counts, every, only)
        others = [number for number in dict.fromkeys((*in_title, *newest)) if number not in judged]
        judged |= await _judged(connection, question, rarities, others[: READ - len(judged)])
    older = sum(number < newest[-1] for number in in_title)
    all_words = Matches(
        scores={**dict.fromkeys(newest, 0.0), **{id: one.score for id, one in judged.items()}},
        total=len(newest) + older,
        bounded=len(newest) > BOUND,
    )
    if is_enough:
        return all_words
    return await _with_any_word(connection, question, words, counts, rarities, only, all_words=all_words, most=most)


async def _titled(
    connection: AsyncConnection,
    newest: Sequence[int],
    judged: Mapping[int, Relevance],
    counts: Sequence[Row[Any]],
    every: Sequence[Term],
    only: Filter,
) -> Sequence[int]:
    """The newest papers with all the words in their titles, where the index finds them soon.

    `newest` are papers with all the words, some of which were `judged`; they let expect how many there are.
    """
    index: Any = only.index
    lowest = newest[-1]
    if len(newest) > BOUND:
        density = len(newest) / (newest[0] - newest[-1] + 1)
        in_title = density * sum(one.in_title for one in judged.values()) / len(judged)
        are_words = all(len(one.words) == 1 and not one.prefix for one in every)
        each = (sum(map(_density, counts)) or density) if are_words else None
        lowest = index.titles_from(newest[0], density=density, each=each, in_title=in_title, most=READ)
        if lowest is None:
            return ()
    titled = newest_matches(NO_SCORE, index.title(telling_terms(every)), only).limit(READ)
    return await _numbers(connection, titled.where(index.number >= lowest))


async def _with_all(
    connection: AsyncConnection,
    question: Question,
    rarities: Sequence[float],
    every: Sequence[Term],
    only: Filter,
    *,
    is_loose: bool,
) -> Sequence[int]:
    """The newest papers with all the terms, the rarest of which come first; of a long question, those that tell.

    Each common word takes FTS5 10 ms among 800,000 papers, however few papers have all of them. Where few have the
    rarest ones, these papers are read instead.
    """
    index: Any = only.index
    telling = tuple(filter(is_telling, every))
    if is_loose and RAREST < len(telling) == len(question.targets):
        every = telling
        rarest = await _numbers(connection, newest_matches(NO_SCORE, index.words(every[:RAREST]), only))
        if len(rarest) <= CHECKED:
            judged = await _judged(connection, question, rarities, rarest)
            return [number for number in rarest if number in judged and not judged[number].missing]
    return await _numbers(connection, newest_matches(NO_SCORE, index.words(every), only))


async def _with_any_word(
    connection: AsyncConnection,
    question: Question,
    words: Sequence[Any],
    counts: Sequence[Row[Any]],
    rarities: Sequence[float],
    only: Filter,
    *,
    all_words: Matches,
    most: int,
) -> Matches:
    """What has all the words, then the best of what has any of them.

    The index brings the papers for which the terms that tell most add up to most; those are read, and scored by
    everything that was asked. `words` are the terms as the index takes them, `counts` what it has of each.
    """
    index: Any = only.index
    worths = [one.times * rarity for one, rarity in zip(question.targets, rarities, strict=True)]
    order = sorted(range(len(words)), key=worths.__getitem__, reverse=True)
    telling = [place for place in order if counts[place].total]
    if not telling:
        return all_words
    each = []
    for place in telling[:MOST_ASKED]:
        word, is_common = words[place], counts[place].total > index.counted
        score = index.score(word, worth=rarities[place], is_common=is_common)
        one = newest_matches(score * question.targets[place].times, word, only).limit(index.counted + 1)
        each.append(one.subquery())
    every = union_all(*(select(one) for one in each)).subquery()
    summed = select(every.c.id, func.sum(every.c.score).label("score")).group_by(every.c.id)
    found = await _ranked(connection, summed, most=max(most, READ_WIDELY))
    judged = await _judged(connection, question, rarities, list(found.scores))
    scores = {id: one.score for id, one in judged.items() if id not in all_words.scores and one.score}
    # where papers have all the words, no other one has a better score
    ceiling = min(all_words.scores.values(), default=0.0)
    scale = min(ceiling / max(scores.values(), default=1.0), 1.0) if all_words.scores else 1.0
    return Matches(
        scores={**all_words.scores, **{id: score * scale for id, score in scores.items()}},
        total=max(found.total, all_words.total + len(scores)),
        bounded=any(count.total > index.counted for count in counts),
        missing={id: tuple(" ".join(question.targets[n].term.words) for n in judged[id].missing) for id in scores},
        partial=max(found.total - all_words.total, len(scores)),
    )


async def _judged(
    connection: AsyncConnection, question: Question, rarities: Sequence[float], ids: Sequence[int]
) -> dict[int, Relevance]:
    """How well each of the papers answers."""
    texts = select(papers.c.id, papers.c.title, papers.c.abstract, papers.c.authors)
    read = await rows_in(connection, texts, papers.c.id, ids)

    def judge_all() -> dict[int, Relevance]:
        found = [Candidate(title=row.title, abstract=row.abstract, authors=rows.strings(row.authors)) for row in read]
        return dict(zip((row.id for row in read), judge(question, rarities, found), strict=True))

    # Reading takes a while: meanwhile the event loop serves others.
    return await asyncio.to_thread(judge_all)


async def _numbers(connection: AsyncConnection, matches: Select[tuple[int, float]]) -> Sequence[int]:
    """The numbers of what matches, the newest first."""
    return [row.id for row in await connection.execute(matches)]


def newest_matches(score: ColumnElement[float], match: Any, only: Filter) -> Select[tuple[int, float]]:
    """The newest papers that match what the index is asked and pass the filter, one more than the bound."""
    number = only.index.number
    found = select(number.label("id"), score.label("score")).where(only.index.matches(match, only.match))
    if only.since:
        found = found.join(papers, papers.c.id == number).where(appeared_since(only.since))
    if only.places:
        found = found.where(number.in_(listed_in(only.places)))
    return found.where(number >= only.low).order_by(number.desc()).limit(BOUND + 1)


def listed_in(places: Sequence[str]) -> Select[tuple[int]]:
    """The numbers of papers that are listed in any of the feeds, areas and categories."""
    return select(paper_categories.c.paper_id).where(paper_categories.c.category.in_(places))


def _listed(only: Filter) -> Select[tuple[int, float]]:
    found = select(papers.c.id, NO_SCORE.label("score")).where(papers.c.id.in_(listed_in(only.places)))
    if only.since:
        found = found.where(appeared_since(only.since))
    return found.order_by(papers.c.id.desc()).limit(BOUND + 1)


def appeared_since(since: datetime) -> ColumnElement[bool]:
    """True of papers that were published since then, or announced, where nobody says when they were published."""
    return or_(papers.c.published >= since, _undated_since(since))


def _undated_since(since: datetime) -> ColumnElement[bool]:
    return and_(papers.c.published.is_(None), papers.c.announced >= since.date())


def _recent(since: datetime) -> Select[tuple[int, float]]:
    late = _late(since, BOUND + 1).subquery()
    return select(late.c.id, NO_SCORE.label("score")).order_by(late.c.id.desc()).limit(BOUND + 1)


def _late(since: datetime, most: int) -> CompoundSelect[tuple[int]]:
    """Papers that appeared since then, at most so many of those with a date and of those without, by two indexes."""
    dated = select(papers.c.id).where(papers.c.published >= since).order_by(papers.c.published.desc()).limit(most)
    undated = select(papers.c.id).where(_undated_since(since)).order_by(papers.c.announced.desc()).limit(most)
    return union_all(select(dated.subquery().c.id), select(undated.subquery().c.id))


async def _ranked(connection: AsyncConnection, matches: Select[tuple[int, float]], *, most: int) -> Matches:
    """The best of the matches, and how many there are."""
    found = matches.cte("found").prefix_with("MATERIALIZED")
    of_all = select(func.count()).select_from(found).scalar_subquery().label("total")
    best = select(found.c.id, found.c.score, of_all).order_by(found.c.score.desc(), found.c.id.desc())
    ranked = (await connection.execute(best.limit(most))).all()
    if not ranked:
        return Matches(scores={})
    total = ranked[0].total
    return Matches(scores={row.id: row.score for row in ranked}, total=total, bounded=total > BOUND)


async def _weighed(
    connection: AsyncConnection, words: Sequence[Any], only: Filter
) -> tuple[Sequence[Row[Any]], list[float]]:
    """What the index has of each term, and how rare each is."""
    most: int = only.index.counted
    counts = await _counted(connection, [newest_matches(NO_SCORE, word, only).limit(most + 1) for word in words])
    papers_ever = (await connection.execute(select(func.max(papers.c.id)))).scalar() or 0
    having = [_density(one) * papers_ever if one.total > most else one.total for one in counts]
    return counts, [rarity(one, papers_ever) for one in having]


async def _counted(connection: AsyncConnection, each: Sequence[Select[tuple[int, float]]]) -> Sequence[Row[Any]]:
    """How many papers match each term, as far as they are counted, and the lowest and highest of their numbers."""
    counts = [
        select(
            literal(place).label("place"),
            func.count().label("total"),
            func.min(one.c.id).label("oldest"),
            func.max(one.c.id).label("newest"),
        )
        for place, one in enumerate(select.subquery() for select in each)
    ]
    return (await connection.execute(union_all(*counts).order_by("place"))).all()


def _density(count: Row[Any]) -> float:
    """Which part of the papers has a term, as far as they were counted."""
    return float(count.total / (count.newest - count.oldest + 1)) if count.total else 1.0


async def _lowest(connection: AsyncConnection, since: datetime | None) -> int:
    """The lowest number of a paper that appeared since then: no match below it need be looked at.

    Where many did, 0: that filter leaves so much over that matches are found soon.
    """
    if since is None:
        return 0
    first = _late(since, _MANY + 1).subquery()
    count, lowest = (await connection.execute(select(func.count(), func.min(first.c.id)))).one()
    return lowest or 0 if count <= _MANY else 0
