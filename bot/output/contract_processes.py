"""The JSON of processes, of the tokens that they hold, and of the jobs that they share. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:  # each command loads what it needs
    from bot.operation.status import Status
    from core.operate.jobs import JobRecord, QueueState
    from core.operate.services import PlatformState

Json = dict[str, Any]


def services(status: Status) -> list[Json]:
    """Every process on record, with what it serves."""
    holdings = status.holdings
    return [
        {
            "host": service.origin.host,
            "pid": service.origin.pid,
            "version": service.version,
            "revision": service.revision or None,
            "role": service.role.value,
            "state": "lost" if service.is_lost(status.at) else "running",
            "started_at": service.started_at,
            "seen_at": service.seen_at,
            "holds": list(holdings[service.origin.id]),
            "platforms": {name: platform(state) for name, state in service.platforms},
        }
        for service in status.services
    ]


def claims(status: Status) -> list[Json]:
    """Who serves which installation."""
    return [
        {
            "installation": claim.installation,
            "host": claim.origin.host,
            "pid": claim.origin.pid,
            "state": "held" if claim.is_held(status.at) else "free",
            "since": claim.since,
            "until": claim.until,
        }
        for claim in status.claims
    ]


def queues(states: Sequence[QueueState]) -> list[Json]:
    """How many jobs of each queue there are, and for how long the oldest of those waits that may run."""
    return [
        {
            "queue": state.queue,
            "waiting": state.waiting,
            "running": state.running,
            "given_up": state.given_up,
            "oldest_s": None if state.oldest_s is None else round(state.oldest_s),
        }
        for state in states
    ]


def jobs(records: Iterable[JobRecord]) -> list[Json]:
    """Jobs on record."""
    return [
        {
            "number": record.number,
            "queue": record.queue,
            "task": record.task,
            "state": record.state.value,
            "tries": record.tries,
            "since": record.since,
            "arguments": dict(record.arguments),
        }
        for record in records
    ]


def platform(state: PlatformState) -> Json:
    """How a platform is in one process."""
    hearing = state.hearing
    return {
        "state": state.health.value,
        "detail": state.detail,
        "since": state.since,
        "failures": state.failures,
        "refused": state.refused,
        "listens": state.listens,
        "rivals_since": state.rivals_since,
        "connections": hearing
        and {
            "open": hearing.open,
            "total": hearing.total,
            "silent_servers": hearing.silent_servers,
            "problem": hearing.problem,
            "lost_since": hearing.lost_since,
        },
    }
