"""Digests whose summaries stand in for better ones: the `StandInStore` part of `SqlStore`.

A claim is one conditional statement on the number of looks so far.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import delete, exists, select, update
from sqlalchemy.engine import Row
from sqlalchemy.ext.asyncio import AsyncConnection

from core.deliver.ledger import Delivery
from core.deliver.stand_ins import StandIns, StandInStore
from core.papers.identifiers import PaperId
from storage import rows
from storage.deliveries.leases import DONE
from storage.deliveries.ledger import whole
from storage.engine.database import OnDatabase, uninterrupted
from storage.tables import deliveries
from storage.tables import stand_ins as table


class SqlStandIns(OnDatabase, StandInStore):
    """The stand-ins in the database."""

    @uninterrupted
    async def stand_ins(self, *, at: datetime, since: datetime, limit: int) -> tuple[StandIns, ...]:
        """The stand-ins of finished deliveries that are due, the longest waiting first."""
        its_own = deliveries.c.id == table.c.delivery_id
        is_old = table.c.look_at < since  # those of digests that were given up, too: nobody looks at them
        is_ready = exists().where(its_own, deliveries.c.state == DONE, deliveries.c.begun_at >= since)
        due = select(table).where(table.c.look_at <= at, is_ready)
        due = due.order_by(table.c.look_at, table.c.delivery_id).limit(limit)
        async with self.database.reading() as connection:
            has_old = (await connection.execute(select(table.c.delivery_id).where(is_old).limit(1))).first()
            stand_ins = [await _read(connection, row) for row in (await connection.execute(due)).all()]
        if has_old:
            async with self.database.writing() as connection:
                await connection.execute(delete(table).where(is_old))
        return tuple(stand_ins)

    @uninterrupted
    async def claim_stand_ins(self, stand_ins: StandIns, *, look_at: datetime) -> bool:
        """Count one more look, unless somebody else did meanwhile."""
        is_unclaimed = (table.c.delivery_id == stand_ins.delivery.id, table.c.attempts == stand_ins.attempts)
        claim = update(table).where(*is_unclaimed).values(attempts=stand_ins.attempts + 1, look_at=look_at)
        async with self.database.writing() as connection:
            return (await connection.execute(claim)).rowcount > 0

    @uninterrupted
    async def keep_stand_ins(self, stand_ins: StandIns) -> None:
        """Record which papers still have a stand-in, and whether any message is better now."""
        values = {"papers": rows.ids_text(stand_ins.papers), "is_improved": stand_ins.is_improved}
        async with self.database.writing() as connection:
            await connection.execute(update(table).where(table.c.delivery_id == stand_ins.delivery.id).values(values))

    @uninterrupted
    async def forget_stand_ins(self, delivery: Delivery) -> None:
        """Nobody looks for better summaries of a delivery any more."""
        async with self.database.writing() as connection:
            await connection.execute(delete(table).where(table.c.delivery_id == delivery.id))


async def _read(connection: AsyncConnection, row: Row[Any]) -> StandIns:
    delivery_row = (await connection.execute(select(deliveries).where(deliveries.c.id == row.delivery_id))).one()
    return StandIns(
        delivery=await whole(connection, delivery_row),
        papers=rows.ids(row.papers),
        is_improved=row.is_improved,
        attempts=row.attempts,
    )


async def put_stand_ins(
    connection: AsyncConnection, delivery_id: int, papers: Sequence[PaperId], *, at: datetime
) -> None:
    """Put those of a delivery that is planned just now in the place of an earlier plan's."""
    await connection.execute(delete(table).where(table.c.delivery_id == delivery_id))
    if papers:
        values = {"delivery_id": delivery_id, "papers": rows.ids_text(papers), "look_at": at}
        await connection.execute(table.insert(), [{**values, "is_improved": False, "attempts": 0}])
