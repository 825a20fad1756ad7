"""What `search` asks SQLite: FTS5's MATCH and its bm25, over the index of migration 0001.

`expressions` writes the MATCH expressions. https://sqlite.org/fts5.html
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from sqlalchemy import ColumnElement, Integer, column, func, literal, literal_column, table
from sqlalchemy.ext.asyncio import AsyncConnection

from core.searching import SearchQuery, Term
from storage.expressions import filter_expression, words_expression

#: what a word counts in title, abstract, authors, categories and sources
WEIGHTS: Final = (5.0, 1.0, 2.0, 0.0, 0.0)

_FTS: Final = table("papers_fts", column("rowid", Integer))
#: FTS5 calls the whole row by the table's name
_INDEX: Final[ColumnElement[str]] = literal_column("papers_fts")


class SqliteIndex:
    """The index that FTS5 keeps; a match is an FTS5 expression."""

    number: Final = _FTS.c.rowid

    async def prepare(self, connection: AsyncConnection) -> None:
        """Nothing to do: FTS5 is asked in one way only."""

    def words(self, terms: Sequence[Term]) -> str:
        """All of the terms, in titles, abstracts and names of authors."""
        return words_expression(terms)

    def title(self, terms: Sequence[Term]) -> str:
        """All of the terms, in titles."""
        return words_expression(terms, "title")

    def filters(self, query: SearchQuery) -> str:
        """What `in:`, `author:` and `from:` ask for; empty for none of them."""
        return filter_expression(query)

    def matches(self, match: str, only: str) -> ColumnElement[bool]:
        """True of papers that both find, as far as they are not empty."""
        return _INDEX.op("MATCH")(" AND ".join(filter(None, (match, only))))

    def score(self, match: str) -> ColumnElement[float]:
        """How well a paper matches; bm25 knows by itself what it was asked, and is smaller where that is better."""
        return -func.bm25(_INDEX, *WEIGHTS)

    def telling_score(self, match: str, *, worth: float, is_common: bool) -> ColumnElement[float]:
        """The same for one term of several: bm25 is a sum over terms. A common one adds as much to each paper."""
        return literal(worth) if is_common else self.score(match)
