"""A queue of jobs in our own PostgreSQL database, which any number of processes share: Procrastinate.

The library keeps the jobs, hands each to one worker, and tells workers of new ones. Its tables are part of our schema
(`storage.tables.job_tables`). What it leaves to its user stands here: jobs whose process died are taken over, and a job
that is to be tried again gives way to one of its kind that waits already. Each task has queues of its own there, so
that a worker is never handed a job that only another version can do.
"""

from __future__ import annotations

import asyncio
import logging
from asyncio import CancelledError
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager
from datetime import datetime
from typing import Any, Final

import psycopg
import stamina
import structlog
from procrastinate import App, PsycopgConnector
from procrastinate.exceptions import AlreadyEnqueued, ConnectorException, UniqueViolation
from procrastinate.job_context import JobContext
from procrastinate.jobs import Job as StoredJob
from procrastinate.jobs import Status
from procrastinate.manager import JobManager
from procrastinate.retry import BaseRetryStrategy, RetryDecision
from psycopg import AsyncConnection
from psycopg_pool import AsyncConnectionPool

from adapters.jobs import records
from adapters.jobs.failures import log_failure
from adapters.jobs.records import stored_queue
from core.errors import StoreUnreachable
from core.operate.jobs import Job, JobRecord, JobState, QueueState, SharedJobQueue, Task

#: connections of a process: a job is few statements; beside them one listens for each worker
_CONNECTIONS: Final = 4
#: how long a statement waits for a connection, in seconds
CONNECT_S: Final = 10.0
#: between two signs of life of a worker, and after how long without one its jobs are taken over, in seconds
SIGN_EVERY_S: Final = 10.0
LOST_AFTER_S: Final = 30.0
#: between two looks for jobs that may run now, in seconds: of new ones workers are told at once
POLL_S: Final = 1.0
#: between two looks for jobs whose worker is lost, and before a worker begins anew after a failure, in seconds
LOOK_EVERY_S: Final = 10.0
PAUSE_S: Final = 5.0
#: how often, and for how many seconds at most, the end of a job is put on record
_RECORDING_TRIES: Final = 5
_RECORDING_S: Final = 30.0
#: hours for which jobs that were given up are on record, and after how many looks old ones are deleted
_RECORD_H: Final = 24 * 7
_CLEAN_EVERY: Final = 360
#: looked up in the index that keeps them unique, of however many jobs
_WAITING: Final = """
SELECT queueing_lock FROM procrastinate_jobs WHERE status = 'todo' AND queueing_lock = ANY(%(uniques)s)
"""
_NO_PROCESS: Final = "The process that did it is gone."

_log = structlog.get_logger("paperboy")
# What fails is a line of ours; the library's own lines repeat the arguments of every job.
logging.getLogger("procrastinate").setLevel(logging.CRITICAL)
logging.getLogger("psycopg.pool").setLevel(logging.CRITICAL)


class PostgresJobs(SharedJobQueue):
    """The jobs of all processes that work on one database."""

    def __init__(
        self,
        address: str,
        *,
        poll_s: float = POLL_S,
        look_every_s: float = LOOK_EVERY_S,
        pause_s: float = PAUSE_S,
        connect_s: float = CONNECT_S,
    ) -> None:
        """`address`: as libpq takes it, with time-outs. `connect_s`: how long a statement waits for a connection."""
        self._pool = AsyncConnectionPool(
            address,
            open=False,
            min_size=1,
            max_size=_CONNECTIONS,
            timeout=connect_s,
            check=AsyncConnectionPool.check_connection,
            configure=_each_statement_alone,
        )
        self._app = App(connector=PsycopgConnector())
        self._poll_s = poll_s
        self._look_every_s = look_every_s
        self._pause_s = pause_s

    @asynccontextmanager
    async def open(self) -> AsyncIterator[PostgresJobs]:
        """Connect; whoever works must have stopped before the end. Connections that cannot be made now come later."""
        async with self._pool, self._app.open_async(self._pool):
            yield self

    async def defer(self, jobs: Sequence[Job]) -> int:
        """Have jobs done; how many were taken."""
        with _explain_failures():
            kinds: dict[str | int, Job] = {}
            for number, job in enumerate(jobs):
                kinds.setdefault(job.unique or number, job)
            waiting = await self._waiting([job.unique for job in kinds.values() if job.unique])
            return await self._defer([job for job in kinds.values() if job.unique not in waiting])

    async def work(self, tasks: Mapping[str, Task], queues: Sequence[str], *, at_once: int) -> None:
        """Do the jobs of some queues until cancelled."""
        app, known_queues = _app_for(tasks), [stored_queue(queue, task) for queue in queues for task in tasks]
        async with app.open_async(self._pool), asyncio.TaskGroup() as group:
            group.create_task(self._keep_taking_over(app.job_manager, tasks, known_queues))
            while True:
                try:
                    await app.run_worker_async(
                        queues=known_queues,
                        concurrency=at_once,
                        install_signal_handlers=False,
                        fetch_job_polling_interval=self._poll_s,
                        delete_jobs="successful",
                        shutdown_graceful_timeout=0,
                        update_heartbeat_interval=SIGN_EVERY_S,
                        stalled_worker_timeout=LOST_AFTER_S,
                    )
                except (ConnectorException, psycopg.Error) as error:
                    _end_if_cancelled(error)
                    _log.info("jobs interrupted", problem=str(error.__cause__ or error), queues=list(queues))
                await asyncio.sleep(self._pause_s)

    async def states(self) -> tuple[QueueState, ...]:
        """The queues that have any jobs, by name."""
        with _explain_failures():
            return await records.queue_states(self._app.connector)

    async def records(self, *states: JobState, limit: int) -> tuple[JobRecord, ...]:
        """The jobs in these states, the oldest first."""
        with _explain_failures():
            return await records.job_records(self._app.connector, states, limit)

    async def retry(self, numbers: Sequence[int]) -> int:
        """Have jobs that were given up wait again; how many did."""
        with _explain_failures():
            return await records.retry(self._app.connector, numbers)

    async def drop(self, numbers: Sequence[int]) -> int:
        """Delete jobs that do not run; how many there were."""
        with _explain_failures():
            return await records.drop(self._app.connector, numbers)

    async def _waiting(self, uniques: list[str]) -> set[str]:
        """Those of which a job waits already."""
        rows = await self._app.connector.execute_query_all_async(query=_WAITING, uniques=uniques) if uniques else ()
        return {row["queueing_lock"] for row in rows}

    async def _defer(self, jobs: list[Job]) -> int:
        """The library stores all or none: where one came meanwhile, each half is tried by itself."""
        if not jobs:
            return 0
        try:
            await self._app.job_manager.batch_defer_jobs_async([_stored_job(job) for job in jobs])
        except AlreadyEnqueued:
            middle = len(jobs) // 2
            return await self._defer(jobs[:middle]) + await self._defer(jobs[middle:]) if middle else 0
        return len(jobs)

    async def _keep_taking_over(self, manager: JobManager, tasks: Mapping[str, Task], queues: Sequence[str]) -> None:
        """Take over the jobs of lost workers, and delete old ones, until cancelled."""
        looks = 0
        while True:
            try:
                await _take_over(manager, tasks, queues)
                if looks % _CLEAN_EVERY == 0:
                    await manager.delete_old_jobs(_RECORD_H, include_failed=True, include_aborted=True)
                looks += 1
            except ConnectorException as error:  # the next look tries again
                _end_if_cancelled(error)
                _log.info("jobs not taken over", problem=str(error.__cause__ or error))
            await asyncio.sleep(self._look_every_s)


async def _each_statement_alone(connection: AsyncConnection[Any]) -> None:
    """The library runs one statement at a time: a transaction around it costs two more."""
    await connection.set_autocommit(True)


def _end_if_cancelled(error: Exception) -> None:
    """Where something went wrong during a cancellation, the library raises that instead."""
    task = asyncio.current_task()
    if task and task.cancelling():
        raise CancelledError from error


class _Records(JobManager):
    """Puts on record how a job ended, in spite of a database that is away for a moment."""

    async def finish_job(self, job: StoredJob, status: Status, delete_job: bool) -> None:
        """Put the end of a job on record."""
        await _on_record(super().finish_job, job=job, status=status, delete_job=delete_job)

    async def retry_job(
        self,
        job: StoredJob,
        retry_at: datetime | None = None,
        priority: int | None = None,
        queue: str | None = None,
        lock: str | None = None,
    ) -> None:
        """Let a job wait again, unless another one waits that is to be the only one."""
        try:
            await _on_record(super().retry_job, job=job, retry_at=retry_at, priority=priority, queue=queue, lock=lock)
        except UniqueViolation:
            await self.finish_job(job, Status.SUCCEEDED, delete_job=True)


async def _on_record(change: Callable[..., Coroutine[Any, Any, None]], **arguments: Any) -> None:
    """Change a job; one that another worker has taken over meanwhile is left to it."""

    def is_away(error: Exception) -> bool:
        return isinstance(error.__cause__, psycopg.OperationalError)

    caller = stamina.AsyncRetryingCaller(attempts=_RECORDING_TRIES, timeout=_RECORDING_S)
    try:
        await caller(is_away, change, **arguments)
    except ConnectorException as error:
        if not isinstance(error.__cause__, psycopg.errors.RaiseException):
            raise


class _Retry(BaseRetryStrategy):
    """When a job is tried again, as its task says."""

    def __init__(self, task: Task) -> None:
        self._task = task

    def get_retry_decision(self, *, exception: BaseException, job: StoredJob) -> RetryDecision | None:
        """At once after a cancellation: its worker stops."""
        if isinstance(exception, CancelledError):
            return RetryDecision()
        pause_s = self._task.pause_after(job.attempts + 1)
        return None if pause_s is None else RetryDecision(retry_in={"milliseconds": round(pause_s * 1000)})


def _app_for(tasks: Mapping[str, Task]) -> App:
    app = App(connector=PsycopgConnector())
    app.job_manager = _Records(app.connector)
    for name, task in tasks.items():
        app.task(name=name, pass_context=True, retry=_Retry(task))(_work_of(task))
    return app


def _work_of(task: Task) -> Callable[..., Coroutine[Any, Any, None]]:
    async def work(context: JobContext, **arguments: Any) -> None:
        try:
            await task.work(arguments)
        except Exception as error:
            tries = context.job.attempts + 1
            log_failure(context.job.task_name, error, tries=tries, pause_s=task.pause_after(tries))
            raise

    return work


async def _take_over(manager: JobManager, tasks: Mapping[str, Task], queues: Sequence[str]) -> None:
    """Have jobs whose worker gave no sign of life for too long tried again."""
    for job in await manager.get_stalled_jobs(seconds_since_heartbeat=LOST_AFTER_S):
        if job.queue not in queues:
            continue
        tries = job.attempts + 1
        is_over = tasks[job.task_name].pause_after(tries) is None
        _log.warning(
            "job given up" if is_over else "job taken over", task=job.task_name, tries=tries, problem=_NO_PROCESS
        )
        if is_over:
            await manager.finish_job(job, Status.FAILED, delete_job=False)
        else:
            await manager.retry_job(job)


def _stored_job(job: Job) -> StoredJob:
    return StoredJob(
        queue=stored_queue(job.queue, job.task),
        task_name=job.task,
        task_kwargs=dict(job.arguments),
        lock=job.lock or None,
        queueing_lock=job.unique or None,
        scheduled_at=job.at,
        priority=int(job.priority),
    )


@contextmanager
def _explain_failures() -> Iterator[None]:
    """Turn the library's errors into ours."""
    try:
        yield
    except ConnectorException as error:
        raise StoreUnreachable("The queue of jobs cannot be reached.", hint="Check the database server.") from error
