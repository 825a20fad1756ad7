"""Jobs: work that some process does later, and the queue that brings each job to one process.

A job is a hint. What there is to do is on record elsewhere (the ledger, the states of sources), whoever takes a job up
looks there before it acts, and every tick derives the jobs anew: a queue that loses all of its jobs loses no work.
Implemented by `adapters.jobs`, in one process and on PostgreSQL. Where several processes share a queue they may be of
several versions: a job waits for a process that knows its task.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import IntEnum, StrEnum
from typing import Final

#: what an argument of a job may be: it is kept as JSON
Argument = str | int | float | bool | None
#: does one job. What it raises is logged, and the job is tried again.
Work = Callable[[Mapping[str, Argument]], Awaitable[None]]

#: between two tries of a job at most, in seconds
LONGEST_PAUSE_S: Final = 600.0


class Priority(IntEnum):
    """What goes first in a queue."""

    #: may come whenever there is time
    UPKEEP = -10
    USUAL = 0
    #: somebody waits for it
    INTERACTIVE = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """Something to do."""

    #: names the `Task` that does it
    task: str
    #: names the queue that it waits in
    queue: str
    arguments: Mapping[str, Argument] = field(default_factory=dict)
    #: jobs of one lock go one after another, in order of priority and then of age: one that waits for its moment, or
    #: for another try, holds up those behind it; empty where it has none
    lock: str = ""
    #: of the jobs with the same word here at most one waits, whatever runs; empty where any number may
    unique: str = ""
    #: not before this moment, UTC
    at: datetime | None = None
    priority: int = Priority.USUAL


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """How jobs of one kind are done."""

    work: Work
    #: how often a job is tried at most, those tries included in which its process died; then it stays on record
    tries: int = 5
    #: before the second try, in seconds; it doubles with every other one
    pause_s: float = 5.0

    def pause_after(self, tries: int) -> float | None:
        """How long a job rests after so many tries, in seconds; None where it is given up."""
        return None if tries >= self.tries else min(self.pause_s * 2.0 ** (tries - 1), LONGEST_PAUSE_S)


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueState:
    """How many jobs of a queue there are."""

    queue: str
    #: those that rest until their moment among them
    waiting: int = 0
    running: int = 0
    given_up: int = 0
    #: for how many seconds the oldest of those waits that may run now; None where all rest, or none waits. Queues with
    #: the same jobs are equal, however long those wait
    oldest_s: float | None = field(default=None, compare=False)


class JobState(StrEnum):
    """What becomes of a job that is on record."""

    WAITING = "waiting"
    RUNNING = "running"
    GIVEN_UP = "given_up"


@dataclass(frozen=True, slots=True, kw_only=True)
class JobRecord:
    """A job as a shared queue keeps it."""

    number: int
    queue: str
    task: str
    state: JobState
    #: how often it was tried
    tries: int
    #: when it came into its state, UTC
    since: datetime
    arguments: Mapping[str, Argument]


class JobQueue(ABC):
    """Brings each job to one of those who work on its queue."""

    @abstractmethod
    async def defer(self, jobs: Sequence[Job]) -> int:
        """Have jobs done; how many were taken.

        Left out is one whose `unique` waits already, and what a full queue has no room for. Raises StoreError.
        """

    @abstractmethod
    async def work(self, tasks: Mapping[str, Task], queues: Sequence[str], *, at_once: int) -> None:
        """Do the jobs of some queues, at most so many at a time, until cancelled.

        Of those that may run, the ones of the highest priority go first, then the oldest. Jobs of other tasks are left
        to workers that know them. When this is cancelled, so are the running jobs, which wait again. A job that raises
        is tried again as its task says; so is one whose process died. A queue that cannot be reached is told once and
        waited for.
        """

    @abstractmethod
    async def states(self) -> tuple[QueueState, ...]:
        """The queues that have any jobs, by name. Raises StoreError."""


class SharedJobQueue(JobQueue):
    """A queue of several processes, which keeps its jobs where an operator can look at them."""

    @abstractmethod
    async def records(self, *states: JobState, limit: int) -> tuple[JobRecord, ...]:
        """The jobs in these states, the oldest first. Raises StoreError."""

    @abstractmethod
    async def retry(self, numbers: Sequence[int]) -> int:
        """Have jobs that were given up wait again; how many did. One whose `unique` waits already is dropped.

        Raises StoreError.
        """

    @abstractmethod
    async def drop(self, numbers: Sequence[int]) -> int:
        """Delete jobs that do not run; how many there were. Raises StoreError."""
