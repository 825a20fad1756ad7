"""What a search asks PostgreSQL: text search queries and ts_rank_cd, over the full-text index.

Titles have weight A there, authors B, abstracts C; categories, archives and sources are labels (`in:cs.cl`). All that
was typed is letters and digits alone (`core.text.terms.index_phrases`), so that no query can be anything but words.
https://www.postgresql.org/docs/current/textsearch-controls.html
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import reduce
from typing import Any, Final, NamedTuple, TypeVar

from sqlalchemy import (
    ColumnElement,
    FromClause,
    Integer,
    Select,
    Text,
    cast,
    column,
    false,
    func,
    literal,
    literal_column,
    select,
    table,
    union_all,
)
from sqlalchemy.dialects.postgresql import TSQUERY, TSVECTOR
from sqlalchemy.ext.asyncio import AsyncConnection

from core.papers.search import SearchQuery, Term
from core.text.storable import safe
from core.text.terms import Phrase
from storage.search.expressions import MAX_TERMS, asked_authors, author_phrases, phrases
from storage.tables import papers
from storage.tables.search_index import BLOCK, IN_NAMES, IN_TITLES, block_label

Value = TypeVar("Value")

_FTS: Final = table("papers_fts", column("id", Integer), column("words", TSVECTOR))
_CONFIG: Final[ColumnElement[Any]] = literal_column("'paperboy'::regconfig")
#: what a word counts with weight D, C, B, A
_WEIGHTS: Final[ColumnElement[Any]] = literal_column("'{0, 0.2, 0.4, 1}'::real[]")
#: The planner thinks that a look at a row is cheap, and would rather look at all of them than ask the index; but each
#: look fetches and unpacks words that lie outside of the row. At what it costs now every query would be compiled, too,
#: and other processes would be started for each of them; and a plan that is made once for all words suits none.
_PLANNING: Final = (
    func.set_config("cpu_tuple_cost", "0.5", literal(value=True)),
    func.set_config("jit", "off", literal(value=True)),
    func.set_config("max_parallel_workers_per_gather", "0", literal(value=True)),
    func.set_config("plan_cache_mode", "force_custom_plan", literal(value=True)),
)
_PREPARING: Final = select(*_PLANNING, select(func.max(papers.c.id)).scalar_subquery().label("newest"))
#: The index gives all papers with a word before the first of them can be had. So the newest papers are asked first, as
#: many blocks of them as this (`search_index.BLOCK`), then the next ones, and at last all that are left.
#: Further ones gain nothing: to look for any of 48 labels takes 40 ms.
_WINDOWS: Final = (1, 3, 12)
#: The index does not know which word follows which: each paper with all the words of a phrase is looked into. At most
#: so many papers are, the newest ones: 50 ms among 200,000, 140 ms among a million.
_MOST_CHECKED: Final = 5_000
_NO_WORD: Final = re.compile(r"[\W_]+")


class IndexQuery(NamedTuple):
    """What is looked for: words as `to_tsquery` reads them, and labels as they stand in the index; empty for none."""

    words: str = ""
    labels: str = ""
    #: the words wherever they stand in their texts, which the index answers by itself
    loose_words: str = ""
    #: `IN_TITLES`, `IN_NAMES`, or empty for all texts
    texts: str = ""


class PostgresIndex:
    """The index that triggers keep; a match is an `IndexQuery`."""

    number: Final = _FTS.c.id
    #: papers with one word of several, the newest ones, that are counted and ranked: it unpacks all words of each paper
    most_counted: Final = 500
    #: papers that `since:` leaves over and among which the lowest number is looked for: each is a look at its row
    most_dated: Final = 10_000

    async def tend(self, connection: AsyncConnection, *, paper_count: int) -> None:
        """Nothing: PostgreSQL tends its indexes by itself."""

    def __init__(
        self, *, newest: int = 0, windows: Sequence[int] = _WINDOWS, most_checked: int = _MOST_CHECKED
    ) -> None:
        """Without `prepare` the highest number of a paper is `newest`.

        `windows`: blocks that are asked in turn; `most_checked`: papers that are looked into.
        """
        self._newest = newest
        self._windows = windows
        self._most_checked = most_checked

    async def prepare(self, connection: AsyncConnection, terms: Sequence[Term] = ()) -> None:
        """Have the server's planner ask the index until the transaction ends, and see how many papers there are."""
        self._newest = (await connection.execute(_PREPARING)).one().newest or 0

    def words(self, terms: Sequence[Term]) -> IndexQuery:
        """All of the terms, in titles, abstracts and names of authors."""
        return _query_of([phrases(term) for term in terms])

    def title(self, terms: Sequence[Term]) -> IndexQuery:
        """All of the terms, in titles."""
        return _query_of([phrases(term) for term in terms], "A", IN_TITLES)

    def titles_from(
        self, newest: int, *, density: float, word_density: float | None, in_title: float, most: int
    ) -> int | None:
        """The lowest number of a paper whose title is looked into, as `SqliteIndex` has it: `newest_of` has a bound."""
        return 0

    def filters(self, query: SearchQuery) -> IndexQuery | None:
        """What `in:`, `author:` and `from:` ask for; None for none of them."""
        authors = _query_of([author_phrases(name) for name in asked_authors(query)], "B", IN_NAMES)
        labels = _every((_any_label("in", query.categories), _any_label("from", query.sources)))
        return authors._replace(labels=labels) if authors.words or labels else None

    def newest_of(
        self,
        match: IndexQuery | str,
        only: IndexQuery | None,
        score: ColumnElement[float] | None,
        conditions: Sequence[ColumnElement[bool]],
        *,
        most: int,
    ) -> Select[tuple[int, float, bool]]:
        """The newest `most` papers that both find, as far as they are there, and that meet the conditions."""
        questions = [question for question in (match, only) if isinstance(question, IndexQuery)]
        queries = [_loose_query(question) for question in questions if question.words]
        queries += [cast(literal(question.labels, Text), TSQUERY) for question in questions if question.labels]
        query = _conjunction(queries or [cast(literal("", Text), TSQUERY)])  # the empty one matches nothing
        phrases = _every(question.words for question in questions if "<->" in question.words)
        some = self._most_checked if phrases else most
        newest = self._newest_first(query, conditions, some).cte()
        is_cut = select(func.count()).select_from(newest).scalar_subquery() >= some if phrases else false()
        matches: FromClause = newest
        if phrases:
            is_match = self._of(newest, _FTS.c.words.op("@@")(_query(phrases)))
            matches = select(newest.c.id).where(is_match).limit(most).subquery()
        score = literal(0.0) if score is None else self._of(matches, score)
        return select(matches.c.id, score.label("score"), is_cut.label("is_cut")).order_by(matches.c.id.desc())

    def _of(self, matches: FromClause, value: ColumnElement[Value]) -> ColumnElement[Value]:
        """The value of a paper that matches: of one after the other, whatever the planner thinks of a join."""
        return select(value).where(self.number == matches.c.id).correlate(matches).scalar_subquery()

    def _newest_first(
        self, query: ColumnElement[Any], conditions: Sequence[ColumnElement[bool]], most: int
    ) -> Select[tuple[int]]:
        """The numbers of the newest papers that match and meet the conditions.

        The server carries the parts of a UNION ALL out one after another, and none that a LIMIT makes superfluous.
        """

        def matching(query: ColumnElement[Any]) -> Select[tuple[int]]:
            # The sum keeps the planner from going from one paper to the next, where few match.
            is_match = _FTS.c.words.op("@@")(query)
            return select(self.number.label("id")).where(is_match, *conditions).order_by((self.number + 0).desc())

        parts = []
        last = self._newest // BLOCK
        for size in self._windows:
            if last - size < 0:
                break
            labels = " | ".join(f"'{block_label(block)}'" for block in range(last, last - size, -1))
            parts.append(matching(_conjunction([query, cast(literal(labels, Text), TSQUERY)])))
            last -= size
        parts.append(matching(query).where(self.number < (last + 1) * BLOCK))
        return select(union_all(*(select(part.subquery()) for part in parts)).limit(most).subquery())

    def score(self, match: IndexQuery, *, worth: float, is_common: bool) -> ColumnElement[float]:
        """How well a paper matches one term of several: where its words stand, and how close together (cover density).

        That rank does not know how much the term tells.
        """
        return func.ts_rank_cd(_WEIGHTS, _FTS.c.words, _query(match.words)) * literal(worth)


def _conjunction(queries: Sequence[ColumnElement[Any]]) -> ColumnElement[Any]:
    """What all of the queries find."""
    return reduce(lambda first, second: first.op("&&")(second), queries)


def _query(words: str) -> ColumnElement[Any]:
    return func.to_tsquery(_CONFIG, literal(words, Text))


def _every(queries: Iterable[str]) -> str:
    return " & ".join(f"({query})" for query in queries if query)


def _query_of(terms: Sequence[Sequence[Phrase]], weight: str = "", texts: str = "") -> IndexQuery:
    """All of the terms, of each any of its phrases, in texts of this weight; in all where none is named."""
    return IndexQuery(
        words=_every(_any_phrase(term, weight) for term in terms),
        loose_words=_every(_any_phrase(term, "", " & ") for term in terms),
        texts=texts,
    )


def _loose_query(question: IndexQuery) -> ColumnElement[Any]:
    """The words in the form that the index has, by their labels where only some texts count."""
    words = _query(question.loose_words)
    if not question.texts:
        return words
    # a label has no place that another one could follow, as the parts do that the server makes of some words
    apart = func.regexp_replace(cast(words, Text), literal("<[-0-9]+>"), literal("&"), literal("g"))
    labels = func.regexp_replace(apart, literal("'([^']+)'"), literal(rf"'{question.texts}\1'"), literal("g"))
    return cast(labels, TSQUERY)


def _any_phrase(phrases: Iterable[Phrase], weights: str, between: str = " <-> ") -> str:
    """Words that follow one another, or with another operator between them, in texts of these weights."""
    return " | ".join(
        between.join(
            _flag(word, weights + ("*" if phrase.prefix and place == len(phrase.words) else ""))
            for place, word in enumerate(phrase.words, start=1)
        )
        for phrase in phrases
    )


def _flag(word: str, flags: str) -> str:
    return f"'{safe(word)}'{':' if flags else ''}{flags}"


def _any_label(kind: str, names: Sequence[str]) -> str:
    labels = [safe(name.lower())[:190] for name in names[:MAX_TERMS] if _NO_WORD.sub("", name)]
    return " | ".join("'" + f"{kind}:{name}".replace("\\", "\\\\").replace("'", "''") + "'" for name in labels)
