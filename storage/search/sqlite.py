"""What a search asks SQLite: FTS5's MATCH and its bm25, over the full-text index; and that index's upkeep.

`expressions` writes the MATCH expressions. https://sqlite.org/fts5.html
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Final

from sqlalchemy import ColumnElement, Integer, Select, column, func, insert, literal, literal_column, select, table
from sqlalchemy.ext.asyncio import AsyncConnection

from core.papers.passages import stem
from core.papers.search import SearchQuery, Term
from core.text.terms import Phrase
from storage.search.expressions import NOTHING_INSTEAD, filter_expression, words_expression
from storage.tables import papers

#: what a word counts in title, abstract, authors, categories and sources
_WEIGHTS: Final = (5.0, 1.0, 2.0, 0.0, 0.0)

_FTS: Final = table("papers_fts", column("rowid", Integer), column("papers_fts"), column("rank", Integer))
#: FTS5 calls the whole row by the table's name
_INDEX: Final[ColumnElement[str]] = literal_column("papers_fts")
#: pages of the index (4 kB) to merge, and more for each paper that was written. A paper makes a fifth of a page, which
#: is written once in each round of 16-to-one merges: that is 0.6 pages at a million papers, and 0.7 at ten millions.
_MERGED_PAGES: Final = 16
_MERGED_A_PAPER: Final = 0.75
#: papers with a word, of all words together, that are looked at for titles: 20 ms
_TITLES: Final = 400_000
#: papers among which any beginning of a word is quick to find
_SMALL: Final = 50_000
#: papers whose words are looked through, the latest ones; how many of them have what very many papers have; and words
#: that stand for a beginning, those that most papers have
_SAMPLE: Final = 400
_VERY_MANY: Final = _SAMPLE // 10
_MOST_WORDS: Final = 48
_TEXTS: Final = (("title", papers.c.title), ("abstract", papers.c.abstract), ("author", papers.c.authors))


class SqliteIndex:
    """The index that FTS5 keeps; a match is an FTS5 expression."""

    number: Final = _FTS.c.rowid
    #: papers with one word of several, the newest ones, that are counted and ranked
    most_counted: Final = 2_000
    #: papers that `since:` leaves over and among which the lowest number is looked for
    most_dated: Final = 100_000

    def __init__(self, *, small: int = _SMALL) -> None:
        """`small`: papers among which any beginning of a word is quick to find."""
        self._small = small
        #: beginning of a word that very many papers have -> the words that are looked for instead
        self.instead: Mapping[Term, Sequence[Phrase]] = NOTHING_INSTEAD

    async def tend(self, connection: AsyncConnection, *, paper_count: int) -> None:
        """Have it merge as much as that many written papers cost it in the long run, and no more.

        FTS5 keeps what each transaction wrote as a segment of its own; a search has to look into all of them.
        """
        if paper_count:
            pages = _MERGED_PAGES + round(_MERGED_A_PAPER * paper_count)
            await connection.execute(insert(_FTS).values(papers_fts="merge", rank=pages))

    async def prepare(self, connection: AsyncConnection, terms: Sequence[Term] = ()) -> None:
        """Find words for beginnings of words that very many papers have.

        FTS5 lists every paper with such a word before it gives the first one: `con*` takes 140 ms among 800,000 papers.
        The words that the latest papers have are as good, for no more than the newest matches are ranked.
        """
        starts = [term for term in terms if term.prefix and all(map(str.isascii, term.words))]
        many = (await connection.execute(select(func.max(papers.c.id)))).scalar() or 0 if starts else 0
        if many > self._small:
            texts = [func.coalesce(papers.c[f"{name}_words"], text) for name, text in _TEXTS]
            latest = (await connection.execute(select(*texts).order_by(papers.c.id.desc()).limit(_SAMPLE))).all()
            instead = {term: words_for(term, ["\n".join(row) for row in latest]) for term in starts}
            self.instead = {term: words for term, words in instead.items() if words}

    def words(self, terms: Sequence[Term]) -> str:
        """All of the terms, in titles, abstracts and names of authors."""
        return words_expression(terms, instead=self.instead)

    def title(self, terms: Sequence[Term]) -> str:
        """All of the terms, in titles."""
        return words_expression(terms, "title", instead=self.instead)

    def titles_from(
        self, newest: int, *, density: float, word_density: float | None, in_title: float, most: int
    ) -> int | None:
        """The lowest number of a paper whose title is looked into; None where looking takes too long.

        FTS5 knows no bound of its own: it does not stop before it has found a title. `newest` is the highest number;
        of the papers all terms have `density`, the terms together `word_density` (None where they are phrases or
        beginnings), and all in their titles `in_title`, as far as the newest ones tell; `most` titles are wanted.
        """
        if in_title:
            papers_read = most / in_title
        elif word_density is not None:
            papers_read = newest
        else:
            return None
        return 0 if papers_read * (word_density or density) <= _TITLES else None

    def filters(self, query: SearchQuery) -> str:
        """What `in:`, `author:` and `from:` ask for; empty for none of them."""
        return filter_expression(query)

    def newest_of(
        self,
        match: str,
        only: str,
        score: ColumnElement[float] | None,
        conditions: Sequence[ColumnElement[bool]],
        *,
        most: int,
    ) -> Select[tuple[int, float, bool]]:
        """The newest `most` papers that both find, as far as they are not empty, and that meet the conditions.

        `is_cut`: there may be more, although that many were not found.
        """
        is_match = _INDEX.op("MATCH")(" AND ".join(filter(None, (match, only))))
        columns = (literal(0.0) if score is None else score).label("score"), literal(value=False).label("is_cut")
        statement = select(self.number.label("id"), *columns).where(is_match, *conditions)
        return statement.order_by(self.number.desc()).limit(most)

    def score(self, match: str, *, worth: float, is_common: bool) -> ColumnElement[float]:
        """How well a paper matches one term of several; a common one adds as much to each paper.

        FTS5's bm25 knows by itself what it was asked and how rare that is, and is smaller where a paper matches better.
        """
        return literal(worth) if is_common else -func.bm25(_INDEX, *_WEIGHTS)


def words_for(term: Term, texts: Sequence[str]) -> tuple[Phrase, ...]:
    """The words that a beginning begins in the texts, each stem once; empty where few texts have any."""
    before, start = " ".join(term.words[:-1]).lower(), r"\W+".join(map(re.escape, term.words))
    beginning = re.compile(rf"\b{start}\w*", re.IGNORECASE | re.ASCII)
    counts: Counter[str] = Counter()
    spellings: dict[str, str] = {}
    having = 0
    for text in texts:
        words = {match[0].lower() for match in beginning.finditer(text)}
        stems = {stem(last): last for word in sorted(words, reverse=True) for last in re.split(r"\W+", word)[-1:]}
        spellings |= stems
        counts.update(stems.keys())
        having += bool(stems)
    if having < _VERY_MANY:
        return ()
    words_before = tuple(before.split())
    return tuple(Phrase((*words_before, spellings[key])) for key, _ in counts.most_common(_MOST_WORDS))
