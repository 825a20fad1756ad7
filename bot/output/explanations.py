"""How each entry of a saved file was read, as `paperboy ingest --explain` shows it: for people, and as JSON."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, datetime
from typing import Final

from rich.table import Table
from rich.text import Text

from bot.output import screen
from bot.output.contract import Json
from core.ingest.listing import EntryReading, FieldReading
from core.ingest.state import Report
from core.papers.paper import Paper, Signals
from core.text.readable import shorten

#: characters of a value that a row has room for
_LONGEST: Final = 200


def entries(reports: Sequence[Report]) -> list[Json]:
    """Every entry, what was read of it from where, what was left out, and why."""
    return [_entry(reading) for report in reports for reading in report.readings]


def show(reports: Sequence[Report]) -> None:
    """The same, a table per entry: field, elements, value."""
    for entry in (reading for report in reports for reading in report.readings):
        heading = Text(f"{entry.number}  ", style="bold")
        heading.append(str(entry.paper.id) if entry.paper else entry.where)
        if entry.reason:
            heading.append(f"  left out: {entry.reason}", style="yellow")
        screen.out.print(heading)
        table = Table(box=None, show_header=False, pad_edge=False, padding=(0, 2, 0, 3))
        for name, place, value in _rows(entry):
            table.add_row(Text(name, style="dim", no_wrap=True), Text(place, style="cyan"), Text(value))
        screen.out.print(table)


def _rows(entry: EntryReading) -> Iterator[tuple[str, str, str]]:
    """The name of a field, the elements that it is from, and what it is."""
    for reading in entry.fields:
        note = f" ({reading.note})" if reading.note else ""
        yield reading.field, ", ".join(reading.elements), shorten(_value(entry.paper, reading), _LONGEST) + note
    for part in entry.left_out:
        yield "left out", part.element, f"{shorten(part.text, _LONGEST)} ({part.reason})"
    if entry.unread:
        yield "not read", ", ".join(entry.unread), ""


def _value(paper: Paper | None, reading: FieldReading) -> str:
    value = getattr(paper, reading.field, None) if paper else None
    if reading.field == "identifiers" and paper:
        value = (paper.id, *paper.identifiers)
    return _words(value)


def _words(value: object) -> str:
    if isinstance(value, tuple):
        return "; ".join(map(str, value))
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, Signals):
        return ", ".join(f"{name} {count}" for name in value.__slots__ if (count := getattr(value, name)) is not None)
    return "" if value is None else str(value)


def _entry(entry: EntryReading) -> Json:
    return {
        "entry": entry.number,
        "id": str(entry.paper.id) if entry.paper else None,
        "title": entry.paper.title if entry.paper else entry.where,
        "left_out_because": entry.reason or None,
        "fields": [
            {
                "field": reading.field,
                "value": _value(entry.paper, reading),
                "elements": list(reading.elements),
                "note": reading.note or None,
            }
            for reading in entry.fields
        ],
        "left_out": [{"element": part.element, "text": part.text, "reason": part.reason} for part in entry.left_out],
        "not_read": list(entry.unread),
    }
