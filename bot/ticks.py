"""The bell of the service: APScheduler rings it, and whoever waits for it looks at the database for what is due.

Used by `bot.schedule`. The scheduler goes by the machine's clock and would be silent for a day after that was put back
by one, so that nobody waits for it much longer than a tick.
"""

from __future__ import annotations

import asyncio
import math
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from apscheduler.schedulers.asyncio import AsyncIOScheduler
from apscheduler.triggers.interval import IntervalTrigger

#: seconds by which the clock may differ from what has really passed, before it counts as put forward or back
_STEADY_S: Final = 30.0
#: of a tick, how long a bell is waited for that does not ring
_PATIENCE: Final = 1.5


@dataclass(frozen=True, slots=True)
class Bell:
    """Rings at every tick."""

    tick_s: float
    event: asyncio.Event

    async def next(self, *, within_s: float = math.inf) -> None:
        """Wait for the next tick, no longer than `within_s`; one that came while nobody waited is there at once."""
        with suppress(TimeoutError):
            async with asyncio.timeout(min(self.tick_s * _PATIENCE, within_s)):
                await self.event.wait()
        self.event.clear()


@asynccontextmanager
async def ringing(tick_s: float, event: asyncio.Event | None = None) -> AsyncIterator[Bell]:
    """A bell that rings every `tick_s` seconds, at least one, as long as the block runs.

    Whoever sets `event` rings it, too.
    """
    bell = Bell(max(tick_s, 1), event or asyncio.Event())
    scheduler = AsyncIOScheduler(timezone=UTC)
    every = IntervalTrigger(seconds=max(int(tick_s), 1), timezone=UTC)
    scheduler.add_job(_ring, every, args=[bell], max_instances=1, coalesce=True, misfire_grace_time=None)
    scheduler.start()
    try:
        yield bell
    finally:
        scheduler.shutdown(wait=False)


async def _ring(bell: Bell) -> None:
    bell.event.set()


class Drift:
    """Notices when a clock is put forward or back, by one that only runs on."""

    def __init__(self) -> None:
        self._last: tuple[datetime, float] | None = None

    def has_jumped(self, now: datetime, monotonic_s: float) -> bool:
        """True where the clock jumped since the last call, and at the first call."""
        last, self._last = self._last, (now, monotonic_s)
        if last is None:
            return True
        return abs((now - last[0]).total_seconds() - (monotonic_s - last[1])) > _STEADY_S
