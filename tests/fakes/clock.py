"""A clock that stands still until somebody moves it, and timers: one stands still as well, one is in a hurry."""

from __future__ import annotations

import asyncio
import heapq
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from adapters.chat.pacing import Timer
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


class Arranged:
    """A call that was arranged, and may be cancelled."""

    def __init__(self, callback: Callable[[], None]) -> None:
        self._callback: Callable[[], None] | None = callback

    def cancel(self) -> None:
        """Do not make it."""
        self._callback = None

    @property
    def is_cancelled(self) -> bool:
        return self._callback is None

    def make(self) -> None:
        """Make it, unless it was cancelled."""
        if self._callback:
            self._callback()


class FakeTimer(Timer):
    """Seconds that pass when a test says so; calls are made at exactly their moment."""

    def __init__(self) -> None:
        self._time = 0.0
        self._arranged: list[tuple[float, int, Arranged]] = []
        self._count = 0

    def time(self) -> float:
        return self._time

    def call_at(self, when: float, callback: Callable[[], None], /) -> Arranged:
        call = Arranged(callback)
        self._count += 1
        heapq.heappush(self._arranged, (when, self._count, call))
        return call

    async def pass_by(self, seconds: float, *, turns: int = 8) -> None:
        """Let time pass; whoever is woken on the way does what there is to do, for some turns of the loop."""
        end = self._time + seconds
        await self._settle(turns)
        while self._arranged and self._arranged[0][0] <= end:
            when, _, call = heapq.heappop(self._arranged)
            self._time = max(self._time, when)
            call.make()
            await self._settle(turns)
        self._time = end
        await self._settle(turns)

    async def _settle(self, turns: int) -> None:
        for _ in range(turns):
            await asyncio.sleep(0)


class HurriedTimer(Timer):
    """No call is waited for: it is made at the next turn of the loop, and a `FakeClock` moves on and notes the wait."""

    def __init__(self, clock: FakeClock) -> None:
        self._clock = clock
        self._time = 0.0

    def time(self) -> float:
        return self._time

    def call_at(self, when: float, callback: Callable[[], None], /) -> Arranged:
        call = Arranged(callback)
        asyncio.get_running_loop().call_soon(self._jump, when, call)
        return call

    def _jump(self, when: float, call: Arranged) -> None:
        if call.is_cancelled:
            return
        if (wait_s := when - self._time) > 0:
            self._time = when
            self._clock.slept.append(wait_s)
            self._clock.move(timedelta(seconds=wait_s))
        call.make()
