"""Each platform with a channel and a person, and a store for what they do there."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from core.converse.ports import Store
from tests.fakes.on_discord import DiscordStage
from tests.fakes.on_slack import SlackStage
from tests.fakes.on_telegram import TelegramStage
from tests.fakes.stages import Stage, TerminalStage
from tests.fakes.stores import SqlStore


@pytest.fixture(
    params=[TerminalStage, TelegramStage, SlackStage, DiscordStage], ids=["terminal", "telegram", "slack", "discord"]
)
async def stage(request: pytest.FixtureRequest) -> AsyncIterator[Stage]:
    """Each platform, logged in."""
    async with request.param.set_up() as made:
        yield made


@pytest.fixture
async def store() -> AsyncIterator[Store]:
    """An empty, open store; files whose tests need papers add them to it in a fixture of the same name."""
    async with SqlStore("sqlite://").open() as opened:
        yield opened
