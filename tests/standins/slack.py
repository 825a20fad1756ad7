"""Slack on loopback: the part of the Web API and of Socket Mode that Paperboy uses, small, stateful and honest.

It runs in a thread of its own, so that a client that is killed leaves it alive. Every request, every answer and every
event is judged by the published specification where that is at hand (../shared); what the judge says is collected in
`violations`, which tests find empty at their end.
"""

from __future__ import annotations

import asyncio
import itertools
import json
import threading
import time
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Self

from aiohttp import WSMsgType, web
from jsonschema import Draft202012Validator

from tests.standins.judges import slack_spec
from tests.standins.slack_messages import SlackMessage, blocks_of, buttons_of, sample_of, unlike, whispered

Json = dict[str, Any]

TEAM, CHANNEL, BOT, PERSON, DIRECT = "T0PAPERS", "C0READING", "U0PAPERBOY", "U0READER", "D0READER"
BOT_TOKEN, APP_TOKEN = "xoxb-stand-in", "xapp-stand-in"
SCOPES = (
    "app_mentions:read,channels:history,chat:write,commands,groups:history,im:history,reactions:read"  # as the manifest
)

#: answers of any method, which the reference does not repeat for each
COMMON_ERRORS = {"invalid_auth", "not_authed", "account_inactive", "token_revoked", "missing_scope", "ratelimited"}

#: told when the k-th message since `count_from_here` is received, stored and answered
OnMessage = Callable[[int, str], None]


@dataclass(frozen=True)
class Fault:
    """What goes wrong with a call."""

    #: `throttle`, `error`, `broken` (HTTP 503), `lost` (carried out, and the connection dropped), `dropped` (not even
    #: carried out), `slow` (carried out, and no answer)
    kind: str
    code: str = ""
    retry_after: int = 1


@dataclass
class SlackStandIn:
    """A workspace with one channel, one person and our bot. Use as a context manager."""

    messages: list[SlackMessage] = field(default_factory=list)
    #: what only one person sees, in order: the arguments of chat.postEphemeral, and of answers by response_url
    whispers: list[Json] = field(default_factory=list)
    responses: list[Json] = field(default_factory=list)
    #: method and arguments of every call
    calls: list[tuple[str, Json]] = field(default_factory=list)
    violations: list[str] = field(default_factory=list)
    #: what the bot may do
    scopes: str = SCOPES
    #: conversations where the bot is
    joined: set[str] = field(default_factory=lambda: {CHANNEL, DIRECT})
    on_message: OnMessage | None = None
    #: all texts in the order a person could first read them
    read: list[str] = field(default_factory=list)
    url: str = ""

    def __post_init__(self) -> None:
        self._faults: dict[str, list[Fault]] = defaultdict(list)
        self._numbers = itertools.count(1)
        self._counted = 0
        self._unanswered = 0
        self._mentions: set[str] = set()
        self._loop = asyncio.new_event_loop()
        self._sockets: list[web.WebSocketResponse] = []
        self._acknowledged: dict[str, asyncio.Future[Json]] = {}
        self._ready = threading.Event()
        self._thread = threading.Thread(target=self._serve, name="slack", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        assert self._ready.wait(10)
        return self

    def __exit__(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join(10)

    # --- what tests do ------------------------------------------------------------------------------------------------

    def fail(self, method: str, fault: Fault, *, times: int = 1) -> None:
        """The next calls of a method go wrong."""
        self._faults[method] += [fault] * times

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
            "response_url": f"{self.url.removesuffix('/api/')}/response/{next(self._numbers)}",
            "trigger_id": f"trigger.{next(self._numbers)}",
            "is_enterprise_install": "false",
        }
        return await self._told("slash_commands", payload, "app-backend/slash-commands/SlashCommandPayload", again)

    async def mention(self, text: str, *, thread: str = "", again: int = 0) -> str:
        """The person mentions the bot; the id of that message."""
        ts = self._next_ts()
        self._mentions |= set() if thread else {ts}
        event = {"type": "app_mention", "user": PERSON, "text": f"<@{BOT}> {text}", "ts": ts, "channel": CHANNEL}
        await self.event(event | ({"thread_ts": thread} if thread else {}), "AppMentionPayload", again=again)
        return ts

    async def react(self, message: str, reaction: str, *, added: bool = True, again: int = 0) -> None:
        """The person puts an emoji on a message, or takes it away."""
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
            "trigger_id": f"trigger.{next(self._numbers)}",
            "channel": {"id": message.channel, "name": "reading"},
            "message": {"type": "message", "user": BOT, "ts": message.ts, "text": message.text} | thread,
            "response_url": f"{self.url.removesuffix('/api/')}/response/{next(self._numbers)}",
            "actions": [
                {
                    "type": "button",
                    "action_id": button["action_id"],
                    "block_id": "b1",
                    "text": button["text"],
                    "value": button["value"],
                    "action_ts": self._next_ts(),
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
            "event": {**event, "event_ts": self._next_ts()},
            "type": "event_callback",
            "event_id": f"Ev{next(self._numbers):08}",
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

    async def connected(self) -> None:
        """Wait until a client listens."""
        deadline = time.monotonic() + 10
        while all(socket.closed for socket in self._sockets):
            assert time.monotonic() < deadline, "nobody listens"
            await asyncio.sleep(0.005)

    async def settled(self, quiet_s: float = 0.1, turns: int = 40) -> None:
        """Wait until nothing was asked of us for a moment and for some turns of the client's own loop.

        Turns, too, because on a busy machine a moment may pass in which the client was never let in.
        """
        seen, since, left = -1, 0.0, turns
        while left > 0 or time.monotonic() - since < quiet_s:
            await asyncio.sleep(quiet_s / turns)
            if (len(self.calls), self._unanswered) != (seen, 0):
                seen, since, left = len(self.calls), time.monotonic(), turns
            left -= 1

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
        number = f"envelope-{next(self._numbers)}"
        self._acknowledged[number] = acknowledged = self._loop.create_future()
        began = time.monotonic()
        envelope = {"envelope_id": number, "type": kind, "payload": payload, "accepts_response_payload": True}
        await [socket for socket in self._sockets if not socket.closed][-1].send_json(envelope)
        await asyncio.wait([acknowledged], timeout=3)
        return time.monotonic() - began

    async def _hang_up(self, reason: str) -> None:
        for socket in [socket for socket in self._sockets if not socket.closed]:
            await socket.send_json({"type": "disconnect", "reason": reason, "debug_info": {"host": "stand-in"}})
            await socket.close()

    async def _socket(self, request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        await socket.send_json({"type": "hello", "num_connections": 1, "connection_info": {"app_id": "A0PAPERBOY"}})
        self._sockets.append(socket)
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
        method, arguments = request.match_info["method"], await _arguments(request)
        self.calls.append((method, arguments))
        self._judge_request(method, arguments)
        fault = self._faults[method].pop(0) if self._faults[method] else None
        if fault and (failed := self._failed(request, method, fault)):
            return failed
        number = self._posted(method)
        self._notify(number, "received")
        answer = self._answer(request, method, arguments)
        self._notify(number, "stored")
        if fault and fault.kind in ("lost", "slow"):
            await asyncio.sleep(0 if fault.kind == "lost" else 1)
            return _hung_up(request)
        response = self._told_back(method, answer)
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
                headers = {"Retry-After": str(fault.retry_after)}
                return web.json_response({"ok": False, "error": "ratelimited"}, status=429, headers=headers)
            case "error":
                return self._told_back(method, {"ok": False, "error": fault.code})
            case "broken":
                return web.Response(status=503, text="<html>upstream</html>", content_type="text/html")
            case "dropped":
                return _hung_up(request)
        return None

    def _told_back(self, method: str, answer: Json) -> web.Response:
        self._judge_answer(method, answer)
        return web.json_response(answer, headers={"x-oauth-scopes": self.scopes})

    def _answer(self, request: web.Request, method: str, arguments: Json) -> Json:
        token = APP_TOKEN if method == "apps.connections.open" else BOT_TOKEN
        if request.headers.get("Authorization") != f"Bearer {token}":
            return _no("invalid_auth")
        known: dict[str, Callable[[Json], Json]] = {
            "auth.test": self._auth_test,
            "apps.connections.open": self._connections_open,
            "chat.postMessage": self._post_message,
            "chat.postEphemeral": self._post_ephemeral,
            "chat.update": self._update,
            "chat.delete": self._delete,
            "conversations.history": self._history,
            "conversations.replies": self._replies,
        }
        if method not in known:
            return _no("unknown_method")
        if "channel" in arguments and arguments["channel"] not in self.joined:
            return _no("channel_not_found")
        return {"ok": True} | known[method](arguments)

    def _auth_test(self, _: Json) -> Json:
        url = "https://papers.slack.com/"
        return {"url": url, "team": "Papers", "user": "paperboy", "team_id": TEAM, "user_id": BOT, "bot_id": "B0PAPER"}

    def _connections_open(self, _: Json) -> Json:
        return {"url": f"{self.url.removesuffix('/api/').replace('http', 'ws')}/link"}

    def _post_message(self, arguments: Json) -> Json:
        if problem := _unfit(arguments):
            return _no(problem)
        message = SlackMessage(
            channel=arguments["channel"],
            ts=self._next_ts(),
            text=arguments.get("text", ""),
            blocks=blocks_of(arguments),
            thread_ts=arguments.get("thread_ts"),
            metadata=arguments.get("metadata"),
            unfurls=arguments.get("unfurl_links", True) or arguments.get("unfurl_media", True),
        )
        self.messages.append(message)
        self.read.append(message.shown)
        return {"channel": message.channel, "ts": message.ts, "message": message.as_json(with_metadata=True)}

    def _post_ephemeral(self, arguments: Json) -> Json:
        if problem := _unfit(arguments):
            return _no(problem)
        thread = arguments.get("thread_ts")
        if thread in self._mentions and not any(message.thread_ts == thread for message in self.messages):
            self.violations.append("chat.postEphemeral: in a thread that is not there yet, where nobody sees it")
        self.whispers.append(arguments)
        self.read.append(whispered(arguments))
        return {"message_ts": self._next_ts()}

    def _update(self, arguments: Json) -> Json:
        found = self._at(arguments["ts"])
        if problem := "message_not_found" if found is None else _unfit(arguments):
            return _no(problem)
        assert found
        found.text, found.blocks, found.edited = arguments.get("text", ""), blocks_of(arguments), True
        found.metadata = arguments.get("metadata", found.metadata)
        self.read.append(found.shown)
        shown = found.as_json(with_metadata=True)
        return {"channel": found.channel, "ts": found.ts, "text": found.text, "message": shown}

    def _delete(self, arguments: Json) -> Json:
        found = self._at(arguments["ts"])
        if found is None:
            return _no("message_not_found")
        self.messages.remove(found)
        return {"channel": found.channel, "ts": found.ts}

    def _history(self, arguments: Json) -> Json:
        top = [message for message in reversed(self.messages) if message.thread_ts in (None, message.ts)]
        here = [message for message in top if message.channel == arguments["channel"]]
        return self._page(here, arguments) | {"channel_actions_ts": None, "channel_actions_count": 0}

    def _replies(self, arguments: Json) -> Json:
        here = [message for message in self.messages if arguments["ts"] in (message.ts, message.thread_ts)]
        return self._page(here, arguments) if here else _no("thread_not_found")

    def _page(self, messages: list[SlackMessage], arguments: Json) -> Json:
        start, limit = int(arguments.get("cursor") or 0), int(arguments.get("limit", 100))
        wants = str(arguments.get("include_all_metadata", "0")).lower() in ("1", "true")
        page = [message.as_json(with_metadata=wants) for message in messages[start : start + limit]]
        more = start + limit < len(messages)
        after = {"response_metadata": {"next_cursor": str(start + limit)}} if more else {}
        return {"messages": page, "has_more": more} | after

    def _at(self, ts: str) -> SlackMessage | None:
        return next((message for message in self.messages if message.ts == ts), None)

    async def _response(self, request: web.Request) -> web.Response:
        body = await request.json()
        self.responses.append(body)
        self.read.append(whispered(body))
        return web.Response(text="ok")

    def _next_ts(self) -> str:
        return f"{1_770_000_000 + next(self._numbers)}.000100"

    # --- judging ------------------------------------------------------------------------------------------------------

    def _judge_request(self, method: str, arguments: Json) -> None:
        if judge := slack_spec():
            self.violations += judge.request(method, arguments, self.scopes.split(","))

    def _judge_answer(self, method: str, answer: Json) -> None:
        judge = slack_spec()
        if judge is None or method not in judge.m:
            return
        if not answer["ok"]:
            known = COMMON_ERRORS | set(judge.m[method]["errors"])
            self.violations += [] if answer["error"] in known else [f"{method}: answers {answer['error']}"]
            return
        wrong = Draft202012Validator(judge.m[method]["output"]).iter_errors(answer)
        self.violations += [f"{method}: answer: {error.message[:140]}" for error in wrong]


async def _arguments(request: web.Request) -> Json:
    if request.content_type == "application/json":
        return dict(await request.json())
    return {**request.query, **{name: str(value) for name, value in (await request.post()).items()}}


def _unfit(arguments: Json) -> str:
    if len(json.dumps(blocks_of(arguments))) > 13_200:
        return "msg_blocks_too_long"
    return "" if arguments.get("text") or arguments.get("blocks") else "no_text"


def _no(error: str) -> Json:
    return {"ok": False, "error": error}


def _hung_up(request: web.Request) -> web.StreamResponse:
    if request.transport:
        request.transport.abort()
    return web.Response()


def _envelope(answer: str) -> str:
    return str(json.loads(answer).get("envelope_id", ""))
