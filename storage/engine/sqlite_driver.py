"""SQLite's driver with fewer calls of its thread: a statement goes there once, with all that belongs to it.

aiosqlite calls the connection's thread to begin a transaction, to make a cursor, to execute, to fetch and to close. A
call costs more CPU than most of our statements do, so that here one call does all of this. `sqlite` opens such
connections for SQLAlchemy's adapter, which knows them as aiosqlite's.
"""

from __future__ import annotations

import sqlite3
from collections import deque
from collections.abc import Callable, Iterable
from contextlib import closing
from functools import partial
from typing import Any, Final, Self, TypeVar

import aiosqlite

#: rows that come with the statement that finds them; further ones are fetched when they are asked for
FIRST_ROWS: Final = 500
#: begin a transaction that only reads, and one that writes
READING: Final = "BEGIN"
WRITING: Final = "BEGIN IMMEDIATE"

Value = TypeVar("Value")


class Connection(aiosqlite.Connection):
    """A connection whose cursors are `Cursor`s, and whose transactions begin with their first statement."""

    def __init__(self, *args: Any, **options: Any) -> None:
        """Both as `sqlite3.connect` takes them."""
        super().__init__(partial(sqlite3.connect, *args, **options), iter_chunk_size=FIRST_ROWS)
        #: begins the transaction with its first statement; empty once it has begun
        self._beginning = ""
        self._is_reading = False

    def begin(self, statement: str) -> None:
        """Begin a transaction by this statement when there is something to do in it; without one there is none."""
        self._beginning, self._is_reading = statement, statement == READING

    async def call(self, function: Callable[..., Value], *args: Any) -> Value:
        """What a function gives in the thread."""
        value: Value = await self._execute(function, *args)  # type: ignore[no-untyped-call]  # nothing public does that
        return value

    async def execute_all(self, statements: Iterable[str]) -> None:
        """Execute statements one after another, within the transaction."""
        await self.call(self._execute_all, statements)

    def _execute_all(self, statements: Iterable[str]) -> None:
        """In the thread: begin what is not begun, and execute all."""
        with closing(self._conn.cursor()) as cursor:
            self.begin_now(cursor)
            for statement in statements:
                cursor.execute(statement)

    def cursor(self) -> Cursor:  # type: ignore[override]  # aiosqlite's is awaited, for it calls the thread
        """A cursor that does not exist in the thread yet."""
        return Cursor(self)

    def begin_now(self, cursor: sqlite3.Cursor) -> None:
        """In the thread: begin what is not begun."""
        if self._beginning:
            cursor.execute(self._beginning)
            self._beginning = ""

    async def commit(self) -> None:
        """As aiosqlite's; of a transaction without statements nothing is left to do."""
        if not self._beginning:
            await super().commit()
        self._beginning = ""

    async def rollback(self) -> None:
        """As `commit`. Nobody waits until a transaction that only reads has ended: the thread keeps the order."""
        if not self._beginning and self._is_reading:
            self._tx.put_nowait((None, self._conn.rollback))
        elif not self._beginning:
            await super().rollback()
        self._beginning = ""


class Cursor:
    """What SQLAlchemy's adapter uses of a cursor of aiosqlite."""

    def __init__(self, connection: Connection) -> None:
        self.description: Any = None
        self.rowcount = -1
        self.lastrowid: int | None = None
        self.arraysize = 1
        self._connection = connection
        self._rows: deque[Any] = deque()
        #: where more rows may be than were fetched
        self._open: sqlite3.Cursor | None = None

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def execute(self, sql: str, parameters: Iterable[Any] = ()) -> Self:
        """Execute a statement, and fetch the first rows that it finds."""
        await self._connection.call(self._execute, sqlite3.Cursor.execute, sql, parameters)
        return self

    async def executemany(self, sql: str, parameters: Iterable[Iterable[Any]]) -> Self:
        """Execute a statement with each of the parameters."""
        await self._connection.call(self._execute, sqlite3.Cursor.executemany, sql, parameters)
        return self

    async def fetchone(self) -> Any:
        """The next row; None after the last one."""
        return next(iter(await self.fetchmany(1)), None)

    async def fetchmany(self, size: int | None = None) -> list[Any]:
        """The next rows, `size` of them at most."""
        count = self.arraysize if size is None else size
        if self._open and len(self._rows) < count:
            self._rows += await self._connection.call(self._fetch, self._open, count - len(self._rows))
        return [self._rows.popleft() for _ in range(min(count, len(self._rows)))]

    async def fetchall(self) -> list[Any]:
        """All rows that are left."""
        unread_rows = await self._connection.call(self._fetch, self._open) if self._open else ()
        fetched_rows, self._rows = [*self._rows, *unread_rows], deque()
        return fetched_rows

    async def close(self) -> None:
        """Fetch nothing more."""
        self._rows.clear()
        if self._open:
            await self._connection.call(self._open.close)
            self._open = None

    def _execute(self, execute: Callable[..., object], sql: str, parameters: Iterable[Any]) -> None:
        """In the thread: begin what is not begun, execute, and close where everything is there."""
        cursor = self._connection._conn.cursor()
        self._connection.begin_now(cursor)
        execute(cursor, sql, parameters)
        self.description = cursor.description
        self._rows = deque(cursor.fetchmany(FIRST_ROWS)) if cursor.description else deque()
        self.rowcount, self.lastrowid = cursor.rowcount, cursor.lastrowid
        if len(self._rows) == FIRST_ROWS:
            self._open = cursor
        else:
            cursor.close()

    def _fetch(self, cursor: sqlite3.Cursor, size: int | None = None) -> list[Any]:
        """In the thread: fetch more."""
        fetched_rows = cursor.fetchall() if size is None else cursor.fetchmany(size)
        if size is None or len(fetched_rows) < size:
            cursor.close()
            self._open = None
        return fetched_rows
