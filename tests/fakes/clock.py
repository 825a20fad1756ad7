"""A clock that stands still until somebody moves it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from core.time import Clock

#: a Wednesday, noon in London, seven in the morning in New York
NOON = datetime(2026, 2, 4, 12, 0, tzinfo=UTC)


class FakeClock(Clock):
    """Time under the test's control; sleeping takes no time, but the clock moves on."""

    def __init__(self, now: datetime = NOON) -> None:
        self._now = now
        #: every wait that was asked for, in seconds
        self.slept: list[float] = []

    def now(self) -> datetime:
        """The moment the test set."""
        return self._now

    async def sleep(self, seconds: float) -> None:
        """Note the wait, and be there at once."""
        self.slept.append(seconds)
        self.move(timedelta(seconds=seconds))

    def move(self, by: timedelta) -> None:
        """Let time pass."""
        self._now += by

    def set(self, now: datetime) -> None:
        """Go to another moment."""
        self._now = now
