"""Discord's gateway connections, its shards: as many as Discord wants for the bot's servers, each mended by itself.

`client` holds them while it runs. The SDK's own `connect` breaks down where the first connection fails, its sharded one
retries a login that is refused for ever, and both begin sessions without end, for which Discord resets the token.
https://discord.com/developers/docs/events/gateway#sharding
"""

from __future__ import annotations

import asyncio
import logging
from collections import defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable, Collection
from contextlib import asynccontextmanager, nullcontext, suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import SystemRandom
from typing import Final, Never

import aiohttp
import yarl
from discord.gateway import DiscordWebSocket, ReconnectWebSocket

from adapters.chat.discord.gateway import GatewayClient
from adapters.chat.discord.render import Json
from adapters.chat.discord.rooms import DIRECT
from adapters.chat.discord.sdk_errors import our_errors
from core.errors import ChatError, ChatThrottled, ChatUnanswered, ChatUnreachable
from core.operate.services import Hearing
from core.speech import _
from core.time import Clock

#: seconds between two sessions that begin in the same turn
PAUSE_S: Final = 5.0
#: sessions of a day that are never begun: who reaches Discord's limit loses the token
RESERVE: Final = 10
#: the shortest wait for more sessions, in seconds, whatever Discord says
_SHORTEST_WAIT_S: Final = 60.0
#: after a connection that lasted so long the next one is tried at once, in seconds
_STEADY_S: Final = 60.0
#: seconds to connect: a little longer than the SDK itself waits for a greeting, which then closes its socket
_CONNECT_S: Final = 65.0
#: seconds from then on until Discord sends the first event
_READY_S: Final = 60.0
_CLOSE_S: Final = 5.0
#: a session that could not be taken up for so long is given up: its own gateway may be gone
_RESUMABLE: Final = timedelta(minutes=5)
#: the longest pause between two tries, in seconds
_LONGEST_PAUSE_S: Final = 300.0
#: tries in a row that fail until the log says so
_TELLING_FAILURES: Final = 2
#: codes with which we close a connection: the first ends the session
_LEAVING_CODE: Final = 1000
_LOSS_CODE: Final = 4000

_chance = SystemRandom()
_log = logging.getLogger("paperboy.discord")


@dataclass(frozen=True, slots=True, kw_only=True)
class GatewayPlan:
    """How Discord wants the bot to connect, now."""

    url: str
    #: shards that it recommends
    shards: int
    #: sessions that may still begin, and in how many seconds there are more
    sessions_left: int
    reset_s: float
    #: shards that may begin a session at the same time
    at_once: int


def read_plan(answer: Json) -> GatewayPlan:
    """The answer of `GET /gateway/bot`."""
    limit = answer["session_start_limit"]
    return GatewayPlan(
        url=str(answer["url"]),
        shards=max(int(answer["shards"]), 1),
        sessions_left=int(limit["remaining"]),
        reset_s=int(limit["reset_after"]) / 1000,
        at_once=max(int(limit["max_concurrency"]), 1),
    )


class SessionStarts:
    """When a session may begin: some at once, then a pause, and only so many a day."""

    def __init__(
        self, plan: GatewayPlan, ask: Callable[[], Awaitable[GatewayPlan]], clock: Clock, *, pause_s: float = PAUSE_S
    ) -> None:
        """`ask` fetches a new plan; `plan` is the last one."""
        self._left = plan.sessions_left
        self._at_once = plan.at_once
        self._ask = ask
        self._clock = clock
        self._pause_s = pause_s
        self._turns: defaultdict[int, asyncio.Lock] = defaultdict(asyncio.Lock)
        #: by turn, in the loop's seconds
        self._free_at: dict[int, float] = {}
        #: when there are more sessions, UTC; None while there are
        self.blocked_until: datetime | None = None

    @asynccontextmanager
    async def turn(self, shard: int) -> AsyncIterator[None]:
        """Wait until a shard may begin a session, which it does inside. Raises ChatError."""
        turn = shard % self._at_once
        async with self._turns[turn]:
            await self._wait_for_more()
            await asyncio.sleep(self._free_at.get(turn, 0.0) - _loop_s())
            self._left -= 1
            try:
                yield
            finally:
                self._free_at[turn] = _loop_s() + self._pause_s

    async def _wait_for_more(self) -> None:
        while self._left <= RESERVE:
            plan = await self._ask()
            self._left = plan.sessions_left
            if self._left > RESERVE:
                return
            wait_s = max(plan.reset_s, _SHORTEST_WAIT_S)
            self.blocked_until = self._clock.now() + timedelta(seconds=wait_s)
            _log.warning("%s", blocked_sentence(self.blocked_until))
            await self._clock.sleep(wait_s)
            self.blocked_until = None


class NewSessions:
    """Shards that have begun a session, which tells nothing of what was before."""

    def __init__(self) -> None:
        self._shards: set[int] = set()
        self._is_new = asyncio.Event()

    def add(self, shard: int) -> None:
        """A session began."""
        self._shards.add(shard)
        self._is_new.set()

    async def wait(self) -> Collection[int]:
        """The shards that began one since the last call, once there are any."""
        await self._is_new.wait()
        self._is_new.clear()
        shards, self._shards = self._shards, set()
        return shards


def blocked_sentence(until: datetime) -> str:
    """What the operator reads where the day's sessions are used up."""
    return _(
        "Too many sessions of the bot began today, and Discord allows no more until {time} UTC. Is Paperboy started "
        "again and again, or does another program use the token?",
        time=f"{until:%H:%M}",
    )


def shard_of(server: str, count: int) -> int:
    """The number of the shard that brings a server; direct messages come on the first one."""
    return 0 if server == DIRECT else (int(server) >> 22) % count


def pause_s(failures: int) -> float:
    """Seconds to wait after so many failures in a row: about 1, 2, 4, ... up to five minutes, each shard for itself."""
    return _chance.uniform(0.5, 1.0) * min(2.0 ** (failures - 1), _LONGEST_PAUSE_S)


def _loop_s() -> float:
    return asyncio.get_running_loop().time()


@dataclass(slots=True)
class _Shard:
    """One connection, and the session that it can take up again."""

    number: int
    gateway: yarl.URL
    session: str | None = None
    #: of the session's last event
    sequence: int | None = None
    #: since when it is open, in the loop's seconds; None while it is not
    opened_at: float | None = None
    #: why it was lost, and since when, UTC; empty and None where it was not
    problem: str = ""
    lost_since: datetime | None = None


class Shards:
    """The connections of one login."""

    def __init__(
        self,
        client: GatewayClient,
        starts: SessionStarts,
        new_sessions: NewSessions,
        clock: Clock,
        *,
        count: int,
        gateway: str,
    ) -> None:
        """`count`: how many there are to be; `gateway`: the address where sessions begin."""
        self._client = client
        self._starts = starts
        self._new_sessions = new_sessions
        self._clock = clock
        self._gateway = yarl.URL(gateway)
        self._shards = [_Shard(number, self._gateway) for number in range(count)]

    @property
    def hearing(self) -> Hearing:
        """How many are open, and what the others lack."""
        losses = {shard.number: shard.lost_since for shard in self._shards if shard.lost_since}
        problems = [shard.problem for shard in self._shards if shard.lost_since]
        if until := self._starts.blocked_until:
            problems = [blocked_sentence(until)]
        return Hearing(
            open=sum(shard.opened_at is not None for shard in self._shards),
            total=len(self._shards),
            silent_servers=self._client.count_servers(losses) if losses else 0,
            problem=problems[0] if problems else "",
            lost_since=min(losses.values(), default=None),
        )

    async def hold(self) -> ChatError:
        """Hold all connections until one is refused for good, and say why; all are left then, and when cancelled."""
        self._client.expect_shards(len(self._shards))
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(self._hold(shard)) for shard in self._shards]
            ends, _running = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            for task in tasks:
                task.cancel()
        return ends.pop().result()

    async def _hold(self, shard: _Shard) -> ChatError:
        """Connect, and again, ever more slowly where that does not last; why it was refused for good."""
        failures = 0
        while True:
            try:
                with our_errors():
                    await self._connect(shard)
            except ReconnectWebSocket:
                problem = _("Discord closed the connection.")
            except (ChatUnanswered, ChatUnreachable, ChatThrottled) as error:
                problem = error.sentence()
            except ChatError as error:
                return error
            opened_at, shard.opened_at = shard.opened_at, None
            failures = 0 if opened_at and _loop_s() - opened_at >= _STEADY_S else failures + 1
            if not failures:  # mostly Discord closes it for work on its side, and the next one is open at once
                continue
            now = self._clock.now()
            shard.problem, shard.lost_since = problem, shard.lost_since or now
            if now - shard.lost_since > _RESUMABLE:
                shard.session = shard.sequence = None
            if failures == _TELLING_FAILURES:
                _log.warning("Discord's connection %d of %d is lost. %s", shard.number + 1, len(self._shards), problem)
            await self._clock.sleep(pause_s(failures))

    async def _connect(self, shard: _Shard) -> Never:
        """Take the shard's session up again, or begin one, and read what comes. Raises what ends it."""
        is_new, code = shard.session is None, _LOSS_CODE
        async with self._starts.turn(shard.number) if is_new else nullcontext(), asyncio.timeout(_CONNECT_S):
            socket = await DiscordWebSocket.from_client(
                self._client,
                initial=True,
                gateway=self._gateway if is_new else shard.gateway,
                shard_id=shard.number,
                session=shard.session,
                sequence=shard.sequence,
                resume=not is_new,
            )
        try:
            async with asyncio.timeout(_READY_S):
                while socket.sequence == shard.sequence:
                    await socket.poll_event()
            self._note_opening(shard, is_new=is_new)
            while True:
                await socket.poll_event()
        except asyncio.CancelledError:
            code = _LEAVING_CODE
            raise
        finally:
            shard.session, shard.sequence = socket.session_id, socket.sequence
            shard.gateway = socket.gateway
            with suppress(TimeoutError, aiohttp.ClientError, OSError):
                async with asyncio.timeout(_CLOSE_S):
                    await socket.close(code=code)

    def _note_opening(self, shard: _Shard, *, is_new: bool) -> None:
        shard.opened_at, shard.problem, shard.lost_since = _loop_s(), "", None
        _log.info("Discord's connection %d of %d is open.", shard.number + 1, len(self._shards))
        if is_new:
            self._new_sessions.add(shard.number)
