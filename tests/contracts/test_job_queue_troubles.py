"""The queue of jobs on PostgreSQL where something goes wrong: processes die, connections are lost or refused."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import pytest
from structlog.testing import capture_logs

from adapters.jobs.postgresql import PostgresJobs
from core.errors import StoreLocked, StoreUnreachable
from core.operate.jobs import QueueState, Task
from storage.engine.database import jobs_address
from tests.fakes.job_notes import A_JOB, QUEUE, Notes, named, reached, working
from tests.fakes.stores import SqlStore
from tests.soak import IS_SOAK
from tests.storage.postgres import Postgres

#: jobs that wait
MANY = 1_000_000 if IS_SOAK else 20_000
MANY_JOBS = """
INSERT INTO procrastinate_jobs (queue_name, task_name, queueing_lock)
SELECT 'general/note', 'note', 'job ' || number FROM generate_series(1, %s) number
"""


@pytest.fixture
def notes() -> Notes:
    return Notes()


async def test_what_a_dead_process_did_is_done_by_another(postgres: Postgres, notes: Notes) -> None:
    """A job whose worker gave no sign of life for half a minute is done by another one; each such try counts."""
    with postgres.cleared(await postgres.prepare()) as url:
        async with PostgresJobs(jobs_address(url), look_every_s=0.05).open() as jobs:
            await jobs.defer(named("a", job=replace(A_JOB, lock="arxiv")))
            await jobs.defer(named("poison", job=replace(A_JOB, task="deadly")))
            die(postgres, url)
            tasks = {**notes.tasks, "deadly": Task(work=notes.note, tries=1)}
            async with working(jobs, tasks):
                await notes.until(lambda: bool(notes.done))
                await reached(jobs, QueueState(queue=QUEUE, given_up=1))
    assert notes.done == ["a"]


def die(postgres: Postgres, url: str) -> None:
    """All jobs were taken up by a worker that died a minute ago."""
    with postgres.connection(database(url)) as connection:
        worker = connection.execute(
            "INSERT INTO procrastinate_workers (last_heartbeat) VALUES (now() - interval '1 minute') RETURNING id"
        ).fetchone()
        connection.execute("UPDATE procrastinate_jobs SET status = 'doing', worker_id = %s", worker)


async def test_a_server_that_cuts_all_connections_off(postgres: Postgres, notes: Notes) -> None:
    """A worker that lost every connection, in the middle of a job as well, goes on with new ones."""
    with postgres.cleared(await postgres.prepare()) as url:
        queue = PostgresJobs(jobs_address(url), poll_s=0.02, look_every_s=0.05, pause_s=0.05)
        async with queue.open() as jobs, working(jobs, notes.tasks):
            notes.gates["a"] = asyncio.Event()
            await jobs.defer(named("a"))
            await notes.until(lambda: bool(notes.begun))
            with postgres.connection() as connection:
                connection.execute(
                    "SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity WHERE datname = %s", [database(url)]
                )
            notes.gates["a"].set()
            await jobs.defer(named("b"))
            await notes.until(lambda: {"a", "b"} <= set(notes.done))
            await reached(jobs)


def database(url: str) -> str:
    """The name of the database of a URL."""
    return url.rpartition("?")[0].rpartition("/")[2]


async def test_a_database_at_its_connection_limit(postgres: Postgres, notes: Notes) -> None:
    """Who gets no connection is told so in a sentence; a worker tries again, and works when there is one."""
    with postgres.cleared(await postgres.prepare()) as url, a_role(postgres, connections=0) as role:
        crowded = url.replace("postgres:", f"{role}:")
        async with PostgresJobs(jobs_address(url)).open() as jobs:
            await jobs.defer(named("a"))
        queue = PostgresJobs(jobs_address(crowded), poll_s=0.02, look_every_s=0.05, pause_s=0.05, connect_s=0.2)
        with capture_logs() as lines:
            async with queue.open() as jobs, working(jobs, notes.tasks):
                with pytest.raises(StoreUnreachable, match="queue of jobs cannot be reached"):
                    await jobs.defer(named("b"))
                with pytest.raises(StoreLocked, match="no connection left"):
                    async with SqlStore(crowded).open():
                        pass
                postgres.run("ALTER ROLE {} CONNECTION LIMIT 3", role)
                await notes.until(lambda: bool(notes.done))
                await reached(jobs)
    assert notes.done == ["a"]
    assert {line["event"] for line in lines} <= {"jobs interrupted", "jobs not taken over"}


async def test_a_worker_that_stops_while_the_database_is_away(postgres: Postgres, notes: Notes) -> None:
    """A worker that cannot even say good-bye ends all the same."""
    with postgres.cleared(await postgres.prepare()) as url, a_role(postgres, connections=9) as role:
        queue = PostgresJobs(jobs_address(url.replace("postgres:", f"{role}:")), poll_s=0.02, connect_s=0.2)
        async with queue.open() as jobs, working(jobs, notes.tasks) as worker:
            await jobs.defer(named("a"))
            await notes.until(lambda: bool(notes.done))
            postgres.run("ALTER ROLE {} CONNECTION LIMIT 0", role)
            with postgres.connection() as connection:
                connection.execute(
                    "SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity WHERE usename = %s", [role]
                )
            worker.cancel()
            await asyncio.wait([worker], timeout=30)
            assert worker.cancelled()


@contextmanager
def a_role(postgres: Postgres, *, connections: int) -> Iterator[str]:
    """A user who may read and write, with so many connections at a time."""
    name = "crowded"
    postgres.run(
        f"CREATE ROLE {{}} LOGIN IN ROLE pg_read_all_data, pg_write_all_data CONNECTION LIMIT {connections}", name
    )
    try:
        yield name
    finally:
        postgres.run("DROP ROLE {}", name)


async def test_what_waits_already_is_left_out_at_once(postgres: Postgres) -> None:
    """Of a thousand jobs that wait but one, in a queue of tens of thousands, one is taken, by two statements."""
    with postgres.cleared(await postgres.prepare()) as url:
        with postgres.connection(database(url)) as connection:
            connection.execute("SET session_replication_role = replica")  # triggers would tell each job by itself
            connection.execute(MANY_JOBS, [MANY])
        async with PostgresJobs(jobs_address(url)).open() as jobs:
            jobs_again = [replace(A_JOB, unique=f"job {number}") for number in range(1_000)]
            assert await jobs.defer(jobs_again) == 1  # those that wait are numbered from 1
            assert await jobs.defer(jobs_again) == 0
            assert await jobs.states() == (QueueState(queue=QUEUE, waiting=MANY + 1),)
