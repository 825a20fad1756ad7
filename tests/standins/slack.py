"""Slack on loopback: the part of the Web API and of Socket Mode that Paperboy uses, small, stateful and honest.

It runs in a thread of its own, so that a client that is killed leaves it alive. Every request, every answer and every
event is judged by the published specification where that is at hand (../shared); what the judge says is collected in
`violations`, which tests find empty at their end.
"""

from __future__ import annotations

import asyncio
import json
import math
import threading
import time
from collections import defaultdict
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, Self

from aiohttp import WSMsgType, web

from tests.fakes.waiting import IDLE_TURNS, is_at_work
from tests.standins.limits import LimitKeeper
from tests.standins.slack_api import BOT, CHANNEL, PERSON, TEAM, Address, Json, Workspace
from tests.standins.slack_flaws import Fault, arguments_of, drop_connection, throttle
from tests.standins.slack_messages import SlackMessage, buttons_of, sample_of, unlike

#: as what the calls of a response_url are counted
RESPONSE = "response_url"

#: what does not happen within this, in seconds, will not happen; a busy machine is slow
_PATIENCE_S = 30.0

#: told when the k-th message since `count_from_here` is received, stored and answered
OnMessage = Callable[[int, str], None]


@dataclass
class SlackStandIn(Workspace):
    """A workspace that is served, with its person. Use as a context manager."""

    #: answers by response_url
    responses: list[Json] = field(default_factory=list)
    #: method and arguments of every call
    calls: list[tuple[str, Json]] = field(default_factory=list)
    on_message: OnMessage | None = None
    #: enforces limits; None lets everything go
    limits: LimitKeeper | None = None

    def __post_init__(self) -> None:
        self._faults: dict[str, list[Fault]] = defaultdict(list)
        self._counted = 0
        self._unanswered = 0
        self._loop = asyncio.new_event_loop()
        self._sockets: list[web.WebSocketResponse] = []
        self._turn = 0
        self._acknowledged: dict[str, asyncio.Future[Json]] = {}
        self._ready = threading.Event()
        self._thread = threading.Thread(target=self._serve, name="slack", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        assert self._ready.wait(_PATIENCE_S)
        return self

    def __exit__(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join(10)

    # --- what tests do ------------------------------------------------------------------------------------------------

    def fail(self, method: str, fault: Fault, *, times: int = 1) -> None:
        """The next calls of a method go wrong."""
        self._faults[method] += [fault] * times

    def heal(self) -> None:
        """Nothing goes wrong any more."""
        self._faults.clear()

    def count_from_here(self) -> None:
        """The next posted message is the first for `on_message`."""
        self._counted = 0

    def message(self, key: str) -> SlackMessage:
        """The message with our key; there must be one."""
        (found,) = [message for message in self.messages if message.key == key]
        return found

    async def slash(self, command: str, text: str, *, channel: str = CHANNEL, again: int = 0) -> float:
        """The person types a slash command; seconds until it was acknowledged."""
        payload = {
            "token": "verification",
            "api_app_id": "A0PAPERBOY",
            "team_id": TEAM,
            "team_domain": "papers",
            "channel_id": channel,
            "channel_name": "reading",
            "user_id": PERSON,
            "user_name": "reader",
            "command": command,
            "text": text,
            "response_url": self._address(),
            "trigger_id": f"trigger.{next(self.numbers)}",
            "is_enterprise_install": "false",
        }
        return await self._told("slash_commands", payload, "app-backend/slash-commands/SlashCommandPayload", again)

    def _address(self, message: str = "") -> str:
        """A new response_url; `message`: whose button was pressed."""
        number = str(next(self.numbers))
        self.addresses[number] = Address(message=message)
        return f"{self.url.removesuffix('/api/')}/response/{number}"

    async def mention(self, text: str, *, thread: str = "", again: int = 0) -> str:
        """The person mentions the bot; the id of that message."""
        ts = self.next_ts()
        self.mentions |= set() if thread else {ts}
        event = {"type": "app_mention", "user": PERSON, "text": f"<@{BOT}> {text}", "ts": ts, "channel": CHANNEL}
        await self.event(event | ({"thread_ts": thread} if thread else {}), "AppMentionPayload", again=again)
        return ts

    async def react(self, message: str, reaction: str, *, added: bool = True, again: int = 0) -> None:
        """The person puts an emoji on a message, or takes it away."""
        self.put_reaction(message, reaction, added=added)
        name = "added" if added else "removed"
        item = {"type": "message", "channel": CHANNEL, "ts": message}
        event = {"type": f"reaction_{name}", "user": PERSON, "reaction": reaction, "item": item, "item_user": BOT}
        await self.event(event, f"Reaction{name.capitalize()}Payload", again=again)

    async def press(self, message: SlackMessage, label: str) -> None:
        """The person presses a button under a message."""
        button = next(one for one in buttons_of(message) if one["text"]["text"] == label)
        thread = {"thread_ts": message.thread_ts} if message.thread_ts else {}
        payload = {
            "type": "block_actions",
            "team": {"id": TEAM, "domain": "papers"},
            "user": {"id": PERSON, "username": "reader", "name": "reader", "team_id": TEAM},
            "api_app_id": "A0PAPERBOY",
            "token": "verification",
            "container": {"type": "message", "message_ts": message.ts, "channel_id": message.channel} | thread,
            "trigger_id": f"trigger.{next(self.numbers)}",
            "channel": {"id": message.channel, "name": "reading"},
            "message": {"type": "message", "user": BOT, "ts": message.ts, "text": message.text} | thread,
            "response_url": self._address(message.ts),
            "actions": [
                {
                    "type": "button",
                    "action_id": button["action_id"],
                    "block_id": "b1",
                    "text": button["text"],
                    "value": button["value"],
                    "action_ts": self.next_ts(),
                }
            ],
        }
        await self._told("interactive", payload, "app-backend/interactive-components/BlockActionPayload")

    async def event(self, event: Json, sample: str = "", *, again: int = 0) -> None:
        """An event happens; `again`: it is told that many times more, as Slack does when in doubt."""
        payload = {
            "token": "verification",
            "team_id": TEAM,
            "api_app_id": "A0PAPERBOY",
            "event": {**event, "event_ts": self.next_ts()},
            "type": "event_callback",
            "event_id": f"Ev{next(self.numbers):08}",
            "event_time": int(time.time()),
            "authorizations": [
                {"team_id": TEAM, "user_id": BOT, "is_bot": True, "is_enterprise_install": False, "enterprise_id": ""}
            ],
            "is_ext_shared_channel": False,
            "event_context": "context",
        }
        await self._told("events_api", payload, f"events/{sample}" if sample else "", again)

    async def hang_up(self, reason: str = "refresh_requested") -> None:
        """Slack asks the client to connect anew, and closes."""
        await self._there(self._hang_up(reason))

    async def connected(self, count: int = 1) -> None:
        """Wait until so many connections are open."""
        await _until(lambda: len(self.listening) >= count, "nobody listens")

    async def wait_for_request(self, method: str, times: int = 1) -> None:
        """Wait until a method was called, that often in all."""
        await _until(lambda: [name for name, _ in self.calls].count(method) >= times, f"nobody asks for {method}")

    async def wait_until_settled(self, quiet_s: float = 0.5, turns: int = 40) -> None:
        """Wait until the client has carried out what it heard, or at least nothing was asked of us for a moment.

        For some turns of the client's own loop: on a busy machine a moment may pass in which it was never let in.
        """
        seen, since, quiet_turns, idle_turns = -1, 0.0, 0, 0
        while idle_turns < IDLE_TURNS and (quiet_turns < turns or time.monotonic() - since < quiet_s):
            await asyncio.sleep(0.002)
            if (len(self.calls), self._unanswered) != (seen, 0):
                seen, since, quiet_turns, idle_turns = len(self.calls), time.monotonic(), 0, 0
            quiet_turns += 1
            idle_turns = 0 if is_at_work() else idle_turns + 1

    # --- Socket Mode --------------------------------------------------------------------------------------------------

    async def _there(self, work: Any) -> Any:
        return await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(work, self._loop))

    async def _told(self, kind: str, payload: Json, sample: str, again: int = 0) -> float:
        await self.connected()
        if sample:
            self.violations += unlike(payload, sample_of(sample), sample)
        took = 0.0
        for _ in range(1 + again):
            took = await self._there(self._tell(kind, payload))
            if took >= 3:
                self.violations.append(f"{kind}: not acknowledged within 3 s")
        return took

    async def _tell(self, kind: str, payload: Json) -> float:
        """Seconds until an envelope was acknowledged; it is told again where its connection ended before that.

        The open connections take turns: Slack may choose any.
        """
        number = f"envelope-{next(self.numbers)}"
        self._acknowledged[number] = acknowledged = self._loop.create_future()
        envelope = {"envelope_id": number, "type": kind, "payload": payload, "accepts_response_payload": True}
        while True:
            began = time.monotonic()
            socket = await self._open_socket()
            with suppress(ConnectionError):
                await socket.send_json(envelope)
            while not (acknowledged.done() or socket.closed or time.monotonic() - began >= 3):
                await asyncio.wait([acknowledged], timeout=0.02)
            if acknowledged.done():
                self._show(payload, acknowledged.result().get("payload") or {})
            if acknowledged.done() or not socket.closed:
                return time.monotonic() - began

    def _show(self, payload: Json, answer: Json) -> None:
        """An acknowledgement of a slash command may carry an answer for the person alone."""
        if answer:
            self.judge_response(answer)
            self.responses.append(answer)
            self.respond(payload["response_url"].rpartition("/")[2], answer)

    async def _open_socket(self) -> web.WebSocketResponse:
        await self.connected()
        listening = self.listening
        self._turn += 1
        return listening[self._turn % len(listening)]

    @property
    def listening(self) -> list[web.WebSocketResponse]:
        """The open connections, the first made first."""
        return [socket for socket in self._sockets if not socket.closed]

    async def _hang_up(self, reason: str) -> None:
        for socket in self.listening:
            await socket.send_json({"type": "disconnect", "reason": reason, "debug_info": {"host": "stand-in"}})
            await socket.close()

    async def _socket(self, request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        self._sockets.append(socket)
        count = len(self.listening)
        await socket.send_json({"type": "hello", "num_connections": count, "connection_info": {"app_id": "A0PAPERBOY"}})
        async for message in socket:
            if message.type is WSMsgType.TEXT and (waiting := self._acknowledged.pop(_envelope(message.data), None)):
                waiting.set_result(json.loads(message.data))
        return socket

    # --- Web API ------------------------------------------------------------------------------------------------------

    def _serve(self) -> None:
        with asyncio.Runner(loop_factory=lambda: self._loop) as runner:
            runner.run(self._run())

    async def _run(self) -> None:
        self._stop = asyncio.Event()
        app = web.Application(client_max_size=10_000_000)
        app.router.add_route("*", "/api/{method}", self._api)
        app.router.add_post("/response/{number}", self._response)
        app.router.add_post("/upload/{number}", self._upload)
        app.router.add_get("/link", self._socket)
        runner = web.AppRunner(app, shutdown_timeout=0.1)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        self.url = f"http://127.0.0.1:{runner.addresses[0][1]}/api/"
        self._ready.set()
        await self._stop.wait()
        for socket in self._sockets:
            await socket.close()
        await runner.cleanup()

    async def _api(self, request: web.Request) -> web.StreamResponse:
        self._unanswered += 1
        try:
            return await self._answered(request)
        finally:
            self._unanswered -= 1

    async def _answered(self, request: web.Request) -> web.StreamResponse:
        method, arguments = request.match_info["method"], await arguments_of(request)
        self.calls.append((method, arguments))
        self.judge_request(method, arguments)
        if self.limits and (wait_s := self.limits.wait_s(method, arguments.get("channel"))):
            return throttle(math.ceil(wait_s))
        fault = self._faults[method].pop(0) if self._faults[method] else None
        if fault and (failed := self._failed(request, method, fault)):
            return failed
        number = self._posted(method)
        self._notify(number, "received")
        answer = self.answer(request, method, arguments)
        self._notify(number, "stored")
        if fault and fault.kind in ("lost", "slow"):
            await asyncio.sleep(0 if fault.kind == "lost" else 60)
            return drop_connection(request)
        response = self._told_back(method, answer)
        if fault and fault.kind == "garbled":
            response = web.Response(text="<html>Sign in to this network</html>", content_type="text/html")
        await response.prepare(request)
        await response.write_eof()
        self._notify(number, "answered")
        return response

    def _posted(self, method: str) -> int:
        """Which posted message this is; 0 for another call."""
        if method != "chat.postMessage":
            return 0
        self._counted += 1
        return self._counted

    def _notify(self, number: int, what: str) -> None:
        if number and self.on_message:
            self.on_message(number, what)

    def _failed(self, request: web.Request, method: str, fault: Fault) -> web.StreamResponse | None:
        match fault.kind:
            case "throttle":
                return throttle(fault.retry_after)
            case "error":
                provided = ",".join(scope for scope in self.scopes.split(",") if scope not in fault.needed.split(","))
                scopes = {"needed": fault.needed, "provided": provided} if fault.needed else {}
                return self._told_back(method, {"ok": False, "error": fault.code} | scopes)
            case "broken":
                return web.Response(status=503, text="<html>upstream</html>", content_type="text/html")
            case "dropped":
                return drop_connection(request)
        return None

    def _told_back(self, method: str, answer: Json) -> web.Response:
        self.judge_answer(method, answer)
        return web.json_response(answer, headers={"x-oauth-scopes": self.scopes})

    async def _response(self, request: web.Request) -> web.StreamResponse:
        """An answer by response_url: for faults and for whoever waits, a call of the method `response_url`."""
        body = await request.json()
        self._unanswered += 1
        try:
            self.calls.append((RESPONSE, body))
            self.judge_response(body)
            fault = self._faults[RESPONSE].pop(0) if self._faults[RESPONSE] else None
            if fault and (failed := self._failed(request, RESPONSE, fault)):
                return failed
            self.responses.append(body)
            status = self.respond(request.match_info["number"], body)
            if fault and fault.kind == "lost":
                return drop_connection(request)
            return web.Response(text="ok" if status == 200 else "used_url", status=status)
        finally:
            self._unanswered -= 1

    async def _upload(self, request: web.Request) -> web.Response:
        name, length, _ = self.uploads[request.match_info["number"]]
        self.uploads[request.match_info["number"]] = name, length, await request.read()
        return web.Response(text=f"OK - {length}")


async def _until(what: Callable[[], bool], otherwise: str) -> None:
    deadline = time.monotonic() + _PATIENCE_S
    while not what():
        assert time.monotonic() < deadline, otherwise
        await asyncio.sleep(0.005)


def _envelope(answer: str) -> str:
    return str(json.loads(answer).get("envelope_id", ""))
