"""Channels that are lost or get another reference, wherever they are on record; statements for others' transactions.

`SqlSubscriptions` and `SqlDeliveries` call these. `personal` lists the tables that name a channel.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from sqlalchemy import ColumnElement, and_, delete, exists, func, literal, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from core.channels import ChannelMoved, ChannelRef
from core.deliver.ledger import ENDED_SUBSCRIPTION, LOST_CHANNEL
from core.errors import AbsenceReason
from storage import rows
from storage.deliveries.leases import FAILED, SENDING
from storage.deliveries.ledger import unposted_counts
from storage.engine.statements import add_up
from storage.tables import deliveries, departures, messages, model_usage, subscriptions
from storage.tables.personal import OF_CHANNELS, OF_MESSAGES, Naming


def covered_by(channel: ChannelRef, column: ColumnElement[str]) -> ColumnElement[bool]:
    """True of a stored channel that `channel` covers."""
    if not channel.place:
        return column.startswith(str(replace(channel, place="/"))[:-1], autoescape=True)
    return or_(column == str(channel), column.startswith(f"{channel}/", autoescape=True))


async def end_deliveries(
    connection: AsyncConnection, which: ColumnElement[bool], reason: AbsenceReason | None = None
) -> None:
    """Give up deliveries that are under way: whoever sends one finds that out before its next message."""
    ending = update(deliveries).where(which, deliveries.c.state == SENDING)
    failure = LOST_CHANNEL if reason else ENDED_SUBSCRIPTION
    values = {
        **unposted_counts(),
        "state": FAILED,
        "absence": reason.value if reason else None,
        "failure": failure.kind,
        "failure_sentence": failure.sentence,
        "finished_at": func.coalesce(deliveries.c.retry_at, deliveries.c.begun_at),
        # A lease that runs on would only keep others from what nobody does any more.
        "lease_until": deliveries.c.begun_at,
    }
    await connection.execute(ending.values(values))


async def move(connection: AsyncConnection, change: ChannelMoved) -> bool:
    """Put the new reference in the place of the old one; False where the old one is not on record."""
    old, new = str(change.channel), str(change.to)
    if old == new:
        return False
    is_known = await _move_deliveries(connection, change) + await _move_subscriptions(connection, change)
    for naming in (*OF_CHANNELS, *(OF_MESSAGES if change.keeps_messages else ())):
        is_known += await _move_rows(connection, naming, old, new)
    await connection.execute(delete(departures).where(departures.c.channel == old))
    await move_usage(connection, model_usage.c.channel == old, new)
    return is_known > 0


#: what is added up in one row of `model_usage`
USAGE_KEY: Final = ("day", "model", "purpose", "channel")


async def _move_rows(connection: AsyncConnection, naming: Naming, old: str, new: str) -> int:
    """Move what the new channel has not got, and forget the rest of the old one's."""
    table, column = naming.table, naming.column
    existing = table.alias("other")
    same = [existing.c[name] == table.c[name] for name in naming.key]
    is_there = exists(select(literal(1)).select_from(existing).where(existing.c[column.key] == new, *same))
    moving = update(table).where(column == old, ~is_there.correlate(table)).values({column: new})
    count = (await connection.execute(moving)).rowcount
    return count + (await connection.execute(delete(table).where(column == old))).rowcount


async def move_usage(connection: AsyncConnection, here: ColumnElement[bool], new: str) -> None:
    """Add what the calls of some channels consumed to what another one's did."""
    usage_rows = (await connection.execute(select(model_usage).where(here))).mappings().all()
    await add_up(connection, model_usage, [{**row, "channel": new} for row in usage_rows], key=USAGE_KEY)
    await connection.execute(delete(model_usage).where(here))


async def _move_subscriptions(connection: AsyncConnection, change: ChannelMoved) -> int:
    here = select(subscriptions).where(subscriptions.c.channel == str(change.channel)).with_for_update()
    subscription_rows = (await connection.execute(here)).all()
    for row in subscription_rows:
        value = replace(rows.subscription_of(row.value), channel=change.to)
        is_taken = and_(subscriptions.c.channel == str(change.to), subscriptions.c.name == row.name)
        if (await connection.execute(select(subscriptions.c.id).where(is_taken))).first():
            await end_deliveries(connection, deliveries.c.subscription_id == row.id)
            await connection.execute(delete(subscriptions).where(subscriptions.c.id == row.id))
            continue
        values = {"channel": str(change.to), "value": rows.subscription_text(value)}
        await connection.execute(update(subscriptions).where(subscriptions.c.id == row.id).values(values))
    return len(subscription_rows)


async def _move_deliveries(connection: AsyncConnection, change: ChannelMoved) -> int:
    here = deliveries.c.channel == str(change.channel)
    delivery_rows = (await connection.execute(select(deliveries.c.id, deliveries.c.subscription).where(here))).all()
    if not change.keeps_messages:
        in_deliveries = messages.c.delivery_id.in_(select(deliveries.c.id).where(here))
        there = literal(f"{change.channel.place}:").concat(messages.c.message)
        await connection.execute(
            update(messages).where(in_deliveries, messages.c.message.is_not(None)).values(message=there)
        )
    for row in delivery_rows:
        value = replace(rows.subscription_of(row.subscription), channel=change.to)
        values = {"channel": str(change.to), "subscription": rows.subscription_text(value)}
        await connection.execute(update(deliveries).where(deliveries.c.id == row.id).values(values))
    return len(delivery_rows)
