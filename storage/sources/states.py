"""What is remembered of sources between refreshes: their states, and how they came about.

A part of the `SourceStore` of `SqlStore`; a state and its line of the history are stored together or not at all.
"""

from __future__ import annotations

from datetime import datetime
from typing import Final

from sqlalchemy import delete, select

from core.ingest.ports import SourceStore
from core.ingest.state import Refresh, Report, SourceState
from storage.engine.database import OnDatabase, uninterrupted
from storage.engine.statements import insert, put
from storage.sources import refresh_rows
from storage.tables import refreshes, source_states

_EVERY_STATE: Final = select(source_states)


class SqlSources(OnDatabase, SourceStore):
    """The states of sources in the database, and how they came about."""

    @uninterrupted
    async def source_state(self, source: str, scope: str) -> SourceState | None:
        """The last state of one scope."""
        statement = select(source_states).where(source_states.c.source == source, source_states.c.scope == scope)
        async with self.database.reading() as connection:
            row = (await connection.execute(statement)).first()
        return refresh_rows.source_state_of(row) if row else None

    @uninterrupted
    async def source_states(self) -> tuple[SourceState, ...]:
        """All of them, by source and scope."""
        state_rows = await self.database.rows(_EVERY_STATE)
        # Not ordered by the database: PostgreSQL has the order of the language that it was set up for.
        return tuple(map(refresh_rows.source_state_of, sorted(state_rows, key=lambda row: (row.source, row.scope))))

    @uninterrupted
    async def save_source_state(self, state: SourceState, *, report: Report | None = None) -> None:
        """Replace the state of one scope and, in the same transaction, add the report to the history."""
        async with self.database.writing() as connection:
            await put(connection, source_states, [refresh_rows.source_state_values(state)], key=["source", "scope"])
            if report:
                values = refresh_rows.refresh_values(report, at=state.checked_at)
                await connection.execute(insert(connection, refreshes).values(values))

    @uninterrupted
    async def refreshes(
        self, *, source: str | None = None, scope: str | None = None, since: datetime | None = None, limit: int = 100
    ) -> tuple[Refresh, ...]:
        """The history, the newest first; of two at one moment the one that was stored later."""
        filters = {refreshes.c.source: source, refreshes.c.scope: scope}
        history = select(refreshes).where(*(column == value for column, value in filters.items() if value is not None))
        if since is not None:
            history = history.where(refreshes.c.at >= since)
        newest = history.order_by(refreshes.c.at.desc(), refreshes.c.id.desc()).limit(limit)
        async with self.database.reading() as connection:
            return tuple(map(refresh_rows.refresh_of, (await connection.execute(newest)).all()))

    @uninterrupted
    async def forget_refreshes(self, *, before: datetime) -> int:
        """Drop the history before a moment; how many there were."""
        async with self.database.writing() as connection:
            result = await connection.execute(delete(refreshes).where(refreshes.c.at < before))
        return result.rowcount
