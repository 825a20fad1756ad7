"""The database and the two kinds of transaction that the store runs, on SQLite or PostgreSQL alike.

`SqlStore` and `upkeep` open a `Database`; the store's modules take `reading()` and `writing()` from it and no
more. What only one of the databases needs to be opened stands in `sqlite` and `postgresql`.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from functools import wraps
from pathlib import Path
from typing import Any, Final, ParamSpec, TypeVar

from sqlalchemy import Executable
from sqlalchemy.engine import URL, Row, make_url
from sqlalchemy.exc import ArgumentError
from sqlalchemy.ext.asyncio import AsyncConnection

from core.errors import BadSetting
from core.ingest.traits import NO_SOURCES, Sources
from storage.engine.failures import explain_failures
from storage.engine.postgresql import PostgresConnections, connection_string
from storage.engine.sqlite import NO_PRAGMAS, SqliteConnections
from storage.migrations import schema
from storage.tables import job_tables

#: how long a writer waits for another one before it gives up, in seconds
BUSY_TIMEOUT_S: Final = 5.0

_SQLITE: Final = ("sqlite", "sqlite+aiosqlite")
_POSTGRESQL: Final = ("postgresql", "postgresql+psycopg")

_P = ParamSpec("_P")
_T = TypeVar("_T")


def uninterrupted(method: Callable[_P, Coroutine[Any, Any, _T]]) -> Callable[_P, Coroutine[Any, Any, _T]]:
    """A call that, once begun, is carried to its end before a cancellation goes on.

    A statement runs in the driver's thread and cannot be called back: whoever left it there would leave a transaction,
    and its lock, to nobody. No call takes longer than the busy timeout and its own work.
    """

    @wraps(method)
    async def whole(*args: _P.args, **kwargs: _P.kwargs) -> _T:
        work = asyncio.ensure_future(method(*args, **kwargs))
        try:
            return await asyncio.shield(work)
        except asyncio.CancelledError:
            while not work.done():
                with suppress(asyncio.CancelledError):
                    await asyncio.wait([work])
            work.exception()  # the caller is gone and nobody else asks for it
            raise

    return whole


class Database:
    """One open database; `where` is how a sentence names it, `path` its file where it is one."""

    def __init__(
        self, url: str, *, busy_timeout_s: float = BUSY_TIMEOUT_S, pragmas: Mapping[str, str | int] = NO_PRAGMAS
    ) -> None:
        self._connections = _connections(url, busy_timeout_s, pragmas)
        self.path = self._connections.path
        self.where = self._connections.where

    @asynccontextmanager
    async def open(self) -> AsyncIterator[Database]:
        """Open it and bring its schema up to date; close every connection at the end. Raises StoreError."""
        self.prepare()
        async with self.closed_after():
            await self._brought_up_to_date()
            yield self

    def prepare(self) -> None:
        """Make the file, where there is none and the database is one. Raises StoreError."""
        self._connections.prepare()

    @asynccontextmanager
    async def closed_after(self) -> AsyncIterator[Database]:
        """The database as it is, whatever its schema; every connection is closed at the end."""
        try:
            yield self
        finally:
            await uninterrupted(self._connections.close)()

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[AsyncConnection]:
        """A transaction that sees one state of the database and changes nothing."""
        with explain_failures(self.where):
            async with self._connections.reader.connect() as connection:
                yield connection
                await self._connections.end_reading(connection)

    async def rows(self, statement: Executable, parameters: Mapping[str, Any] | None = None) -> Sequence[Row[Any]]:
        """What one statement reads: it sees one state by itself, and needs no transaction around it."""
        with explain_failures(self.where):
            async with self._connections.single.connect() as connection:
                return (await connection.execute(statement, parameters)).all()

    @asynccontextmanager
    async def writing(self, *, in_turn: str = "") -> AsyncIterator[AsyncConnection]:
        """A transaction that is stored as a whole, or not at all where its body raises or is cancelled.

        Of the transactions with the same `in_turn` there is one at a time, in all processes, and it sees everything
        that the one before did. Without it others may write meanwhile (on SQLite nobody ever does).
        """
        with explain_failures(self.where):
            async with self._connections.turn(), self._connections.writer.begin() as connection:
                if in_turn:
                    await self._connections.take_turns(connection, in_turn)
                yield connection

    @asynccontextmanager
    async def reading_at_length(self) -> AsyncIterator[AsyncConnection]:
        """As `reading`, for as long as reading the whole database may take."""
        async with self.reading() as connection:
            await self._connections.take_time(connection)
            yield connection

    @asynccontextmanager
    async def reading_alone(self) -> AsyncIterator[AsyncConnection]:
        """As `reading_at_length`; on SQLite nobody writes meanwhile."""
        async with self.writing() if self.path else self.reading_at_length() as connection:
            yield connection

    @asynccontextmanager
    async def rebuilding(self) -> AsyncIterator[AsyncConnection]:
        """As `writing`, for as long as it takes to make or fill the database; others may have to wait."""
        async with self.writing() as connection:
            await self._connections.before_migration(connection)
            yield connection

    @uninterrupted
    async def _brought_up_to_date(self) -> None:
        async with self.reading() as connection:
            is_current = await connection.run_sync(schema.is_current, self.where)
        with explain_failures(self.where):
            await self._connections.use()
        if not is_current:
            async with self.rebuilding() as connection:
                await connection.run_sync(schema.migrate, self.where)


def sqlite_path(url: str) -> Path | None:
    """The file that a database URL names; None for one in memory or on a server. Raises BadSetting for no URL."""
    return _path(_parse_url(url))


def is_sqlite(url: str) -> bool:
    """True of a database that this process keeps itself. Raises BadSetting for no URL."""
    return _parse_url(url).drivername in _SQLITE


def jobs_address(url: str) -> str:
    """Where the queue of jobs lies, as libpq takes it. Raises BadSetting where no queue can be there."""
    address = _parse_url(url)
    if address.drivername not in _POSTGRESQL:
        raise BadSetting(
            "Several processes share their work on PostgreSQL alone, and database_url names SQLite.",
            hint="Set database_url to postgresql://USER:PASSWORD@HOST/DATABASE; with SQLite paperboy run does all.",
        )
    job_tables.check_library()
    return connection_string(address, lock_timeout_s=BUSY_TIMEOUT_S)


def _connections(
    url: str, busy_timeout_s: float, pragmas: Mapping[str, str | int]
) -> SqliteConnections | PostgresConnections:
    address = _parse_url(url)
    if address.drivername in _SQLITE:
        return SqliteConnections(_path(address), busy_timeout_s=busy_timeout_s, pragmas=pragmas)
    try:
        return PostgresConnections(address, lock_timeout_s=busy_timeout_s)
    except ModuleNotFoundError:
        raise BadSetting(
            "database_url names PostgreSQL, and its driver is not installed.",
            hint="Install it where Paperboy was installed: make install EXTRAS=scale-out.",
        ) from None


def _path(url: URL) -> Path | None:
    if url.drivername not in _SQLITE or url.database in (None, "", ":memory:"):
        return None
    return Path(str(url.database)).expanduser().absolute()


def _parse_url(url: str) -> URL:
    """What a URL says. No error repeats it, because a password may stand in it."""
    try:
        address = make_url(url)
    except (ArgumentError, ValueError):  # a port that is no number is a ValueError
        raise BadSetting(
            "database_url is not the URL of a database.", hint="Write it like sqlite:////var/lib/paperboy/paperboy.db."
        ) from None
    if address.drivername not in (*_SQLITE, *_POSTGRESQL):
        raise BadSetting(
            f"database_url names {address.drivername}, and Paperboy keeps its papers in SQLite or PostgreSQL.",
            hint="Write sqlite:///PATH or postgresql://USER:PASSWORD@HOST/DATABASE.",
        )
    return address


class OnDatabase:
    """A part of the store: it works on a database that its owner opens."""

    def __init__(self, database: Database, traits: Sources = NO_SOURCES) -> None:
        """`traits`: what the sources are like; those parts that know no sources do without."""
        self.database = database
        self.traits = traits
