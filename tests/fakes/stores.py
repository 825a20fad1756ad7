"""The store as the program opens it, with all sources that this version knows."""

from __future__ import annotations

import sqlite3
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from secrets import token_hex
from typing import Any

from sqlalchemy import event

from bot.origins import SOURCES
from core.converse.ports import Store
from core.ingest.traits import Sources
from storage.store import SqlStore as BareStore

#: the database in memory that the first store made, for those after it: to make one takes five times as long as to copy
_NEW: list[bytes] = []


class SqlStore(BareStore):
    """A store that knows the sources of this version, or others; in memory, it begins as a copy of the first one."""

    def __init__(self, database_url: str, *, traits: Sources = SOURCES, **options: Any) -> None:
        super().__init__(database_url, traits=traits, **options)
        self._is_in_memory = database_url == "sqlite://"

    @asynccontextmanager
    async def open(self) -> AsyncIterator[Store]:
        """As the program opens it."""
        if self._is_in_memory and _NEW:
            event.listen(self.database._connections.reader.sync_engine, "connect", _fill_connection, once=True)
        async with super().open() as opened:
            if self._is_in_memory and not _NEW:
                _NEW.append(await self._in_thread(sqlite3.Connection.serialize))
            yield opened

    async def begin_anew(self) -> None:
        """Forget everything; in memory alone."""
        await self._in_thread(_fill)

    async def _in_thread(self, function: Callable[[sqlite3.Connection], Any]) -> Any:
        async with self.database.reading() as connection:
            driver = (await connection.get_raw_connection()).driver_connection
            return await driver.call(function, driver._conn)


def _fill(database: sqlite3.Connection) -> None:
    """Make it a new database in memory, with a name of its own."""
    database.deserialize(_NEW[0])
    database.execute("UPDATE identity SET database = ?", (token_hex(8),))


def _fill_connection(connection: Any, _record: object) -> None:
    connection.run_async(lambda driver: driver.call(_fill, driver._conn))
