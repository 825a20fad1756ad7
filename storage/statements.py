"""Statements that both databases understand, in the forms that were measured to be fast.

Rows go in by `executemany`, which is four to five times faster than one statement with many VALUES; look-ups of many
keys go out in chunks, because a statement holds a bounded number of variables.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import Column, Select, Table
from sqlalchemy.dialects import sqlite
from sqlalchemy.engine import Row
from sqlalchemy.ext.asyncio import AsyncConnection

if TYPE_CHECKING:
    from sqlalchemy.dialects import postgresql

#: values of one IN list; SQLite takes at least 32,766 variables, and short lists are compiled once
CHUNK: Final = 500


def insert(connection: AsyncConnection, table: Table) -> sqlite.Insert | postgresql.Insert:
    """An INSERT of the connection's own dialect, which has ON CONFLICT."""
    if connection.dialect.name == "sqlite":
        return sqlite.insert(table)
    from sqlalchemy.dialects import postgresql  # whoever has SQLite does not wait for the other one

    return postgresql.insert(table)


async def add_missing(connection: AsyncConnection, table: Table, rows: Sequence[Mapping[str, Any]]) -> int:
    """Insert the rows that are not there yet by any unique key; how many were new."""
    if not rows:
        return 0
    # Inline: SQLAlchemy would have a single row return its new key, and count that.
    statement = insert(connection, table).on_conflict_do_nothing().inline()
    result = await connection.execute(statement, rows, execution_options={"preserve_rowcount": True})
    return max(result.rowcount, 0)


async def put(
    connection: AsyncConnection,
    table: Table,
    rows: Sequence[Mapping[str, Any]],
    *,
    key: Sequence[str],
    keep: Collection[str] = (),
) -> None:
    """Insert the rows, or replace those with the same `key`, all columns but the key's and those to `keep`."""
    if not rows:
        return
    statement = insert(connection, table)
    replaced = {name: statement.excluded[name] for name in rows[0] if name not in key and name not in keep}
    await connection.execute(statement.on_conflict_do_update(index_elements=list(key), set_=replaced), rows)


async def add_up(
    connection: AsyncConnection, table: Table, rows: Sequence[Mapping[str, Any]], *, key: Sequence[str]
) -> None:
    """Insert the rows, or add all columns but the key's to those of the row with the same `key`."""
    if not rows:
        return
    statement = insert(connection, table)
    sums = {name: table.c[name] + statement.excluded[name] for name in rows[0] if name not in key}
    await connection.execute(statement.on_conflict_do_update(index_elements=list(key), set_=sums), rows)


async def rows_in(
    connection: AsyncConnection, statement: Select[Any], column: Column[Any], values: Collection[Any]
) -> list[Row[Any]]:
    """The rows of a SELECT whose column is one of the values, chunk by chunk."""
    found: list[Row[Any]] = []
    for chunk in _chunks(list(values)):
        found += (await connection.execute(statement.where(column.in_(chunk)))).all()
    return found


def _chunks(values: list[Any]) -> Iterator[list[Any]]:
    return (values[start : start + CHUNK] for start in range(0, len(values), CHUNK))
