"""The rows that a dossier is made of, to values and back: records, lines of listings, readings and events.

The modules of this folder call these, as they call `rows`. Nothing here touches a database.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Final

from pydantic import TypeAdapter

from core.papers.identity.lines import Line, LineKey
from core.papers.identity.records import Record
from core.papers.paper import AnnounceType, Event, EventKind, Reading
from storage import rows

_RECORD: Final = TypeAdapter(Record)


def record_values(record: Record, *, paper_id: int) -> rows.Values:
    """A record as a row of `records`."""
    return {
        "source": record.source,
        "name": rows.key_of(record.paper.id),
        "paper_id": paper_id,
        "value": _RECORD.dump_json(record, exclude_defaults=True, exclude={"trust"}).decode(),
    }


def record_of(row: rows.Row, trust: Mapping[str, int]) -> Record:
    """A row of `records` as a value; `trust` says how far each source is believed."""
    return replace(_RECORD.validate_json(row.value), trust=trust.get(row.source, 0))


def reading_of(row: rows.Row) -> Reading:
    """A row of `readings` as a value."""
    return Reading(source=row.source, at=row.at, signals=rows.signals_of(row.signals))


def event_of(row: rows.Row) -> Event:
    """A row of `events`, joined with its paper's key, as a value."""
    return Event(
        number=row.id,
        paper=rows.id_of(row.key),
        kind=EventKind(row.kind),
        detail=row.detail,
        source=row.source,
        at=row.at,
    )


def line_values(line: Line, *, paper_id: int, at: datetime) -> rows.Values:
    """A line of a listing as a row of `announcements`."""
    source, id = line.key.record
    return {
        "paper_id": paper_id,
        "source": source,
        "scope": line.key.scope,
        "type": line.key.type.value,
        "version": line.key.version,
        "name": str(id),
        "day": line.day,
        "history": line.is_history,
        "seen_at": at,
    }


def line_of(row: rows.Row) -> Line:
    """A row of `announcements` as a value."""
    key = LineKey((row.source, rows.id_of(row.name)), row.scope, AnnounceType(row.type), row.version)
    return Line(key, row.day, row.history)
