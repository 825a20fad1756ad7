"""The lines of a listing as they are kept: who announced which paper where and when, and what was read of its signals.

`SqlPapers.add` calls this inside its transaction, when it knows which papers the lines are of. The same line twice is
one line, with the earlier of its days. A line that was read from an archive before it came as news comes anew, with a
new sequence number: only so will a delivery look at it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, Final, NamedTuple

from sqlalchemy import bindparam, delete, select, update
from sqlalchemy.engine import Row
from sqlalchemy.ext.asyncio import AsyncConnection

from core.ingest.listing import Listing
from core.papers.identity.changes import Changes, MergedPaper, StoredPaper
from core.papers.identity.merge import Evidence, key_of
from core.papers.identity.records import Key, Record
from core.text.storable import short
from storage import rows
from storage.engine.statements import add_missing, rows_in
from storage.papers.applying import list_in
from storage.tables import announcements, readings

_ONCE: Final = ("paper_id", "source", "scope", "type", "version", "name")


class Lines(NamedTuple):
    """What to do with the lines of a listing."""

    #: rows to be added
    new: list[rows.Values]
    #: numbers of kept lines that go, for a new one
    replaced_lines: list[int]
    #: numbers of kept lines with the earlier day that each turns out to be of
    earlier: list[rows.Values]


async def lines_of(connection: AsyncConnection, numbers: Collection[int]) -> Sequence[Row[Any]]:
    """The kept lines of papers."""
    return await rows_in(connection, select(announcements), announcements.c.paper_id, numbers)


async def announce(
    connection: AsyncConnection,
    listing: Listing,
    changes: Changes,
    numbers: Mapping[Key, int],
    before: Sequence[Row[Any]],
    *,
    at: datetime,
) -> None:
    """Keep the lines of a listing that announce something, beside those that are kept `before` of the same papers."""
    news = [(line, numbers[key_of(line)]) for line in listing.announcements if line.is_news]
    lines = settle_lines([rows.announcement_values(line, paper_id=number, at=at) for line, number in news], before)
    if lines.replaced_lines:
        going = delete(announcements).where(announcements.c.seq == bindparam("number"))
        await connection.execute(going, [{"number": seq} for seq in lines.replaced_lines])
    if lines.earlier:
        dating = update(announcements).where(announcements.c.seq == bindparam("line")).values(day=bindparam("earlier"))
        await connection.execute(dating, lines.earlier)
    await add_missing(connection, announcements, lines.new)
    await _list_in_scopes(connection, lines.new, changes, numbers)


def settle_lines(new_lines: Iterable[rows.Values], before: Iterable[Row[Any]]) -> Lines:
    """What to do with new lines, given the stored ones of the same papers; pure."""
    stored_lines = {tuple(getattr(row, name) for name in _ONCE): row for row in before}
    lines: dict[tuple[Any, ...], rows.Values] = {}
    for values in new_lines:
        once = tuple(values[name] for name in _ONCE)
        lines[once] = _merge_lines(lines[once], values) if once in lines else values
    repeats = [(values, stored_lines[once]) for once, values in lines.items() if once in stored_lines]
    news = [(values, row) for values, row in repeats if row.history and not values["history"]]
    return Lines(
        new=[values for once, values in lines.items() if once not in stored_lines]
        + [values | {"day": min(values["day"], row.day)} for values, row in news],
        replaced_lines=[row.seq for _, row in news],
        earlier=[
            {"line": row.seq, "earlier": values["day"]}
            for values, row in repeats
            if values["day"] < row.day and (values["history"] or not row.history)
        ],
    )


def _merge_lines(first: rows.Values, second: rows.Values) -> rows.Values:
    return first | {"day": min(first["day"], second["day"]), "history": first["history"] and second["history"]}


async def _list_in_scopes(
    connection: AsyncConnection, lines: Iterable[rows.Values], changes: Changes, numbers: Mapping[Key, int]
) -> None:
    """List the papers in the scopes that they are announced in, where their categories do not do so already."""
    clusters: tuple[MergedPaper | StoredPaper, ...] = (*changes.papers, *changes.same)
    papers = {numbers[cluster.records[0].key]: cluster.paper for cluster in clusters}
    scopes = {(line["paper_id"], line["scope"]) for line in lines}
    unlisted_scopes = [(number, scope) for number, scope in scopes if scope not in papers[number].categories]
    await list_in(connection, [(number, scope, papers[number].announced) for number, scope in unlisted_scopes])


def brought_before(listing: Listing, before: Iterable[Row[Any]], changes: Changes) -> set[int]:
    """The papers that the listing's own source and scope had brought before; the source alone, where it only spoke."""
    scopes = {(line.source, short(line.scope)) for line in listing.announcements if line.is_news}
    spoken = {line.source for line in listing.announcements if not line.is_news}
    stored_clusters = [*changes.same, *(cluster.known for cluster in changes.papers if cluster.known)]
    numbers = {cluster.row for cluster in stored_clusters if spoken.intersection(cluster.paper.sources)}
    return numbers | {row.paper_id for row in before if (row.source, row.scope) in scopes}


async def keep_readings(
    connection: AsyncConnection,
    records: Mapping[Key, Record],
    evidence: Evidence,
    numbers: Mapping[Key, int],
    *,
    at: datetime,
) -> None:
    """Keep the signals of records, where they differ from the stored ones."""
    before = {record.key: record.paper.signals for cluster in evidence.known.values() for record in cluster.records}
    new = [
        {
            "paper_id": numbers[key],
            "source": key[0],
            "name": rows.key_of(key[1]),
            "at": at,
            "signals": rows.signals_text(evidence.now[key].paper.signals),
        }
        for key, record in records.items()
        if record.heard and evidence.now[key].paper.signals != before.get(key)
    ]
    await add_missing(connection, readings, new)
