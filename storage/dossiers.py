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
from core.papers.paper import Dossier, Event, Paper
from core.papers.ports import PaperStore
from core.papers.trending import VotedPaper
from storage import dossier_rows, rows
from storage.applying import apply
from storage.engine import OnDatabase, uninterrupted
from storage.loading import load_evidence, stored_paper, stored_papers
from storage.papers import LISTINGS, papers_named, rows_of
from storage.statements import add_missing
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
            known = await stored_paper(connection, rows.key_of(id))
            return await _dossier(connection, known) if known else None

    @uninterrupted
    async def voted_papers(self, *, since: datetime, categories: Collection[str] = ()) -> tuple[VotedPaper, ...]:
        """The papers whose votes were told since that moment, as the port says."""
        latest = (
            select(readings.c.paper_id, readings.c.at).order_by(readings.c.id.desc()).limit(_MOST_READINGS).subquery()
        )
        listed = select(paper_categories.c.paper_id).where(
            paper_categories.c.category.in_(list(map(rows.place, categories)))
        )
        voted = select(latest.c.paper_id).where(latest.c.at >= since).distinct()
        voted = voted.where(latest.c.paper_id.in_(listed)) if categories else voted
        told = select(readings).where(readings.c.paper_id.in_(voted)).order_by(readings.c.at, readings.c.id)
        async with self.database.reading() as connection:
            found = (await connection.execute(select(papers).where(papers.c.id.in_(voted)))).all()
            by_paper = defaultdict(list)
            for row in (await connection.execute(told)).all():
                by_paper[row.paper_id].append(dossier_rows.reading_of(row))
        return tuple(VotedPaper(paper=rows.paper_of(row), readings=tuple(by_paper[row.id])) for row in found)

    @uninterrupted
    async def split(self, id: PaperId, *, at: datetime) -> tuple[Paper, Paper]:
        """Undo a wrong merge, as the port says: the paper it was taken out of, and the one it is now."""
        async with self.database.writing(in_turn=LISTINGS) as connection:
            number = (await rows_of(connection, (id,)))[id]
            known = (await stored_papers(connection, (number,)))[number]
            others = _others(known, id)
            await add_missing(connection, apart, [_pair(storable_id(id), other, at) for other in others])
            evidence, pairs = await load_evidence(connection, {}, again=(number,))
            await apply(connection, merge(evidence, pairs, at=at), at=at)
            rest = await _others_paper(connection, others, number)
            return rest, (await papers_named(connection, (rows.key_of(id),)))[rows.key_of(id)]

    @uninterrupted
    async def events(self, *, after: int = 0, limit: int = 100) -> tuple[Event, ...]:
        """What happened to papers, in order, from the one after number `after` on."""
        told = select(events, papers.c.key).join(papers, papers.c.id == events.c.paper_id)
        page = told.where(events.c.id > after).order_by(events.c.id).limit(limit)
        async with self.database.reading() as connection:
            return tuple(map(dossier_rows.event_of, (await connection.execute(page)).all()))


async def _dossier(connection: AsyncConnection, known: StoredPaper) -> Dossier:
    told = await connection.execute(_READINGS, {"number": known.row})
    became = await connection.execute(_EVENTS, {"number": known.row})
    return Dossier(
        paper=known.paper,
        records=tuple(record.paper for record in by_trust(known.records)),
        provenance=provenance(known.records, id=known.paper.id),
        readings=tuple(map(dossier_rows.reading_of, told.all())),
        events=tuple(map(dossier_rows.event_of, became.all())),
    )


def _others(known: StoredPaper, id: PaperId) -> list[PaperId]:
    """The other records' own identifiers. Raises UsageError where there is no record under `id`, or no other."""
    own = sorted({record.paper.id for record in known.records}, key=place)
    others = [one for one in own if one != storable_id(id)]
    told = ", ".join(f"{one.paper.id} ({one.source})" for one in by_trust(known.records))
    if len(others) == len(own):
        raise UsageError(
            f"No source told of {known.paper.id} under {id}, so it cannot be split off.",
            hint=f"The records of this paper are: {told}.",
        )
    if not others:
        raise UsageError(f"Nothing was merged with {id}: it is the one identifier of every record ({told}).")
    return others


def _pair(one: PaperId, other: PaperId, at: datetime) -> rows.Values:
    first, second = sorted((rows.key_of(one), rows.key_of(other)))
    return {"one": first, "other": second, "at": at}


async def _others_paper(connection: AsyncConnection, others: Sequence[PaperId], number: int) -> Paper:
    """The paper that the other records are in: the one that kept its place, where it is theirs."""
    found = await papers_named(connection, [rows.key_of(other) for other in others])
    numbers = await rows_of(connection, others)
    first = next((other for other in others if numbers[other] == number), others[0])
    return found[rows.key_of(first)]
