"""Which papers match a search and how well: a ranking whose cost has a bound, over the full-text index.

`page` shows them; `filter` selects what passes the filters, `sqlite` and `postgresql` write what the
databases are asked. The engines are fast and an unbounded query is not: ranking all of 400,000 papers with the word
"model" takes seconds, and FTS5's bm25 alone takes 40 ms for such a word, since it counts all papers that have it. So at
most BOUND matches of an expression are looked at, the newest ones (numbers grow with the date a paper was first seen),
and where there are more, older ones with all the words in their title as well. The likeliest are read, and
`core.papers.relevance` orders them, on every database alike.

Papers with all the words come first. Where few have them, the likeliest of those with any word follow.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple

from sqlalchemy import Select, func, literal, select, union_all
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
from core.papers.search import Term
from storage import rows
from storage.engine.statements import rows_in
from storage.search.expressions import MAX_TERMS, parts_of, phrases
from storage.search.filter import BOUND, Filter, listed_papers, newest_matches, recent_papers
from storage.tables import papers

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
MOST_CHECKED: Final = 50
READ_WIDELY: Final = 300
_NOT_CUT: Final = literal(value=False).label("is_cut")

#: the numbers of papers, their scores, and whether there may be more than these
Matching = Select[tuple[int, float, bool]]


class Newest(NamedTuple):
    """Papers that match, the newest first."""

    numbers: Sequence[int] = ()
    #: there may be more
    is_bounded: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Matches:
    """The best of what matches."""

    #: paper -> how well; larger is better
    scores: Mapping[int, float]
    #: papers that match, as far as they were counted
    total: int = 0
    #: there are more than were counted
    is_bounded: bool = False
    #: papers of `scores` that have only some of the words -> the words that they do not have
    missing: Mapping[int, tuple[str, ...]] = field(default_factory=dict)
    #: papers of `total` that have only some of the words
    partial: int = 0

    def ranking(self) -> list[int]:
        """The papers, those with all the words first, the best first, the newer of equals first."""
        order = sorted(sorted(self.scores, reverse=True), key=self.scores.__getitem__, reverse=True)
        return sorted(order, key=self.missing.__contains__)


async def matches_of(connection: AsyncConnection, terms: Sequence[Term], only: Filter, *, most: int) -> Matches:
    """What has the terms and passes the filter; at least the `most` best of it."""
    if terms:
        return await _with_words(connection, terms, only, most=most)
    if only.match:
        return await _rank(connection, newest_matches("", only), most=most)
    if only.places:
        return await _rank(connection, listed_papers(only), most=most)
    if only.since:
        return await _rank(connection, recent_papers(only.since), most=most)
    return Matches(scores={})


async def _with_words(connection: AsyncConnection, terms: Sequence[Term], only: Filter, *, most: int) -> Matches:
    """Papers with all the words, then, where few have them, papers with any of them."""
    index: Any = only.index  # each takes the matches that it made
    every = tuple(dict.fromkeys(terms))
    question = read_question(parts_of(terms), phrases, most=MOST_WANTED)
    words = [index.words((word.term,)) for word in question.targets]
    counts: Sequence[Row[Any]] = ()
    rarities = [1.0] * len(words)
    # of one thing alone it does not matter how rare it is, and beginnings of words take long to count
    if len(words) > 1 and not any(word.term.prefix for word in question.targets):
        counts, rarities = await _weigh_words(connection, words, only)
    is_loose = len(question.targets) >= FEWEST_LOOSE and all(len(term.words) == 1 and not term.prefix for term in every)
    newest, is_bounded = Newest()
    if len(every) <= MAX_TERMS:
        # FTS5 goes from match to match of the first: the rarer that is, the fewer there are
        rare = {word.term: rarity for word, rarity in zip(question.targets, rarities, strict=True)}
        every = tuple(sorted(every, key=lambda term: -rare.get(term, 0.0)))
        newest, is_bounded = await _with_all(connection, question, rarities, every, only, is_loose=is_loose)
    is_enough = len(newest) >= ENOUGH or (newest and not is_loose)
    if not newest and [word.term for word in question.targets] == list(every[:1]) == list(every):
        return Matches(scores={})
    if not is_enough and not counts:
        counts, rarities = await _weigh_words(connection, words, only)
    relevances = await _judge_papers(connection, question, rarities, newest[: SAMPLE if len(newest) > READ else READ])
    in_title: Sequence[int] = ()
    if len(newest) > READ:
        in_title = await _matches_in_titles(connection, newest, relevances, counts, every, only, is_bounded=is_bounded)
        unread = [number for number in dict.fromkeys((*in_title, *newest)) if number not in relevances]
        relevances |= await _judge_papers(connection, question, rarities, unread[: READ - len(relevances)])
    older = sum(number < newest[-1] for number in in_title)
    all_words = Matches(
        scores={**dict.fromkeys(newest, 0.0), **{id: relevance.score for id, relevance in relevances.items()}},
        total=len(newest) + older,
        is_bounded=is_bounded,
    )
    if is_enough:
        return all_words
    return await _with_any_word(connection, question, words, counts, rarities, only, all_words=all_words, most=most)


async def _matches_in_titles(
    connection: AsyncConnection,
    newest: Sequence[int],
    relevances: Mapping[int, Relevance],
    counts: Sequence[Row[Any]],
    every: Sequence[Term],
    only: Filter,
    *,
    is_bounded: bool,
) -> Sequence[int]:
    """The newest papers with all the words in their titles, where the index finds them soon.

    `newest` are papers with all the words, some of which were `relevances`; they let expect how many there are.
    """
    index: Any = only.index
    lowest = newest[-1]
    if is_bounded:
        density = len(newest) / (newest[0] - newest[-1] + 1)
        in_title = density * sum(relevance.in_title for relevance in relevances.values()) / len(relevances)
        are_words = all(len(term.words) == 1 and not term.prefix for term in every)
        word_density = (sum(map(_density, counts)) or density) if are_words else None
        lowest = index.titles_from(newest[0], density=density, word_density=word_density, in_title=in_title, most=READ)
        if lowest is None:
            return ()
    in_titles = newest_matches(index.title(telling_terms(every)), only, most=READ, low=lowest)
    return (await _newest(connection, in_titles)).numbers


async def _with_all(
    connection: AsyncConnection,
    question: Question,
    rarities: Sequence[float],
    every: Sequence[Term],
    only: Filter,
    *,
    is_loose: bool,
) -> Newest:
    """The newest papers with all the terms, the rarest of which come first; of a long question, those that tell.

    Each common word takes FTS5 10 ms among 800,000 papers, however few papers have all of them. Where few have the
    rarest ones, these papers are read instead.
    """
    index: Any = only.index
    telling = tuple(filter(is_telling, every))
    if is_loose and RAREST < len(telling) == len(question.targets):
        every = telling
        rarest = await _newest(connection, newest_matches(index.words(every[:RAREST]), only))
        if len(rarest.numbers) <= MOST_CHECKED:
            relevances = await _judge_papers(connection, question, rarities, rarest.numbers)
            having = [number for number in rarest.numbers if number in relevances and not relevances[number].missing]
            return rarest._replace(numbers=having)
    return await _newest(connection, newest_matches(index.words(every), only))


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
    worths = [word.times * rarity for word, rarity in zip(question.targets, rarities, strict=True)]
    order = sorted(range(len(words)), key=worths.__getitem__, reverse=True)
    telling = [place for place in order if counts[place].total]
    if not telling:
        return all_words
    queries = []
    for place in telling[:MOST_ASKED]:
        word, is_common = words[place], counts[place].total > index.most_counted
        score = index.score(word, worth=rarities[place], is_common=is_common)
        score *= question.targets[place].times
        queries.append(newest_matches(word, only, most=index.most_counted + 1, score=score).subquery())
    every = union_all(*(select(query) for query in queries)).subquery()
    sums = select(every.c.id, func.sum(every.c.score).label("score"), _NOT_CUT).group_by(every.c.id)
    best = await _rank(connection, sums, most=max(most, READ_WIDELY))
    relevances = await _judge_papers(connection, question, rarities, list(best.scores))
    scores = {
        id: relevance.score for id, relevance in relevances.items() if id not in all_words.scores and relevance.score
    }
    # where papers have all the words, no other one has a better score
    ceiling = min(all_words.scores.values(), default=0.0)
    scale = min(ceiling / max(scores.values(), default=1.0), 1.0) if all_words.scores else 1.0
    return Matches(
        scores={**all_words.scores, **{id: score * scale for id, score in scores.items()}},
        total=max(best.total, all_words.total + len(scores)),
        is_bounded=any(count.total > index.most_counted for count in counts),
        missing={id: tuple(" ".join(question.targets[n].term.words) for n in relevances[id].missing) for id in scores},
        partial=max(best.total - all_words.total, len(scores)),
    )


async def _judge_papers(
    connection: AsyncConnection, question: Question, rarities: Sequence[float], ids: Sequence[int]
) -> dict[int, Relevance]:
    """How well each of the papers answers."""
    texts = select(papers.c.id, papers.c.title, papers.c.abstract, papers.c.authors)
    read = await rows_in(connection, texts, papers.c.id, ids)

    def judge_all() -> dict[int, Relevance]:
        candidates = [
            Candidate(title=row.title, abstract=row.abstract, authors=rows.strings(row.authors)) for row in read
        ]
        return dict(zip((row.id for row in read), judge(question, rarities, candidates), strict=True))

    # Reading takes a while: meanwhile the event loop serves others.
    return await asyncio.to_thread(judge_all)


async def _newest(connection: AsyncConnection, matches: Matching) -> Newest:
    """What matches, the newest first."""
    rows_read = (await connection.execute(matches)).all()
    is_bounded = len(rows_read) > BOUND or any(row.is_cut for row in rows_read)
    return Newest(numbers=[row.id for row in rows_read], is_bounded=is_bounded)


async def _rank(connection: AsyncConnection, matches: Matching, *, most: int) -> Matches:
    """The best of the matches, and how many there are."""
    matching = matches.cte("found").prefix_with("MATERIALIZED")
    of_all = select(func.count()).select_from(matching).scalar_subquery().label("total")
    columns = select(matching.c.id, matching.c.score, matching.c.is_cut, of_all)
    best = columns.order_by(matching.c.score.desc(), matching.c.id.desc())
    best_rows = (await connection.execute(best.limit(most))).all()
    if not best_rows:
        return Matches(scores={})
    total, is_cut = best_rows[0].total, best_rows[0].is_cut
    scores = {row.id: row.score for row in best_rows}
    return Matches(scores=scores, total=total, is_bounded=is_cut or total > BOUND)


async def _weigh_words(
    connection: AsyncConnection, words: Sequence[Any], only: Filter
) -> tuple[Sequence[Row[Any]], list[float]]:
    """What the index has of each term, and how rare each is."""
    most: int = only.index.most_counted
    counts = await _count_matches(connection, [newest_matches(word, only, most=most + 1) for word in words])
    papers_ever = (await connection.execute(select(func.max(papers.c.id)))).scalar() or 0
    having = [_density(count) * papers_ever if count.total > most else count.total for count in counts]
    return counts, [rarity(count, papers_ever) for count in having]


async def _count_matches(connection: AsyncConnection, queries: Sequence[Matching]) -> Sequence[Row[Any]]:
    """How many papers match each term, as far as they are counted, and the lowest and highest of their numbers."""
    counts = [
        select(
            literal(place).label("place"),
            func.count().label("total"),
            func.min(matches.c.id).label("oldest"),
            func.max(matches.c.id).label("newest"),
        )
        for place, matches in enumerate(select.subquery() for select in queries)
    ]
    return (await connection.execute(union_all(*counts).order_by("place"))).all()


def _density(count: Row[Any]) -> float:
    """Which part of the papers has a term, as far as they were counted."""
    return float(count.total / (count.newest - count.oldest + 1)) if count.total else 1.0
