"""Deliveries that an older version left under way: resumed with the plan and the keys that they were stored with."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import Connection, text

from core.deliver import digest
from core.deliver.digest import DeliveryOutcome
from core.posts.messages import MessageRef
from storage import rows
from storage.migrations import schema
from tests.fakes.chat import FakeChat
from tests.fakes.clock import FakeClock
from tests.fakes.ledger import CHANNEL, DAILY, LEASE, READER, a_plan, listed
from tests.fakes.old_databases import OlderDatabase
from tests.fakes.papers import AT, DAY
from tests.fakes.stores import SqlStore

#: as 0.1 made it
KEY = "7-20260204090000"
SENT = MessageRef(CHANNEL, "1700.1")
DELIVERY = {
    "id": 7,
    "subscription_id": 1,
    "channel": str(CHANNEL),
    "name": "main",
    "day": DAY.isoformat(),
    "kind": "daily",
    "state": "sending",
    "begun_at": AT.isoformat(" "),
    "lease_until": (AT + LEASE).isoformat(" "),
    "until": 9,
    "candidates": 2,
    "kept": 2,
    "posted": 2,
    "failed": 0,
    "subscription": rows.subscription_text(READER),
    "sources": "[]",
}
CHOOSING = DELIVERY | {"id": 8, "day": (DAY + timedelta(days=1)).isoformat(), "state": "choosing"}


def _insert(connection: Connection, table: str, values: rows.Values) -> None:
    names = ", ".join(values)
    marks = ", ".join(f":{name}" for name in values)
    connection.execute(text(f"INSERT INTO {table} ({names}) VALUES ({marks})"), values)


def _leave_under_way(older: OlderDatabase, revision: str) -> None:
    """A database of that revision whose process died after the first of three messages."""
    with older.at(revision) as connection:
        subscription = {"id": 1, "channel": str(CHANNEL), "name": "main", "value": rows.subscription_text(READER)}
        _insert(connection, "subscriptions", subscription | {"saved_at": AT.isoformat(" ")})
        for delivery in (DELIVERY, CHOOSING):
            _insert(connection, "deliveries", delivery)
        for position, outgoing in enumerate(a_plan(KEY, [1, 2])):
            message = rows.message_values(outgoing, delivery_id=7, position=position)
            is_sent = {"state": "sent", "message": SENT.id, "sent_at": AT.isoformat(" ")} if not position else {}
            _insert(connection, "messages", message | is_sent)


@pytest.mark.parametrize("revision", schema.REVISIONS[: schema.REVISIONS.index("0008")])
async def test_delivery_under_way(older: OlderDatabase, revision: str) -> None:
    """It goes on with its stored plan and keys once its lease runs out; one that was still choosing never began."""
    _leave_under_way(older, revision)
    clock, chat = FakeClock(AT), FakeChat()
    async with SqlStore(older.url).open() as store:
        await listed(store, [1, 2])
        under_way = await store.delivery(READER, DAY, DAILY)
        assert under_way and (under_way.post, under_way.sent) == (None, {f"{KEY}/0": SENT})
        assert await store.delivery(READER, DAY + timedelta(days=1), DAILY) is None
        held = await digest.deliver(READER, DAY, store=store, chat=chat, clock=clock)
        clock.move(LEASE)
        resumed = await digest.deliver(READER, DAY, store=store, chat=chat, clock=clock)
    assert (held.outcome, resumed.outcome) == (DeliveryOutcome.ELSEWHERE, DeliveryOutcome.POSTED)
    assert [(outgoing.key, parent) for outgoing, parent in chat.sent] == [(f"{KEY}/1", SENT), (f"{KEY}/2", SENT)]
