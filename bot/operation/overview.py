"""What all processes share, as the database knows it: read for `/metrics`, and kept for some seconds.

Every process is asked by machines every few seconds, and each may ask for all: the database is asked less often.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from time import monotonic
from typing import Final

from bot.operation.status import NOT_QUIET
from core.converse.ports import Store
from core.deliver.schedule import IN_TIME, DayState
from core.errors import StoreError
from core.ingest.state import SourceState
from core.operate.jobs import JobQueue, QueueState
from core.operate.services import Claim, Service
from core.time import Clock

#: seconds for which an answer is kept, and that the database has for it
KEPT_S: Final = 15.0
ANSWER_S: Final = 5.0
#: how far back days without a digest count
_RECENT: Final = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Overview:
    """All processes at one moment."""

    #: UTC
    at: datetime
    services: tuple[Service, ...]
    claims: tuple[Claim, ...]
    sources: tuple[SourceState, ...]
    #: by queue; empty where one process does all
    jobs: tuple[QueueState, ...]
    #: digests that are late now, and that were missed in the last day
    late_digests: int
    missed_digests: int


class Overviews:
    """Reads what there is, once in a while."""

    def __init__(
        self, store: Store, clock: Clock, jobs: JobQueue | None = None, *, running_s: Callable[[], float] = monotonic
    ) -> None:
        """`running_s` only runs on, in seconds."""
        self._store = store
        self._clock = clock
        self._jobs = jobs
        self._running_s = running_s
        self._turn = asyncio.Lock()
        self._last: Overview | None = None
        self._read_at_s = -KEPT_S

    async def latest(self) -> Overview | None:
        """What was read in the last seconds, else what there is now; None where the database does not tell."""
        async with self._turn:
            if self._running_s() - self._read_at_s >= KEPT_S:
                try:
                    async with asyncio.timeout(ANSWER_S):
                        self._last = await self._read()
                except (StoreError, TimeoutError):
                    self._last = None
                self._read_at_s = self._running_s()
            return self._last

    async def _read(self) -> Overview:
        store, now = self._store, self._clock.now()
        late_days = await store.scheduled_days(DayState.OPEN, until=now - IN_TIME, reasons=NOT_QUIET, limit=0)
        missed_days = await store.scheduled_days(DayState.MISSED, since=now - _RECENT, limit=0)
        return Overview(
            at=now,
            services=await store.services(),
            claims=await store.claims(),
            sources=await store.source_states(),
            jobs=await self._jobs.states() if self._jobs else (),
            late_digests=late_days.total,
            missed_digests=missed_days.total,
        )
