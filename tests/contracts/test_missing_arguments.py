"""Where a command lacks its argument, platforms that complete nothing show buttons, and one press is enough."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import date

import pytest

from core.channels import DeliveryTime, Depth, Subscription
from core.converse.desk import FrontDesk
from core.converse.ports import Store
from core.deliver.digest import Result
from core.ingest.lookup import Lookup
from storage.store import SqlStore
from tests.fakes.clock import FakeClock
from tests.fakes.desk import Relay
from tests.fakes.papers import AT
from tests.fakes.stages import Stage


@pytest.fixture
async def store() -> AsyncIterator[Store]:
    async with SqlStore("sqlite://").opened() as opened:
        yield opened


def a_desk(store: Store) -> Relay:
    async def never(subscription: Subscription, day: date) -> Result:
        raise AssertionError

    clock = FakeClock(AT)
    return Relay(FrontDesk(store=store, clock=clock, deliver=never, lookup=Lookup(store=store, clock=clock), feeds=()))


async def test_a_category_is_chosen_by_a_button(stage: Stage, store: Store) -> None:
    """`/subscribe` alone offers likely categories, and a button subscribes to one."""
    desk = a_desk(store)
    await stage.person_manages(desk, "/subscribe")
    await stage.person_presses(desk, "cs.LG (Machine Learning)")
    assert [one.categories for one in await store.subscriptions()] == [("cs.LG",)]


async def test_a_value_is_chosen_by_a_button(stage: Stage, store: Store) -> None:
    """`/settings depth` alone offers the values there are, and a button sets one."""
    known = DeliveryTime(has_chosen_zone=True)
    await store.save_subscription(Subscription(channel=stage.channel, categories=("cs.LG",), at=known), at=AT)
    desk = a_desk(store)
    await stage.person_manages(desk, "/settings depth")
    await stage.person_presses(desk, "full")
    assert [one.depth for one in await store.subscriptions()] == [Depth.FULL]
