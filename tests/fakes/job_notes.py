"""Jobs that are noted as they are done, and a worker that does them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import replace

from core.operate.jobs import Argument, Job, JobQueue, QueueState, Task

QUEUE = "general"
A_JOB = Job(task="note", queue=QUEUE)


class Notes:
    """Jobs that are noted as they are done, each by its `name`; those of a name in `gates` go on when told."""

    def __init__(self) -> None:
        self.begun: list[Argument] = []
        self.done: list[Argument] = []
        self.gates: dict[Argument, asyncio.Event] = {}
        self.most_at_once = 0
        self._change = asyncio.Event()

    async def note(self, arguments: Mapping[str, Argument]) -> None:
        """The work."""
        name = arguments.get("name")
        self.begun.append(name)
        self.most_at_once = max(self.most_at_once, len(self.begun) - len(self.done))
        self._change.set()
        if name in self.gates:
            await self.gates[name].wait()
        self.done.append(name)
        self._change.set()

    async def until(self, is_so: Callable[[], bool]) -> None:
        """Wait until something was noted."""
        async with asyncio.timeout(30):
            while not is_so():
                self._change.clear()
                await self._change.wait()

    @property
    def tasks(self) -> dict[str, Task]:
        return {"note": Task(work=self.note)}


@asynccontextmanager
async def working(
    jobs: JobQueue, tasks: Mapping[str, Task], *queues: str, at_once: int = 10
) -> AsyncIterator[asyncio.Task[None]]:
    """A worker, as long as the block runs."""
    async with asyncio.TaskGroup() as group:
        worker = group.create_task(jobs.work(tasks, queues or (QUEUE,), at_once=at_once))
        yield worker
        worker.cancel()


def named(*names: str, job: Job = A_JOB) -> list[Job]:
    return [replace(job, arguments={"name": name}) for name in names]


async def reached(jobs: JobQueue, *states: QueueState) -> None:
    """Wait until the queues are so."""
    async with asyncio.timeout(30):
        while await jobs.states() != states:  # noqa: ASYNC110 - the queue is another process's to change
            await asyncio.sleep(0.01)
