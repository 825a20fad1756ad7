"""The contract of `Store` for posted digests whose summaries stand in for better ones, over every store there is."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta

from core.converse.ports import Store
from core.deliver.stand_ins import StandIns
from tests.fakes.ledger import DAILY, LEASE, READER, a_delivery_plan, listed, subscribed
from tests.fakes.papers import AT, DAY, a_paper


async def two_stand_ins(store: Store) -> StandIns:
    """A posted digest with two."""
    await subscribed(store)
    await listed(store, [1, 2])
    plan = replace(await a_delivery_plan(store, [1, 2]), stand_ins=(a_paper(1).id, a_paper(2).id))
    delivery = await store.save_plan(plan, at=AT, lease=LEASE)
    assert delivery
    await store.finish_delivery(delivery, at=AT)
    (one,) = await store.stand_ins(at=AT, since=AT, limit=9)
    return one


async def test_are_on_record_once_the_digest_is_posted(store: Store) -> None:
    """Which papers stand in is stored with the plan, and given once all of it is sent."""
    await subscribed(store)
    await listed(store, [1, 2])
    plan = replace(await a_delivery_plan(store, [2, 1]), stand_ins=(a_paper(1).id,))
    delivery = await store.save_plan(plan, at=AT, lease=LEASE)
    assert delivery and await store.stand_ins(at=AT, since=AT, limit=9) == ()
    await store.finish_delivery(delivery, at=AT)
    (one,) = await store.stand_ins(at=AT, since=AT, limit=9)
    assert (one.papers, one.attempts, one.is_improved) == ((a_paper(1).id,), 0, False)
    assert one.delivery == await store.delivery(READER, DAY, DAILY)


async def test_a_look_goes_to_one(store: Store) -> None:
    """Of several who claim the same look one gets it, and nobody looks again before its time."""
    one = await two_stand_ins(store)
    later = AT + timedelta(minutes=5)
    async with asyncio.TaskGroup() as group:
        claims = [group.create_task(store.claim_stand_ins(one, look_at=later)) for _ in range(4)]
    assert [claim.result() for claim in claims].count(True) == 1
    assert await store.stand_ins(at=later - timedelta(seconds=1), since=AT, limit=9) == ()
    assert await store.stand_ins(at=later, since=AT, limit=9) == (replace(one, attempts=1),)


async def test_are_kept_and_forgotten(store: Store) -> None:
    """What still stands in is what was kept last; forgotten, nothing is left."""
    one = await two_stand_ins(store)
    fewer = replace(one, papers=(a_paper(2).id,), is_improved=True)
    await store.keep_stand_ins(fewer)
    assert await store.stand_ins(at=AT, since=AT, limit=9) == (fewer,)
    await store.forget_stand_ins(one.delivery)
    assert await store.stand_ins(at=AT, since=AT, limit=9) == ()


async def test_old_ones_are_forgotten(store: Store) -> None:
    """Nobody looks at what was planned too long ago, and nothing is left of it."""
    await two_stand_ins(store)
    assert await store.stand_ins(at=AT, since=AT + timedelta(seconds=1), limit=9) == ()
    assert await store.stand_ins(at=AT, since=AT, limit=9) == ()


async def test_another_plan_has_its_own(store: Store) -> None:
    """The plan that takes another one's place says which of its papers stand in."""
    await subscribed(store)
    await listed(store, [1, 2])
    plan = await a_delivery_plan(store, [1, 2])
    delivery = await store.save_plan(replace(plan, stand_ins=(a_paper(1).id,)), at=AT, lease=LEASE)
    assert delivery
    assert await store.replace_plan(delivery, replace(plan, stand_ins=(a_paper(2).id,)), at=AT, lease=LEASE)
    await store.finish_delivery(delivery, at=AT)
    (one,) = await store.stand_ins(at=AT, since=AT, limit=9)
    assert one.papers == (a_paper(2).id,)
