"""Subscriptions of an older version: what they name, and which are lost, is found without reading all of them."""

from __future__ import annotations

from dataclasses import replace

from sqlalchemy import text

from core.channels import Absence, UserRef
from core.errors import AbsenceReason
from storage import rows
from tests.fakes.ledger import READER
from tests.fakes.old_databases import OlderDatabase
from tests.fakes.papers import AT, DAY
from tests.fakes.stores import SqlStore

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
    async with SqlStore(older.url).open() as store:
        assert await store.wanted_categories() == tuple(sorted({*READER.categories, "cs.RO", "q-bio"}))
        assert await store.lost_subscriptions() == (LOST,)
        for one in (ANTS, LOST):
            await store.remove_subscription(one.channel, one.name)
        assert await store.wanted_categories() == tuple(sorted(READER.categories))
        assert await store.lost_subscriptions() == ()


async def test_deliveries_name_nobody(older: OlderDatabase) -> None:
    """What older versions wrote into deliveries of who set the digest up is gone; the rest of their settings stays."""
    quoted = replace(READER, interest='"set_up_by":{"id":"x"}', set_up_by=UserRef("slack", "T1", "UANNA"))
    with older.at("0028") as connection:
        for number, one in enumerate((READER, quoted)):
            delivery = {
                "subscription_id": number,
                "channel": str(one.channel),
                "name": one.name,
                "subscription": rows.subscription_text(one),
                "at": AT.isoformat(" "),
                "day": DAY.isoformat(),
            }
            connection.execute(
                text(
                    "INSERT INTO deliveries (subscription_id, channel, name, day, kind, state, begun_at, lease_until,"
                    " until, candidates, kept, posted, failed, subscription, sources) VALUES (:subscription_id,"
                    " :channel, :name, :day, 'daily', 'sending', :at, :at, 1, 1, 1, 1, 0, :subscription, '[]')"
                ),
                delivery,
            )
    async with SqlStore(older.url).open() as store:
        found = await store.interrupted_deliveries(at=AT, limit=9)
        assert [one.subscription for one in found] == [READER, replace(quoted, set_up_by=None)]
