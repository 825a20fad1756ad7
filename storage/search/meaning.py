"""Search by meaning: the stored vectors that are nearest to that of a question, within the question's filters.

`SqlVectors` is the only caller. The databases have no index of vectors: `vector_signs` says which may be nearest, and
these are read and compared.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import Select, select
from sqlalchemy.engine import Row
from sqlalchemy.ext.asyncio import AsyncConnection

from core.papers.identifiers import PaperId
from core.papers.search import SearchQuery
from core.text.storable import short
from storage import rows
from storage.engine.statements import rows_in
from storage.search.expressions import asked_authors
from storage.search.filter import Filter, appeared_since, filter_of, listed_in, newest_matches
from storage.search.page import is_by_all
from storage.tables import paper_categories, papers, vectors

if TYPE_CHECKING:
    from core.papers.embedding import Vectors
    from storage.search.vector_signs import VectorSigns

#: numbers of a vector as they are stored, in numpy's words
STORED_TYPE: Final = "<f2"
#: papers that pass a filter, the newest ones, among which the nearest are looked for
LOOKED_AT: Final = 20_000
#: vectors whose signs the first search reads, the newest ones, and each later one, until all are read
READ_FIRST: Final = 20_000
READ_LATER: Final = 4_000
#: vectors that are compared, for each one that is wanted: of a small model's 50 nearest of 1,460 abstracts, 98 in 100
#: are among the 300 whose signs differ least, and searches find what they find by comparing all
_LIKELY: Final = 3


async def nearest(
    connection: AsyncConnection,
    query: SearchQuery,
    vector: Vectors,
    model: str,
    signs: VectorSigns,
    *,
    limit: int,
    first: int = READ_FIRST,
    later: int = READ_LATER,
) -> tuple[tuple[PaperId, float], ...]:
    """The papers nearest to a vector and how near, the nearest first, of those that pass the query's filters.

    `signs` are those of the model's vectors, as far as they were read; this reads `first` of them, or `later` more.
    """
    import numpy as np  # whoever embeds nothing does not wait for it

    await _read_more(connection, model, signs, first=first, later=later)
    only = await filter_of(connection, query)
    among = await _passing(connection, only)
    likely = await asyncio.to_thread(signs.likely, vector, low=only.low, among=among, most=_LIKELY * limit)
    of_model = select(vectors.c.paper_id, vectors.c.vector).where(vectors.c.model == short(model))
    if only.since:
        of_model = of_model.join(papers, papers.c.id == vectors.c.paper_id).where(appeared_since(only.since))
    read = await rows_in(connection, of_model, vectors.c.paper_id, likely.tolist())
    read = [row for row in read if len(row.vector) == 2 * signs.size]
    matrix = np.frombuffer(b"".join(row.vector for row in read), dtype=STORED_TYPE).reshape(len(read), signs.size)
    scores = (matrix.astype(np.float32) @ vector).tolist()
    near = dict(zip((row.paper_id for row in read), scores, strict=True))
    best = sorted(near, key=lambda number: (near[number], number), reverse=True)[:limit]
    texts = select(papers.c.id, papers.c.key, *([papers.c.authors] if asked_authors(query) else []))
    texts_of = {row.id: row for row in await rows_in(connection, texts, papers.c.id, best)}
    return tuple(
        (rows.id_of(texts_of[number].key), near[number])
        for number in best
        if number in texts_of and (not asked_authors(query) or is_by_all(query, rows.strings(texts_of[number].authors)))
    )


async def _read_more(connection: AsyncConnection, model: str, signs: VectorSigns, *, first: int, later: int) -> None:
    """Read the signs of vectors of papers that came since, and of some older ones."""
    statement = select(vectors.c.paper_id, vectors.c.vector).where(vectors.c.model == short(model))
    number, before = vectors.c.paper_id, (signs.oldest, signs.newest)
    newer = older = list[Row[Any]]()
    if signs.newest:
        since = statement.where(number > signs.newest).order_by(number).limit(first)
        newer = list(await connection.execute(since))
    if signs.oldest:
        most = later if signs.newest else first
        older = list(
            await connection.execute(statement.where(number < signs.oldest).order_by(number.desc()).limit(most))
        )
    if before != (signs.oldest, signs.newest):
        return  # another search was quicker
    for some in (newer, older):
        usable_rows = [row for row in some if len(row.vector) == 2 * signs.size]
        signs.add([row.paper_id for row in usable_rows], b"".join(row.vector for row in usable_rows))
    signs.newest = max([signs.newest, *(row.paper_id for some in (newer, older) for row in some)])
    signs.oldest = older[-1].paper_id if older else 0


async def _passing(connection: AsyncConnection, only: Filter) -> list[Sequence[int]]:
    """The newest papers that pass what the index knows of the filter, and those that are listed in its places."""
    filters: list[Select[Any]] = []
    if only.match:
        filters.append(newest_matches("", replace(only, since=None, places=()), most=LOOKED_AT))
    if only.places:
        filters.append(listed_in(only.places).order_by(paper_categories.c.paper_id.desc()).limit(LOOKED_AT))
    return [(await connection.execute(some)).scalars().all() for some in filters]
