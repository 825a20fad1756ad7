"""The time Paperboy lives in: the machine's, or one that started at another moment and runs on."""

from __future__ import annotations

import asyncio
import time
from datetime import UTC, datetime, timedelta

from core.time import Clock


class SystemClock(Clock):
    """The machine's time, shifted so that it was `start` when the process began."""

    def __init__(self, start: datetime | None = None) -> None:
        self._start = start
        self._began = time.monotonic()

    def now(self) -> datetime:
        """This moment, UTC."""
        if self._start is None:
            return datetime.now(UTC)  # noqa: TID251 - this is the clock that everything else asks
        return (self._start + timedelta(seconds=time.monotonic() - self._began)).astimezone(UTC)

    async def sleep(self, seconds: float) -> None:
        """Wait that long in real seconds."""
        await asyncio.sleep(seconds)
