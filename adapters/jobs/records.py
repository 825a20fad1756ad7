"""What Procrastinate's tables say of jobs: how many there are, since when they wait, and which were given up.

The library keeps no moments beside a job: they stand in its events, by the clock of the server, as ages here do.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any, Final

from procrastinate.connector import BaseConnector
from procrastinate.exceptions import UniqueViolation
from procrastinate.manager import JobManager
from procrastinate.utils import utcnow

from core.operate.jobs import JobRecord, JobState, QueueState

#: the library's words for our states
_STATES: Final[Mapping[JobState, tuple[str, ...]]] = {
    JobState.WAITING: ("todo",),
    JobState.RUNNING: ("doing",),
    JobState.GIVEN_UP: ("failed", "aborted"),
}
_STATE_OF: Final = {word: state for state, words in _STATES.items() for word in words}

_COUNTS: Final = """
WITH counts AS (
    SELECT queue_name, status, count(*) AS jobs,
        min(id) FILTER (WHERE status = 'todo' AND (scheduled_at IS NULL OR scheduled_at <= now())) AS oldest
    FROM procrastinate_jobs WHERE status IN ('todo', 'doing', 'failed', 'aborted') GROUP BY queue_name, status
)
SELECT queue_name, status::text AS status, jobs, (
    SELECT extract(epoch FROM now() - greatest(
        min(at), (SELECT scheduled_at FROM procrastinate_jobs WHERE id = oldest AND attempts = 0)
    ))::float FROM procrastinate_events WHERE job_id = oldest AND type = 'deferred'
) AS oldest_s FROM counts
"""
_RECORDS: Final = """
SELECT id, queue_name, task_name, status::text AS status, attempts, args, (
    SELECT max(at) FROM procrastinate_events WHERE job_id = jobs.id
) AS since FROM procrastinate_jobs AS jobs
WHERE status = ANY(%(words)s::procrastinate_job_status[]) ORDER BY id LIMIT %(limit)s
"""
_GIVEN_UP: Final = """
SELECT id FROM procrastinate_jobs
WHERE id = ANY(%(numbers)s) AND status IN ('failed', 'aborted') ORDER BY id
"""
_DROP: Final = """
DELETE FROM procrastinate_jobs WHERE id = ANY(%(numbers)s) AND status IN ('todo', 'failed', 'aborted') RETURNING id
"""


def stored_queue(queue: str, task: str) -> str:
    """Where jobs of a task wait: apart from those of other tasks, which a worker may not know."""
    return f"{queue}/{task}"


async def queue_states(connector: BaseConnector) -> tuple[QueueState, ...]:
    """The queues that have any jobs, by name. Reads all jobs once."""
    counts: dict[str, list[Mapping[str, Any]]] = {}
    for row in await connector.execute_query_all_async(_COUNTS):
        counts.setdefault(_queue_of(row), []).append(row)
    return tuple(_state(queue, counts[queue]) for queue in sorted(counts))


def _state(queue: str, rows: Sequence[Mapping[str, Any]]) -> QueueState:
    def jobs(state: JobState) -> int:
        return sum(row["jobs"] for row in rows if row["status"] in _STATES[state])

    return QueueState(
        queue=queue,
        waiting=jobs(JobState.WAITING),
        running=jobs(JobState.RUNNING),
        given_up=jobs(JobState.GIVEN_UP),
        oldest_s=max((row["oldest_s"] for row in rows if row["oldest_s"] is not None), default=None),
    )


async def job_records(connector: BaseConnector, states: Collection[JobState], limit: int) -> tuple[JobRecord, ...]:
    """The jobs in these states, the oldest first."""
    words = [word for state in states for word in _STATES[state]]
    rows = await connector.execute_query_all_async(_RECORDS, words=words, limit=limit)
    return tuple(
        JobRecord(
            number=row["id"],
            queue=_queue_of(row),
            task=row["task_name"],
            state=_STATE_OF[row["status"]],
            tries=row["attempts"],
            since=row["since"],
            arguments=row["args"],
        )
        for row in rows
    )


async def retry(connector: BaseConnector, numbers: Sequence[int]) -> int:
    """Have jobs that were given up wait again; how many did. One of which another waits already is dropped."""
    manager, count = JobManager(connector), 0
    for row in await connector.execute_query_all_async(_GIVEN_UP, numbers=list(numbers)):
        try:
            await manager.retry_job_by_id_async(row["id"], utcnow())
            count += 1
        except UniqueViolation:
            await drop(connector, [row["id"]])
    return count


async def drop(connector: BaseConnector, numbers: Sequence[int]) -> int:
    """Delete jobs that do not run; how many there were."""
    return len(await connector.execute_query_all_async(_DROP, numbers=list(numbers)))


def _queue_of(row: Mapping[str, Any]) -> str:
    return str(row["queue_name"]).rpartition("/")[0]
