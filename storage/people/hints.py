"""Which hints were given to whom, and which channels are new: the `HintStore` part of `SqlStore`."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select

from core.channels import ChannelRef
from core.deliver.hints import HintStore
from core.deliver.ledger import DeliveryKind, DeliveryState
from storage.engine.database import OnDatabase, uninterrupted
from storage.engine.statements import add_missing
from storage.tables import deliveries, hints


class SqlHints(OnDatabase, HintStore):
    """The hints in the database."""

    @uninterrupted
    async def claim_hint(self, recipient: str, name: str, *, at: datetime) -> bool:
        """Put on record that a hint is given; False where it was given before."""
        async with self.database.writing() as connection:
            return await add_missing(connection, hints, [{"recipient": recipient, "name": name, "at": at}]) > 0

    @uninterrupted
    async def has_digest(self, channel: ChannelRef) -> bool:
        """Was any digest finished in a channel, of whatever subscription?"""
        kinds = [DeliveryKind.DAILY.value, DeliveryKind.LISTING.value]
        of_channel = select(deliveries.c.id).where(deliveries.c.channel == str(channel), deliveries.c.kind.in_(kinds))
        finished_deliveries = of_channel.where(deliveries.c.state == DeliveryState.DONE.value).limit(1)
        async with self.database.reading() as connection:
            return (await connection.execute(finished_deliveries)).first() is not None
