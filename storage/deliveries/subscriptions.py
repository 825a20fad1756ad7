"""Who wants what: the `SubscriptionStore` part of `SqlStore`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from functools import partial
from typing import Final

from sqlalchemy import ColumnElement, RowMapping, Select, bindparam, delete, func, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from core.channels import SETTINGS_KEPT, Absence, ChannelMoved, ChannelRef, EndedSubscription, Subscription
from core.deliver.absences import LEAVING, has_returned, pause_subscription
from core.deliver.due import next_due
from core.deliver.ports import SubscriptionStore
from core.deliver.schedule import is_rescheduled
from core.errors import AbsenceReason
from core.text.storable import short
from storage import rows
from storage.deliveries.moves import covered_by, end_deliveries, move
from storage.engine.database import OnDatabase, uninterrupted
from storage.engine.statements import add_missing, put
from storage.tables import (
    deliveries,
    delivery_days,
    departures,
    ended_subscriptions,
    subscription_categories,
    subscriptions,
)

#: before any moment on record
_EVER: Final = datetime.min.replace(tzinfo=UTC)
_EVERY: Final = select(subscriptions.c.channel, subscriptions.c.name, subscriptions.c.value)
_HERE: Final = _EVERY.where(subscriptions.c.channel == bindparam("here"))


class SqlSubscriptions(OnDatabase, SubscriptionStore):
    """The subscriptions in the database."""

    @uninterrupted
    async def save_subscription(self, subscription: Subscription, *, at: datetime) -> None:
        """Add it, or replace the one of the same channel and name; its deliveries stay."""
        async with self.database.writing() as connection:
            await put_subscription(connection, subscription, at=at)

    @uninterrupted
    async def subscriptions(self, channel: ChannelRef | None = None) -> tuple[Subscription, ...]:
        """By channel and name."""
        async with self.database.reading() as connection:
            if channel is None:
                return _by_name((await connection.execute(_EVERY)).all())
            return _by_name((await connection.execute(_HERE, {"here": str(channel)})).all())

    @uninterrupted
    async def count_subscriptions(self) -> int:
        """How many there are."""
        async with self.database.reading() as connection:
            return (await connection.execute(select(func.count()).select_from(subscriptions))).scalar_one()

    @uninterrupted
    async def wanted_categories(self) -> tuple[str, ...]:
        """Every category that any subscription names."""
        async with self.database.reading() as connection:
            return tuple(sorted(row.category for row in await connection.execute(_EACH_CATEGORY)))

    @uninterrupted
    async def lost_subscriptions(self, channel: ChannelRef | None = None) -> tuple[Subscription, ...]:
        """Those with an absence, in a channel and those it covers or anywhere; by channel and name."""
        statement = _EVERY.where(subscriptions.c.absent_since > _EVER)  # unlike IS NOT NULL, a step of the index
        if channel:
            statement = statement.where(covered_by(channel, subscriptions.c.channel))
        async with self.database.reading() as connection:
            return _by_name((await connection.execute(statement)).all())

    @uninterrupted
    async def remove_subscription(self, channel: ChannelRef, name: str, *, at: datetime | None = None) -> bool:
        """Remove it; what was posted stays on record. Added again, it starts from the latest listing."""
        async with self.database.writing() as connection:
            return await remove_stored(connection, channel, name, at=at)

    @uninterrupted
    async def ended_subscriptions(self, channel: ChannelRef, *, since: datetime) -> tuple[EndedSubscription, ...]:
        """What is kept of digests that were ended in a channel at `since` or later, the newest first."""
        columns = ended_subscriptions.c
        statement = select(columns.value, columns.ended_at).where(
            columns.channel == str(channel), columns.ended_at >= since
        )
        async with self.database.reading() as connection:
            ended_rows = (await connection.execute(statement.order_by(columns.ended_at.desc(), columns.name))).all()
        return tuple(
            EndedSubscription(subscription=rows.subscription_of(row.value), at=row.ended_at) for row in ended_rows
        )

    @uninterrupted
    async def change_subscriptions(
        self, channel: ChannelRef, change: Callable[[Subscription], Subscription], *, at: datetime
    ) -> tuple[Subscription, ...]:
        """Change what is subscribed in a channel and in those it covers; those that changed."""
        async with self.database.writing() as connection:
            return await _change(connection, channel, change, at=at)

    @uninterrupted
    async def lose_channel(self, channel: ChannelRef, absence: Absence) -> tuple[Subscription, ...]:
        """Pause what is subscribed in a channel and in those it covers, and end their deliveries."""
        async with self.database.writing() as connection:
            paused_subscriptions = await _change(
                connection, channel, partial(pause_subscription, absence=absence), at=absence.since
            )
            await end_deliveries(connection, covered_by(channel, deliveries.c.channel), absence.reason)
            if absence.reason in LEAVING:
                values = {"channel": str(channel), "reason": absence.reason.value, "left_at": absence.since}
                await add_missing(connection, departures, [values])
            return paused_subscriptions

    @uninterrupted
    async def note_return(self, channel: ChannelRef) -> bool:
        """The bot is back in a channel or a workspace: what is kept of it stays."""
        async with self.database.reading() as connection:
            departure_rows = (await connection.execute(select(departures.c.channel, departures.c.reason))).all()
        over = [
            row.channel
            for row in departure_rows
            if has_returned(ChannelRef.from_store(row.channel), AbsenceReason(row.reason), channel)
        ]
        if over:
            async with self.database.writing() as connection:
                await connection.execute(delete(departures).where(departures.c.channel.in_(over)))
        return bool(over)

    @uninterrupted
    async def move_channel(self, move_event: ChannelMoved) -> tuple[Subscription, ...]:
        """Put a channel's new reference in the place of the old one; what is subscribed there now."""
        async with self.database.writing() as connection:
            if not await move(connection, move_event):
                return ()
        return await self.subscriptions(move_event.to)


async def put_subscription(connection: AsyncConnection, subscription: Subscription, *, at: datetime) -> None:
    """Add a subscription, or replace the one of the same channel and name."""
    own = (subscriptions.c.channel == str(subscription.channel)) & (subscriptions.c.name == subscription.name)
    statement = select(subscriptions.c.value, subscriptions.c.settled_until).where(own).with_for_update()
    before = (await connection.execute(statement)).mappings().first()
    values = {**_values(subscription, before, at), "saved_at": at}
    await put(connection, subscriptions, [values], key=["channel", "name"])
    if before is None or rows.subscription_of(before["value"]).categories != subscription.categories:
        number = (await connection.execute(select(subscriptions.c.id).where(own))).scalar_one()
        await _put_categories(connection, number, subscription)


async def remove_stored(
    connection: AsyncConnection, channel: ChannelRef, name: str, *, at: datetime | None = None
) -> bool:
    """Remove a subscription and end its deliveries; with `at`, keep its settings. False where there was none."""
    own = (subscriptions.c.channel == str(channel)) & (subscriptions.c.name == name)
    number = select(subscriptions.c.id).where(own).scalar_subquery()
    if at:
        await _keep_settings(connection, own, at)
    await end_deliveries(connection, deliveries.c.subscription_id == number)
    await connection.execute(delete(delivery_days).where(delivery_days.c.subscription_id == number))
    return (await connection.execute(delete(subscriptions).where(own))).rowcount > 0


def _each_category() -> Select[tuple[str]]:
    """Each category once: always the next one of the index, which takes as many steps as there are categories."""
    category = subscription_categories.c.category
    categories = select(func.min(category).label("category")).cte("each_category", recursive=True)
    following = select(func.min(category)).where(category > categories.c.category).scalar_subquery()
    categories = categories.union_all(select(following).where(categories.c.category.is_not(None)))
    return select(categories.c.category).where(categories.c.category.is_not(None))


_EACH_CATEGORY: Final = _each_category()


def _by_name(subscription_rows: Sequence[rows.Row]) -> tuple[Subscription, ...]:
    """Not ordered by the database: PostgreSQL has the order of the language that it was set up for."""
    return tuple(
        rows.subscription_of(row.value) for row in sorted(subscription_rows, key=lambda row: (row.channel, row.name))
    )


async def _keep_settings(connection: AsyncConnection, which: ColumnElement[bool], at: datetime) -> None:
    """Keep the settings of a subscription that is about to be removed, and forget those that were kept long enough."""
    columns = ended_subscriptions.c
    await connection.execute(delete(ended_subscriptions).where(columns.ended_at < at - SETTINGS_KEPT))
    statement = select(subscriptions.c.channel, subscriptions.c.name, subscriptions.c.value).where(which)
    ended_rows = [{**row, "ended_at": at} for row in (await connection.execute(statement)).mappings()]
    await put(connection, ended_subscriptions, ended_rows, key=["channel", "name"])


async def _put_categories(connection: AsyncConnection, number: int, subscription: Subscription) -> None:
    """Have exactly the categories of a subscription on record."""
    own = subscription_categories.c.subscription_id == number
    await connection.execute(delete(subscription_categories).where(own))
    categories = dict.fromkeys(map(short, subscription.categories))
    values = [{"subscription_id": number, "category": category} for category in categories]
    if values:
        await connection.execute(subscription_categories.insert(), values)


def _values(subscription: Subscription, before: RowMapping | None, at: datetime) -> rows.Values:
    """A subscription that is saved at `at`, and looked at from then on; hours that have gone by do not count."""
    due = None if subscription.paused else next_due(subscription.at, at)
    is_afresh = before is None or is_rescheduled(rows.subscription_of(before["value"]), subscription)
    return {
        "channel": str(subscription.channel),
        "name": subscription.name,
        "value": rows.subscription_text(subscription),
        "next_look": at,
        "next_due": due and due.at,
        "settled_until": at if before is None or is_afresh else before["settled_until"],
        "absent_since": subscription.absence and subscription.absence.since,
    }


async def _change(
    connection: AsyncConnection,
    channel: ChannelRef,
    change: Callable[[Subscription], Subscription],
    *,
    at: datetime,
) -> tuple[Subscription, ...]:
    statement = select(subscriptions.c.id, subscriptions.c.value, subscriptions.c.settled_until)
    statement = statement.where(covered_by(channel, subscriptions.c.channel)).order_by(subscriptions.c.id)
    changed_subscriptions: list[Subscription] = []
    for row in (await connection.execute(statement.with_for_update())).all():
        before = rows.subscription_of(row.value)
        after = change(before)
        if after != before:
            values = _values(after, row._mapping, at)
            await connection.execute(update(subscriptions).where(subscriptions.c.id == row.id).values(values))
            if after.categories != before.categories:
                await _put_categories(connection, row.id, after)
            changed_subscriptions.append(after)
    return tuple(changed_subscriptions)
