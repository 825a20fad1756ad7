"""Each platform with a channel and a person, and a store for what they do there."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from core.converse.ports import Store
from tests.fakes.discord_driver import DiscordDriver
from tests.fakes.platform_drivers import PlatformDriver, TerminalDriver
from tests.fakes.slack_driver import SlackDriver
from tests.fakes.stores import SqlStore
from tests.fakes.telegram_driver import TelegramDriver


@pytest.fixture(
    params=[TerminalDriver, TelegramDriver, SlackDriver, DiscordDriver],
    ids=["terminal", "telegram", "slack", "discord"],
)
async def driver(request: pytest.FixtureRequest) -> AsyncIterator[PlatformDriver]:
    """Each platform, logged in."""
    async with request.param.set_up() as made:
        yield made


@pytest.fixture
async def store() -> AsyncIterator[Store]:
    """An empty, open store; files whose tests need papers add them to it in a fixture of the same name."""
    async with SqlStore("sqlite://").open() as opened:
        yield opened
