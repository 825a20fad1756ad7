"""Words that begin as somebody typed, out of the titles and authors of stored papers; for `SqlPapers`.

The index holds stems, which nobody wants to read; so the words are taken from papers: from the latest of all, and where
those have few such words, from the latest that the index finds by the beginning. Both are a bounded number.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from typing import Final

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from core.papers.search import SearchQuery, Term
from storage import rows
from storage.engine.statements import rows_in
from storage.search.expressions import usable
from storage.search.filter import filter_of, newest_matches
from storage.tables import papers

#: papers that are looked through
LATEST: Final = 200
MATCHES: Final = 200
#: words that are enough without asking the index, and letters from which it is asked
_ENOUGH: Final = 8
_FEWEST: Final = 4
_LONGEST: Final = 40


async def words_begun(connection: AsyncConnection, start: str, *, limit: int) -> tuple[str, ...]:
    """Words that begin so, those first that most of the papers have."""
    columns = select(papers.c.title, papers.c.authors)
    latest = (await connection.execute(columns.order_by(papers.c.id.desc()).limit(LATEST))).all()
    words = _completions(start, latest)
    terms = usable((Term(words=(start,), prefix=True),))
    if len(words) < _ENOUGH and len(start) >= _FEWEST and terms:
        only = await filter_of(connection, SearchQuery(typed=start, terms=terms))
        matching = newest_matches(only.index.words(terms), only, most=MATCHES)
        numbers = (await connection.execute(matching)).scalars().all()
        words = _completions(start, [*latest, *await rows_in(connection, columns, papers.c.id, numbers)])
    return tuple(words)[:limit]


def _completions(start: str, read: Iterable[rows.Row]) -> list[str]:
    """The words that begin so, each once however it is written, those first that most papers have."""
    beginning = re.compile(rf"(?<!\w){re.escape(start)}[\w'-]{{0,{_LONGEST}}}", re.IGNORECASE)
    counts: Counter[str] = Counter()
    spellings: dict[str, str] = {}
    for row in read:
        in_title = {word if any(map(str.isupper, word[1:])) else word.lower() for word in beginning.findall(row.title)}
        for word in in_title | set(beginning.findall(" ".join(rows.strings(row.authors)))):
            plain = word.rstrip("'-")
            spellings.setdefault(plain.casefold(), plain)
            counts[plain.casefold()] += 1
    return [spellings[word] for word, _ in counts.most_common() if word != start.casefold()]
