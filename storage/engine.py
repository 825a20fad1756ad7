"""The database's connections: how SQLite is opened, and the two kinds of transaction that the store runs.

`SqlStore` and `upkeep` open a `Database`; the store's modules take `reading()` and `writing()` from it and no
more. All that only SQLite needs stands here (and in `search`, which has its own query language, and `upkeep`, which
copies files): WAL, pragmas, and the BEGIN of every transaction. A writer begins IMMEDIATE, because a transaction that
read first could not become a writer without losing what others wrote in between.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Coroutine, Mapping
from contextlib import asynccontextmanager, suppress
from functools import wraps
from pathlib import Path
from threading import Thread
from types import MappingProxyType
from typing import Any, Final, ParamSpec, TypeVar

import aiosqlite
from sqlalchemy import AsyncAdaptedQueuePool, Connection, event
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from core.errors import BadSetting, StoreLocked
from storage import schema
from storage.failures import explained

#: how long a writer waits for another process before it gives up, in seconds
BUSY_TIMEOUT_S: Final = 5.0

_PRAGMAS: Final = {
    "foreign_keys": "ON",
    "synchronous": "NORMAL",
    "temp_store": "MEMORY",
    "cache_size": -16_000,  # KiB
    "journal_size_limit": 64 * 1024 * 1024,  # bytes
}
_NO_PRAGMAS: Final[Mapping[str, str | int]] = MappingProxyType({})
_BEGIN: Final = "paperboy_begin"
_RETRY_S: Final = 0.02
#: how long the driver's threads may take to end, in seconds
_ENDING_S: Final = 5.0
#: at a time; whoever needs one more waits
_CONNECTIONS: Final = 8

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
    """One open database; `where` is how a sentence names it."""

    def __init__(
        self, url: str, *, busy_timeout_s: float = BUSY_TIMEOUT_S, pragmas: Mapping[str, str | int] = _NO_PRAGMAS
    ) -> None:
        self.path = sqlite_path(url)
        self.where = str(self.path) if self.path else "in memory"
        self._busy_timeout_s = busy_timeout_s
        self._pragmas = {**_PRAGMAS, **pragmas}
        self._one_writer = asyncio.Lock()
        self._threads: list[Thread] = []
        self._engine = self._made_engine()
        self._writer = self._engine.execution_options(**{_BEGIN: "BEGIN IMMEDIATE"})

    @asynccontextmanager
    async def opened(self) -> AsyncIterator[Database]:
        """Open it and bring its schema up to date; close every connection at the end. Raises StoreError."""
        if self.path:
            with explained(self.where):
                self.path.parent.mkdir(parents=True, exist_ok=True)
        try:
            await self._brought_up_to_date()
            yield self
        finally:
            await uninterrupted(self._close)()

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[AsyncConnection]:
        """A transaction that sees one state of the database and changes nothing."""
        with explained(self.where):
            async with self._engine.connect() as connection:
                yield connection

    @asynccontextmanager
    async def writing(self) -> AsyncIterator[AsyncConnection]:
        """A transaction that is stored as a whole, or not at all where its body raises or is cancelled."""
        with explained(self.where):
            async with self._one_writer, self._writer.begin() as connection:
                yield connection

    def _made_engine(self) -> AsyncEngine:
        url = URL.create("sqlite+aiosqlite", database=str(self.path or ":memory:"))
        # Driver autocommit: the BEGIN of `_begin` is the only one.
        arguments = {
            "timeout": self._busy_timeout_s,
            "isolation_level": None,
            "async_creator_fn": self._new_connection,
        }
        # In memory the one connection is the database: it is never given up, and everybody takes turns.
        size = _CONNECTIONS if self.path else 1
        engine = create_async_engine(
            url, connect_args=arguments, poolclass=AsyncAdaptedQueuePool, pool_size=size, max_overflow=0
        )
        event.listen(engine.sync_engine, "connect", self._set_pragmas)
        event.listen(engine.sync_engine, "begin", _begin)
        return engine

    def _new_connection(self, *args: Any, **options: Any) -> aiosqlite.Connection:
        connection = aiosqlite.connect(*args, **options)
        thread = connection._thread  # SQLAlchemy does so as well: nothing public tells when the driver has ended
        thread.daemon = True
        self._threads = [*(one for one in self._threads if one.is_alive()), thread]
        return connection

    async def _close(self) -> None:
        """Close every connection, and wait for the driver's threads: one that outlived the loop would complain."""
        await self._engine.dispose()
        give_up_at = time.monotonic() + _ENDING_S
        # A thread that ends sets no event, so it is looked at again and again.
        while any(thread.is_alive() for thread in self._threads) and time.monotonic() < give_up_at:  # noqa: ASYNC110
            await asyncio.sleep(0.001)

    def _set_pragmas(self, connection: Any, _record: object) -> None:
        cursor = connection.cursor()
        for name, value in self._pragmas.items():
            cursor.execute(f"PRAGMA {name} = {value}")
        cursor.close()

    @uninterrupted
    async def _brought_up_to_date(self) -> None:
        async with self.reading() as connection:
            is_current = await connection.run_sync(schema.is_current, self.where)
            journal = (await connection.exec_driver_sql("PRAGMA journal_mode")).scalar()
        if self.path and journal != "wal":
            await self._use_wal()
        if not is_current:
            async with self.writing() as connection:
                await connection.run_sync(schema.migrate, self.where)

    async def _use_wal(self) -> None:
        """Change the journal; SQLite waits for no lock here, so two processes that start together take turns."""
        give_up_at = time.monotonic() + self._busy_timeout_s
        while True:
            try:
                await self._set_journal()
            except StoreLocked:
                if time.monotonic() > give_up_at:
                    raise
                await asyncio.sleep(_RETRY_S)
            else:
                return

    async def _set_journal(self) -> None:
        with explained(self.where):
            async with self._engine.execution_options(**{_BEGIN: ""}).connect() as connection:
                await connection.exec_driver_sql("PRAGMA journal_mode = WAL")


def _begin(connection: Connection) -> None:
    if statement := connection.get_execution_options().get(_BEGIN, "BEGIN"):
        connection.exec_driver_sql(statement)


def sqlite_path(url: str) -> Path | None:
    """The file that a database URL names; None for one in memory. Raises BadSetting for anything but SQLite."""
    try:
        parsed = make_url(url)
    except ArgumentError:
        raise BadSetting(
            "database_url is not the URL of a database.", hint="Write it like sqlite:////var/lib/paperboy/paperboy.db."
        ) from None
    if parsed.drivername not in ("sqlite", "sqlite+aiosqlite"):
        raise BadSetting(
            f"database_url names {parsed.get_backend_name()}, and this version of Paperboy keeps its papers in SQLite.",
            hint="Write sqlite:///PATH; PostgreSQL follows with the scaled-out size.",
        )
    return None if parsed.database in (None, "", ":memory:") else Path(str(parsed.database)).expanduser().absolute()


class OnDatabase:
    """A part of the store: it works on a database that its owner opens."""

    def __init__(self, database: Database) -> None:
        self.database = database
