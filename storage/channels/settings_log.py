"""Changes of settings that people make: compared before they are saved, on record, and kept until they are confirmed.

The `SettingsStore` part of `SqlStore`.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from sqlalchemy import delete, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from core.channels import ChannelRef, Subscription, UserRef
from core.converse.ports import SettingsStore
from core.converse.settings.changes import (
    MOST_LOGGED,
    MOST_PENDING,
    LogEntry,
    LoggedChange,
    LoggedSigns,
    PendingChange,
    Person,
)
from core.deliver.ledger import DeliveryState
from core.posts.signs import Signs
from storage import rows
from storage.channels.signs import put_signs, signs_of, signs_text, stored_signs
from storage.deliveries.subscriptions import put_subscription, remove_stored
from storage.engine.database import OnDatabase, uninterrupted
from storage.engine.statements import keep_newest, put
from storage.tables import deliveries, pending_changes, setting_changes, subscriptions


class SqlSettings(OnDatabase, SettingsStore):
    """The changes in the database."""

    @uninterrupted
    async def change_settings(
        self, before: Subscription | None, after: Subscription | None, *, person: Person, at: datetime
    ) -> LoggedChange | None:
        """Save it where the digest is still as it was before, and put it on record; None where it is not."""
        channel = _channel_of(before, after)
        async with self.database.writing(in_turn=f"settings {channel}") as connection:
            if await _stored_subscription(connection, before or after) != before:
                return None
            if before and after and before.name != after.name:
                if await _stored_subscription(connection, after):
                    return None
                await _rename(connection, before, after)
            if after:
                await put_subscription(connection, after, at=at)
            elif before:
                await remove_stored(connection, channel, before.name, at=at)
            values = {"before": _text(before), "after": _text(after)}
            number = await _record(connection, channel, values, person=person, at=at)
        return LoggedChange(number=number, person=person, at=at, before=before, after=after)

    @uninterrupted
    async def change_signs(
        self, channel: ChannelRef, before: Signs, after: Signs, *, person: Person, at: datetime
    ) -> LoggedSigns | None:
        """Save the channel's signs where they are still as they were before, and put it on record."""
        async with self.database.writing(in_turn=f"settings {channel}") as connection:
            if await stored_signs(connection, channel) != before:
                return None
            await put_signs(connection, channel, after)
            values = {"signs_before": signs_text(before), "signs_after": signs_text(after)}
            number = await _record(connection, channel, values, person=person, at=at)
        return LoggedSigns(number=number, person=person, at=at, channel=channel, before=before, after=after)

    @uninterrupted
    async def setting_changes(self, channel: ChannelRef) -> tuple[LogEntry, ...]:
        """The channel's last changes, newest first."""
        statement = select(setting_changes).where(setting_changes.c.channel == str(channel))
        async with self.database.reading() as connection:
            change_rows = (await connection.execute(statement.order_by(setting_changes.c.number.desc()))).all()
        return tuple(map(change_of, change_rows))

    @uninterrupted
    async def keep_pending(self, change: PendingChange, *, since: datetime) -> None:
        """Keep a change until it is saved; forget those from before `since`, and the oldest where they are too many."""
        values = {
            "key": change.key,
            "channel": str(change.channel),
            "person": str(change.person),
            "before": _text(change.before),
            "after": _text(change.after),
            "at": change.at,
        }
        async with self.database.writing() as connection:
            columns = pending_changes.c
            await connection.execute(delete(pending_changes).where(columns.at < since))
            await put(connection, pending_changes, [values], key=["key", "channel"])
            own = (columns.channel == values["channel"]) & (columns.person == values["person"])
            await keep_newest(connection, pending_changes, own, columns.at, MOST_PENDING)

    @uninterrupted
    async def pending(self, key: str, channel: ChannelRef, *, person: UserRef, since: datetime) -> PendingChange | None:
        """What was kept under a key, or last by a person, for a channel at `since` or later."""
        columns = pending_changes.c
        which = columns.key == key if key else columns.person == str(person)
        statement = select(pending_changes).where(which, columns.channel == str(channel), columns.at >= since)
        statement = statement.order_by(columns.at.desc(), columns.key).limit(1)
        async with self.database.reading() as connection:
            row = (await connection.execute(statement)).first()
        if row is None:
            return None
        after = _subscription(row.after, channel)
        assert after is not None
        return PendingChange(
            key=row.key,
            channel=channel,
            person=UserRef.from_store(row.person),
            before=_subscription(row.before, channel),
            after=after,
            at=row.at,
        )

    @uninterrupted
    async def forget_pending(self, key: str) -> None:
        """It was saved, or is not wanted."""
        async with self.database.writing() as connection:
            await connection.execute(delete(pending_changes).where(pending_changes.c.key == key))


def change_of(row: rows.Row) -> LogEntry:
    """A row of `setting_changes` as a value."""
    channel, person = (
        ChannelRef.from_store(row.channel),
        Person(user=UserRef.from_store(row.person), name=row.person_name),
    )
    if row.signs_after is not None:
        before, after = signs_of(row.signs_before), signs_of(row.signs_after)
        return LoggedSigns(number=row.number, person=person, at=row.at, channel=channel, before=before, after=after)
    return LoggedChange(
        number=row.number,
        person=person,
        at=row.at,
        before=_subscription(row.before, channel),
        after=_subscription(row.after, channel),
    )


def _channel_of(before: Subscription | None, after: Subscription | None) -> ChannelRef:
    either = before or after
    assert either is not None
    return either.channel


def _text(subscription: Subscription | None) -> str | None:
    """A digest as it is kept here: without who set it up, which the person may have deleted."""
    return rows.subscription_text(replace(subscription, set_up_by=None)) if subscription else None


def _subscription(value: str | None, channel: ChannelRef) -> Subscription | None:
    """A digest as it was on record; a channel that moved has its new reference."""
    return None if value is None else replace(rows.subscription_of(value), channel=channel)


async def _stored_subscription(connection: AsyncConnection, which: Subscription | None) -> Subscription | None:
    assert which is not None
    own = (subscriptions.c.channel == str(which.channel)) & (subscriptions.c.name == which.name)
    value = await connection.execute(select(subscriptions.c.value).where(own).with_for_update())
    settings = value.scalar_one_or_none()
    return rows.subscription_of(settings) if settings is not None else None


async def _rename(connection: AsyncConnection, before: Subscription, after: Subscription) -> None:
    """Have what was posted, and what is on its way, under the new name."""
    channel = str(before.channel)
    own = (subscriptions.c.channel == channel) & (subscriptions.c.name == before.name)
    number = (await connection.execute(select(subscriptions.c.id).where(own))).scalar_one()
    await connection.execute(update(subscriptions).where(own).values(name=after.name))
    of_subscription = deliveries.c.subscription_id == number
    await connection.execute(update(deliveries).where(of_subscription).values(name=after.name))
    sending = select(deliveries.c.id, deliveries.c.subscription).where(
        of_subscription, deliveries.c.state == DeliveryState.SENDING.value
    )
    for row in (await connection.execute(sending)).all():
        value = rows.subscription_text(replace(rows.subscription_of(row.subscription), name=after.name))
        await connection.execute(update(deliveries).where(deliveries.c.id == row.id).values(subscription=value))


async def _record(
    connection: AsyncConnection,
    channel: ChannelRef,
    change: rows.Values,
    *,
    person: Person,
    at: datetime,
) -> int:
    """Put a change on record, and forget the oldest ones of the channel; its number."""
    who = {"channel": str(channel), "person": str(person.user), "person_name": person.name, "at": at}
    result = await connection.execute(insert(setting_changes).values(who | change).returning(setting_changes.c.number))
    number: int = result.scalar_one()
    here = setting_changes.c.channel == str(channel)
    await keep_newest(connection, setting_changes, here, setting_changes.c.number, MOST_LOGGED)
    return number
