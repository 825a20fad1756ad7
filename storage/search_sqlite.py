"""What `search` asks SQLite: FTS5's MATCH and its bm25, over the index of migration 0001; and that index's upkeep.

`expressions` writes the MATCH expressions. https://sqlite.org/fts5.html
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from sqlalchemy import ColumnElement, Integer, column, func, insert, literal, literal_column, table
from sqlalchemy.ext.asyncio import AsyncConnection

from core.papers.search import SearchQuery, Term
from storage.expressions import filter_expression, words_expression

#: what a word counts in title, abstract, authors, categories and sources
WEIGHTS: Final = (5.0, 1.0, 2.0, 0.0, 0.0)

_FTS: Final = table("papers_fts", column("rowid", Integer), column("papers_fts"), column("rank", Integer))
#: FTS5 calls the whole row by the table's name
_INDEX: Final[ColumnElement[str]] = literal_column("papers_fts")
#: pages of the index (4 kB) to merge, and more for each paper that was written. A paper makes a fifth of a page, which
#: is written once in each round of 16-to-one merges: that is 0.6 pages at a million papers, and 0.7 at ten millions.
_MERGED: Final = 16
_MERGED_A_PAPER: Final = 0.75


class SqliteIndex:
    """The index that FTS5 keeps; a match is an FTS5 expression."""

    number: Final = _FTS.c.rowid

    async def tend(self, connection: AsyncConnection, *, written: int) -> None:
        """Have it merge as much as that many written papers cost it in the long run, and no more.

        FTS5 keeps what each transaction wrote as a segment of its own; a search has to look into all of them.
        """
        if written:
            pages = _MERGED + round(_MERGED_A_PAPER * written)
            await connection.execute(insert(_FTS).values(papers_fts="merge", rank=pages))

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
