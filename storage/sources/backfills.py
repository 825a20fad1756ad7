"""How far backfills have come: a part of the `SourceStore` of `SqlStore`.

A row is there from the moment days are wanted until they are read, and those that are read together with them, so that
whatever was killed goes on where it stopped.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Final

from sqlalchemy import ColumnElement, and_, delete, select

from core.ingest.ports import SourceStore
from core.ingest.state import Backfill
from storage.engine.database import OnDatabase, uninterrupted
from storage.engine.statements import add_missing, put
from storage.sources import refresh_rows
from storage.tables import archived_spans, backfills

_KEY: Final = ("source", "scope", "since", "until")


class SqlBackfills(OnDatabase, SourceStore):
    """The backfills that are on their way, in the database."""

    @uninterrupted
    async def backfill(self, source: str, scope: str, since: date, until: date) -> Backfill | None:
        """How far a backfill of exactly this span has come."""
        statement = select(backfills).where(_is(source, scope, since, until))
        async with self.database.reading() as connection:
            row = (await connection.execute(statement)).first()
        return refresh_rows.backfill_of(row) if row else None

    @uninterrupted
    async def backfills(self, source: str, scope: str | None = None) -> tuple[Backfill, ...]:
        """Those of a scope, or of all, by their first day."""
        statement = select(backfills).where(backfills.c.source == source)
        if scope is not None:
            statement = statement.where(backfills.c.scope == scope)
        async with self.database.reading() as connection:
            result = (await connection.execute(statement.order_by(backfills.c.since, backfills.c.until))).all()
        return tuple(map(refresh_rows.backfill_of, result))

    @uninterrupted
    async def save_backfill(self, backfill: Backfill, *, at: datetime) -> None:
        """Remember how far it has come."""
        async with self.database.writing() as connection:
            await put(connection, backfills, [refresh_rows.backfill_values(backfill, at=at)], key=_KEY)

    @uninterrupted
    async def forget_backfill(self, backfill: Backfill, *, was_read: bool = True) -> None:
        """It is over, whether or not it was on record; with `was_read` its days are known as read."""
        own = _is(backfill.source, backfill.scope, backfill.since, backfill.until)
        async with self.database.writing() as connection:
            await connection.execute(delete(backfills).where(own))
            if was_read:
                span = {name: getattr(backfill, name) for name in _KEY}
                await add_missing(connection, archived_spans, [span])


def _is(*values: str | date) -> ColumnElement[bool]:
    return and_(*(backfills.c[name] == value for name, value in zip(_KEY, values, strict=True)))
