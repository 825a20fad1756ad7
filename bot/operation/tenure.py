"""Which process serves an installation: one at a time, because a bot token has one sender.

A tenure holds a claim in the database. `bot.operation.watch` renews it at every look, `bot.supervise` waits for it and
stops when it is lost, and nothing is sent or answered without it (`bot.operation.wrappers`): a process that was
suspended learns that before it does anything twice. The terminal is no installation.
"""

from __future__ import annotations

import asyncio
import os
import socket
from collections.abc import Callable, Coroutine, Sequence
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from typing import Any, Final
from uuid import uuid4

from core.errors import NotServing, StoreError
from core.operate.ports import ServiceStore
from core.operate.services import LOST_AFTER, Claim, Origin
from core.time import Clock

#: with less left of a claim it is renewed before anything is done
_MARGIN: Final = timedelta(seconds=30)
#: seconds that the installation before may take to become ours
_SOON_S: Final = 5.0
_BOOT: Final = Path("/proc/sys/kernel/random/boot_id")
_NAMESPACE: Final = Path("/proc/self/ns/pid")


class Tenure:
    """This process's right to serve one installation."""

    def __init__(
        self, installation: str, *, origin: Origin, store: ServiceStore, clock: Clock, after: Tenure | None = None
    ) -> None:
        """`after`: the installation that has to be ours first, so that two processes never share them out."""
        self._after = after
        self.installation = installation
        self._origin = origin
        self._store = store
        self._clock = clock
        self._claim: Claim | None = None
        self._loss = asyncio.Event()
        self._gain = asyncio.Event()
        #: the claim that stood when it was last asked for
        self.standing: Claim | None = None

    async def begin(self) -> bool:
        """Claim the installation; True where it is ours now, otherwise `standing` tells who serves it.

        A claim of a process of this machine that is dead does not count. Raises StoreError.
        """
        if self._after and not await self._after.is_held_soon():
            claims = {claim.installation: claim for claim in await self._store.claims()}
            self.standing = claims.get(self.installation) or self._after.standing
            return False
        standing = await self._ask()
        if not self._is_ours(standing) and is_dead(standing.origin, self._origin):
            standing = await self._ask(instead_of=standing.origin.id)
        self.standing = standing
        if self._is_ours(standing):
            self._claim = standing
            self._loss.clear()
            self._gain.set()
        return self.is_held

    async def renew(self) -> None:
        """Renew the claim. Raises StoreError, and NotServing where another process took over."""
        if self._claim is None:
            return
        standing = await self._ask()
        if not self._is_ours(standing):
            self._claim = None
            self._gain.clear()
            self._loss.set()
            raise self._not_serving()
        self._claim = standing

    async def check(self) -> None:
        """Make sure that we may act now. Raises as `renew` does."""
        if self._claim is None:
            raise self._not_serving()
        if self._claim.until - self._clock.now() < _MARGIN:
            await self.renew()

    async def end(self) -> None:
        """Give the installation back. Raises StoreError."""
        if self._claim:
            self._claim = None
            self._gain.clear()
            await self._store.release_installation(self.installation, self._origin.id)

    @property
    def is_lost(self) -> bool:
        """True where another process has taken over since we began."""
        return self._loss.is_set()

    @property
    def is_held(self) -> bool:
        """True while it is ours."""
        return self._gain.is_set()

    async def is_held_soon(self) -> bool:
        """Is it ours now, or in a few seconds?"""
        with suppress(TimeoutError):
            async with asyncio.timeout(_SOON_S):
                await self._gain.wait()
        return self.is_held

    async def gain(self) -> None:
        """Return when it is ours."""
        await self._gain.wait()

    async def loss(self) -> None:
        """Return when another process has taken over."""
        await self._loss.wait()

    async def _ask(self, *, instead_of: str = "") -> Claim:
        now = self._clock.now()
        claim = Claim(installation=self.installation, origin=self._origin, since=now, until=now + LOST_AFTER)
        return await self._store.claim_installation(claim, at=now, instead_of=instead_of)

    def _is_ours(self, claim: Claim) -> bool:
        return claim.origin.id == self._origin.id

    def _not_serving(self) -> NotServing:
        return NotServing(f"Another process serves {self.installation} now.")


async def may_answer(tenure: Tenure) -> None:
    """Make sure that we may answer a person. Raises NotServing.

    Where the database cannot tell, the answer itself will say so.
    """
    with suppress(StoreError):
        await tenure.check()


def own_origin() -> Origin:
    """Where this process runs."""
    return Origin(id=uuid4().hex, host=socket.gethostname(), pid=os.getpid(), machine=_machine())


def is_dead(origin: Origin, own: Origin) -> bool:
    """True of a process of this machine that ended; False where that cannot be told from here."""
    if not own.machine or origin.machine != own.machine or origin.id == own.id:
        return False
    if origin.pid == own.pid:  # the number is ours now
        return True
    try:
        os.kill(origin.pid, 0)  # sends nothing
    except ProcessLookupError:
        return True
    except OSError:  # it lives and belongs to somebody else
        return False
    return False


def _machine() -> str:
    try:
        return f"{_BOOT.read_text('ascii').strip()}/{_NAMESPACE.readlink()}"
    except OSError:  # no Linux
        return ""


async def while_held(tenures: Sequence[Tenure], work: Callable[[], Coroutine[Any, Any, None]]) -> None:
    """Do the work whenever all of them are ours, and stop it when one is lost; until cancelled."""
    while True:
        for tenure in tenures:
            await tenure.gain()
        if all(tenure.is_held for tenure in tenures):
            await _until_a_loss(tenures, work)


async def _until_a_loss(tenures: Sequence[Tenure], work: Callable[[], Coroutine[Any, Any, None]]) -> None:
    async with asyncio.TaskGroup() as group:
        task = group.create_task(work())
        losses = [group.create_task(tenure.loss()) for tenure in tenures]
        await asyncio.wait([task, *losses], return_when=asyncio.FIRST_COMPLETED)
        for future in (task, *losses):
            future.cancel()
