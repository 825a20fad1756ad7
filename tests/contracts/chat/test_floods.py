"""A flood of commands on every platform: one polite answer to who floods, then silence, and answers again."""

from __future__ import annotations

from datetime import timedelta

import pytest

from core.converse.floods import Floods, Limit, LimitedDesk
from tests.fakes.desk import FakeDesk, Relay
from tests.fakes.platform_drivers import PlatformDriver, TerminalDriver


async def test_a_flood_is_told_once(driver: PlatformDriver) -> None:
    """Of three commands where two are allowed, two are carried out and one is answered with how long to wait."""
    if isinstance(driver, TerminalDriver):
        pytest.skip("who sits at a terminal pipes what they like")
    few = Limit(burst=2, per_second=0.0, pause=timedelta(hours=1))
    behind, counted = FakeDesk(), list[str]()
    desk = Relay(LimitedDesk(behind, floods=Floods(person=few), count=counted.append))
    await driver.person_types(desk, ["/help"] * 3)
    seen = driver.seen()
    assert seen.count("It answers you again in 3600 seconds.") == 1
    assert len(behind.commands) == 2
    assert len(counted) == 1
