"""A newcomer's two days on each platform, with the real program over that platform's stand-in."""

from __future__ import annotations

import pytest

from tests.journeys.newcomer import Newcomer, journey
from tests.journeys.newcomers import DiscordNewcomer, SlackNewcomer, TelegramNewcomer, TerminalNewcomer
from tests.journeys.paperboy import Paperboy


@pytest.mark.parametrize("newcomer", [SlackNewcomer, DiscordNewcomer, TelegramNewcomer, TerminalNewcomer])
def test_a_newcomer(newcomer: type[Newcomer], paperboy: Paperboy) -> None:
    """A newcomer subscribes, reads, saves, asks, searches, exports and leaves by what the platform offers for it."""
    journey(newcomer(), paperboy)
