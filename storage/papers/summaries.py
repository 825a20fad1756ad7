"""Summaries: the `SummaryStore` part of `SqlStore`. Those that come with a listing are put by `SqlPapers`."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Final

from sqlalchemy import bindparam, select

from core.papers.bounds import bounded_summary
from core.papers.identifiers import PaperId
from core.papers.paper import Summary
from core.summarise.ports import SummaryStore
from storage import rows
from storage.engine.database import OnDatabase, uninterrupted
from storage.engine.statements import SOUGHT, rows_with
from storage.papers import summary_rows
from storage.papers.store import put_summaries, rows_of
from storage.tables import identifiers, summaries

_IN_LANGUAGE: Final = (
    select(identifiers.c.key, summaries)
    .join(summaries, summaries.c.paper_id == identifiers.c.paper_id)
    .where(summaries.c.language == bindparam("language"), identifiers.c.key.in_(SOUGHT))
    .order_by(summaries.c.version.desc(), summaries.c.id.desc())
)


class SqlSummaries(OnDatabase, SummaryStore):
    """The summaries in the database."""

    @uninterrupted
    async def summaries(self, ids: Sequence[PaperId], language: str) -> Mapping[PaperId, tuple[Summary, ...]]:
        """All of each paper in that language, the newest version's first, and of those the last saved."""
        keys = {rows.key_of(id): id for id in ids}
        async with self.database.reading() as connection:
            rows_in_language = await rows_with(connection, _IN_LANGUAGE, keys, language=language)
        by_paper: defaultdict[PaperId, list[Summary]] = defaultdict(list)
        for row in rows_in_language:
            by_paper[keys[row.key]].append(summary_rows.summary_of(row, paper=keys[row.key]))
        return {id: tuple(versions) for id, versions in by_paper.items()}

    @uninterrupted
    async def save_summaries(self, summaries: Sequence[Summary]) -> None:
        """Remember summaries, the later one wins. Raises NotFound for a paper that is not stored."""
        async with self.database.writing() as connection:
            numbers = await rows_of(connection, [summary.paper for summary in summaries])
            values = [
                summary_rows.summary_values(summary, paper_id=numbers[summary.paper])
                for summary in map(bounded_summary, summaries)
            ]
            await put_summaries(connection, values)
