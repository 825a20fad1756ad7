"""The queues in front of the services: one request at a time to each, with a pause after every answer.

Called by the polite client only. The hosts of arXiv are one service and share one lane. Several processes of one
machine share their pauses through the times of files in one folder. It never asks anything itself.
"""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from random import SystemRandom
from typing import Final

import httpx2

from adapters.sources.http.answers import Offline
from adapters.sources.http.redirects import host_of

#: services with several hosts: each of these names with all its subdomains is one lane
SERVICES: Final = ("arxiv.org",)
#: added to a pause at random, as a part of it: machines that started together drift apart
JITTER: Final = 0.1
#: how far the time of a file can lie behind the moment it was touched, in seconds: some systems count in ticks
_COARSE_S: Final = 0.02

_chance = SystemRandom()


def lane_name(url: httpx2.URL) -> str:
    """The service that `url` belongs to: one of SERVICES, or the host with its port."""
    host = host_of(url)
    for service in SERVICES:
        if host == service or host.endswith(f".{service}"):
            return service
    return f"{host}:{url.port}" if url.port else host


def jitter_pause(pace_s: float) -> float:
    """A pause of `pace_s` seconds or a little more, at random."""
    return pace_s * (1 + _chance.uniform(0, JITTER))


class Lane:
    """The queue in front of one service. Each request comes `pace_s` or a little more after the answer before it."""

    def __init__(self, pace_s: float, stamp: Path | None) -> None:
        self._pace_s = pace_s
        self._stamp = stamp
        self._turn = asyncio.Lock()
        #: held by a caller from its first try to its last, so that nobody else asks while it waits
        self.errand = asyncio.Lock()
        self._free_at = 0.0
        #: True where it last throttled us or could not be reached: then each caller asks once, without retries
        self.is_ailing = False
        #: throttled answers since the last good one; all callers share the attempts
        self.setbacks = 0

    def recover(self) -> None:
        """Record that the service answered."""
        self.is_ailing = False
        self.setbacks = 0

    @asynccontextmanager
    async def turn(self) -> AsyncIterator[None]:
        """Wait for the turn and hold it."""
        async with self._turn:
            wait_s = self._wait_s()
            while wait_s > 0:
                await asyncio.sleep(wait_s)
                wait_s = self._wait_s()  # another process may have asked meanwhile
            try:
                yield
            except Offline:
                raise
            except BaseException:
                self._leave()
                raise
            self._leave()

    def _wait_s(self) -> float:
        return max(self._free_at - time.monotonic(), self._other_processes_s())

    def _other_processes_s(self) -> float:
        """How long to wait for what other processes asked this service, in seconds."""
        if self._stamp is None or not self._pace_s:
            return 0.0
        try:
            wait_s = self._stamp.stat().st_mtime + self._pace_s + _COARSE_S - time.time()
        except OSError:
            return 0.0
        return wait_s if wait_s <= self._pace_s + _COARSE_S else 0.0

    def _leave(self) -> None:
        self._free_at = time.monotonic() + jitter_pause(self._pace_s)
        if self._stamp is not None:
            with suppress(OSError):
                self._stamp.touch()


class Lanes:
    """All lanes, made when they are first entered.

    `paces` are in seconds, by lane or by host; `pace_s` holds for the rest.
    """

    def __init__(self, pace_s: float, paces: Mapping[str, float], folder: Path | None) -> None:
        self._pace_s = pace_s
        self._paces = paces
        self._folder = folder
        self._lanes: dict[str, Lane] = {}

    def to(self, url: httpx2.URL) -> Lane:
        """The lane that leads to `url`."""
        name = lane_name(url)
        if name not in self._lanes:
            pace_s = self._paces.get(name, self._paces.get(host_of(url), self._pace_s))
            self._lanes[name] = Lane(pace_s, self._stamp(name))
        return self._lanes[name]

    def _stamp(self, name: str) -> Path | None:
        return self._folder / f"{re.sub(r'[^a-z0-9.-]', '_', name)}.asked" if self._folder else None
