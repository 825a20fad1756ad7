"""What people do, on its way to the responder: stored before the platform forgets it, done once it is carried out.

Telegram's updates and Slack's events pass here. A process that dies leaves what it had in work to the next one, which
takes that up before anything new; a process that listens and does not serve leaves all that it hears. What may have
been answered before the process died is looked for first where the platform can tell; elsewhere somebody sees an answer
twice rather than none. What was interrupted again and again is given up, for it may be what kills the process.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Hashable, Sequence
from datetime import datetime, timedelta
from typing import Final, Generic, TypeVar

import structlog

from adapters.chat.inbox import GRACE_S, Inbox
from adapters.chat.recent import Recent
from adapters.chat.responder import Attempt
from core.converse.ports import UpdateStore, WaitingUpdate
from core.errors import PaperboyError, StoreError
from core.time import Clock

T = TypeVar("T")

#: how often an update is tried that is interrupted each time
MOST_ATTEMPTS: Final = 9
#: how long an update is worth carrying out: so long Telegram itself keeps what nobody asked for
WORTH_IT: Final = timedelta(days=1)
_MOST_REMEMBERED: Final = 5_000

_log = structlog.get_logger(__name__)


class WaitingLine(Generic[T]):
    """The updates of one bot, in the process that serves it."""

    def __init__(
        self,
        account: str,
        store: UpdateStore,
        clock: Clock,
        *,
        read: Callable[[WaitingUpdate], T | None],
        lane_of: Callable[[T], Hashable],
        carry_out: Callable[[T, Attempt], Awaitable[None]],
        fatal: tuple[type[PaperboyError], ...] = (),
        grace_s: float = GRACE_S,
    ) -> None:
        """`read` understands an update, or not; `carry_out` brings it to the responder; the others are as in `Inbox`.

        What raises is left for the next process, except what is fatal.
        """
        self._account = account
        self._store = store
        self._clock = clock
        self._read = read
        self._lane_of = lane_of
        self._carry_out = carry_out
        self._fatal = fatal
        self._numbers: Recent[int, bool] = Recent(_MOST_REMEMBERED)
        #: each with whether it was left by somebody
        self.inbox: Inbox[tuple[WaitingUpdate, T, bool]] = Inbox(self._take, fatal=fatal, grace_s=grace_s)

    async def take_up(self) -> None:
        """Put in what other processes left, in the order it came. Raises StoreError."""
        for entry in await self._store.waiting_updates(self._account, since=self._clock.now() - WORTH_IT):
            if not self._numbers.get(entry.number):
                await self.inbox.room()
                self.enter([entry], was_left=True)

    async def put(self, batch: Sequence[WaitingUpdate]) -> None:
        """Store a batch, then put in what is new of it. Raises StoreError."""
        for entry in await self._store.take_updates(self._account, batch, at=self._clock.now(), is_begun=True):
            await self.inbox.room()
            self.enter([entry])

    def enter(self, entries: Sequence[WaitingUpdate], *, was_left: bool = False) -> None:
        """Put in what is stored; what there is no room for stays there."""
        for entry in entries:
            if self._numbers.get(entry.number):
                continue
            event = self._read(entry)
            if event is None or self.inbox.put((entry, event, was_left), lane=self._lane_of(event)):
                self._numbers.put(entry.number, True)

    async def _take(self, waiting: tuple[WaitingUpdate, T, bool]) -> None:
        entry, event, was_left = waiting
        attempts = await self._store.try_update(self._account, entry.number) if was_left else 1
        if attempts > MOST_ATTEMPTS:
            _log.error("an update was given up: it was interrupted too often", update=entry.number)
        else:
            try:
                await self._carry_out(event, Attempt(key=f"answer/{entry.number}", is_repeat=attempts > 1))
            except self._fatal:
                await self._finish(entry)
                raise
        await self._finish(entry)

    async def _finish(self, entry: WaitingUpdate) -> None:
        try:
            await self._store.update_done(self._account, entry.number)
        except StoreError as error:
            _log.warning("an event may be carried out again", error=error.sentence())


class UpdateMemory(UpdateStore):
    """Knows what came in this process: for whoever uses a platform without a database."""

    def __init__(self) -> None:
        self._numbers: Recent[tuple[str, int], bool] = Recent(_MOST_REMEMBERED)

    async def take_updates(
        self, account: str, updates: Sequence[WaitingUpdate], *, at: datetime, is_begun: bool = False
    ) -> tuple[WaitingUpdate, ...]:
        """The updates that did not come before."""
        new = {update.number: update for update in updates if not self._numbers.get((account, update.number))}
        for number in new:
            self._numbers.put((account, number), True)
        return tuple(new.values())

    async def waiting_updates(self, account: str, *, since: datetime) -> tuple[WaitingUpdate, ...]:
        """Nothing outlives the process."""
        return ()

    async def try_update(self, account: str, number: int) -> int:
        """Nothing is tried twice."""
        return 1

    async def update_done(self, account: str, number: int) -> None:
        """Nothing was kept."""
