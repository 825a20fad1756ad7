"""What people do, on its way from a platform's connection to the desk: each thing once, in order, and never too much.

A platform puts every native event in as it arrives and returns to its connection at once. Workers carry the events out:
those of one lane one after another, the lanes side by side. At a stop, what was accepted is still carried out, within a
bound: platforms count an event as delivered once it is acknowledged, so dropping it would lose it.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Hashable
from contextlib import suppress
from typing import Final, Generic, TypeVar

import structlog

from adapters.chat.recent import Recent
from core.errors import PaperboyError

T = TypeVar("T")

#: events that are carried out at the same time
AT_ONCE: Final = 16
#: events that may wait
MOST_WAITING: Final = 1_000
#: identities of events that are remembered, so that none is carried out twice
MOST_REMEMBERED: Final = 5_000
#: how long a stop waits for what was accepted, in seconds
GRACE_S: Final = 5.0
#: how long a stop waits for what it had to interrupt, in seconds
_LAST_WORDS_S: Final = 2.0

_log = structlog.get_logger(__name__)


class Inbox(Generic[T]):
    """The events of one connection."""

    def __init__(
        self,
        handle: Callable[[T], Awaitable[None]],
        *,
        fatal: tuple[type[PaperboyError], ...] = (),
        at_once: int = AT_ONCE,
        most_waiting: int = MOST_WAITING,
        grace_s: float = GRACE_S,
    ) -> None:
        """`handle` carries one event out; of its errors, those in `fatal` end `run`, and all others are logged."""
        self._handle = handle
        self._fatal = fatal
        self._at_once = at_once
        self._most_waiting = most_waiting
        self._grace_s = grace_s
        self._identities: Recent[Hashable, bool] = Recent(MOST_REMEMBERED)
        #: what waits, by lane; the first of a lane may be on its way
        self._lanes: dict[Hashable, deque[T]] = {}
        #: lanes whose first event nobody carries out yet
        self._ready: asyncio.Queue[Hashable] = asyncio.Queue()
        self._waiting = 0
        self._is_open = True
        self._has_room = asyncio.Event()
        self._has_room.set()
        self._is_idle = asyncio.Event()
        self._is_idle.set()

    def put(self, event: T, *, identity: Hashable = None, lane: Hashable = None) -> bool:
        """Accept an event; False where it was accepted before, or there is no room for it.

        Two events of the same `identity` are one; events of the same `lane` are carried out in the order they came.
        """
        if identity is not None and self._identities.get(identity):
            return False
        if not self._is_open or self._waiting >= self._most_waiting:
            _log.warning("an event was left unanswered", reason="too many are waiting" if self._is_open else "stopping")
            return False
        if identity is not None:
            self._identities.put(identity, True)
        lane = object() if lane is None else lane
        self._waiting += 1
        self._is_idle.clear()
        if self._waiting >= self._most_waiting:
            self._has_room.clear()
        if lane in self._lanes:
            self._lanes[lane].append(event)
        else:
            self._lanes[lane] = deque((event,))
            self._ready.put_nowait(lane)
        return True

    @property
    def is_full(self) -> bool:
        """Is there no room for another event?"""
        return self._waiting >= self._most_waiting

    async def room(self) -> None:
        """Wait until there is room for another event: for platforms that hand events out when they are asked to."""
        await self._has_room.wait()

    async def run(self) -> None:
        """Carry events out until cancelled or until a fatal error, which is raised; then finish what was accepted."""
        # Not a TaskGroup: a group hands a cancellation to its tasks at once, and these go on for a moment.
        workers = [asyncio.ensure_future(self._work()) for _ in range(self._at_once)]
        try:
            finished_workers, _ = await asyncio.wait(workers, return_when=asyncio.FIRST_COMPLETED)
            for worker in finished_workers:
                worker.result()
        except asyncio.CancelledError:
            self._is_open = False
            await self._finish()
            raise
        finally:
            self._is_open = False
            for worker in workers:
                worker.cancel()
            await asyncio.wait(workers, timeout=_LAST_WORDS_S)

    async def _finish(self) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(self._grace_s):
                await self._is_idle.wait()
        if self._waiting:
            _log.warning("a stop interrupted what was asked", events=self._waiting)

    async def _work(self) -> None:
        while True:
            lane = await self._ready.get()
            try:
                await self._take(self._lanes[lane][0])
            finally:
                self._leave(lane)

    def _leave(self, lane: Hashable) -> None:
        """One event of the lane is over; the next one may go."""
        waiting = self._lanes[lane]
        waiting.popleft()
        if waiting:
            self._ready.put_nowait(lane)
        else:
            del self._lanes[lane]
        self._waiting -= 1
        self._has_room.set()
        if not self._waiting:
            self._is_idle.set()

    async def _take(self, event: T) -> None:
        try:
            await self._handle(event)
        except self._fatal:
            raise
        except PaperboyError as error:
            _log.warning("an event could not be carried out", error=error.sentence())
        except Exception:  # noqa: BLE001 - a bug in one event must not silence the bot for everybody; it is logged whole
            _log.exception("an event could not be carried out")
