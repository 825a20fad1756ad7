"""Updates on their way to the responder: stored before Telegram forgets them, done once they are carried out.

`client` puts every batch in. A process that dies leaves what it had in work to the next one, which takes that up before
anything new. An update that was interrupted again and again is given up, for it may be what kills the process.
"""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

import structlog

from adapters.chat.inbox import Inbox
from adapters.chat.recent import Recent
from adapters.chat.telegram.events import lane_of
from core.converse.ports import UpdateStore, WaitingUpdate
from core.time import Clock

#: how often an update is taken up that was interrupted
MOST_ATTEMPTS: Final = 8
#: how long an update is worth carrying out: so long Telegram itself keeps what nobody asked for
WORTH_IT: Final = timedelta(days=1)
_MOST_REMEMBERED: Final = 5_000

_log = structlog.get_logger(__name__)

Json = dict[str, Any]


class WaitingLine:
    """The updates of one bot."""

    def __init__(
        self,
        account: str,
        store: UpdateStore,
        clock: Clock,
        carry_out: Callable[[Json], Awaitable[None]],
        grace_s: float,
    ) -> None:
        """`carry_out` brings one update to the responder."""
        self._account = account
        self._store = store
        self._clock = clock
        self._carry_out = carry_out
        #: each with whether it was interrupted before
        self.inbox: Inbox[tuple[WaitingUpdate, Json, bool]] = Inbox(self._take, grace_s=grace_s)

    async def take_up(self) -> None:
        """Put in what an earlier process left."""
        entries = await self._store.waiting_updates(self._account, since=self._clock.now() - WORTH_IT)
        for entry in entries:
            await self._put(entry, json.loads(entry.content), was_interrupted=True)

    async def put(self, batch: Sequence[Json]) -> None:
        """Store a batch, then put in what is new of it."""
        contents = {update["update_id"]: update for update in batch}
        entries = [
            WaitingUpdate(number=number, content=json.dumps(update, ensure_ascii=True))
            for number, update in contents.items()
        ]
        for entry in await self._store.take_updates(self._account, entries, at=self._clock.now()):
            await self._put(entry, contents[entry.number], was_interrupted=False)

    async def _put(self, entry: WaitingUpdate, update: Json, *, was_interrupted: bool) -> None:
        await self.inbox.room()
        self.inbox.put((entry, update, was_interrupted), lane=lane_of(update))

    async def _take(self, waiting: tuple[WaitingUpdate, Json, bool]) -> None:
        entry, update, was_interrupted = waiting
        if was_interrupted and await self._store.try_update(self._account, entry.number) > MOST_ATTEMPTS:
            _log.error("an update was given up: it was interrupted too often", update=entry.number)
        else:
            await self._carry_out(update)
        await self._store.update_done(self._account, entry.number)


class UpdateMemory(UpdateStore):
    """Knows what came in this process: for whoever uses the platform without a database."""

    def __init__(self) -> None:
        self._numbers: Recent[tuple[str, int], bool] = Recent(_MOST_REMEMBERED)

    async def take_updates(
        self, account: str, updates: Sequence[WaitingUpdate], *, at: datetime
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
