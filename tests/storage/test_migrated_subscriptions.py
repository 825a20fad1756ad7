"""Subscriptions of an older version: what they name, and which are lost, is found without reading all of them."""

from __future__ import annotations

from dataclasses import replace

from sqlalchemy import text

from core.channels import Absence
from core.errors import AbsenceReason
from storage import rows
from storage.store import SqlStore
from tests.fakes.ledger import READER
from tests.fakes.older import OlderDatabase
from tests.fakes.papers import AT

ANTS = replace(READER, name="ants", categories=("q-bio", "cs.RO", "cs.RO"))
LOST = replace(ANTS, name="lost", paused=True, absence=Absence(reason=AbsenceReason.KICKED, since=AT))


async def test_subscriptions_of_the_version_before(older: OlderDatabase) -> None:
    """What was subscribed before is wanted, and found where it is lost; once it is removed, it is not."""
    with older.at("0013") as connection:
        for one in (READER, ANTS, LOST):
            values = {"channel": str(one.channel), "name": one.name, "value": rows.subscription_text(one)}
            connection.execute(
                text(
                    "INSERT INTO subscriptions (channel, name, value, saved_at) VALUES (:channel, :name, :value, :at)"
                ),
                values | {"at": AT.isoformat(" ")},
            )
    async with SqlStore(older.url).opened() as store:
        assert await store.wanted_categories() == tuple(sorted({*READER.categories, "cs.RO", "q-bio"}))
        assert await store.lost_subscriptions() == (LOST,)
        for one in (ANTS, LOST):
            await store.remove_subscription(one.channel, one.name)
        assert await store.wanted_categories() == tuple(sorted(READER.categories))
        assert await store.lost_subscriptions() == ()
