"""What a digest learned is corrected and shown on each platform, from what somebody types to the database and back."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import date

import pytest

from core.channels import Subscription
from core.choose.profile.signs import Wanted
from core.converse.desk import FrontDesk
from core.converse.ports import Store
from core.deliver.digest import Result
from core.ingest.lookup import Lookup
from storage.store import SqlStore
from tests.fakes.clock import FakeClock
from tests.fakes.desk import Relay
from tests.fakes.papers import AT, a_listing, a_paper
from tests.fakes.stages import Stage


@pytest.fixture
async def store() -> AsyncIterator[Store]:
    async with SqlStore("sqlite://").opened() as opened:
        await opened.add(a_listing([a_paper(1)]), at=AT)
        yield opened


def a_desk(store: Store) -> Relay:
    async def never(subscription: Subscription, day: date) -> Result:
        raise AssertionError

    clock = FakeClock(AT)
    return Relay(FrontDesk(store=store, clock=clock, deliver=never, lookup=Lookup(store=store, clock=clock), feeds=()))


async def test_a_correction_is_kept_and_shown(stage: Stage, store: Store) -> None:
    """“Less fog” is kept for the channel and told with what was learned; a liked paper is noted by its title."""
    await store.save_subscription(Subscription(channel=stage.channel, categories=("cs.CL",)), at=AT)
    desk = a_desk(store)
    await stage.person_manages(desk, "/settings learned less fog")
    assert "Corrected: less fog" in " ".join(stage.seen().split())
    assert [(one.term, one.wanted) for one in await store.corrections(stage.channel)] == [("fog", Wanted.LESS)]
    await stage.person_manages(desk, "/settings learned like 2602.00001")
    assert "Invented paper number 1" in " ".join(stage.seen().split())
    assert [sign.paper for sign in await store.signs(stage.channel, limit=9)] == [a_paper(1).id]
