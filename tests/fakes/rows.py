"""Rows of every table of the schema, seeded: what each column can hold, its odd ends among it."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from random import Random
from typing import Any

from sqlalchemy import Boolean, Column, Date, DateTime, Float, Integer, LargeBinary, Table
from sqlmodel.sql.sqltypes import UTCDateTime

ROWS = 3
_TEXTS = (
    "",
    " ",
    "Ann Lee",
    "Größe",
    "模型",
    "a\n\tb",
    "'; DROP TABLE papers; --",
    '["a","b"]',
    "{}",
    "\ufffd",
    "💥",
    "é",
)
_FLOATS = (0.0, -0.0, 0.1, -1.5, 1e300, 5e-324)
#: what runs is read before anything is copied
_OF_SERVICES = {"platforms": "[]", "role": "worker"}
_MOMENTS = (
    datetime(1991, 8, 14, tzinfo=UTC),
    datetime(2026, 2, 4, 23, 59, 59, 999_999, tzinfo=UTC),
    datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC),
)


def rows_of(table: Table, seed: int) -> list[dict[str, Any]]:
    """Some rows, which refer to rows of the same place in other tables."""
    draw = Random(f"{table.name} {seed}")
    return [{column.key: _value(column, number, draw) for column in table.columns} for number in range(1, ROWS + 1)]


def _value(column: Column[Any], number: int, draw: Random) -> Any:
    if column.name in _OF_SERVICES:
        return _OF_SERVICES[column.name]
    if column.nullable and draw.random() < 0.3:
        return None
    type = getattr(column.type, "impl", column.type) if isinstance(column.type, UTCDateTime) else column.type
    if column.foreign_keys or (column.primary_key and isinstance(type, Integer)):
        return number
    if isinstance(type, Boolean):
        return draw.random() < 0.5
    if isinstance(type, Integer):
        return draw.choice((0, 1, -1, 2**31 - 1, -(2**31)))
    if isinstance(type, Float):
        return draw.choice(_FLOATS)
    if isinstance(type, LargeBinary):
        return draw.randbytes(draw.choice((0, 1, 768)))
    if isinstance(type, DateTime):
        return draw.choice(_MOMENTS)
    if isinstance(type, Date):
        return date(2026, 2, 4) + timedelta(days=number)
    return f"{draw.choice(_TEXTS)}{number}"
