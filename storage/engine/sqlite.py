"""How SQLite is opened: pragmas, the write-ahead log, the BEGIN of every transaction, and the driver's threads.

`Database` is the only caller; `postgresql` is the same for the other database. A writer begins IMMEDIATE, because a
transaction that read first could not become a writer without losing what others wrote in between.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping
from contextlib import AbstractAsyncContextManager, suppress
from pathlib import Path
from threading import Thread
from types import MappingProxyType
from typing import Any, Final

from sqlalchemy import AsyncAdaptedQueuePool, Connection, event
from sqlalchemy.engine import URL
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from core.errors import StoreLocked
from storage.engine import sqlite_driver
from storage.engine.failures import explain_failures
from storage.engine.private import make_file, make_folder, tighten

_PRAGMAS: Final = {
    "foreign_keys": "ON",
    # With NORMAL a power loss takes the latest commits along, and a digest that the ledger forgot is posted again.
    # Everything is written so, not the ledger alone: a commit costs a millisecond or so, and a listing is one.
    "synchronous": "FULL",
    "temp_store": "MEMORY",
    "cache_size": -3_000,  # KiB, per connection; what is more than that, the system has in memory
    "journal_size_limit": 64 * 1024 * 1024,  # bytes
}
NO_PRAGMAS: Final[Mapping[str, str | int]] = MappingProxyType({})
_BEGIN: Final = "paperboy_begin"
_RETRY_S: Final = 0.02
#: how long the driver's threads may take to end, in seconds
_ENDING_S: Final = 5.0
#: at a time; whoever needs one more waits
_CONNECTIONS: Final = 4
#: compiled ones that a connection keeps, of about 10 KB each; the driver would keep four times as many
_STATEMENTS: Final = 32


class SqliteConnections:
    """The connections to a file, or to a database in memory where there is no path."""

    def __init__(self, path: Path | None, *, busy_timeout_s: float, pragmas: Mapping[str, str | int]) -> None:
        self.path = path
        #: as a sentence names the database
        self.where = str(path) if path else "in memory"
        self._busy_timeout_s = busy_timeout_s
        self._pragmas = {**_PRAGMAS, **pragmas}
        self._one_writer = asyncio.Lock()
        self._threads: list[Thread] = []
        self.reader = self._made_engine()
        self.single = self.reader.execution_options(**{_BEGIN: ""})
        self.writer = self.reader.execution_options(**{_BEGIN: sqlite_driver.WRITING})

    def prepare(self) -> None:
        """Make the file, and the folder that it lies in, for nobody but their owner."""
        if self.path:
            with explain_failures(self.where):
                make_folder(self.path.parent)
                if not self.path.exists():
                    with suppress(FileExistsError):  # another process was quicker
                        make_file(self.path)
            tighten(self.path)

    def turn(self) -> AbstractAsyncContextManager[object]:
        """One writer of this process at a time: SQLite's own waiting is neither fair nor free."""
        return self._one_writer

    async def take_turns(self, connection: AsyncConnection, over: str) -> None:
        """Nothing to do: every writer is the only one."""

    async def take_time(self, connection: AsyncConnection) -> None:
        """Nothing to do: no transaction is ended for the time it takes."""

    async def before_migration(self, connection: AsyncConnection) -> None:
        """Nothing to do: the write transaction is the lock."""

    async def end_reading(self, connection: AsyncConnection) -> None:
        """Nothing to do: it ends when the connection is given back."""

    async def use(self) -> None:
        """Have the file keep a write-ahead log; two processes that start together take turns, since nobody waits."""
        async with self.reader.connect() as connection:
            journal = (await connection.exec_driver_sql("PRAGMA journal_mode")).scalar()
        give_up_at = time.monotonic() + self._busy_timeout_s
        while self.path and journal != "wal":
            try:
                journal = await self._set_journal()
            except StoreLocked:
                if time.monotonic() > give_up_at:
                    raise
                await asyncio.sleep(_RETRY_S)

    async def close(self) -> None:
        """Close every connection, and wait for the driver's threads: one that outlived the loop would complain."""
        await self.reader.dispose()
        give_up_at = time.monotonic() + _ENDING_S
        while any(map(Thread.is_alive, self._threads)) and time.monotonic() < give_up_at:  # noqa: ASYNC110 - it sets no event
            await asyncio.sleep(0.001)

    def _made_engine(self) -> AsyncEngine:
        url = URL.create("sqlite+aiosqlite", database=str(self.path or ":memory:"))
        # Driver autocommit: the BEGIN of `_begin` is the only one.
        arguments = {
            "timeout": self._busy_timeout_s,
            "isolation_level": None,
            "cached_statements": _STATEMENTS,
            "async_creator_fn": self._new_connection,
        }
        # In memory the one connection is the database: it is never given up, and everybody takes turns.
        size = _CONNECTIONS if self.path else 1
        # The connection that was used last is used next, with what it has read and compiled: in turn, all of them would
        # hold the same.
        engine = create_async_engine(
            url,
            connect_args=arguments,
            poolclass=AsyncAdaptedQueuePool,
            pool_size=size,
            max_overflow=0,
            pool_use_lifo=True,
        )
        event.listen(engine.sync_engine, "connect", self._set_pragmas)
        event.listen(engine.sync_engine, "begin", _begin)
        return engine

    def _new_connection(self, *args: Any, **options: Any) -> sqlite_driver.Connection:
        connection = sqlite_driver.Connection(*args, **options)
        thread = connection._thread  # SQLAlchemy does so as well: nothing public tells when the driver has ended
        thread.daemon = True
        self._threads = [*(other_thread for other_thread in self._threads if other_thread.is_alive()), thread]
        return connection

    def _set_pragmas(self, connection: Any, _record: object) -> None:
        cursor = connection.cursor()
        for name, value in self._pragmas.items():
            cursor.execute(f"PRAGMA {name} = {value}")
        cursor.close()

    async def _set_journal(self) -> str:
        with explain_failures(self.where):
            async with self.reader.execution_options(**{_BEGIN: ""}).connect() as connection:
                return str((await connection.exec_driver_sql("PRAGMA journal_mode = WAL")).scalar())


def _begin(connection: Connection) -> None:
    driver = connection.connection.driver_connection
    assert isinstance(driver, sqlite_driver.Connection)
    driver.begin(connection.get_execution_options().get(_BEGIN, sqlite_driver.READING))
