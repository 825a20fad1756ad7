"""The running processes of Paperboy, as the database knows them, and which of them serves an installation."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

#: seconds between two signs of life of a service
SIGN_EVERY_S: Final = 30.0
#: a service without a sign of life for so long is dead or hangs, and what it holds is free
LOST_AFTER: Final = timedelta(seconds=90)


class Health(StrEnum):
    """How a platform is."""

    #: it was not reached yet
    STARTING = "starting"
    CONNECTED = "connected"
    DOWN = "down"
    #: another process serves it, and this one takes over when that one stops
    WAITING = "waiting"
    ENDED = "ended"


class ServiceRole(StrEnum):
    """What a process is for."""

    #: all there is to do
    SERVICE = "service"
    #: platforms, the clock and what belongs to a token; workers do the rest
    GATEWAY = "gateway"
    #: what any process may do
    WORKER = "worker"


@dataclass(frozen=True, slots=True, kw_only=True)
class Hearing:
    """Over how many connections a platform tells a process what people do."""

    #: those that are open, and those that there are to be
    open: int
    total: int
    #: servers whose connection is lost, of those that are known
    silent_servers: int = 0
    #: why connections are not open; empty where they are, or are just being opened
    problem: str = ""
    #: since when one is lost, UTC
    lost_since: datetime | None = None

    @property
    def is_worth_telling(self) -> bool:
        """False of a single connection that is well."""
        return self.total > 1 or bool(self.problem)


@dataclass(frozen=True, slots=True, kw_only=True)
class PlatformState:
    """How one platform is in one process, and why."""

    health: Health
    #: whom it is connected as, what went wrong, or who serves it
    detail: str
    #: since when it is so, UTC
    since: datetime
    #: how many times in a row it went down
    failures: int = 0
    #: commands that were left because of a flood, since the process started
    refused: int = 0
    #: True where this process hears what people do, for whichever process serves the platform
    listens: bool = False
    #: None where the platform does not count its connections
    hearing: Hearing | None = None
    #: since when another program, with a database of its own, uses the token, UTC; None where nothing shows that
    rivals_since: datetime | None = None


def state_as_heard(state: PlatformState, hearing: Hearing | None) -> PlatformState:
    """The state of a platform with its connections; one that has lost all of them is down."""
    if hearing is None or state.health is not Health.CONNECTED:
        return state
    if hearing.open or not hearing.problem:
        return replace(state, hearing=hearing)
    since = hearing.lost_since or state.since
    return replace(state, health=Health.DOWN, detail=hearing.problem, since=since, hearing=hearing)


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """Where a process runs: enough to tell it from all others."""

    #: random, new at every start
    id: str
    #: the name of the machine or container
    host: str
    pid: int
    #: names the boot and the process namespace of the machine; empty where that cannot be told
    machine: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """A running process as it described itself last."""

    origin: Origin
    version: str
    #: UTC
    started_at: datetime
    #: its last sign of life, UTC
    seen_at: datetime
    #: by the platform's name
    platforms: tuple[tuple[str, PlatformState], ...] = ()
    role: ServiceRole = ServiceRole.SERVICE
    #: of the database's schema that it was written for; empty where its version does not say
    revision: str = ""

    def is_lost(self, now: datetime) -> bool:
        """True where it has not given a sign of life for too long: it is dead, or hangs."""
        return now - self.seen_at > LOST_AFTER


class ServiceState(StrEnum):
    """What became of a process on record."""

    RUNNING = "running"
    #: it is dead, or hangs
    SILENT = "lost"
    #: it is, and another one of its role has started since
    OBSOLETE = "replaced"


def states_of(services: Sequence[Service], now: datetime) -> dict[str, ServiceState]:
    """What became of each process, by its id; each that started later replaces one that is lost."""
    states = {service.origin.id: ServiceState.SILENT for service in services if service.is_lost(now)}
    running = [service for service in services if service.origin.id not in states]
    for role in ServiceRole:
        newest_first = sorted((service.started_at for service in running if service.role is role), reverse=True)
        lost_services = [service for service in services if service.role is role and service.origin.id in states]
        for lost_service in sorted(lost_services, key=lambda service: service.seen_at, reverse=True):
            if newest_first and newest_first[0] > lost_service.seen_at:
                states[lost_service.origin.id] = ServiceState.OBSOLETE
                del newest_first[0]
    return states | {service.origin.id: ServiceState.RUNNING for service in running}


def count_gateways(services: Sequence[Service], platform: str, now: datetime) -> int:
    """How many processes are connected to a platform, or may be by now."""
    running = [service for service in services if service.role is not ServiceRole.WORKER and not service.is_lost(now)]
    # of one that has just begun no platform is on record yet
    return sum(not service.platforms or platform in dict(service.platforms) for service in running)


@dataclass(frozen=True, slots=True, kw_only=True)
class Connections:
    """How many connections a database server has."""

    #: those of all its databases and programs
    used: int
    #: those that it gives to ordinary users
    most: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """Which process serves an installation, and until when it may."""

    #: `slack`, or `slack:T123` where a token serves one workspace
    installation: str
    origin: Origin
    #: since when it serves it, UTC
    since: datetime
    #: when it ends unless it is renewed, UTC
    until: datetime

    def is_held(self, now: datetime) -> bool:
        """True until it runs out."""
        return now < self.until
