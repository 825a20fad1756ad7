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
from core.papers.identity.changes import Changes, MergedPaper, MovedRecord, NewEvent, NewReading
from core.papers.identity.clusters import Clue
from core.papers.identity.lines import LineChanges
from core.papers.identity.records import Key, Record
from core.papers.paper import Paper
from storage import rows
from storage.engine.statements import add_missing, rows_in
from storage.papers import dossier_rows
from storage.papers.absorbing import absorb, move
from storage.papers.loading import clue_text
from storage.tables import (
    announcements,
    clues,
    events,
    identifiers,
    paper_categories,
    papers,
    readings,
    vectors,
)
from storage.tables import records as record_table

#: id of a paper -> its number
Numbers = Mapping[PaperId, int]


async def apply(connection: AsyncConnection, changes: Changes, *, at: datetime) -> Mapping[Key, int]:
    """Store the changes; the number of the paper that each record is in."""
    await _free_keys(connection, changes.rekeyed)
    numbers = await _add_new(connection, changes.papers, at=at)
    await _move_records(connection, changes.moved, numbers)
    for from_id, into in changes.absorbed:
        await absorb(connection, from_id=from_id, into=numbers[into])
    await _update_papers(connection, changes.papers, numbers)
    await _forget(connection, vectors, [numbers[id] for id in changes.reworded])
    stored_ids = {cluster.paper.id for cluster in changes.papers if cluster.known}
    await _keep_names(connection, changes.names, stored_ids, numbers)
    await _keep_records(connection, changes.records, stored_ids, numbers)
    await _keep_clues(connection, changes.clues, stored_ids, numbers)
    await _categorise(connection, changes, numbers)
    await _add_events(connection, changes.events, numbers, at=at)
    by_record = {record.key: cluster.row for cluster in changes.same for record in cluster.records}
    by_record |= {record.key: numbers[cluster.paper.id] for cluster in changes.papers for record in cluster.records}
    await _keep_lines(connection, changes.lines, by_record, at=at)
    await _list_in(connection, [(by_record[entry.record], entry.scope, entry.day) for entry in changes.scopes])
    await _keep_readings(connection, changes.readings, by_record, at=at)
    return by_record


async def _free_keys(connection: AsyncConnection, numbers: Sequence[int]) -> None:
    """Free the keys of papers that will be stored under another one: it may be that of a paper before it."""
    if numbers:
        freeing = update(papers).where(papers.c.id == bindparam("row")).values(key=bindparam("moving"))
        await connection.execute(freeing, [{"row": row, "moving": f"moving:{row}"} for row in numbers])


async def _add_new(connection: AsyncConnection, clusters: Sequence[MergedPaper], *, at: datetime) -> dict[PaperId, int]:
    """Store the papers that are new; the numbers of all."""
    numbers = {cluster.paper.id: cluster.known.row for cluster in clusters if cluster.known}
    new = [cluster for cluster in clusters if not cluster.known]
    values = [
        rows.paper_values(cluster.paper, mark=cluster.mark, first_seen=cluster.first_seen or at) for cluster in new
    ]
    await add_missing(connection, papers, values)
    ids = {rows.key_of(cluster.paper.id): cluster.paper.id for cluster in new}
    new_rows = await rows_in(connection, select(papers.c.id, papers.c.key), papers.c.key, ids)
    return numbers | {ids[row.key]: row.id for row in new_rows}


async def _move_records(connection: AsyncConnection, moves: Sequence[MovedRecord], numbers: Numbers) -> None:
    """Bring what records have brought to the papers that they are in now."""
    values = [
        {
            "from": entry.record[0],
            "own": rows.key_of(entry.record[1]),
            "before": entry.before,
            "now": numbers[entry.into],
        }
        for entry in moves
    ]
    for table in (announcements, readings) if values else ():
        of_record = (table.c.source == bindparam("from"), table.c.name == bindparam("own"))
        moving = update(table).where(table.c.paper_id == bindparam("before"), *of_record)
        await connection.execute(moving.values(paper_id=bindparam("now")), values)
    for entry in moves:
        if entry.takes_events:
            await move(
                connection,
                events,
                entry.before,
                numbers[entry.into],
                events.c.source == entry.record[0],
            )


async def _update_papers(connection: AsyncConnection, clusters: Iterable[MergedPaper], numbers: Numbers) -> None:
    values = [
        rows.paper_values(cluster.paper, mark=cluster.mark, first_seen=cluster.known.first_seen)
        | {"row": numbers[cluster.paper.id]}
        for cluster in clusters
        if cluster.known and cluster.known.paper != cluster.paper
    ]
    if values:
        await connection.execute(update(papers).where(papers.c.id == bindparam("row")), values)


async def _keep_names(
    connection: AsyncConnection,
    names: Mapping[PaperId, Collection[PaperId]],
    stored_ids: Collection[PaperId],
    numbers: Numbers,
) -> None:
    """Have every name lead to its paper, and no longer to the one that it led to before."""
    await _forget(connection, identifiers, {numbers[id] for id in names if id in stored_ids})
    values = [{"key": rows.key_of(name), "paper_id": numbers[id]} for id, all_of in names.items() for name in all_of]
    await add_missing(connection, identifiers, values)


async def _keep_records(
    connection: AsyncConnection,
    records: Mapping[PaperId, Sequence[Record]],
    stored_ids: Collection[PaperId],
    numbers: Numbers,
) -> None:
    await _forget(connection, record_table, [numbers[id] for id in records if id in stored_ids])
    values = [
        dossier_rows.record_values(record, paper_id=numbers[id]) for id, all_of in records.items() for record in all_of
    ]
    await add_missing(connection, record_table, values)


async def _keep_clues(
    connection: AsyncConnection,
    own_clues: Mapping[PaperId, Iterable[Clue]],
    stored_ids: Collection[PaperId],
    numbers: Numbers,
) -> None:
    await _forget(connection, clues, [numbers[id] for id in own_clues if id in stored_ids])
    values = [{"key": clue_text(clue), "paper_id": numbers[id]} for id, all_of in own_clues.items() for clue in all_of]
    await add_missing(connection, clues, values)


async def _forget(connection: AsyncConnection, table: Table, numbers: Collection[int]) -> None:
    if numbers:
        forgetting = delete(table).where(table.c.paper_id == bindparam("gone"))
        await connection.execute(forgetting, [{"gone": number} for number in numbers])


async def _categorise(connection: AsyncConnection, changes: Changes, numbers: Numbers) -> None:
    """List the papers in their categories and in the scopes they were announced in, by their first listing day."""
    relisted_papers = {numbers[entry.paper.id]: entry.paper for entry in changes.relisted}
    listings = [(numbers[entry.paper.id], entry.paper, entry.paper.categories) for entry in changes.listed]
    listings += [(number, paper, paper.categories) for number, paper in relisted_papers.items()]
    listings += await _unlist(connection, relisted_papers)
    await _list_in(
        connection, [(number, name, paper.announced) for number, paper, places in listings for name in places]
    )


async def _list_in(connection: AsyncConnection, listings: Iterable[tuple[int, str, date | None]]) -> None:
    """List papers, by number, in categories or scopes and in their archives, by their first listing day."""
    days = {(number, category): day for number, name, day in listings for category in rows.places((name,))}
    values = [{"paper_id": number, "category": category, "announced": day} for (number, category), day in days.items()]
    await add_missing(connection, paper_categories, values)


async def _unlist(
    connection: AsyncConnection, papers_by_number: Mapping[int, Paper]
) -> list[tuple[int, Paper, tuple[str, ...]]]:
    """Take papers off all lists, and tell the scopes that they were announced in before."""
    await _forget(connection, paper_categories, papers_by_number)
    scopes = select(announcements.c.paper_id, announcements.c.scope).distinct()
    scope_rows = await rows_in(connection, scopes, announcements.c.paper_id, papers_by_number)
    return [(row.paper_id, papers_by_number[row.paper_id], (row.scope,)) for row in scope_rows]


async def _keep_lines(
    connection: AsyncConnection, lines: LineChanges, by_record: Mapping[Key, int], *, at: datetime
) -> None:
    if lines.replaced_numbers:
        going = delete(announcements).where(announcements.c.seq == bindparam("number"))
        await connection.execute(going, [{"number": number} for number in lines.replaced_numbers])
    if lines.earlier_days:
        dating = update(announcements).where(announcements.c.seq == bindparam("line")).values(day=bindparam("earlier"))
        await connection.execute(
            dating, [{"line": number, "earlier": day} for number, day in lines.earlier_days.items()]
        )
    values = [dossier_rows.line_values(line, paper_id=by_record[line.key.record], at=at) for line in lines.new]
    await add_missing(connection, announcements, values)


async def _keep_readings(
    connection: AsyncConnection, new_readings: Iterable[NewReading], by_record: Mapping[Key, int], *, at: datetime
) -> None:
    values = [
        {
            "paper_id": by_record[reading.record],
            "source": reading.record[0],
            "name": rows.key_of(reading.record[1]),
            "at": at,
            "signals": rows.signals_text(reading.signals),
        }
        for reading in new_readings
    ]
    await add_missing(connection, readings, values)


async def _add_events(
    connection: AsyncConnection, new_events: Iterable[NewEvent], numbers: Numbers, *, at: datetime
) -> None:
    values = [
        {
            "paper_id": numbers[event.paper],
            "kind": event.kind.value,
            "detail": event.detail,
            "source": event.source,
            "at": at,
        }
        for event in new_events
    ]
    await add_missing(connection, events, values)
