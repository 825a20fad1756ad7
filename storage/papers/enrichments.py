"""Which papers an enricher should be asked about next: a part of the `PaperStore` of `SqlStore`.

Only the papers that were announced last are ever looked through, however many are stored: an index of citations has
most to add to what was posted lately, and nobody waits for a citation count of a paper that was read in for the record.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from sqlalchemy import Select, exists, select

from core.papers.identifiers import PaperId
from core.papers.paper import Paper
from core.papers.ports import PaperStore
from storage import rows
from storage.engine.database import OnDatabase, uninterrupted
from storage.engine.statements import put
from storage.papers.store import rows_held
from storage.tables import enrichments, papers

#: so many of the latest papers may be asked about: a month of the busiest installation, all of a small one. A number,
#: not a span of days, because one journal that dates its issues into next year would move any span away from the rest.
LATEST: Final = 20_000


class SqlEnrichments(OnDatabase, PaperStore):
    """When enrichers were asked, in the database."""

    @uninterrupted
    async def papers_to_enrich(self, source: str, *, before: datetime, limit: int) -> tuple[Paper, ...]:
        """The latest papers that the enricher was not asked about since `before`, the latest first."""
        async with self.database.reading() as connection:
            paper_rows = (await connection.execute(_due(source, before, limit))).all()
        return tuple(map(rows.paper_of, paper_rows))

    @uninterrupted
    async def mark_enriched(self, source: str, ids: Sequence[PaperId], *, at: datetime) -> None:
        """Note that the enricher was asked, by any identifiers; those of no stored paper are left out."""
        async with self.database.writing() as connection:
            numbers = await rows_held(connection, {rows.key_of(id) for id in ids})
            marks = [{"source": source, "paper_id": number, "at": at} for number in sorted({*numbers.values()})]
            await put(connection, enrichments, marks, key=("source", "paper_id"))


def _due(source: str, before: datetime, limit: int) -> Select[tuple[object, ...]]:
    order = (papers.c.announced.desc(), papers.c.id.desc())
    latest = select(papers.c.id, papers.c.announced).order_by(*order).limit(LATEST).subquery("found")
    was_asked = exists().where(
        enrichments.c.source == source, enrichments.c.paper_id == latest.c.id, enrichments.c.at >= before
    )
    numbers = select(latest.c.id).where(~was_asked).order_by(latest.c.announced.desc(), latest.c.id.desc()).limit(limit)
    return select(papers).where(papers.c.id.in_(numbers)).order_by(*order)
