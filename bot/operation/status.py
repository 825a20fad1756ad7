"""`paperboy status`: the running service as the database knows it, read from another process."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from core.converse.ports import Store
from core.deliver.appointments import Appointment, ScheduledDays
from core.deliver.schedule import IN_TIME, DayReason, DayState
from core.ingest.state import SourceState
from core.operate.jobs import JobQueue, QueueState
from core.operate.services import Claim, Health, PlatformState, Service
from core.papers.embedding import EmbeddingProgress
from core.summarise.budget import first_of_month
from core.summarise.ports import MonthlySpending

#: digests that are listed of each kind
MOST: Final = 10
#: seconds that a job may wait that could run: longer means that nobody does it, or that there are too few who do
OLD_JOB_S: Final = 300.0
#: how far back days without a digest are listed
_RECENT: Final = timedelta(days=7)
#: how far back spending is told
_MONTHS: Final = timedelta(days=61)

#: why a digest may be late: that there is nothing to post is no reason
NOT_QUIET: Final = frozenset(DayReason) - {DayReason.QUIET}
#: of several processes that know a platform, the word of the one that serves it counts
_BEST_FIRST: Final = (Health.CONNECTED, Health.DOWN, Health.STARTING, Health.ENDED, Health.WAITING)


@dataclass(frozen=True, slots=True, kw_only=True)
class Status:
    """The state of the service at one moment."""

    #: UTC
    at: datetime
    services: tuple[Service, ...]
    sources: tuple[SourceState, ...]
    #: the next digests, earliest first
    next: tuple[Appointment, ...] = ()
    #: how many subscriptions there are, paused ones too
    subscriptions: int = 0
    #: days whose digest was due and is not posted; a quiet day has none yet, and is not late
    late: ScheduledDays = field(default_factory=ScheduledDays)
    #: days of the last week that ended without the digest that was due
    missed_days: ScheduledDays = field(default_factory=ScheduledDays)
    #: what language models cost in the last months, the newest first
    spending: tuple[MonthlySpending, ...] = ()
    #: how far papers are embedded, by model
    embeddings: tuple[EmbeddingProgress, ...] = ()
    #: the jobs of all processes, by queue; None where one process does all
    jobs: tuple[QueueState, ...] | None = None
    #: who serves which installation, those that ran out among them
    claims: tuple[Claim, ...] = ()

    @property
    def running(self) -> tuple[Service, ...]:
        """The processes that gave a sign of life lately."""
        return tuple(service for service in self.services if not service.is_lost(self.at))

    @property
    def holdings(self) -> dict[str, tuple[str, ...]]:
        """The installations that each process serves, by the process's id."""
        held_claims = [claim for claim in self.claims if claim.is_held(self.at)]
        return {
            service.origin.id: tuple(
                claim.installation for claim in held_claims if claim.origin.id == service.origin.id
            )
            for service in self.services
        }

    @property
    def platforms(self) -> dict[str, tuple[PlatformState, Service]]:
        """The platforms of running processes, by name; of several processes, the one that serves a platform counts."""
        platforms: dict[str, tuple[PlatformState, Service]] = {}
        for service in self.running:
            for name, state in service.platforms:
                if name not in platforms or _rank(state) < _rank(platforms[name][0]):
                    platforms[name] = (state, service)
        return dict(sorted(platforms.items()))

    def count_listeners(self, platform: str) -> int:
        """How many running processes hear what people do on a platform that several listen to."""
        states = [state for service in self.running for name, state in service.platforms if name == platform]
        return sum(state.listens for state in states)

    def rivals_since(self, platform: str) -> datetime | None:
        """Since when another installation uses the platform's token, as far as any running process saw."""
        moments = [
            state.rivals_since for service in self.running for name, state in service.platforms if name == platform
        ]
        return min(filter(None, moments), default=None)


def _rank(state: PlatformState) -> int:
    return _BEST_FIRST.index(state.health)


async def read(store: Store, now: datetime, jobs: JobQueue | None = None) -> Status:
    """Read the state of the service from the database, and from the queue of its jobs. Raises StoreError."""
    return Status(
        at=now,
        services=await store.services(),
        sources=await store.source_states(),
        next=await store.upcoming(limit=MOST),
        subscriptions=await store.count_subscriptions(),
        late=await store.scheduled_days(DayState.OPEN, until=now - IN_TIME, reasons=NOT_QUIET, limit=MOST),
        missed_days=await store.scheduled_days(DayState.MISSED, since=now - _RECENT, limit=MOST),
        spending=await store.monthly_spending(since=first_of_month(now - _MONTHS)),
        embeddings=await store.embedding_progress(),
        jobs=await jobs.states() if jobs else None,
        claims=await store.claims(),
    )
