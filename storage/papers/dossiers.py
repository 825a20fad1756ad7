"""Where papers come from and what became of them, and how a wrong merge is undone: a part of `SqlStore`'s papers."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Final

from sqlalchemy import bindparam, select
from sqlalchemy.ext.asyncio import AsyncConnection

from core.errors import UsageError
from core.papers.identifiers import PaperId
from core.papers.identity.changes import StoredPaper
from core.papers.identity.merge import merge
from core.papers.identity.records import by_trust, place, provenance, storable_id
from core.papers.paper import Dossier, Paper
from core.papers.ports import PaperStore
from core.papers.trending import VotedPaper
from storage import rows
from storage.engine.database import OnDatabase, uninterrupted
from storage.engine.statements import add_missing
from storage.papers import dossier_rows
from storage.papers.applying import apply
from storage.papers.loading import load_evidence, stored_paper, stored_papers
from storage.papers.store import LISTINGS, papers_named, rows_of
from storage.tables import apart, events, paper_categories, papers, readings

#: readings that are looked through for the latest votes: those of some weeks
_MOST_READINGS: Final = 20_000
_READINGS: Final = (
    select(readings).where(readings.c.paper_id == bindparam("number")).order_by(readings.c.at, readings.c.id)
)
_EVENTS: Final = (
    select(events, papers.c.key)
    .join(papers, papers.c.id == events.c.paper_id)
    .where(events.c.paper_id == bindparam("number"))
    .order_by(events.c.id)
)


class SqlDossiers(OnDatabase, PaperStore):
    """What is known of papers beyond what they say."""

    @uninterrupted
    async def dossier(self, id: PaperId) -> Dossier | None:
        """Where a paper comes from, and what became of it."""
        async with self.database.reading() as connection:
            merged_paper = await stored_paper(connection, rows.key_of(id), self.traits.trust)
            return await _dossier(connection, merged_paper) if merged_paper else None

    @uninterrupted
    async def voted_papers(self, *, since: datetime, categories: Collection[str] = ()) -> tuple[VotedPaper, ...]:
        """The papers whose votes were told since that moment, as the port says."""
        latest = (
            select(readings.c.paper_id, readings.c.at).order_by(readings.c.id.desc()).limit(_MOST_READINGS).subquery()
        )
        in_categories = select(paper_categories.c.paper_id).where(
            paper_categories.c.category.in_(list(map(rows.place, categories)))
        )
        numbers = select(latest.c.paper_id).where(latest.c.at >= since).distinct()
        numbers = numbers.where(latest.c.paper_id.in_(in_categories)) if categories else numbers
        votes = select(readings).where(readings.c.paper_id.in_(numbers)).order_by(readings.c.at, readings.c.id)
        async with self.database.reading() as connection:
            paper_rows = (await connection.execute(select(papers).where(papers.c.id.in_(numbers)))).all()
            by_paper = defaultdict(list)
            for row in (await connection.execute(votes)).all():
                by_paper[row.paper_id].append(dossier_rows.reading_of(row))
        return tuple(VotedPaper(paper=rows.paper_of(row), readings=tuple(by_paper[row.id])) for row in paper_rows)

    @uninterrupted
    async def split(self, id: PaperId, *, at: datetime) -> tuple[Paper, Paper]:
        """Undo a wrong merge, as the port says: the paper it was taken out of, and the one it is now."""
        async with self.database.writing(in_turn=LISTINGS) as connection:
            number, trust = (await rows_of(connection, (id,)))[id], self.traits.trust
            merged_paper = (await stored_papers(connection, (number,), trust))[number]
            other_ids = _other_ids(merged_paper, id)
            await add_missing(connection, apart, [_pair(storable_id(id), other_id, at) for other_id in other_ids])
            evidence, pairs = await load_evidence(connection, {}, trust=trust, extra=(number,))
            await apply(connection, merge(evidence, pairs, at=at), at=at)
            remainder = await _paper_of(connection, other_ids, number)
            return remainder, (await papers_named(connection, (rows.key_of(id),)))[rows.key_of(id)]


async def _dossier(connection: AsyncConnection, merged_paper: StoredPaper) -> Dossier:
    reading_rows = await connection.execute(_READINGS, {"number": merged_paper.row})
    event_rows = await connection.execute(_EVENTS, {"number": merged_paper.row})
    return Dossier(
        paper=merged_paper.paper,
        records=tuple(record.paper for record in by_trust(merged_paper.records)),
        provenance=provenance(merged_paper.records, id=merged_paper.paper.id),
        readings=tuple(map(dossier_rows.reading_of, reading_rows.all())),
        events=tuple(map(dossier_rows.event_of, event_rows.all())),
    )


def _other_ids(merged_paper: StoredPaper, id: PaperId) -> list[PaperId]:
    """The other records' own identifiers. Raises UsageError where there is no record under `id`, or no other."""
    own_ids = sorted({record.paper.id for record in merged_paper.records}, key=place)
    other_ids = [record_id for record_id in own_ids if record_id != storable_id(id)]
    record_list = ", ".join(f"{record.paper.id} ({record.source})" for record in by_trust(merged_paper.records))
    if len(other_ids) == len(own_ids):
        raise UsageError(
            f"No source told of {merged_paper.paper.id} under {id}, so it cannot be split off.",
            hint=f"The records of this paper are: {record_list}.",
        )
    if not other_ids:
        raise UsageError(f"Nothing was merged with {id}: it is the one identifier of every record ({record_list}).")
    return other_ids


def _pair(id: PaperId, other_id: PaperId, at: datetime) -> rows.Values:
    first, second = sorted((rows.key_of(id), rows.key_of(other_id)))
    return {"one": first, "other": second, "at": at}


async def _paper_of(connection: AsyncConnection, ids: Sequence[PaperId], number: int) -> Paper:
    """The paper that the other records are in: the one that kept its place, where it is theirs."""
    papers_by_key = await papers_named(connection, [rows.key_of(id) for id in ids])
    numbers = await rows_of(connection, ids)
    first = next((id for id in ids if numbers[id] == number), ids[0])
    return papers_by_key[rows.key_of(first)]
