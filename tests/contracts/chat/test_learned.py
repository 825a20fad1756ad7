"""What a digest learned is corrected and shown on each platform, from what somebody types to the database and back."""

from __future__ import annotations

import pytest

from core.channels import Subscription
from core.choose.profile.signs import Wanted
from core.converse.ports import Store
from tests.fakes.desk import real_desk
from tests.fakes.papers import AT, a_listing, a_paper
from tests.fakes.platform_drivers import PlatformDriver


@pytest.fixture
async def store(store: Store) -> Store:
    await store.add(a_listing([a_paper(1)]), at=AT)
    return store


async def test_a_correction_is_kept_and_shown(driver: PlatformDriver, store: Store) -> None:
    """“Less fog” is kept for the channel and told with what was learned; a liked paper is noted by its title."""
    await store.save_subscription(Subscription(channel=driver.channel, categories=("cs.CL",)), at=AT)
    desk = real_desk(store)
    await driver.person_manages(desk, "/settings learned less fog")
    assert "Corrected: less fog" in driver.flat()
    assert [(one.term, one.wanted) for one in await store.corrections(driver.channel)] == [("fog", Wanted.LESS)]
    await driver.person_manages(desk, "/settings learned like 2602.00001")
    assert "Invented paper number 1" in driver.flat()
    assert [sign.paper for sign in await store.signs(driver.channel, limit=9)] == [a_paper(1).id]
