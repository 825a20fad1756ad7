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
    return [_entry(one) for report in reports for one in report.readings]


def show(reports: Sequence[Report]) -> None:
    """The same, a table per entry: field, elements, value."""
    for one in (reading for report in reports for reading in report.readings):
        heading = Text(f"{one.number}  ", style="bold")
        heading.append(str(one.paper.id) if one.paper else one.where)
        if one.reason:
            heading.append(f"  left out: {one.reason}", style="yellow")
        screen.out.print(heading)
        table = Table(box=None, show_header=False, pad_edge=False, padding=(0, 2, 0, 3))
        for name, place, value in _rows(one):
            table.add_row(Text(name, style="dim", no_wrap=True), Text(place, style="cyan"), Text(value))
        screen.out.print(table)


def _rows(one: EntryReading) -> Iterator[tuple[str, str, str]]:
    """The name of a field, the elements that it is from, and what it is."""
    for reading in one.fields:
        note = f" ({reading.note})" if reading.note else ""
        yield reading.field, ", ".join(reading.elements), shorten(_value(one.paper, reading), _LONGEST) + note
    for left in one.left_out:
        yield "left out", left.element, f"{shorten(left.text, _LONGEST)} ({left.reason})"
    if one.unread:
        yield "not read", ", ".join(one.unread), ""


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
        return ", ".join(f"{name} {told}" for name in value.__slots__ if (told := getattr(value, name)) is not None)
    return "" if value is None else str(value)


def _entry(one: EntryReading) -> Json:
    return {
        "entry": one.number,
        "id": str(one.paper.id) if one.paper else None,
        "title": one.paper.title if one.paper else one.where,
        "left_out_because": one.reason or None,
        "fields": [
            {
                "field": reading.field,
                "value": _value(one.paper, reading),
                "elements": list(reading.elements),
                "note": reading.note or None,
            }
            for reading in one.fields
        ],
        "left_out": [{"element": left.element, "text": left.text, "reason": left.reason} for left in one.left_out],
        "not_read": list(one.unread),
    }
