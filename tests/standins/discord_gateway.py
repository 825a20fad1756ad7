"""Discord's gateway as the stand-in keeps it: sessions, each of one shard, and the bounds within which they begin.

A shard is one of several connections of a bot: it brings the servers whose number, shifted and divided, leaves the
shard's. Faults are ordered by the fields of `DiscordGateway`; `discord` puts a server around it.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from aiohttp import WSMsgType, web

from tests.standins import discord_words as words
from tests.standins.discord_api import TOKEN, DiscordApi
from tests.standins.discord_flaws import event_flaws, frame_flaws
from tests.standins.discord_words import Json


@dataclass(eq=False)
class Session:
    """What Discord keeps of a connection, also while it is lost."""

    id: str
    shard: int
    #: of how many
    count: int
    #: None while the connection is lost
    socket: web.WebSocketResponse | None = None
    sequence: int = 0


class DiscordGateway(DiscordApi):
    """Sessions of one bot."""

    def __init__(self) -> None:
        super().__init__()
        self.complaints: list[str] = []
        #: how many times somebody was ready to hear events, and how many of those had been there before
        self.connections = 0
        self.resumed = 0
        #: the shards that Discord recommends, the fewest that it takes, those whose connection it cuts at once, and
        #: those whose session it has forgotten
        self.shards = 1
        self.fewest_shards = 1
        self.lost_shards: set[int] = set()
        self.forgotten_shards: set[int] = set()
        #: does it take no connection at all?
        self.is_down = False
        #: how many shards may identify at once, and for how many seconds others wait after that
        self.max_concurrency, self.identify_pause_s = 1, 0.0
        #: sessions that may begin; who begins more loses the token
        self.starts_left, self.starts_reset_ms = 1_000, 3_600_000
        #: the shards that identified, in order
        self.identified: list[int] = []
        self._taken_at: dict[int, float] = {}
        #: by the session's id
        self.sessions: dict[str, Session] = {}
        self._unsent: list[tuple[str, Json]] = []
        self._loop = asyncio.new_event_loop()

    def send(self, event: str, data: Json) -> None:
        """Send an event through the gateway, as soon as its shard is connected."""
        self._loop.call_soon_threadsafe(self._queue, event, data)

    def disconnect(self, code: int = 4000, *, shard: int | None = None) -> None:
        """Close the connections of a shard, or all."""
        asyncio.run_coroutine_threadsafe(self._close_sockets(code, shard), self._loop).result(5)

    def forget_session(self, shard: int) -> None:
        """A shard's session cannot be resumed once its connection is lost."""
        self.forgotten_shards.add(shard)

    def _where_bots_connect(self, **_: Any) -> tuple[int, Json]:
        limit = {"total": 1_000, "remaining": self.starts_left, "reset_after": self.starts_reset_ms}
        limit |= {"max_concurrency": self.max_concurrency}
        return 200, {"url": self.gateway, "shards": self.shards, "session_start_limit": limit}

    def _judge(self, flaws: Iterable[str]) -> None:
        self.complaints += flaws

    async def _serve_gateway(self, request: web.Request) -> web.StreamResponse:
        if self.is_down:
            return web.Response(status=503)
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        await socket.send_json({"op": 10, "d": {"heartbeat_interval": 41_250}})
        async for frame in socket:
            if frame.type is WSMsgType.TEXT:
                await self._take_frame(socket, json.loads(frame.data))
        for session in list(self.sessions.values()):
            if session.socket is socket:
                session.socket = None
                if socket.close_code in (1000, 1001):  # so a bot ends a session
                    del self.sessions[session.id]
        return socket

    async def _take_frame(self, socket: web.WebSocketResponse, frame: Json) -> None:
        if frame["op"] == 1:
            await socket.send_json({"op": 11})
        elif frame["op"] == 2:
            self._judge(frame_flaws("GatewayIdentify", frame))
            await self._identify(socket, frame["d"])
        elif frame["op"] == 6:
            self._judge(frame_flaws("GatewayResume", frame))
            await self._resume(socket, frame["d"])

    async def _identify(self, socket: web.WebSocketResponse, asked: Json) -> None:
        shard, count = asked.get("shard") or (0, 1)
        if code := self._refusal_code(asked, shard, count):
            await socket.close(code=code)
            return
        if self.starts_left <= 0:
            self.complaints.append("more sessions began than may: the token would be reset")
        is_early = self._is_early(shard)
        self.identified.append(shard)
        self.starts_left -= 1
        if is_early:
            await socket.send_json({"op": 9, "d": False})
            return
        if shard in self.lost_shards:
            await socket.close(code=4000)
            return
        session = Session(f"session-{len(self.identified)}", shard, count, socket)
        self.sessions[session.id] = session
        servers = [server for server in self.servers if _shard_of(server, count) == shard]
        ready = words.ready(self.gateway, servers, session=session.id)
        await self._dispatch(session, "READY", ready | ({"shard": [shard, count]} if "shard" in asked else {}))
        for server in servers:
            rooms = [room for room in self.rooms.values() if room.get("guild_id") == str(server)]
            threads = [room for room in rooms if room["type"] == 11]
            channels = [room for room in rooms if room["type"] == 0]
            await self._dispatch(session, "GUILD_CREATE", words.guild(channels, threads, id=server))
        await self._welcome(session)

    def _refusal_code(self, asked: Json, shard: int, count: int) -> int | None:
        """With which code Discord closes a connection for good."""
        if asked["token"] != TOKEN:
            return 4004
        if not 0 <= shard < count:
            return 4010
        if count < self.fewest_shards:
            return 4011
        return 4014 if asked["intents"] & words.CONTENT_INTENT and not self.app_flags else None

    def _is_early(self, shard: int) -> bool:
        """Did another shard of the same turn identify a moment ago?"""
        turn = shard % self.max_concurrency
        now = time.monotonic()
        is_early = now - self._taken_at.get(turn, float("-inf")) < self.identify_pause_s
        if not is_early:
            self._taken_at[turn] = now
        return is_early

    async def _resume(self, socket: web.WebSocketResponse, asked: Json) -> None:
        session = self.sessions.get(asked["session_id"])
        if session is None or session.shard in self.forgotten_shards:
            await socket.send_json({"op": 9, "d": False})
            return
        if session.shard in self.lost_shards:
            await socket.close(code=4000)
            return
        self.resumed += 1
        session.socket = socket
        await self._dispatch(session, "RESUMED", {})
        await self._welcome(session)

    async def _welcome(self, session: Session) -> None:
        self.connections += 1
        waiting, self._unsent = self._unsent, []
        for event, data in waiting:
            if _shard_of_event(event, data, session.count) == session.shard:
                await self._dispatch(session, event, data)
            else:
                self._unsent.append((event, data))

    def _queue(self, event: str, data: Json) -> None:
        for session in reversed(self.sessions.values()):
            is_open = session.socket is not None and not session.socket.closed
            if is_open and _shard_of_event(event, data, session.count) == session.shard:
                self._sending = self._loop.create_task(self._dispatch(session, event, data))
                return
        self._unsent.append((event, data))

    async def _dispatch(self, session: Session, event: str, data: Json) -> None:
        self._judge(event_flaws(event, data))
        session.sequence += 1
        if session.socket:
            await session.socket.send_json({"op": 0, "t": event, "s": session.sequence, "d": data})

    async def _close_sockets(self, code: int, shard: int | None = None) -> None:
        for session in list(self.sessions.values()):
            if session.socket and shard in (None, session.shard):
                socket, session.socket = session.socket, None
                await socket.close(code=code)


def _shard_of_event(event: str, data: Json, count: int) -> int:
    """The shard that is told of something; direct messages come on the first one."""
    server = data["id"] if event.startswith("GUILD_") else data.get("guild_id")
    return _shard_of(int(server), count) if server else 0


def _shard_of(server: int, count: int) -> int:
    return (server >> 22) % count
