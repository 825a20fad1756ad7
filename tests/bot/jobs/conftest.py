"""What tests of jobs share."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from tests.bot.jobs.town import Town, a_town


@pytest.fixture
async def town() -> AsyncIterator[Town]:
    async with a_town() as town:
        yield town
