"""A queue of jobs in this process: bounded, in memory, gone with it."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Container, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Final

from adapters.jobs.failures import log_failure
from core.operate.jobs import Job, JobQueue, QueueState, Task
from core.time import Clock

#: jobs that may wait
MOST_WAITING: Final = 10_000
#: seconds after which a moment is looked for again, whatever the clock did meanwhile
_LOOK_EVERY_S: Final = 30.0


@dataclass(slots=True)
class _Entry:
    """A job, and how far it has come."""

    job: Job
    #: in the order in which jobs were deferred
    number: int
    #: UTC
    deferred_at: datetime
    at: datetime | None
    tries: int = 0

    @property
    def rank(self) -> tuple[int, int]:
        return -self.job.priority, self.number


class LocalJobs(JobQueue):
    """The jobs of one process."""

    def __init__(self, clock: Clock, *, most_waiting: int = MOST_WAITING) -> None:
        self._clock = clock
        self._most_waiting = most_waiting
        self._count = 0
        #: in the order in which they go
        self._waiting: list[_Entry] = []
        self._running: list[_Entry] = []
        self._failures: Counter[str] = Counter()
        #: one of each worker, set when there may be something to do
        self._changes: set[asyncio.Event] = set()

    async def defer(self, jobs: Sequence[Job]) -> int:
        """Have jobs done; how many were taken."""
        return sum(self._add(job) for job in jobs)

    async def work(self, tasks: Mapping[str, Task], queues: Sequence[str], *, at_once: int) -> None:
        """Do the jobs of some queues until cancelled."""
        change, room = asyncio.Event(), asyncio.Semaphore(at_once)
        self._changes.add(change)
        try:
            async with asyncio.TaskGroup() as group:
                while True:
                    await room.acquire()
                    while (entry := self._next(tasks, queues)) is None:
                        await self._wait(change, queues)
                    self._waiting.remove(entry)
                    self._running.append(entry)
                    running = group.create_task(self._run(entry, tasks[entry.job.task]))
                    running.add_done_callback(partial(self._end, entry, room))
        finally:
            self._changes.remove(change)

    async def states(self) -> tuple[QueueState, ...]:
        """The queues that have any jobs, by name."""
        waiting = Counter(entry.job.queue for entry in self._waiting)
        running = Counter(entry.job.queue for entry in self._running)
        now = self._clock.now()
        due = [entry for entry in self._waiting if entry.at is None or entry.at <= now]
        return tuple(
            QueueState(
                queue=name,
                waiting=waiting[name],
                running=running[name],
                given_up=self._failures[name],
                oldest_s=max(
                    ((now - entry.deferred_at).total_seconds() for entry in due if entry.job.queue == name),
                    default=None,
                ),
            )
            for name in sorted({*waiting, *running, *self._failures})
        )

    def is_busy(self, queue: str) -> bool:
        """True while a job of the queue waits or runs."""
        return any(entry.job.queue == queue for entry in (*self._waiting, *self._running))

    def _add(self, job: Job) -> bool:
        if len(self._waiting) >= self._most_waiting or self._is_awaited(job):
            return False
        self._count += 1
        self._put(_Entry(job=job, number=self._count, deferred_at=self._clock.now(), at=job.at))
        return True

    def _is_awaited(self, job: Job) -> bool:
        return bool(job.unique) and any(entry.job.unique == job.unique for entry in self._waiting)

    def _put(self, entry: _Entry) -> None:
        self._waiting.append(entry)
        self._waiting.sort(key=lambda entry: entry.rank)
        self._tell_workers()

    def _tell_workers(self) -> None:
        for change in self._changes:
            change.set()

    def _next(self, tasks: Container[str], queues: Sequence[str]) -> _Entry | None:
        """The first job of these tasks that may run now."""
        locks, now = {entry.job.lock for entry in self._running}, self._clock.now()
        for entry in self._waiting:
            job = entry.job
            is_free = not job.lock or job.lock not in locks
            if is_free and job.queue in queues and job.task in tasks and (entry.at is None or entry.at <= now):
                return entry
            locks.add(job.lock)
        return None

    async def _wait(self, change: asyncio.Event, queues: Sequence[str]) -> None:
        """Wait for a change, or for the next moment of a job."""
        now = self._clock.now()
        moments = [entry.at for entry in self._waiting if entry.job.queue in queues and entry.at and entry.at > now]
        next_s = min([(moment - now).total_seconds() for moment in moments], default=_LOOK_EVERY_S)
        with suppress(TimeoutError):
            async with asyncio.timeout(min(next_s, _LOOK_EVERY_S)):
                await change.wait()
        change.clear()

    async def _run(self, entry: _Entry, task: Task) -> None:
        """Do a job; where that fails it waits again."""
        try:
            await task.work(entry.job.arguments)
        except Exception as error:  # noqa: BLE001 - one job's bug stops no other; it is logged whole
            entry.tries += 1
            pause_s = task.pause_after(entry.tries)
            log_failure(entry.job.task, error, tries=entry.tries, pause_s=pause_s)
            if pause_s is None:
                self._failures[entry.job.queue] += 1
            else:
                self._wait_again(entry, pause_s)

    def _end(self, entry: _Entry, room: asyncio.Semaphore, running: asyncio.Task[None]) -> None:
        """A job has ended; one that was cancelled, even before it began, waits again."""
        self._running.remove(entry)
        room.release()
        if running.cancelled():
            self._wait_again(entry, 0)
        self._tell_workers()

    def _wait_again(self, entry: _Entry, pause_s: float) -> None:
        if not self._is_awaited(entry.job):  # the other one does the same
            entry.at = self._clock.now() + timedelta(seconds=pause_s)
            self._put(entry)
