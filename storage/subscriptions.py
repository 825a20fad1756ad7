"""Who wants what: the `SubscriptionStore` part of `SqlStore`."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import delete, select

from core.channels import ChannelRef, Subscription
from core.deliver.due import next_due
from core.deliver.ports import SubscriptionStore
from core.deliver.schedule import is_rescheduled
from storage import rows
from storage.engine import OnDatabase, uninterrupted
from storage.statements import put
from storage.tables import delivery_days, subscriptions


class SqlSubscriptions(OnDatabase, SubscriptionStore):
    """The subscriptions in the database."""

    @uninterrupted
    async def save_subscription(self, subscription: Subscription, *, at: datetime) -> None:
        """Add it, or replace the one of the same channel and name; its deliveries stay."""
        due = None if subscription.paused else next_due(subscription.at, at)
        values = {
            "channel": str(subscription.channel),
            "name": subscription.name,
            "value": rows.subscription_text(subscription),
            "saved_at": at,
            "next_look": at,
            "next_due": due and due.at,
        }
        named = (subscriptions.c.channel == values["channel"]) & (subscriptions.c.name == subscription.name)
        async with self.database.writing() as connection:
            stored = select(subscriptions.c.value, subscriptions.c.settled_until).where(named).with_for_update()
            before = (await connection.execute(stored)).first()
            is_afresh = before is None or is_rescheduled(rows.subscription_of(before.value), subscription)
            values["settled_until"] = at if before is None or is_afresh else before.settled_until
            await put(connection, subscriptions, [values], key=["channel", "name"])

    @uninterrupted
    async def subscriptions(self, channel: ChannelRef | None = None) -> tuple[Subscription, ...]:
        """By channel and name."""
        wanted = select(subscriptions.c.channel, subscriptions.c.name, subscriptions.c.value)
        if channel:
            wanted = wanted.where(subscriptions.c.channel == str(channel))
        async with self.database.reading() as connection:
            found = (await connection.execute(wanted)).all()
        # Not ordered by the database: PostgreSQL has the order of the language that it was set up for.
        return tuple(rows.subscription_of(row.value) for row in sorted(found, key=lambda row: (row.channel, row.name)))

    @uninterrupted
    async def remove_subscription(self, channel: ChannelRef, name: str) -> bool:
        """Forget it; what was posted stays on record. Added again, it starts from the latest listing."""
        named = (subscriptions.c.channel == str(channel)) & (subscriptions.c.name == name)
        number = select(subscriptions.c.id).where(named).scalar_subquery()
        async with self.database.writing() as connection:
            await connection.execute(delete(delivery_days).where(delivery_days.c.subscription_id == number))
            return (await connection.execute(delete(subscriptions).where(named))).rowcount > 0
