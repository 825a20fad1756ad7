"""All that settings name, over clients that are closed at the end of a block."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

from bot.origins import Origins, load_origins
from bot.settings import Settings
from core.time import Clock


@asynccontextmanager
async def open_origins(settings: Settings, clock: Clock) -> AsyncIterator[Origins]:
    """As `load_origins`."""
    async with AsyncExitStack() as stack:
        yield load_origins(settings, clock, stack)
