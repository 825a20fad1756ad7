"""Search as people see it: a page of what matches, by words and by meaning, and why.

`SqlPapers` is the only caller. `matches` says which papers have the words, and how well they answer.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence

from sqlalchemy import select
from sqlalchemy.engine import Row
from sqlalchemy.ext.asyncio import AsyncConnection

from core.papers.events import is_withdrawn
from core.papers.fusion import MOST_FUSED, fuse
from core.papers.identifiers import PaperId
from core.papers.names import find_author
from core.papers.passages import passage
from core.papers.relevance import lacking, telling_terms
from core.papers.search import Found, Hit, SearchQuery, Term
from core.text.patterns import exact
from core.text.terms import search_text
from storage import rows
from storage.engine.statements import rows_in
from storage.search.expressions import MAX_TERMS, asked_authors, usable
from storage.search.filter import filter_of
from storage.search.matches import matches_of
from storage.tables import identifiers, papers


async def find_page(
    connection: AsyncConnection, query: SearchQuery, *, limit: int, offset: int, near: Sequence[PaperId] = ()
) -> Found:
    """The page of papers that match, the best first, the newer of equals first.

    Papers that are `near` in meaning, the nearest first, are a second ranking: the first hits of both are fused.
    """
    terms = usable(query.terms)
    most = max(offset + limit, MOST_FUSED if near else 0)
    matches = await matches_of(connection, terms, await filter_of(connection, query), most=most)
    order, scores, by_meaning = matches.ranking(), matches.scores, frozenset[int]()
    if near:
        by_words = order[:MOST_FUSED]
        scores = fuse(by_words, await _numbers(connection, near))
        order = list(scores)
        by_meaning = frozenset(order).difference(by_words)
    page = order[offset : offset + limit]
    read = {row.id: row for row in await rows_in(connection, select(papers), papers.c.id, page)}

    def hits_of() -> list[Hit]:
        telling = telling_terms(terms)
        return [
            _hit(read[id], scores[id], telling, matches.missing.get(id, ()), is_near=id in by_meaning) for id in page
        ]

    # Passages of long texts take a while: meanwhile the event loop serves others.
    hits = tuple(hit for hit in await asyncio.to_thread(hits_of) if is_by_all(query, hit.authors))
    total = matches.total + len(by_meaning) - len(page) + len(hits)
    partial = matches.partial + len(by_meaning)
    any_word = 0 < partial == matches.total + len(by_meaning)
    return Found(
        query=query,
        total=total,
        hits=hits,
        is_bounded=matches.is_bounded,
        any_word=any_word,
        partial=total if any_word else partial,
        near=len(by_meaning),
    )


def is_by_all(query: SearchQuery, authors: Sequence[str]) -> bool:
    """True where every author that the query asks for can be among them."""
    return all(_is_by(name, authors) for name in asked_authors(query))


def _is_by(name: str, authors: Sequence[str]) -> bool:
    """True where one of them can be meant, or has the words themselves: the index finds `A. Lee` in `Bo A. Lee` too."""
    return bool(find_author((name,), authors)) or any(exact(name).is_in(search_text(author)) for author in authors)


async def _numbers(connection: AsyncConnection, ids: Sequence[PaperId]) -> list[int]:
    """The numbers of the papers that are stored, in this order."""
    keys = list(map(rows.key_of, ids))
    numbers: Mapping[str, int] = {
        row.key: row.paper_id for row in await rows_in(connection, select(identifiers), identifiers.c.key, keys)
    }
    return [numbers[key] for key in keys if key in numbers]


def _hit(row: Row[object], score: float, terms: Sequence[Term], missing: tuple[str, ...], *, is_near: bool) -> Hit:
    authors = rows.strings(row.authors)
    if is_near:
        missing_terms = lacking(terms, (row.title, row.abstract, ", ".join(authors)))
        missing = tuple(" ".join(term.words) for term in missing_terms)
    return Hit(
        id=rows.id_of(row.key),
        title=row.title,
        score=round(score, 6),
        published=row.published.date() if row.published else None,
        snippet=passage(row.abstract or row.title, terms[:MAX_TERMS]),
        url=row.url,
        authors=authors,
        categories=rows.strings(row.categories),
        withdrawn=is_withdrawn(rows.paper_of(row)),
        missing=missing,
        is_near=is_near,
    )
