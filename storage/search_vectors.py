"""Search by meaning: the stored vectors that are nearest to that of a question, within the question's filters.

`SqlVectors` is the only caller. The databases have no index of vectors: the newest ones are compared one by one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from core.papers.identifiers import PaperId
from core.papers.search import SearchQuery
from core.text.storable import short
from storage import rows
from storage.search import is_by_all
from storage.search_matches import NO_SCORE, filter_of, listed_in, newest_matches
from storage.statements import rows_in
from storage.tables import papers, vectors

if TYPE_CHECKING:
    from core.papers.embedding import Vectors

#: numbers of a vector as they are stored, in numpy's words
STORED: Final = "<f2"
#: papers that are compared, the newest ones that pass the filters: as many as the service embeds
LOOKED_AT: Final = 20_000
#: vectors in memory at a time
_AT_ONCE: Final = 2_000


async def nearest(
    connection: AsyncConnection, query: SearchQuery, vector: Vectors, model: str, *, limit: int
) -> tuple[tuple[PaperId, float], ...]:
    """The papers nearest to a vector and how near, the nearest first, of the newest ones that pass the query's filters.

    At most LOOKED_AT papers are looked at, some at a time: nothing grows with the store.
    """
    import numpy as np  # whoever embeds nothing does not wait for it

    only = await filter_of(connection, query)
    found = select(vectors.c.paper_id, vectors.c.vector).where(vectors.c.model == short(model))
    if only.match:
        newest = newest_matches(NO_SCORE, "", only).limit(LOOKED_AT).subquery()
        found = found.where(vectors.c.paper_id.in_(select(newest.c.id)))
    elif only.places:
        found = found.where(vectors.c.paper_id.in_(listed_in(only.places)))
    if only.since:
        found = found.join(papers, papers.c.id == vectors.c.paper_id).where(papers.c.published >= only.since)
    found = found.where(vectors.c.paper_id >= only.low).order_by(vectors.c.paper_id.desc()).limit(LOOKED_AT)
    near: dict[int, float] = {}
    size = 2 * len(vector)
    async with connection.stream(found) as stream:
        async for some in stream.partitions(_AT_ONCE):
            told = [row for row in some if len(row.vector) == size]
            if told:
                stored = np.frombuffer(b"".join(row.vector for row in told), dtype=STORED)
                scores = stored.reshape(len(told), -1).astype(np.float32) @ vector
                near |= zip((row.paper_id for row in told), scores.tolist(), strict=True)
    best = sorted(near, key=lambda number: (near[number], number), reverse=True)[:limit]
    texts = select(papers.c.id, papers.c.key, papers.c.authors)
    named = {row.id: row for row in await rows_in(connection, texts, papers.c.id, best)}
    return tuple(
        (rows.id_of(named[number].key), near[number])
        for number in best
        if number in named and is_by_all(query, rows.strings(named[number].authors))
    )
