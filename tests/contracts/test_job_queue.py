"""Queues of jobs: what both promise, the one in this process and the one on PostgreSQL."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from structlog.testing import capture_logs

from adapters.jobs.local import LocalJobs
from adapters.jobs.postgresql import PostgresJobs
from core.errors import Unreachable
from core.operate.jobs import Argument, JobQueue, JobState, Priority, QueueState, Task
from storage.engine.database import jobs_address
from tests.fakes.clock import NOON, FakeClock
from tests.fakes.job_notes import A_JOB, QUEUE, Notes, named, reached, working
from tests.storage.postgres import Postgres

LONG_AGO, LATER = NOON - timedelta(days=999), datetime(2999, 1, 1, tzinfo=UTC)


@pytest.fixture(params=["local", "postgresql"])
async def jobs(request: pytest.FixtureRequest) -> AsyncIterator[JobQueue]:
    """An empty queue of each kind."""
    if request.param == "local":
        yield LocalJobs(FakeClock())
        return
    server: Postgres = request.getfixturevalue("postgres")
    with server.cleared(await server.prepare()) as url:
        async with PostgresJobs(jobs_address(url), poll_s=0.02).open() as queue:
            yield queue


@pytest.fixture
def notes() -> Notes:
    return Notes()


async def test_a_job_is_done_once_with_its_arguments(jobs: JobQueue) -> None:
    """Of two workers one does it, with the arguments as they were; then it is gone."""
    arguments: dict[str, Argument] = {"name": "ü\n'%s", "number": 7, "share": 0.5, "is_so": True, "nothing": None}
    seen: list[Mapping[str, Argument]] = []
    is_done = asyncio.Event()

    async def see(arguments: Mapping[str, Argument]) -> None:
        seen.append(arguments)
        is_done.set()

    tasks = {"note": Task(work=see)}
    async with working(jobs, tasks), working(jobs, tasks):
        assert await jobs.defer([replace(A_JOB, arguments=arguments)]) == 1
        await asyncio.wait_for(is_done.wait(), 60)
        await reached(jobs)
    assert seen == [arguments]


async def test_a_worker_leaves_other_queues_alone(jobs: JobQueue, notes: Notes) -> None:
    """Jobs wait for those who work on their queue."""
    await jobs.defer([*named("theirs", job=replace(A_JOB, queue="slack")), *named("ours")])
    async with working(jobs, notes.tasks):
        await notes.until(lambda: bool(notes.done))
        await reached(jobs, QueueState(queue="slack", waiting=1))
    assert notes.begun == ["ours"]


async def test_important_ones_first(jobs: JobQueue, notes: Notes) -> None:
    """The highest priority goes first, and of the same the oldest."""
    await jobs.defer(named("c", "d"))
    await jobs.defer(named("e", job=replace(A_JOB, priority=Priority.UPKEEP)))
    await jobs.defer(named("a", "b", job=replace(A_JOB, priority=Priority.INTERACTIVE)))
    async with working(jobs, notes.tasks, at_once=1):
        await notes.until(lambda: len(notes.done) == 5)
    assert notes.done == ["a", "b", "c", "d", "e"]


async def test_so_many_at_once(jobs: JobQueue, notes: Notes) -> None:
    """A worker does as many jobs at a time as it may, and no more."""
    notes.gates = {name: asyncio.Event() for name in ("a", "b")}
    await jobs.defer(named("a", "b", "c"))
    async with working(jobs, notes.tasks, at_once=2):
        await notes.until(lambda: len(notes.begun) == 2)
        await reached(jobs, QueueState(queue=QUEUE, waiting=1, running=2))
        for gate in notes.gates.values():
            gate.set()
        await notes.until(lambda: len(notes.done) == 3)
    assert notes.most_at_once == 2


async def test_jobs_of_one_lock_go_one_after_another(jobs: JobQueue, notes: Notes) -> None:
    """Whatever their queue and their worker, in the order in which they came; others pass them by."""
    notes.gates["a"] = asyncio.Event()
    await jobs.defer(named("a", "b", job=replace(A_JOB, lock="arxiv")))
    await jobs.defer(named("c", job=replace(A_JOB, queue="slack", lock="arxiv")))
    await jobs.defer(named("d", job=replace(A_JOB, lock="biorxiv")) + named("e"))
    async with working(jobs, notes.tasks), working(jobs, notes.tasks, "slack"):
        await notes.until(lambda: len(notes.done) == 2)
        assert sorted(map(str, notes.begun)) == ["a", "d", "e"]
        notes.gates["a"].set()
        await notes.until(lambda: len(notes.done) == 5)
    assert notes.done[-3:] == ["a", "b", "c"]


async def test_who_waits_goes_before_upkeep_of_the_same_lock(jobs: JobQueue, notes: Notes) -> None:
    """Of a lock, too, the highest priority goes first: upkeep that came earlier, and the rest of it, come after."""
    notes.gates["part"] = asyncio.Event()
    upkeep = replace(A_JOB, lock="arxiv", priority=Priority.UPKEEP)
    await jobs.defer(named("part", job=upkeep))
    async with working(jobs, notes.tasks):
        await notes.until(lambda: "part" in notes.begun)
        await jobs.defer(named("rest", job=upkeep))
        await jobs.defer(named("due", job=replace(A_JOB, lock="arxiv")))
        await jobs.defer(named("wanted", job=replace(A_JOB, lock="arxiv", priority=Priority.INTERACTIVE)))
        notes.gates["part"].set()
        await notes.until(lambda: len(notes.done) == 4)
    assert notes.done == ["part", "wanted", "due", "rest"]


async def test_at_most_one_of_a_kind_waits(jobs: JobQueue, notes: Notes) -> None:
    """Of jobs with the same word one waits, be they deferred together or not; while it runs, another one may wait."""
    job = replace(A_JOB, unique="arxiv", lock="arxiv")
    notes.gates["a"] = asyncio.Event()
    assert await jobs.defer(named("a", "b", job=job)) == 1
    assert await jobs.defer(named("c", "d", job=job) + named("e")) == 1
    async with working(jobs, notes.tasks):
        await notes.until(lambda: "a" in notes.begun)
        assert await jobs.defer(named("f", "g", job=job)) == 1
        notes.gates["a"].set()
        await notes.until(lambda: len(notes.done) == 3)
    assert sorted(map(str, notes.done)) == ["a", "e", "f"]


async def test_not_before_its_moment(jobs: JobQueue, notes: Notes) -> None:
    """A job waits for its moment, and holds up those of its lock that came later."""
    await jobs.defer(named("later", job=replace(A_JOB, at=LATER, lock="arxiv")))
    await jobs.defer(named("behind", job=replace(A_JOB, lock="arxiv")))
    await jobs.defer(named("now", job=replace(A_JOB, at=LONG_AGO)) + named("any"))
    async with working(jobs, notes.tasks, at_once=1):
        await notes.until(lambda: len(notes.done) == 2)
    assert notes.done == ["now", "any"]
    assert await jobs.states() == (QueueState(queue=QUEUE, waiting=2),)


def failing(notes: Notes, error: Exception, *, times: int, **named: float) -> dict[str, Task]:
    """A task whose first tries fail."""

    async def work(arguments: Mapping[str, Argument]) -> None:
        await notes.note(arguments)
        if len(notes.done) <= times:
            raise error

    return {"note": Task(work=work, **named)}  # type: ignore[arg-type]  # each test names fields of Task


async def test_what_fails_is_tried_again(jobs: JobQueue, notes: Notes) -> None:
    """A job that raised is tried again until it succeeds; each failure is one line."""
    await jobs.defer(named("a"))
    with capture_logs() as lines:
        async with working(jobs, failing(notes, Unreachable("arXiv is away."), times=2, pause_s=0)):
            await notes.until(lambda: len(notes.done) == 3)
            await reached(jobs)
    told = [(line["event"], line["task"], line["problem"], line["tries"]) for line in lines]
    assert told == [("job failed", "note", "arXiv is away.", tries) for tries in (1, 2)]


async def test_after_a_pause_that_grows(jobs: JobQueue, notes: Notes) -> None:
    """A job that failed rests, and holds up no other."""
    await jobs.defer(named("a", "b"))
    async with working(jobs, failing(notes, Unreachable("arXiv is away."), times=1, pause_s=3600), at_once=1):
        await notes.until(lambda: len(notes.done) == 2)
        await reached(jobs, QueueState(queue=QUEUE, waiting=1))
    assert notes.done == ["a", "b"]


def test_pauses() -> None:
    """The pause doubles with each try up to ten minutes, until the job is given up."""
    task = Task(work=Notes().note, tries=10, pause_s=5)
    assert [task.pause_after(tries) for tries in range(1, 11)] == [5, 10, 20, 40, 80, 160, 320, 600, 600, None]


async def test_a_poisoned_job_is_given_up(jobs: JobQueue, notes: Notes) -> None:
    """After its tries a job with a bug is given up, on record and in the log, and the others go on."""
    await jobs.defer(named("a"))
    with capture_logs() as lines:
        async with working(jobs, failing(notes, ZeroDivisionError(), times=99, tries=3, pause_s=0)):
            await reached(jobs, QueueState(queue=QUEUE, given_up=1))
    assert notes.done == ["a"] * 3
    assert [line["event"] for line in lines] == ["job failed", "job failed", "job given up"]
    assert "ZeroDivisionError" in lines[-1]["problem"]


async def test_a_job_waits_for_a_worker_that_knows_its_task(jobs: JobQueue, notes: Notes) -> None:
    """A worker of another version leaves a job alone, however urgent; one that knows it does it, with all its tries."""
    await jobs.defer([*named("b", job=replace(A_JOB, task="of tomorrow", priority=Priority.INTERACTIVE)), *named("a")])
    async with working(jobs, notes.tasks, at_once=1):
        await notes.until(lambda: notes.done == ["a"])
        await reached(jobs, QueueState(queue=QUEUE, waiting=1))
        async with working(jobs, {**notes.tasks, "of tomorrow": Task(work=notes.note, tries=1)}):
            await notes.until(lambda: notes.done == ["a", "b"])
            await reached(jobs)


async def test_how_long_a_queue_waits(jobs: JobQueue) -> None:
    """The oldest job that may run now tells for how long a queue waits; one that rests does not."""
    await jobs.defer([replace(A_JOB, at=LATER)])
    (state,) = await jobs.states()
    assert (state.waiting, state.oldest_s) == (1, None)
    await jobs.defer(named("a", "b"))
    (state,) = await jobs.states()
    assert state.waiting == 3
    assert state.oldest_s is not None and 0 <= state.oldest_s < 300


async def test_what_was_given_up_is_on_record(postgres: Postgres, notes: Notes) -> None:
    """What a shared queue gave up is listed with its task and tries, and waits again or is deleted when told so."""
    with postgres.cleared(await postgres.prepare()) as url:
        async with PostgresJobs(jobs_address(url), poll_s=0.02).open() as jobs:
            once = replace(A_JOB, unique="arxiv")
            await jobs.defer([*named("a", "b"), *named("c", job=once)])
            async with working(jobs, failing(notes, ZeroDivisionError(), times=99, tries=1, pause_s=0)):
                await reached(jobs, QueueState(queue=QUEUE, given_up=3))
            records = await jobs.records(JobState.GIVEN_UP, limit=9)
            assert [(record.task, record.queue, record.tries) for record in records] == [("note", QUEUE, 1)] * 3
            assert [record.arguments for record in records] == [{"name": "a"}, {"name": "b"}, {"name": "c"}]
            assert len(await jobs.records(JobState.GIVEN_UP, limit=2)) == 2
            a, b, c = (record.number for record in records)
            assert await jobs.drop([a, 999_999]) == 1
            await jobs.defer(named("d", job=once))
            assert await jobs.retry([a, b, c]) == 1, "one was deleted, and of another one waits already"
            assert [record.arguments["name"] for record in await jobs.records(*JobState, limit=9)] == ["b", "d"]
            async with working(jobs, notes.tasks):
                await reached(jobs)
    assert {*notes.done[3:]} == {"b", "d"}


async def test_what_failed_gives_way_to_what_waits(jobs: JobQueue, notes: Notes) -> None:
    """A job that is to be tried again is dropped where another one of its kind waits."""
    job = replace(A_JOB, unique="arxiv", lock="arxiv")
    notes.gates["a"] = asyncio.Event()
    await jobs.defer(named("a", job=job))
    async with working(jobs, failing(notes, Unreachable("arXiv is away."), times=1, pause_s=0)):
        await notes.until(lambda: bool(notes.begun))
        assert await jobs.defer(named("b", job=job)) == 1
        notes.gates["a"].set()
        await notes.until(lambda: len(notes.done) == 2)
        await reached(jobs)
    assert notes.done == ["a", "b"]


async def test_what_is_cancelled_waits_again(jobs: JobQueue, notes: Notes) -> None:
    """A worker that stops cancels its jobs, and another one does them."""
    notes.gates["a"] = asyncio.Event()
    await jobs.defer(named("a"))
    async with working(jobs, notes.tasks):
        await notes.until(lambda: bool(notes.begun))
    assert notes.done == []
    assert await jobs.states() == (QueueState(queue=QUEUE, waiting=1),)
    notes.gates["a"].set()
    async with working(jobs, notes.tasks):
        await notes.until(lambda: bool(notes.done))
    assert notes.begun == ["a", "a"]


async def test_a_full_queue_takes_no_more() -> None:
    """In one process so many wait at most; the next tick derives the others anew."""
    jobs = LocalJobs(FakeClock(), most_waiting=2)
    assert await jobs.defer(named("a", "b", "c")) == 2
