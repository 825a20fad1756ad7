"""What a search asks PostgreSQL: text search queries and ts_rank_cd, over the full-text index.

Titles have weight A there, authors B, abstracts C; categories, archives and sources are labels (`in:cs.cl`). All that
was typed is letters and digits alone (`core.text.terms.index_phrases`), so that no query can be anything but words.
https://www.postgresql.org/docs/current/textsearch-controls.html
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Any, Final, NamedTuple

from sqlalchemy import ColumnElement, Integer, Text, cast, column, false, func, literal, literal_column, select, table
from sqlalchemy.dialects.postgresql import TSQUERY, TSVECTOR
from sqlalchemy.ext.asyncio import AsyncConnection

from core.papers.search import SearchQuery, Term
from core.text.storable import safe
from core.text.terms import Phrase
from storage.search.expressions import MAX_TERMS, asked_authors, author_phrases, phrases

_FTS: Final = table("papers_fts", column("id", Integer), column("words", TSVECTOR))
_CONFIG: Final[ColumnElement[Any]] = literal_column("'paperboy'::regconfig")
#: what a word counts with weight D, C, B, A
_WEIGHTS: Final[ColumnElement[Any]] = literal_column("'{0, 0.2, 0.4, 1}'::real[]")
#: The planner thinks that a look at a row is cheap, and would rather look at all of them than ask the index; but each
#: look fetches and unpacks words that lie outside of the row. At what it costs now every query would be compiled, too.
#: Of 20,000 papers that no ANALYZE had seen, those with any of five words took 590 ms before and 220 ms since. A word
#: that every fifth of 200,000 papers has is no faster. And other processes would be started for each of them.
_PLANNING: Final = select(
    func.set_config("cpu_tuple_cost", "0.5", literal(value=True)),
    func.set_config("jit", "off", literal(value=True)),
    func.set_config("max_parallel_workers_per_gather", "0", literal(value=True)),
)
#: papers with all the terms that are looked into for titles: 30 ms
_TITLES: Final = 4_000
_NO_WORD: Final = re.compile(r"[\W_]+")


class IndexQuery(NamedTuple):
    """What is looked for: words as `to_tsquery` reads them, and labels as they stand in the index; empty for none."""

    words: str = ""
    labels: str = ""


class PostgresIndex:
    """The index that triggers keep; a match is an `IndexQuery`."""

    number: Final = _FTS.c.id
    #: papers with one word of several, the newest ones, that are counted and ranked: it unpacks all words of each paper
    most_counted: Final = 500

    async def tend(self, connection: AsyncConnection, *, paper_count: int) -> None:
        """Nothing: PostgreSQL tends its indexes by itself."""

    async def prepare(self, connection: AsyncConnection, terms: Sequence[Term] = ()) -> None:
        """Have the server's planner ask the index, until the transaction ends."""
        await connection.execute(_PLANNING)

    def words(self, terms: Sequence[Term]) -> IndexQuery:
        """All of the terms, in titles, abstracts and names of authors."""
        return IndexQuery(words=_every(_term(term) for term in terms))

    def title(self, terms: Sequence[Term]) -> IndexQuery:
        """All of the terms, in titles."""
        return IndexQuery(words=_every(_term(term, "A") for term in terms))

    def titles_from(
        self, newest: int, *, density: float, word_density: float | None, in_title: float, most: int
    ) -> int | None:
        """The lowest number of a paper whose title is looked into, as `SqliteIndex` has it.

        The index knows no weights: each paper with all terms, of which there is `density`, is looked into.
        """
        return max(newest - round(_TITLES / density), 0)

    def filters(self, query: SearchQuery) -> IndexQuery | None:
        """What `in:`, `author:` and `from:` ask for; None for none of them."""
        authors = _every(_any_phrase(author_phrases(name), "B") for name in asked_authors(query))
        labels = (_any_label("in", query.categories), _any_label("from", query.sources))
        words_and_labels = IndexQuery(words=authors, labels=_every(labels))
        return words_and_labels if any(words_and_labels) else None

    def matches(self, match: IndexQuery | str, only: IndexQuery | None) -> ColumnElement[bool]:
        """True of papers that both find, as far as they are there."""
        questions = [question for question in (match, only) if isinstance(question, IndexQuery)]
        words, labels = (
            _every(question.words for question in questions),
            _every(question.labels for question in questions),
        )
        queries = [*([_query(words)] if words else []), *([cast(literal(labels, Text), TSQUERY)] if labels else [])]
        if not queries:
            return false()
        query = queries[0] if len(queries) == 1 else queries[0].op("&&")(queries[1])
        return _FTS.c.words.op("@@")(query)

    def score(self, match: IndexQuery, *, worth: float, is_common: bool) -> ColumnElement[float]:
        """How well a paper matches one term of several: where its words stand, and how close together (cover density).

        That rank does not know how much the term tells.
        """
        return func.ts_rank_cd(_WEIGHTS, _FTS.c.words, _query(match.words)) * literal(worth)


def _query(words: str) -> ColumnElement[Any]:
    return func.to_tsquery(_CONFIG, literal(words, Text))


def _every(queries: Iterable[str]) -> str:
    return " & ".join(f"({query})" for query in queries if query)


def _term(term: Term, weights: str = "") -> str:
    """A word, a phrase, or the beginning of a word, which its completions stand beside."""
    return _any_phrase(phrases(term), weights)


def _any_phrase(phrases: Iterable[Phrase], weights: str) -> str:
    """Words that follow one another, in texts of these weights; any where none is named."""
    return " | ".join(
        " <-> ".join(
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
