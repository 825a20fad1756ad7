"""A service that ticks when a test says so."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from tests.fakes.posting import AwayStore, Service, service_since_yesterday


@pytest.fixture
async def store() -> AsyncIterator[AwayStore]:
    """A database that can go away."""
    store = AwayStore("sqlite://")
    async with store.open():
        yield store


@pytest.fixture
async def service(store: AwayStore) -> AsyncIterator[Service]:
    """It has run since yesterday."""
    async with service_since_yesterday(store) as service:
        yield service
