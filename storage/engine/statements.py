"""Statements that both databases understand, in the forms that were measured to be fast.

Rows go in by `executemany`, which is four to five times faster than one statement with many VALUES; look-ups of many
keys go out in chunks, because a statement holds a bounded number of variables. A statement that is made once, with
named parameters, costs a third of one that is made for each call: what people wait for is written so.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from functools import cache
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import BindParameter, Column, ColumnElement, Select, Table, bindparam, delete, select, tuple_
from sqlalchemy.dialects import sqlite
from sqlalchemy.engine import Row
from sqlalchemy.ext.asyncio import AsyncConnection

if TYPE_CHECKING:
    from sqlalchemy.dialects import postgresql

#: values of one IN list; SQLite takes at least 32,766 variables, and short lists are compiled once
CHUNK: Final = 500
#: the values that `rows_with` looks for: `select(papers).where(papers.c.id.in_(SOUGHT))`
SOUGHT: Final[BindParameter[Any]] = bindparam("sought", expanding=True)


def insert(connection: AsyncConnection, table: Table) -> sqlite.Insert | postgresql.Insert:
    """An INSERT of the connection's own dialect, which has ON CONFLICT."""
    return insert_of(connection.dialect.name, table)


def insert_of(dialect: str, table: Table) -> sqlite.Insert | postgresql.Insert:
    """An INSERT of the dialect of that name, for statements that are made once."""
    if dialect == "sqlite":
        return sqlite.insert(table)
    from sqlalchemy.dialects import postgresql  # whoever has SQLite does not wait for the other one

    return postgresql.insert(table)


async def add_missing(connection: AsyncConnection, table: Table, rows: Sequence[Mapping[str, Any]]) -> int:
    """Insert the rows that are not there yet by any unique key; how many were new."""
    if not rows:
        return 0
    result = await connection.execute(_adding(connection.dialect.name, table), rows)
    return max(result.rowcount, 0)


@cache
def _adding(dialect: str, table: Table) -> sqlite.Insert | postgresql.Insert:
    # Inline: SQLAlchemy would have a single row return its new key, and count that.
    statement = insert_of(dialect, table).on_conflict_do_nothing().inline()
    return statement.execution_options(preserve_rowcount=True)


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
    columns = tuple(name for name in rows[0] if name not in key and name not in keep)
    await connection.execute(_putting(connection.dialect.name, table, tuple(key), columns), rows)


@cache
def _putting(
    dialect: str, table: Table, key: tuple[str, ...], columns: tuple[str, ...]
) -> sqlite.Insert | postgresql.Insert:
    statement = insert_of(dialect, table)
    values = {name: statement.excluded[name] for name in columns}
    return statement.on_conflict_do_update(index_elements=list(key), set_=values)


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
    return await rows_with(connection, statement.where(column.in_(SOUGHT)), values)


async def rows_with(
    connection: AsyncConnection, statement: Select[Any], values: Collection[Any], **parameters: Any
) -> list[Row[Any]]:
    """The rows of a SELECT that looks for `SOUGHT`, chunk by chunk; `parameters`: what else it asks for."""
    matches: list[Row[Any]] = []
    for chunk in chunks(values):
        matches += (await connection.execute(statement, {SOUGHT.key: chunk, **parameters})).all()
    return matches


async def delete_rows(
    connection: AsyncConnection, table: Table, which: ColumnElement[bool], limit: int | None = None
) -> int:
    """Delete rows, `limit` of them at most; how many there were."""
    if limit is not None:
        key = table.primary_key.columns
        which = tuple_(*key).in_(select(*key).where(which).limit(limit))
    return (await connection.execute(delete(table).where(which))).rowcount


async def keep_newest(
    connection: AsyncConnection, table: Table, which: ColumnElement[bool], newest: Column[Any], most: int
) -> None:
    """Keep the `most` newest of these rows and delete the others; `newest`: the column that tells their age."""
    key = table.primary_key.columns
    newest_keys = select(*key).where(which).order_by(newest.desc(), *(column.desc() for column in key)).limit(most)
    await connection.execute(delete(table).where(which, tuple_(*key).not_in(newest_keys)))


def chunks(values: Collection[Any]) -> Iterator[list[Any]]:
    """The values, as many at a time as one IN list has."""
    every = list(values)
    return (every[start : start + CHUNK] for start in range(0, len(every), CHUNK))
