"""What a platform handed out and nobody has carried out yet: the `UpdateStore` part of `SqlStore`.

A platform that forgets what it handed out (Telegram), or hands it to any of several processes (Slack), goes on only
once this is stored. What people wrote is removed as soon as it is carried out; the number stays for a while, so that
the same update is not taken twice.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from functools import cache
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from sqlalchemy import ColumnElement, delete, false, select, true, update
from sqlalchemy.ext.asyncio import AsyncConnection

from core.converse.ports import UpdateStore, WaitingUpdate
from storage.engine.database import OnDatabase, uninterrupted
from storage.engine.statements import insert_of
from storage.tables import updates as table

if TYPE_CHECKING:
    from sqlalchemy.sql.dml import ReturningInsert

#: how long the number of an update is known after it came: Telegram hands none out after a day
_KNOWN_FOR: Final = timedelta(days=2)
#: how many numbers of one account are known after they were last forgotten, and how often that is
_MOST_KNOWN: Final = 20_000
_FORGET_EVERY: Final = timedelta(minutes=10)


class SqlUpdates(OnDatabase, UpdateStore):
    """The updates in the database."""

    #: when this process last forgot old numbers, by account, UTC
    _forgotten_at: Mapping[str, datetime] = MappingProxyType({})

    @uninterrupted
    async def take_updates(
        self, account: str, updates: Sequence[WaitingUpdate], *, at: datetime, is_begun: bool = False
    ) -> tuple[WaitingUpdate, ...]:
        """Keep all that were never taken before; those, in the order given."""
        by_number = {update.number: update for update in updates}
        if not by_number:
            return ()
        values = [
            {
                "account": account,
                "number": update.number,
                "content": update.content,
                "received_at": at,
                "attempts": int(is_begun),
                "done": False,
            }
            for _, update in sorted(by_number.items())  # in one order everywhere: two batches never wait for each other
        ]
        last = self._forgotten_at.get(account)
        async with self.database.writing() as connection:
            new_numbers = {row.number for row in await connection.execute(_adding(connection.dialect.name), values)}
            if last is None or at - last >= _FORGET_EVERY:
                await _forget(connection, account, at=at)
                self._forgotten_at = {**self._forgotten_at, account: at}
        return tuple(update for update in by_number.values() if update.number in new_numbers)

    @uninterrupted
    async def waiting_updates(self, account: str, *, since: datetime) -> tuple[WaitingUpdate, ...]:
        """What was taken at `since` or later and is not done, in the order it came; all that is older is forgotten."""
        waiting = (table.c.account == account, table.c.done == false())
        columns = select(table.c.number, table.c.content, table.c.received_at).where(*waiting)
        async with self.database.reading() as connection:
            rows = (await connection.execute(columns.order_by(table.c.received_at, table.c.number))).all()
        if rows and rows[0].received_at < since:
            async with self.database.writing() as connection:
                await connection.execute(delete(table).where(*waiting, table.c.received_at < since))
        return tuple(
            WaitingUpdate(number=row.number, content=row.content, received_at=row.received_at)
            for row in rows
            if row.received_at >= since
        )

    @uninterrupted
    async def try_update(self, account: str, number: int) -> int:
        """Count one more attempt; how many that makes."""
        statement = update(table).where(*_is_update(account, number)).values(attempts=table.c.attempts + 1)
        async with self.database.writing() as connection:
            return (await connection.execute(statement.returning(table.c.attempts))).scalar() or 0

    @uninterrupted
    async def update_done(self, account: str, number: int) -> None:
        """It is carried out: its content is removed, its number is known for a while."""
        async with self.database.writing() as connection:
            await connection.execute(update(table).where(*_is_update(account, number)).values(done=True, content=""))


@cache
def _adding(dialect: str) -> ReturningInsert[tuple[int]]:
    """Insert what is new; the numbers of that."""
    return insert_of(dialect, table).on_conflict_do_nothing().returning(table.c.number)


def _is_update(account: str, number: int) -> tuple[ColumnElement[bool], ...]:
    return (table.c.account == account, table.c.number == number)


async def _forget(connection: AsyncConnection, account: str, *, at: datetime) -> None:
    """Forget old numbers: by age, and of what is done by how many there are."""
    is_done = (table.c.account == account, table.c.done == true())
    await connection.execute(delete(table).where(table.c.account == account, table.c.received_at < at - _KNOWN_FOR))
    newest_first = select(table.c.received_at).where(*is_done).order_by(table.c.received_at.desc())
    oldest = (await connection.execute(newest_first.offset(_MOST_KNOWN).limit(1))).scalar()
    if oldest is not None:
        await connection.execute(delete(table).where(*is_done, table.c.received_at <= oldest))
