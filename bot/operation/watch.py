"""The service looks at itself: gives a sign of life, renews its claims, and notes when the database is away.

At every look the process writes how it is (`paperboy status` reads that from elsewhere) and renews its claims. It never
raises for a database that is away: it says so once, and once when it is back.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from datetime import datetime, timedelta
from time import monotonic
from typing import Final, Protocol

import structlog

from bot.chats import installation_name
from bot.operation import heap
from bot.operation.pulse import WATCHING_S, Pulse
from bot.operation.tenure import Tenure, is_dead
from bot.supervise import States
from bot.ticks import Drift
from core.converse.ports import Store
from core.deliver.appointments import Appointment
from core.errors import NotServing, PaperboyError, StoreError
from core.operate.alerts import ClockJump, Outage
from core.operate.ports import OperationStore
from core.operate.services import SIGN_EVERY_S, Origin, Service, ServiceRole
from core.time import Clock

#: how long a process that died is still shown
_MEMORY: Final = timedelta(days=1)
_FORGET_EVERY: Final = timedelta(hours=1)
#: seconds for the last words in the database
_CLOSING_S: Final = 5.0

#: digests that are said to be next, and how often at most
_NEXT: Final = 3
_NEXT_EVERY: Final = timedelta(minutes=10)

_log = structlog.get_logger("paperboy")


class Tell(Protocol):
    """Tells the operator what is new. Raises StoreError."""

    async def __call__(self, *, outage: Outage | None, jump: ClockJump | None) -> None:
        """Called at every look."""


class Watch:
    """One process that serves."""

    def __init__(
        self,
        store: Store,
        clock: Clock,
        states: States,
        *,
        origin: Origin,
        version: str,
        tenures: Sequence[Tenure] = (),
        tell: Tell | None = None,
        pulse: Pulse | None = None,
        running_s: Callable[[], float] = monotonic,
        role: ServiceRole = ServiceRole.SERVICE,
        revision: str = "",
    ) -> None:
        """`tell` is called at every look, with the last outage of the database and the last jump of the clock.

        `running_s` only runs on, in seconds, whatever becomes of the clock. `revision` is the schema's.
        """
        self._running_s = running_s
        self._tell = tell
        self._store = store
        self._clock = clock
        self._states = states
        self._tenures = tenures
        now = clock.now()
        self._pulse = pulse or Pulse(WATCHING_S)
        self._service = Service(
            origin=origin, version=version, started_at=now, seen_at=now, role=role, revision=revision
        )
        self._next: tuple[Appointment, ...] | None = None
        self._next_said_at = now - _NEXT_EVERY
        self._forgot_at = now - _FORGET_EVERY
        self._drift = Drift()
        self._drift.has_jumped(now, running_s())
        self._last_look = (now, running_s())
        self.jump: ClockJump | None = None
        self.outage: Outage | None = None
        self._problem = ""
        #: since when the database is away, UTC; None while it answers
        self.database_down_since: datetime | None = None

    @asynccontextmanager
    async def registration(self) -> AsyncIterator[None]:
        """Keep this process on record while the block runs; then give its installations back."""
        with suppress(StoreError):  # it is away just now, which the first look will say
            await self._forget_the_dead()
        try:
            yield
        finally:
            with suppress(StoreError, TimeoutError):  # then it runs out
                async with asyncio.timeout(_CLOSING_S):
                    for tenure in self._tenures:
                        await tenure.end()
                    await self._store.remove_service(self._service.origin.id)

    async def run(self) -> None:
        """Look now, at every change, and at least every 30 seconds, until cancelled."""
        with self._pulse.on_duty():
            while True:
                self._pulse.beat()
                await self.look()
                with suppress(TimeoutError):
                    async with asyncio.timeout(SIGN_EVERY_S):
                        await self._states.change.wait()
                self._states.change.clear()
                await asyncio.sleep(1)  # several changes at once are one look

    async def look(self) -> None:
        """Renew the claims, give a sign of life, and give free memory back."""
        now = self._clock.now()
        self._look_at_the_clock(now)
        try:
            for tenure in self._tenures:
                with suppress(NotServing):  # `supervise` stops it
                    await tenure.renew()
            self._service = replace(self._service, seen_at=now, platforms=self._states.snapshot())
            await self._store.save_service(self._service)
            self._database_is_back(now)
            await self._forget_the_old(now)
            await self._say_what_is_next(now)
            if self._tell:
                await self._tell(outage=self.outage, jump=self.jump)
        except StoreError as error:
            self._database_is_away(error, now)
        await heap.give_back()

    def _look_at_the_clock(self, now: datetime) -> None:
        running_s = self._running_s()
        (last, then), self._last_look = self._last_look, (now, running_s)
        if self._drift.has_jumped(now, running_s):
            seconds = (now - last).total_seconds() - (running_s - then)
            self.jump = ClockJump(at=now, seconds=seconds)
            _log.warning("clock jumped", seconds=round(seconds))

    async def _say_what_is_next(self, now: datetime) -> None:
        """Log the next digests where they changed, every ten minutes at most."""
        if now - self._next_said_at < _NEXT_EVERY or not any(tenure.is_held for tenure in self._tenures):
            return
        upcoming = await self._store.upcoming(limit=_NEXT + 1)
        if upcoming == self._next:
            return
        self._next, self._next_said_at = upcoming, now
        digests = [
            (str(digest.subscription.channel), digest.subscription.at.local_time(digest.due_at))
            for digest in upcoming[:_NEXT]
        ]
        _log.info("digests next", digests=digests, more=len(upcoming) > _NEXT)

    def _database_is_away(self, error: PaperboyError, now: datetime) -> None:
        if self.database_down_since is None:
            self.database_down_since, self._problem = now, error.sentence()
            _log.error("database down", problem=error.sentence())

    def _database_is_back(self, now: datetime) -> None:
        if self.database_down_since:
            self.outage = Outage(since=self.database_down_since, until=now, problem=self._problem)
            down_s = (now - self.database_down_since).total_seconds()
            self.database_down_since = None
            _log.info("database up", down_s=down_s)

    async def _forget_the_old(self, now: datetime) -> None:
        """Remove processes from the record that died long ago, every hour."""
        if now - self._forgot_at >= _FORGET_EVERY:
            await self._store.forget_services(before=now - _MEMORY)
            self._forgot_at = now

    async def _forget_the_dead(self) -> None:
        """Remove dead processes of this machine from the record, and old ones of other machines."""
        await self._forget_the_old(self._clock.now())
        for service in await self._store.services():
            if is_dead(service.origin, self._service.origin):
                await self._store.remove_service(service.origin.id)


def tenures_of(
    installations: Iterable[tuple[str, str]],
    *,
    origin: Origin,
    store: OperationStore,
    clock: Clock,
    are_shared: bool = False,
) -> dict[tuple[str, str], Tenure]:
    """A tenure for each installation, by platform and workspace; one after the other, unless processes share them."""
    tenures: dict[tuple[str, str], Tenure] = {}
    before: Tenure | None = None
    for place in sorted(installations):
        tenures[place] = Tenure(installation_name(place), origin=origin, store=store, clock=clock, after=before)
        before = None if are_shared else tenures[place]
    return tenures
