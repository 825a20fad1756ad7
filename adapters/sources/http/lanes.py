"""The queues in front of the services: one request at a time to each, with a pause after every answer.

Two layers of the polite client: `queue`, and `pace` below the retries. The hosts of arXiv are one service and share one
lane. Several processes of one machine share their pauses through the times of files in one folder.
"""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from random import SystemRandom
from typing import Final

import httpx2

from adapters.sources.http.answers import Ask, Offline, Request
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
        self._free_at = 0.0
        #: held by a caller from its first try to its last, so that nobody else asks while it waits
        self.turn = asyncio.Lock()
        #: True from a throttled answer, or one that could not be had, to the next good one: each new caller asks once
        self.is_ailing = False

    async def pause(self) -> None:
        """Wait until the service may be asked."""
        wait_s = self._wait_s()
        while wait_s > 0:
            await asyncio.sleep(wait_s)
            wait_s = self._wait_s()  # another process may have asked meanwhile

    def leave(self) -> None:
        """Begin the pause after an answer."""
        self._free_at = time.monotonic() + jitter_pause(self._pace_s)
        if self._stamp is not None:
            with suppress(OSError):
                self._stamp.touch()

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
            stamp = self._folder / f"{re.sub(r'[^a-z0-9.-]', '_', name)}.asked" if self._folder else None
            self._lanes[name] = Lane(pace_s, stamp)
        return self._lanes[name]


def queue(ask: Ask, lanes: Lanes) -> Ask:
    """The layer that lets one caller at a time ask a service, with all its tries."""

    async def ask_in_turn(request: Request) -> httpx2.Response:
        async with lanes.to(request.url).turn:
            return await ask(request)

    return ask_in_turn


def pace(ask: Ask, lanes: Lanes) -> Ask:
    """The layer that pauses after every answer of a service, and after every request that it may have seen."""

    async def ask_after_pause(request: Request) -> httpx2.Response:
        lane = lanes.to(request.url)
        await lane.pause()
        is_seen = True
        try:
            return await ask(request)
        except Offline:
            is_seen = False
            raise
        finally:
            if is_seen:
                lane.leave()

    return ask_after_pause
