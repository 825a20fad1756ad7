"""Every row of one database into another one, in one transaction, read back and compared before it counts.

A move from SQLite to PostgreSQL, a backup of PostgreSQL into a file, and a backup that is restored into PostgreSQL are
all this work. Both databases are at our revision. Whoever calls opens both transactions; what fails or is cut off
leaves the target as it was.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Column, Table, delete, func, insert, select, text
from sqlalchemy.engine import Row
from sqlalchemy.exc import DBAPIError, IntegrityError, OperationalError
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlmodel import SQLModel

from core.errors import StoreBroken
from core.ingest.refresh import Progress
from storage import tables
from storage.operation.contents import Contents, ContentSum
from storage.tables import search_index

#: rows that are read and written at once, and of tables whose rows hold whole documents
_PAGE: Final = 1_000
_FEW: Final = 50
_DOCUMENTS: Final = (tables.full_texts,)
#: what no database can hold, and what stands for it
_NUL: Final = "\0"
_UNKNOWN: Final = "\ufffd"

#: first characters of the SQLSTATEs of what a column or an index cannot hold
_MISFITS: Final = frozenset({"22", "23", "54"})

#: is given how far it has come
Tell = Callable[[Progress], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Transfer:
    """What was copied."""

    contents: Contents
    #: texts that held a NUL, which stands as U+FFFD in the copy
    mended_texts: int

    @property
    def rows(self) -> int:
        """The rows of all tables."""
        return sum(content.rows for content in self.contents.values())


def all_tables() -> Sequence[Table]:
    """The tables of our schema, each after those that it refers to."""
    return SQLModel.metadata.sorted_tables


async def is_empty(connection: AsyncConnection) -> bool:
    """True of a database of our schema in which nothing was ever stored; each has an identity from the start."""
    for table in all_tables():
        if table is not tables.identity and (await connection.execute(select(table).limit(1))).first():
            return False
    return True


async def take(connection: AsyncConnection) -> None:
    """Have all tables until the transaction ends: nobody else reads or writes one (SQLite's writer is the only one)."""
    if connection.dialect.name == "postgresql":
        await connection.execute(text(f"LOCK TABLE {_names()} IN ACCESS EXCLUSIVE MODE"))


async def transfer(source: AsyncConnection, target: AsyncConnection, *, tell: Tell) -> Transfer:
    """Put all rows of `source` in the place of all rows of `target`, and compare what it has then.

    Raises StoreBroken where a row cannot be copied, or the copy is another one.
    """
    meter = _Meter(tell, total=2 * await _count(source))
    await _clear(target)
    await target.run_sync(search_index.put_off)
    contents, mended_texts = {}, 0
    for table in all_tables():
        sums = ContentSum()
        async with aclosing(read_rows(source, table)) as pages:
            async for page in pages:
                meter.advance(len(page), f"copying {table.name}")
                values, changes = _storable(page)
                mended_texts += changes
                sums.add(values)
                await _write(target, table, values)
        contents[table.name] = sums.content()
    await _set_counters(source, target)
    await target.run_sync(search_index.catch_up)
    for table in all_tables():
        sums = ContentSum()
        async with aclosing(read_rows(target, table)) as pages:
            async for page in pages:
                meter.advance(len(page), f"comparing {table.name}")
                sums.add(page)
        if sums.content() != contents[table.name]:
            raise StoreBroken(
                f"The copy of the table {table.name} is not what was copied.",
                hint="Nothing was changed. Check the disks, then try again; if it stays so, report it.",
            )
    return Transfer(contents=contents, mended_texts=mended_texts)


async def read_rows(connection: AsyncConnection, table: Table) -> AsyncGenerator[Sequence[Row[Any]]]:
    """All rows of a table, some at a time. Raises StoreBroken where one holds what its column cannot."""
    size = _FEW if table in _DOCUMENTS else _PAGE
    try:
        result = await connection.stream(select(table).execution_options(yield_per=size))
        try:
            async for page in result.partitions():
                yield page
        finally:
            await result.close()
    except (ValueError, TypeError) as error:
        raise _unreadable(table) from error
    except OperationalError as error:
        if "decode" in str(error.orig):
            raise _unreadable(table) from error
        raise


def _unreadable(table: Table) -> StoreBroken:
    return StoreBroken(
        f"The table {table.name} holds a value that cannot be read.",
        hint="Put a backup in the database's place with `paperboy db restore FILE`, then try again.",
    )


def _storable(page: Sequence[Row[Any]]) -> tuple[list[tuple[Any, ...]], int]:
    """The rows as any database can hold them, and how many texts were changed."""
    values: list[tuple[Any, ...]] = []
    changes = 0
    for row in page:
        flaws = sum(isinstance(value, str) and _NUL in value for value in row)
        changes += flaws
        values.append(
            tuple(value.replace(_NUL, _UNKNOWN) if isinstance(value, str) else value for value in row)
            if flaws
            else tuple(row)
        )
    return values, changes


async def _write(connection: AsyncConnection, table: Table, values: Sequence[tuple[Any, ...]]) -> None:
    names = table.columns.keys()
    try:
        await connection.execute(insert(table), [dict(zip(names, row, strict=True)) for row in values])
    except DBAPIError as error:
        state = getattr(error.orig, "sqlstate", None) or ""
        if state[:2] not in _MISFITS and not isinstance(error, IntegrityError):
            raise
        raise StoreBroken(
            f"A row of the table {table.name} does not fit into the other database.",
            hint="Nothing was changed there. Report it, with what `paperboy --debug` shows.",
        ) from error


async def _count(connection: AsyncConnection) -> int:
    counts = [select(func.count()).select_from(table).scalar_subquery() for table in all_tables()]
    return sum((await connection.execute(select(*counts))).one())


async def _clear(connection: AsyncConnection) -> None:
    if connection.dialect.name == "sqlite":
        for table in reversed(all_tables()):
            await connection.execute(delete(table))
    else:
        await connection.execute(text(f"TRUNCATE {_names()}, papers_fts"))


def _names() -> str:
    return ", ".join(table.name for table in all_tables())


async def _set_counters(source: AsyncConnection, target: AsyncConnection) -> None:
    """Have the numbers of new rows go on where they were: those of rows that are gone may be in use elsewhere."""
    for table in all_tables():
        column = table.autoincrement_column
        if column is None:
            continue
        highest = (await source.execute(select(func.max(column)))).scalar() or 0
        last = max(highest, await _last_number(source, table, column))
        if target.dialect.name == "postgresql":
            await target.execute(
                text("SELECT setval(pg_get_serial_sequence(:table, :column), greatest(:last, 1), :last > 0)"),
                {"table": table.name, "column": column.name, "last": last},
            )
        elif table.dialect_options["sqlite"]["autoincrement"]:
            await target.execute(text("DELETE FROM sqlite_sequence WHERE name = :table"), {"table": table.name})
            await target.execute(
                text("INSERT INTO sqlite_sequence (name, seq) VALUES (:table, :last)"),
                {"table": table.name, "last": last},
            )


async def _last_number(connection: AsyncConnection, table: Table, column: Column[Any]) -> int:
    """The last number that was given to a row; 0 where the database does not remember."""
    if connection.dialect.name == "sqlite":
        statement, values = "SELECT seq FROM sqlite_sequence WHERE name = :table", {"table": table.name}
    else:
        statement = "SELECT pg_sequence_last_value(pg_get_serial_sequence(:table, :column)::regclass)"
        values = {"table": table.name, "column": column.name}
    return (await connection.execute(text(statement), values)).scalar() or 0


class _Meter:
    """How far a transfer has come."""

    def __init__(self, tell: Tell, *, total: int) -> None:
        self._tell = tell
        self._total = total
        self._done = 0

    def advance(self, rows: int, what: str) -> None:
        """So many rows more."""
        self._done += rows
        self._tell(Progress(done=self._done, total=self._total, what=what))
