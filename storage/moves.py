"""Channels that are lost or get another reference, wherever they are on record; statements for others' transactions.

`subscriptions` and `deliveries` call these. Every table that names a channel is in `move`.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from sqlalchemy import ColumnElement, Table, and_, delete, exists, func, literal, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from core.channels import ChannelMoved, ChannelRef
from core.deliver.ledger import LOST, UNSUBSCRIBED, DeliveryState
from core.errors import AbsenceReason
from storage import rows
from storage.ledger import unposted_counts
from storage.statements import add_up
from storage.tables import (
    bookmarks,
    corrections,
    deliveries,
    digest_orders,
    ended_subscriptions,
    feedback,
    messages,
    model_usage,
    paper_annotations,
    postings,
    profiles,
    reactions,
    rule_lists,
    seeds,
    shown,
    subscriptions,
    tallies,
)

_SENDING = DeliveryState.SENDING.value
_FAILED = DeliveryState.FAILED.value


def covered_by(channel: ChannelRef, column: ColumnElement[str]) -> ColumnElement[bool]:
    """True of a stored channel that `channel` covers."""
    if not channel.place:
        return column.startswith(str(replace(channel, place="/"))[:-1], autoescape=True)
    return or_(column == str(channel), column.startswith(f"{channel}/", autoescape=True))


async def end_deliveries(
    connection: AsyncConnection, which: ColumnElement[bool], reason: AbsenceReason | None = None
) -> None:
    """Give up deliveries that are under way: whoever sends one finds that out before its next message."""
    ending = update(deliveries).where(which, deliveries.c.state == _SENDING)
    failure = LOST if reason else UNSUBSCRIBED
    values = {
        **unposted_counts(),
        "state": _FAILED,
        "absence": reason.value if reason else None,
        "failure": failure.kind,
        "failure_sentence": failure.sentence,
        "finished_at": func.coalesce(deliveries.c.retry_at, deliveries.c.begun_at),
        # A lease that runs on would only keep others from what nobody does any more.
        "lease_until": deliveries.c.begun_at,
    }
    await connection.execute(ending.values(values))


async def move(connection: AsyncConnection, moved: ChannelMoved) -> bool:
    """Put the new reference in the place of the old one; False where the old one is not on record."""
    old, new = str(moved.channel), str(moved.to)
    if old == new:
        return False
    is_known = await _move_deliveries(connection, moved) + await _move_subscriptions(connection, moved)
    for table, names in (
        (postings, ("paper_id",)),
        (bookmarks, ("person", "paper_id", "public")),
        (paper_annotations, ("person", "paper_id")),
        (feedback, ("person", "paper_id", "feeling")),
        (digest_orders, ()),
        (profiles, ()),
        (seeds, ("key",)),
        (corrections, ("term", "paper")),
        (ended_subscriptions, ("name",)),
        (rule_lists, ("name",)),
        *(_MESSAGES if moved.keeps_messages else ()),
    ):
        is_known += await _move_rows(connection, table, names, old, new)
    await _move_usage(connection, old, new)
    return is_known > 0


#: what is added up in one row of `model_usage`
USAGE_KEY: Final = ("day", "model", "purpose", "channel")
#: what belongs to a message as well
_MESSAGES = ((shown, ("message",)), (reactions, ("message", "person", "emoji")), (tallies, ("message",)))


async def _move_rows(connection: AsyncConnection, table: Table, names: tuple[str, ...], old: str, new: str) -> int:
    """Move what the new channel has not got, and forget the rest of the old one's."""
    other = table.alias("other")
    same = [other.c[name] == table.c[name] for name in names]
    is_there = exists(select(literal(1)).select_from(other).where(other.c.channel == new, *same))
    moving = update(table).where(table.c.channel == old, ~is_there.correlate(table)).values(channel=new)
    count = (await connection.execute(moving)).rowcount
    return count + (await connection.execute(delete(table).where(table.c.channel == old))).rowcount


async def _move_usage(connection: AsyncConnection, old: str, new: str) -> None:
    """Add what the old channel's calls consumed to what the new one's did."""
    here = model_usage.c.channel == old
    found = (await connection.execute(select(model_usage).where(here))).mappings().all()
    await add_up(connection, model_usage, [{**row, "channel": new} for row in found], key=USAGE_KEY)
    await connection.execute(delete(model_usage).where(here))


async def _move_subscriptions(connection: AsyncConnection, moved: ChannelMoved) -> int:
    here = select(subscriptions).where(subscriptions.c.channel == str(moved.channel)).with_for_update()
    found = (await connection.execute(here)).all()
    for row in found:
        value = replace(rows.subscription_of(row.value), channel=moved.to)
        is_taken = and_(subscriptions.c.channel == str(moved.to), subscriptions.c.name == row.name)
        if (await connection.execute(select(subscriptions.c.id).where(is_taken))).first():
            await end_deliveries(connection, deliveries.c.subscription_id == row.id)
            await connection.execute(delete(subscriptions).where(subscriptions.c.id == row.id))
            continue
        values = {"channel": str(moved.to), "value": rows.subscription_text(value)}
        await connection.execute(update(subscriptions).where(subscriptions.c.id == row.id).values(values))
    return len(found)


async def _move_deliveries(connection: AsyncConnection, moved: ChannelMoved) -> int:
    here = deliveries.c.channel == str(moved.channel)
    found = (await connection.execute(select(deliveries.c.id, deliveries.c.subscription).where(here))).all()
    if not moved.keeps_messages:
        ours = messages.c.delivery_id.in_(select(deliveries.c.id).where(here))
        there = literal(f"{moved.channel.place}:").concat(messages.c.message)
        await connection.execute(update(messages).where(ours, messages.c.message.is_not(None)).values(message=there))
    for row in found:
        value = replace(rows.subscription_of(row.subscription), channel=moved.to)
        values = {"channel": str(moved.to), "subscription": rows.subscription_text(value)}
        await connection.execute(update(deliveries).where(deliveries.c.id == row.id).values(values))
    return len(found)
