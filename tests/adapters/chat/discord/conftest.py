from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.standins.discord import DiscordStandIn


@pytest.fixture
def discord() -> Iterator[DiscordStandIn]:
    """A server on loopback; whatever the specifications complain about fails the test."""
    with DiscordStandIn() as standin:
        yield standin
    assert standin.complaints == []
