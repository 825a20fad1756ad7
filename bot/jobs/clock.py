"""The clock of several processes: what is due is derived from the database as ever, and handed out as jobs.

It may run in any number of processes: a look at a subscription is claimed by one of them, and of each kind of job one
waits. What belongs to a token and needs no queue, such as edits of messages, is done by the process that holds it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any, Final

import structlog

from bot.chats import Chats
from bot.jobs.orders import (
    EMBED_JOB,
    FORGET_JOB,
    GENERAL,
    LEARNED_BEFORE,
    backfill_job,
    deliver_job,
    prepare_job,
    refresh_job,
    retrain_job,
)
from bot.operation.pulse import Pulse
from bot.operation.status import OLD_JOB_S
from bot.operation.tenure import Tenure
from bot.posting import Posting
from bot.refreshing import due_of, wanted_scopes
from bot.schedule import TICK_S, scopes_due
from bot.sweeps import log_failures
from bot.ticks import ringing
from bot.wire import TERMINAL, App
from core.channels import ChannelRef, Subscription, UserRef
from core.deliver.resume import MOST
from core.deliver.schedule import Look, LookOutcome
from core.errors import UsageError
from core.operate.jobs import Job, JobQueue, Priority
from core.operate.services import ServiceRole
from core.posts.tree import Post

#: seconds that somebody who orders a digest waits for its sources, and between two looks at them
PATIENCE_S: Final = 20.0
_LOOK_EVERY_S: Final = 0.5
#: between two looks for what is to be deleted
_FORGET_EVERY: Final = timedelta(hours=1)
#: for how long before their moment profiles to be learned are handed out, and how many at a tick at most: those of
#: one moment are what two cores learn in twenty minutes, and the digests of the others learn by themselves
_AHEAD: Final = timedelta(minutes=10)
MOST_RETRAININGS: Final = 200
#: general jobs that wait, at which no more digests are handed out
MOST_WAITING: Final = 20_000

_log = structlog.get_logger("paperboy")


async def keep_refreshing(app: App, jobs: JobQueue, pulse: Pulse, *, tick_s: float = TICK_S) -> None:
    """Have what is due of each source read, and days that it missed, now and at every tick, until cancelled."""
    async with ringing(tick_s) as bell:
        with pulse.on_duty():
            while True:
                pulse.beat()
                with log_failures("handing out refreshes"):
                    await jobs.defer(await readings_due(app))
                await bell.next()


async def readings_due(app: App) -> list[Job]:
    """The refreshes that are due, and the backfills of days that are to be read."""
    scopes, states = await wanted_scopes(app), await app.store.source_states()
    due_scopes = due_of(scopes, states, app.clock.now(), app.store.traits)
    names = {(source.name, scope) for source, scope in scopes}
    behind = [state.source for state in states if state.has_days_to_read and (state.source, state.scope) in names]
    return [
        *map(refresh_job, dict.fromkeys(source.name for source, _ in due_scopes)),
        *map(backfill_job, dict.fromkeys(behind)),
    ]


class Upkeep:
    """Which upkeep is due: embedding at every tick, deleting old data once an hour, learning before digests are due."""

    def __init__(self, app: App, *, most_retrainings: int = MOST_RETRAININGS) -> None:
        """`most_retrainings`: of a tick."""
        self._app = app
        self._most_retrainings = most_retrainings
        self._forget_at = app.clock.now()
        #: of the last digest before which learning was handed out: when it is due, and its number
        self._last_taught = (self._forget_at, -1)

    async def jobs(self) -> list[Job]:
        """The jobs of a tick. Raises StoreError."""
        now = self._app.clock.now()
        jobs = await self._retrainings(now + LEARNED_BEFORE)
        jobs += [EMBED_JOB] if self._app.meanings else []
        if now >= self._forget_at:
            self._forget_at = now + _FORGET_EVERY
            jobs.append(FORGET_JOB)
        return jobs

    async def _retrainings(self, since: datetime) -> list[Job]:
        """For the digests due from a moment on, each once; those of a full tick's rest come with the next one."""
        until = since + _AHEAD
        begin, number = self._last_taught if since <= self._last_taught[0] <= until else (since, -1)
        digests = await self._app.store.taught_digests(
            since=begin, until=until, after=number, limit=self._most_retrainings
        )
        if digests:
            self._last_taught = (digests[-1].due_at, digests[-1].number)
        return [retrain_job(digest) for digest in digests]


async def keep_in_order(app: App, jobs: JobQueue, *, tick_s: float = TICK_S) -> None:
    """Have the upkeep done that is due, now and at every tick, until cancelled."""
    upkeep = Upkeep(app)
    async with ringing(tick_s) as bell:
        while True:
            with log_failures("handing out upkeep"):
                await jobs.defer(await upkeep.jobs())
            await bell.next()


class WorkerLook:
    """Is anybody there who does what waits? For gateways that leave it to workers."""

    def __init__(self, app: App, jobs: JobQueue) -> None:
        self._app = app
        self._jobs = jobs
        self._is_missed = False

    async def look(self) -> None:
        """Say once that jobs wait for minutes while no process runs that does them. Raises StoreError."""
        queue = next((state for state in await self._jobs.states() if state.queue == GENERAL), None)
        now, was_missed = self._app.clock.now(), self._is_missed
        self._is_missed = queue is not None and (queue.oldest_s or 0) > OLD_JOB_S and not await self._has_worker(now)
        if queue and self._is_missed and not was_missed:
            _log.warning("jobs undone", jobs=queue.waiting, oldest_s=queue.oldest_s)

    async def _has_worker(self, now: datetime) -> bool:
        services = await self._app.store.services()
        return any(service.role is not ServiceRole.GATEWAY and not service.is_lost(now) for service in services)


async def keep_looking_for_workers(app: App, jobs: JobQueue, *, tick_s: float = TICK_S) -> None:
    """Look for workers now and at every tick, until cancelled."""
    worker_look = WorkerLook(app, jobs)
    async with ringing(tick_s) as bell:
        while True:
            with log_failures("looking for workers"):
                await worker_look.look()
            await bell.next()


async def read_sources(app: App, jobs: JobQueue, subscription: Subscription) -> None:
    """Have what is due of a subscription's sources read first, for somebody who waits; wait for it a while."""
    wanted_scopes = {(source.name, scope) for source, scope in app.origins.scopes(subscription.categories)}
    with suppress(TimeoutError):
        async with asyncio.timeout(PATIENCE_S):
            while True:
                due = [source.name for source, scope in await scopes_due(app) if (source.name, scope) in wanted_scopes]
                if not due:
                    return
                await jobs.defer([refresh_job(name, priority=Priority.INTERACTIVE) for name in dict.fromkeys(due)])
                await asyncio.sleep(_LOOK_EVERY_S)


class SharedPosting(Posting):
    """Hands digests out that are due, and does beside what belongs to the tokens that this process holds."""

    def __init__(
        self,
        app: App,
        chats: Chats,
        group: asyncio.TaskGroup,
        *,
        jobs: JobQueue,
        tenures: Mapping[str, Tenure],
        most_waiting: int = MOST_WAITING,
        **options: Any,
    ) -> None:
        """`tenures`: by installation. `most_waiting`: general jobs at which no more digests are handed out."""
        super().__init__(app, chats, group, **options)
        self._jobs = jobs
        self._tenures = tenures
        self._most_waiting = most_waiting

    async def _room(self) -> int:
        """A long queue costs everybody who takes a job from it, and is not done any sooner."""
        waiting = [state.waiting for state in await self._jobs.states() if state.queue == GENERAL]
        return self._most_waiting - sum(waiting)

    async def _begin(self, due: Sequence[tuple[Look, LookOutcome]]) -> None:
        """Have digests planned; those of this process's terminal are its own."""
        await super()._begin([pair for pair in due if _is_terminal(pair[0].subscription.channel)])
        looks = [look for look, _ in due if not _is_terminal(look.subscription.channel)]
        decided_at = self._app.clock.now()
        await self._jobs.defer([prepare_job(look, decided_at=decided_at) for look in looks])

    async def _resume(self) -> None:
        """Hand out what was interrupted; what no token serves any more is closed when its time is over."""
        due_shipments = await self._app.store.interrupted_shipments(at=self._app.clock.now(), limit=MOST)
        shipments = [shipment for shipment in due_shipments if self._has_token(shipment.channel)]
        await self._jobs.defer(
            [deliver_job(shipment, self._chats.installation_of(shipment.channel)) for shipment in shipments]
        )
        if len(shipments) < len(due_shipments):
            await self._take_up(self._has_token)

    async def _write(self, person: UserRef, post: Post) -> None:
        channel = ChannelRef(person.platform, person.workspace, person.id)
        if self._is_anothers(channel):
            raise UsageError(f"Another process serves {channel.platform}.")
        await super()._write(person, post)

    @property
    def _within(self) -> tuple[str, ...]:
        return tuple(f"{name}{'/' if ':' in name else ':'}" for name, tenure in self._tenures.items() if tenure.is_held)

    def _is_left_alone(self, channel: ChannelRef) -> bool:
        return self._is_anothers(channel) or super()._is_left_alone(channel)

    def _is_anothers(self, channel: ChannelRef) -> bool:
        """True where this process does not hold the token of a channel."""
        return self._has_token(channel) and not self._tenures[self._chats.installation_of(channel)].is_held

    def _has_token(self, channel: ChannelRef) -> bool:
        return self._chats.serves(channel) and not _is_terminal(channel)


def _is_terminal(channel: ChannelRef) -> bool:
    return channel.platform == TERMINAL.platform
