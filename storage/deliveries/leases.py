"""The lease of a delivery: whoever's statement changes its row holds it, under a random name.

The name tells holders apart.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, bindparam, exists, func, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from core.deliver.ledger import ENDED_SUBSCRIPTION, Delivery, DeliveryKind, DeliveryState, Failure
from core.errors import AbsenceReason, ChannelGone, LeaseLost, NotAllowed
from storage.tables import deliveries

SENDING: Final = DeliveryState.SENDING.value
DONE: Final = DeliveryState.DONE.value
FAILED: Final = DeliveryState.FAILED.value


def lease_of(delivery: Delivery) -> tuple[ColumnElement[bool], ...]:
    """True of the delivery's row while the lease that it was read with goes on."""
    return (
        deliveries.c.id == delivery.id,
        deliveries.c.state == SENDING,
        deliveries.c.holder == delivery.holder,
    )


#: renews the lease of a delivery that is still its `holder`'s
_RENEW: Final = (
    update(deliveries)
    .where(
        deliveries.c.id == bindparam("delivery"),
        deliveries.c.state == SENDING,
        deliveries.c.holder == bindparam("by"),
    )
    .values(lease_until=bindparam("new_until"))
)


def has_later_delivery() -> ColumnElement[bool]:
    """Was a DAILY delivery of the subscription planned after this one? It decides on what this one did not post."""
    later = deliveries.alias("later")
    return exists().where(
        later.c.subscription_id == deliveries.c.subscription_id,
        later.c.kind == DeliveryKind.DAILY.value,
        later.c.id > deliveries.c.id,
        later.c.state != FAILED,
    )


def failure_values(failure: Failure) -> dict[str, Any]:
    """Count one more attempt, and why it failed."""
    return {
        "attempts": func.coalesce(deliveries.c.attempts, 0) + 1,
        "failure": failure.kind,
        "failure_sentence": failure.sentence,
    }


async def renew(connection: AsyncConnection, delivery: Delivery, until: datetime) -> None:
    """Hold a delivery until then. Raises LeaseLost where we do not hold it any more."""
    of = {"delivery": delivery.id, "by": delivery.holder, "new_until": until}
    await _make_sure(connection, delivery, count=(await connection.execute(_RENEW, of)).rowcount)


async def hold(connection: AsyncConnection, delivery: Delivery, /, **values: Any) -> None:
    """Change a delivery that we hold. Raises LeaseLost where we do not."""
    change = update(deliveries).where(*lease_of(delivery)).values(values)
    await _make_sure(connection, delivery, count=(await connection.execute(change)).rowcount)


async def _make_sure(connection: AsyncConnection, delivery: Delivery, *, count: int) -> None:
    """Raises the reason for which no row was changed."""
    if not count:
        outcome = select(deliveries.c.state, deliveries.c.absence, deliveries.c.failure)
        row = (await connection.execute(outcome.where(deliveries.c.id == delivery.id))).first()
        if row and row.state == FAILED and row.absence:
            raise ChannelGone(
                f"The digest of {delivery.subscription} was ended: its channel is lost.",
                hint="Its settings say why.",
                reason=AbsenceReason(row.absence),
            )
        if row is None or (row.state == FAILED and row.failure == ENDED_SUBSCRIPTION.kind):  # deleted, or ended
            raise NotAllowed(f"The digest of {delivery.subscription} was ended: it is not subscribed any more.")
        raise LeaseLost(
            f"Another process took over the digest of {delivery.subscription} for {delivery.day}.",
            hint="It goes on there; nothing needs to be done here.",
        )
