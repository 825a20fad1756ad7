"""Which hints were given to whom, and which channels are new: the `HintStore` part of `SqlStore`."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from sqlalchemy import bindparam, literal, select

from core.channels import ChannelRef
from core.deliver.hints import HintStore
from core.deliver.ledger import DeliveryKind, DeliveryState
from storage.engine.database import OnDatabase, uninterrupted
from storage.engine.statements import add_missing
from storage.tables import deliveries, hints

_FINISHED_DIGEST: Final = (
    select(literal(1))
    .where(
        deliveries.c.channel == bindparam("here"),
        deliveries.c.kind.in_([DeliveryKind.DAILY.value, DeliveryKind.LISTING.value]),
        deliveries.c.state == DeliveryState.DONE.value,
    )
    .limit(1)
)


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
        return bool(await self.database.rows(_FINISHED_DIGEST, {"here": str(channel)}))
