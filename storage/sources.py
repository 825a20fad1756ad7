"""What is remembered of sources between refreshes: the `SourceStore` part of `SqlStore`."""

from __future__ import annotations

from sqlalchemy import select

from core.listings import SourceState
from core.ports import SourceStore
from storage import rows
from storage.engine import OnDatabase, uninterrupted
from storage.statements import put
from storage.tables import source_states


class SqlSources(OnDatabase, SourceStore):
    """The states of sources in the database."""

    @uninterrupted
    async def source_state(self, source: str, scope: str) -> SourceState | None:
        """The last state of one scope."""
        one = select(source_states).where(source_states.c.source == source, source_states.c.scope == scope)
        async with self.database.reading() as connection:
            row = (await connection.execute(one)).first()
        return rows.source_state_of(row) if row else None

    @uninterrupted
    async def source_states(self) -> tuple[SourceState, ...]:
        """All of them, by source and scope."""
        async with self.database.reading() as connection:
            found = (await connection.execute(select(source_states))).all()
        # Not ordered by the database: PostgreSQL has the order of the language that it was set up for.
        return tuple(map(rows.source_state_of, sorted(found, key=lambda row: (row.source, row.scope))))

    @uninterrupted
    async def save_source_state(self, state: SourceState) -> None:
        """Replace the state of one scope."""
        async with self.database.writing() as connection:
            await put(connection, source_states, [rows.source_state_values(state)], key=["source", "scope"])
