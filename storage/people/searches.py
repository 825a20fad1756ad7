"""Searches that buttons lead back to: the `SearchStore` part of `SqlStore`."""

from __future__ import annotations

from datetime import datetime
from hashlib import sha256

from sqlalchemy import delete, select

from core.converse.ports import SEARCHES_KEPT, SearchStore
from core.text.storable import safe
from storage.engine.database import OnDatabase, uninterrupted
from storage.engine.statements import put
from storage.tables import searches as table


class SqlSearches(OnDatabase, SearchStore):
    """The searches in the database, each under a part of its own hash: the same words are kept once."""

    @uninterrupted
    async def keep_search(self, text: str, *, at: datetime) -> str:
        """Keep it, or keep it longer, and forget old ones."""
        text = safe(text)
        key = sha256(text.encode()).hexdigest()[:16]
        async with self.database.writing() as connection:
            await connection.execute(delete(table).where(table.c.at < at - SEARCHES_KEPT))
            await put(connection, table, [{"key": key, "typed": text, "at": at}], key=["key"])
        return key

    @uninterrupted
    async def kept_search(self, key: str) -> str | None:
        """What was typed."""
        async with self.database.reading() as connection:
            return (await connection.execute(select(table.c.typed).where(table.c.key == safe(key)))).scalar()
