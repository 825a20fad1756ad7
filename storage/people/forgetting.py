"""Deleting what is kept of a place, as statements for others' transactions: `privacy` calls these."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Final

from sqlalchemy import ColumnElement, Table, and_, delete, exists, false, or_, select, true, update
from sqlalchemy.ext.asyncio import AsyncConnection

from core.channels import ChannelRef, is_private_chat
from storage import tables
from storage.deliveries.moves import covered_by, end_deliveries, move_usage
from storage.engine.statements import chunks, delete_rows
from storage.tables import (
    bookmarks,
    deliveries,
    delivery_days,
    feedback,
    messages,
    model_usage,
    paper_annotations,
    rule_lists,
    subscriptions,
    updates,
)
from storage.tables.personal import OF_CHANNELS, OF_MESSAGES, OF_PEOPLE

#: platforms whose updates are kept until they are carried out
HANDING_OUT: Final = ("telegram", "slack")
#: tables whose private rows are a person's own, wherever they were made
WITH_PRIVATE_ROWS: Final = (bookmarks, feedback)
#: what hangs from a delivery
_BELOW_DELIVERIES: Final = (tables.stand_ins, tables.decisions, messages)


async def forget_place(connection: AsyncConnection, place: ChannelRef, limit: int | None = None) -> int:
    """Delete what is kept of a place; with `limit` that many records of each kind. How many there were."""
    records = await _forget_subscriptions(connection, place, limit)
    records += await _forget_deliveries(connection, place, limit)
    for table, which in _rows_of(place):
        records += await delete_rows(connection, table, which, limit)
    for table in WITH_PRIVATE_ROWS:
        records += await _make_placeless(connection, table, place)
    await move_usage(connection, covered_by(place, model_usage.c.channel), "")
    if place.platform in HANDING_OUT:
        records += await empty_updates(connection, place.place or place.workspace)
    return records


def _rows_of(place: ChannelRef) -> Iterator[tuple[Table, ColumnElement[bool]]]:
    """Which rows go with a place, beside those that have statements of their own."""
    is_private = is_private_chat(place)
    for naming in (*OF_CHANNELS, *OF_MESSAGES):
        table, here = naming.table, covered_by(place, naming.column)
        if table is rule_lists and not place.place:
            here |= naming.column == f"{place.platform}:{place.workspace}"
        if table in WITH_PRIVATE_ROWS and not is_private:
            here &= table.c.public == true()
        yield table, here
    if not place.place:  # a workspace has its people in it, where its platform says so
        for naming in OF_PEOPLE:
            yield naming.table, covered_by(place, naming.column)
    if is_private and place.platform == "telegram":  # whoever leaves takes the own list along
        person = str(place).partition("/")[0]
        for table in WITH_PRIVATE_ROWS:
            yield table, and_(table.c.person == person, table.c.public == false())
        yield paper_annotations, and_(paper_annotations.c.person == person, paper_annotations.c.channel == "")


async def _forget_subscriptions(connection: AsyncConnection, place: ChannelRef, limit: int | None) -> int:
    here = covered_by(place, subscriptions.c.channel)
    numbers = [row.id for row in await connection.execute(select(subscriptions.c.id).where(here).limit(limit))]
    if numbers:
        await end_deliveries(connection, covered_by(place, deliveries.c.channel))
    for table, column in ((delivery_days, delivery_days.c.subscription_id), (subscriptions, subscriptions.c.id)):
        for chunk in chunks(numbers):
            await connection.execute(delete(table).where(column.in_(chunk)))
    return len(numbers)


async def _forget_deliveries(connection: AsyncConnection, place: ChannelRef, limit: int | None) -> int:
    here = select(deliveries.c.id).where(covered_by(place, deliveries.c.channel)).limit(limit)
    numbers = [row.id for row in await connection.execute(here)]
    for chunk in chunks(numbers):
        for table in _BELOW_DELIVERIES:
            await connection.execute(delete(table).where(table.c.delivery_id.in_(chunk)))
        await connection.execute(delete(deliveries).where(deliveries.c.id.in_(chunk)))
    return len(numbers)


async def _make_placeless(connection: AsyncConnection, table: Table, place: ChannelRef) -> int:
    """Have what people said in private no longer say where: it is theirs, and stays."""
    here = and_(covered_by(place, table.c.channel), table.c.public == false())
    twin = table.alias("other")
    same = [twin.c[name] == table.c[name] for name in ("person", "paper_id", "public")]
    if table is feedback:
        same.append(twin.c.feeling == table.c.feeling)
    first = or_(twin.c.channel == "", and_(covered_by(place, twin.c.channel), twin.c.channel < table.c.channel))
    is_there = exists(select(twin.c.person).where(first, *same).correlate(table))
    count = (await connection.execute(delete(table).where(here, is_there))).rowcount
    return count + (await connection.execute(update(table).where(here).values(channel=""))).rowcount


async def empty_updates(connection: AsyncConnection, id: str) -> int:
    """Empty what a platform handed out, nobody has carried out yet, and names a person or a chat by this identifier."""
    waiting = select(updates.c.account, updates.c.number, updates.c.content)
    waiting = waiting.where(updates.c.done == false(), updates.c.content.contains(id, autoescape=True))
    count = 0
    for row in (await connection.execute(waiting)).all():
        if id in _ids(row.content):
            which = (updates.c.account == row.account, updates.c.number == row.number)
            await connection.execute(update(updates).where(*which).values(done=True, content=""))
            count += 1
    return count


def _ids(content: str) -> set[str]:
    """The ids of people and chats in an update: Telegram's numbers, and every string, for Slack's stand anywhere."""

    def walk(value: object) -> Iterator[str]:
        if isinstance(value, str) and not value.isdecimal():
            yield value
        elif isinstance(value, dict):
            if isinstance(value.get("id"), int):
                yield str(value["id"])
            for inner in value.values():
                yield from walk(inner)
        elif isinstance(value, list):
            for inner in value:
                yield from walk(inner)

    try:
        return set(walk(json.loads(content)))
    except ValueError:  # of another version
        return set()
