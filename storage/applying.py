"""What `core.papers.identity.merge` decided of a listing, written down table by table.

`SqlPapers` calls this inside its transactions. Papers are named by identifier there and by number here: new ones get
theirs first.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date, datetime

from sqlalchemy import Table, bindparam, delete, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from core.papers.identifiers import PaperId
from core.papers.identity.changes import Changes, MergedPaper, MovedRecord, NewEvent
from core.papers.identity.clusters import Clue
from core.papers.identity.records import Key, Record
from core.papers.paper import Paper
from storage import dossier_rows, rows
from storage.absorbing import absorb, move
from storage.loading import clue_text
from storage.statements import add_missing, rows_in
from storage.tables import (
    accounts,
    announcements,
    clues,
    events,
    identifiers,
    paper_categories,
    papers,
    readings,
    vectors,
)

#: id of a paper -> its number
Numbers = Mapping[PaperId, int]


async def apply(connection: AsyncConnection, changes: Changes, *, at: datetime) -> Mapping[Key, int]:
    """Store the changes; the number of the paper that each record is in."""
    await _free_keys(connection, changes.rekeyed)
    numbers = await _add_new(connection, changes.papers, at=at)
    await _move_records(connection, changes.moved, numbers)
    for gone, into in changes.absorbed:
        await absorb(connection, gone=gone, into=numbers[into])
    await _update_papers(connection, changes.papers, numbers)
    await _forget(connection, vectors, [numbers[id] for id in changes.reworded])
    known = {one.paper.id for one in changes.papers if one.known}
    await _keep_names(connection, changes.names, known, numbers)
    await _keep_records(connection, changes.records, known, numbers)
    await _keep_clues(connection, changes.clues, known, numbers)
    await _categorise(connection, changes, numbers)
    await _add_events(connection, changes.events, numbers, at=at)
    unchanged = {record.key: one.row for one in changes.same for record in one.records}
    return unchanged | {record.key: numbers[one.paper.id] for one in changes.papers for record in one.records}


async def _free_keys(connection: AsyncConnection, numbers: Sequence[int]) -> None:
    """Free the keys of papers that will be stored under another one: it may be that of a paper before it."""
    if numbers:
        freeing = update(papers).where(papers.c.id == bindparam("row")).values(key=bindparam("moving"))
        await connection.execute(freeing, [{"row": row, "moving": f"moving:{row}"} for row in numbers])


async def _add_new(connection: AsyncConnection, merged: Sequence[MergedPaper], *, at: datetime) -> dict[PaperId, int]:
    """Store the papers that are new; the numbers of all."""
    numbers = {one.paper.id: one.known.row for one in merged if one.known}
    new = [one for one in merged if not one.known]
    values = [rows.paper_values(one.paper, mark=one.mark, first_seen=one.first_seen or at) for one in new]
    await add_missing(connection, papers, values)
    ids = {rows.key_of(one.paper.id): one.paper.id for one in new}
    added = await rows_in(connection, select(papers.c.id, papers.c.key), papers.c.key, ids)
    return numbers | {ids[row.key]: row.id for row in added}


async def _move_records(connection: AsyncConnection, moved: Sequence[MovedRecord], numbers: Numbers) -> None:
    """Bring what records have brought to the papers that they are in now."""
    moves = [
        {
            "from": one.record[0],
            "own": rows.key_of(one.record[1]),
            "before": one.before,
            "now": numbers[one.into],
        }
        for one in moved
    ]
    for table in (announcements, readings) if moves else ():
        theirs = (table.c.source == bindparam("from"), table.c.name == bindparam("own"))
        moving = update(table).where(table.c.paper_id == bindparam("before"), *theirs)
        await connection.execute(moving.values(paper_id=bindparam("now")), moves)
    for one in moved:
        if one.takes_events:
            await move(connection, events, one.before, numbers[one.into], events.c.source == one.record[0])


async def _update_papers(connection: AsyncConnection, merged: Iterable[MergedPaper], numbers: Numbers) -> None:
    values = [
        rows.paper_values(one.paper, mark=one.mark, first_seen=one.known.first_seen) | {"row": numbers[one.paper.id]}
        for one in merged
        if one.known and one.known.paper != one.paper
    ]
    if values:
        await connection.execute(update(papers).where(papers.c.id == bindparam("row")), values)


async def _keep_names(
    connection: AsyncConnection,
    names: Mapping[PaperId, Collection[PaperId]],
    known: Collection[PaperId],
    numbers: Numbers,
) -> None:
    """Have every name lead to its paper, and no longer to the one that it led to before."""
    await _forget(connection, identifiers, {numbers[id] for id in names if id in known})
    values = [{"key": rows.key_of(name), "paper_id": numbers[id]} for id, all_of in names.items() for name in all_of]
    await add_missing(connection, identifiers, values)


async def _keep_records(
    connection: AsyncConnection,
    kept: Mapping[PaperId, Sequence[Record]],
    known: Collection[PaperId],
    numbers: Numbers,
) -> None:
    await _forget(connection, accounts, [numbers[id] for id in kept if id in known])
    values = [
        dossier_rows.record_values(record, paper_id=numbers[id]) for id, all_of in kept.items() for record in all_of
    ]
    await add_missing(connection, accounts, values)


async def _keep_clues(
    connection: AsyncConnection, kept: Mapping[PaperId, Iterable[Clue]], known: Collection[PaperId], numbers: Numbers
) -> None:
    await _forget(connection, clues, [numbers[id] for id in kept if id in known])
    values = [{"key": clue_text(clue), "paper_id": numbers[id]} for id, all_of in kept.items() for clue in all_of]
    await add_missing(connection, clues, values)


async def _forget(connection: AsyncConnection, table: Table, numbers: Collection[int]) -> None:
    if numbers:
        forgetting = delete(table).where(table.c.paper_id == bindparam("gone"))
        await connection.execute(forgetting, [{"gone": number} for number in numbers])


async def _categorise(connection: AsyncConnection, changes: Changes, numbers: Numbers) -> None:
    """List the papers in their categories and in the scopes they were announced in, by their first listing day."""
    moved = {numbers[one.paper.id]: one.paper for one in changes.relisted}
    listed = [(numbers[one.paper.id], one.paper, one.paper.categories) for one in changes.listed]
    listed += [(number, paper, paper.categories) for number, paper in moved.items()]
    listed += await _unlisted(connection, moved)
    await list_in(connection, [(number, name, paper.announced) for number, paper, named in listed for name in named])


async def list_in(connection: AsyncConnection, listed: Iterable[tuple[int, str, date | None]]) -> None:
    """List papers, by number, in categories or scopes and in their archives, by their first listing day."""
    told = {(number, category): day for number, name, day in listed for category in rows.places((name,))}
    values = [{"paper_id": number, "category": category, "announced": day} for (number, category), day in told.items()]
    await add_missing(connection, paper_categories, values)


async def _unlisted(
    connection: AsyncConnection, moved: Mapping[int, Paper]
) -> list[tuple[int, Paper, tuple[str, ...]]]:
    """Take papers off all lists, and tell the scopes that they were announced in before."""
    await _forget(connection, paper_categories, moved)
    scopes = select(announcements.c.paper_id, announcements.c.scope).distinct()
    found = await rows_in(connection, scopes, announcements.c.paper_id, moved)
    return [(row.paper_id, moved[row.paper_id], (row.scope,)) for row in found]


async def _add_events(
    connection: AsyncConnection, happened: Iterable[NewEvent], numbers: Numbers, *, at: datetime
) -> None:
    values = [
        {
            "paper_id": numbers[one.paper],
            "kind": one.kind.value,
            "detail": one.detail,
            "source": one.source,
            "at": at,
        }
        for one in happened
    ]
    await add_missing(connection, events, values)
