"""Discord on loopback: its REST API and its gateway, small, stateful, and judged by the published specifications.

It runs in a thread of its own, so that it outlives a client that is killed and can be asked from any test. Every
request, answer and event goes past the judges; `complaints` holds what they said. Faults are ordered with `fails`,
`hangs` and `drops`, per route and number of times.
"""

from __future__ import annotations

import asyncio
import json
import re
import threading
import time
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from aiohttp import web

from core.converse.ports import ChatPlatform, Desk
from tests.fakes.running import running
from tests.fakes.waiting import IDLE_TURNS, is_at_work
from tests.standins import discord_words as words
from tests.standins.discord_api import Interaction
from tests.standins.discord_flaws import answer_flaws, request_flaws
from tests.standins.discord_gateway import DiscordGateway
from tests.standins.discord_words import BOT, CHANNEL, PERSON, Json
from tests.standins.forms import read_body
from tests.standins.limits import LimitKeeper, discord_headers

#: silence after which the bot is taken to have said everything, in seconds
_QUIET_S = 0.5
_TURNS = 20


@dataclass
class Fault:
    """Something that goes wrong with requests whose `METHOD path` matches."""

    pattern: str
    times: int
    #: given instead of the true answer; None for an answer that never comes
    answer: tuple[int, Json, dict[str, str]] | None
    #: is the request carried out all the same?
    accepted: bool = False
    #: the connection is cut instead
    cut: bool = False
    #: a page that is not JSON is the answer
    garbled: bool = False


class DiscordStandIn(DiscordGateway):
    """A server with its gateway; use it as a context."""

    def __init__(self) -> None:
        super().__init__()
        #: `METHOD path` of every request
        self.requests: list[str] = []
        #: called with the number of the message or thread (from 1) and "accepted" or "answered"
        self.on_message: Callable[[int, str], None] = lambda _, __: None
        self.port = 0
        #: enforces limits, and tells of them in headers; None lets everything go
        self.limits: LimitKeeper | None = None
        #: events, so that a test can send them again
        self.last_interaction: Json = {}
        self.last_said: Json = {}
        self._started = threading.Event()
        self._faults: list[Fault] = []
        self._last_asked = 0.0
        self._open = 0

    # --- the test's side ---------------------------------------------------------------------------------------------

    @property
    def api(self) -> str:
        return f"http://127.0.0.1:{self.port}/api/v10"

    @property
    def gateway(self) -> str:
        return f"ws://127.0.0.1:{self.port}/gateway"

    def __enter__(self) -> DiscordStandIn:
        self._thread = threading.Thread(target=self._run, name="discord stand-in", daemon=True)
        self._thread.start()
        self._started.wait(10)
        return self

    def __exit__(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join(10)

    def seen(self) -> str:
        """What the person read, in order; messages for them alone at their place in time."""
        everything = sorted((self.messages | self.alone).items())
        return "\n".join(words.words_of(one) for _, one in everything if one["author"]["id"] == str(BOT))

    def fails(self, pattern: str, status: int, *, times: int = 1, retry_after_s: float = 0.05) -> None:
        """Answer so; 429 with its headers, 5xx with a page of Cloudflare's."""
        body: Json = {"message": "You are being rate limited.", "retry_after": retry_after_s, "global": False}
        headers = {"Retry-After": str(retry_after_s), "Via": "1.1 google"} if status == 429 else {}
        self._faults.append(Fault(pattern, times, (status, body if status == 429 else {}, headers)))

    def refuses(self, pattern: str, status: int, code: int, message: str, *, times: int = 1) -> None:
        """Answer with an error of Discord's."""
        self._faults.append(Fault(pattern, times, (status, {"code": code, "message": message}, {})))

    def hangs(self, pattern: str, *, times: int = 1) -> None:
        """Carry the request out and never answer."""
        self._faults.append(Fault(pattern, times, None, accepted=True))

    def drops(self, pattern: str, *, times: int = 1, accepted: bool = False) -> None:
        """Cut the connection."""
        self._faults.append(Fault(pattern, times, None, accepted=accepted, cut=True))

    def heal(self) -> None:
        """Nothing goes wrong any more."""
        self._faults.clear()

    def garbles(self, pattern: str, *, times: int = 1) -> None:
        """Carry the request out and answer with a page that is none of Discord's."""
        self._faults.append(Fault(pattern, times, None, accepted=True, garbled=True))

    def command(
        self, name: str, text: str = "", *, room: int = CHANNEL, permissions: str = "8", option: str = "text"
    ) -> str:
        """The person uses a slash command; the interaction's token."""
        options = [{"type": 3, "name": option, "value": text}] if text else []
        data = {"id": "5", "name": name, "type": 1} | ({"options": options} if options else {})
        return self._interact(data, room, kind=2, permissions=permissions)

    def typing(self, name: str, option: str, value: str, /, **others: str) -> str:
        """The person is typing an option of a slash command, after others; the interaction's token."""
        options: list[Json] = [{"type": 3, "name": one, "value": text} for one, text in others.items()]
        options.append({"type": 3, "name": option, "value": value, "focused": True})
        data = {"id": "5", "name": name, "type": 1, "options": options}
        return self._interact(data, CHANNEL, kind=4, permissions="8")

    def picks(self, name: str, /, **options: str) -> str:
        """The person sends a slash command with these options; the interaction's token."""
        given = [{"type": 3, "name": one, "value": text} for one, text in options.items()]
        data = {"id": "5", "name": name, "type": 1, "options": given}
        return self._interact(data, CHANNEL, kind=2, permissions="8")

    def press(self, message: int, custom_id: str) -> str:
        """The person presses a button; the interaction's token."""
        shown = (self.messages | self.alone)[message]
        data = {"custom_id": custom_id, "component_type": 2, "id": 2}
        return self._interact(data, int(shown["channel_id"]), kind=3, permissions="8", message=shown)

    def react(self, message: int, emoji: str, *, added: bool = True, room: int = 0) -> None:
        """The person puts an emoji on a message, or takes it away."""
        place = self.rooms[room or int(self.messages[message]["channel_id"])]
        self.put_reaction(message, emoji, added=added)
        reaction = {"user_id": str(PERSON), "channel_id": place["id"], "message_id": str(message), "burst": False}
        reaction |= {"emoji": words.emoji_object(emoji), "type": 0}
        if place["type"] != 1:
            reaction |= {"guild_id": place["guild_id"]} | ({"member": words.member(PERSON, "alice")} if added else {})
        self.send("MESSAGE_REACTION_ADD" if added else "MESSAGE_REACTION_REMOVE", reaction)

    def clear(self, message: int, emoji: str = "") -> None:
        """A moderator takes all reactions off a message, or those of one emoji."""
        place = self.rooms[int(self.messages[message]["channel_id"])]
        cleared: Json = {"channel_id": place["id"], "message_id": str(message), "guild_id": place["guild_id"]}
        if not emoji:
            self.reactions.pop(message, None)
            self.send("MESSAGE_REACTION_REMOVE_ALL", cleared)
        else:
            self.reactions.get(message, {}).pop(emoji, None)
            self.send("MESSAGE_REACTION_REMOVE_EMOJI", cleared | {"emoji": words.emoji_object(emoji)})

    def say(self, text: str, *, room: int = CHANNEL, mention: bool = True, reply_to: int | None = None) -> None:
        """The person writes a message, to the bot where `mention`."""
        place = self.rooms[room]
        content = f"<@{BOT}> {text}" if mention and place["type"] != 1 else text
        shown = words.message(self.new_id(), room, {"content": content}, author=words.user(PERSON, "alice"))
        self.messages[int(shown["id"])] = shown
        event = shown | {"mentions": [words.me()] if mention and place["type"] != 1 else []}
        if not (mention or self.app_flags or place["type"] == 1):
            event |= {"content": ""}
        if reply_to is not None:
            event |= {"type": 19, "message_reference": {"message_id": str(reply_to), "channel_id": str(room)}}
        if place["type"] != 1:
            person = {k: v for k, v in words.member(PERSON, "alice").items() if k != "user"}
            event |= {"guild_id": place["guild_id"], "member": person | {"roles": self.person_roles}}
        self.last_said = event
        self.send("MESSAGE_CREATE", event)

    @asynccontextmanager
    async def listened_to(self, chat: ChatPlatform, desk: Desk) -> AsyncIterator[None]:
        """The bot runs, and is connected, until the end of the block."""
        before = self.connections
        async with running(chat, desk):
            await self.wait_until_settled(lambda: self.connections > before)
            yield

    async def wait_until_settled(self, happened: Callable[[], object], *, within_s: float = 30.0) -> None:
        """Wait until something has happened and the bot has carried it out, or at least has nothing more to say.

        For some turns of the bot's own loop: on a busy machine a moment may pass in which it was not let in.
        """
        end, quiet_turns, idle_turns = time.monotonic() + within_s, 0, 0
        while quiet_turns < _TURNS and idle_turns < IDLE_TURNS:
            assert time.monotonic() < end, f"nothing happened; the last requests were {self.requests[-5:]}"
            is_over = happened() and not self._open
            is_quiet = time.monotonic() - self._last_asked >= _QUIET_S
            quiet_turns = quiet_turns + 1 if is_over and is_quiet else 0
            idle_turns = idle_turns + 1 if is_over and not is_at_work() else 0
            await asyncio.sleep(0.002)

    def _interact(self, data: Json, room: int, *, kind: int, permissions: str, message: Json | None = None) -> str:
        id = self.new_id()
        token = f"token-{id}"
        self.interactions[token] = Interaction(id, room, time.monotonic())
        event = words.interaction(id, token, self.rooms[room], data, kind=kind, permissions=permissions)
        self.last_interaction = event | ({"message": message} if message else {})
        self.send("INTERACTION_CREATE", self.last_interaction)
        return token

    # --- the server's side -------------------------------------------------------------------------------------------

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._loop.run_until_complete(self._serve())
        self._loop.close()

    async def _serve(self) -> None:
        self._stop = asyncio.Event()
        app = web.Application()
        app.router.add_get("/gateway", self._serve_gateway)
        app.router.add_get("/gateway/", self._serve_gateway)
        app.router.add_route("*", "/api/v10/{path:.*}", self._rest)
        runner = web.AppRunner(app, shutdown_timeout=0.1, handler_cancellation=True)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", self.port).start()
        self.port = runner.addresses[0][1]
        self._started.set()
        await self._stop.wait()
        await self._close_sockets(1001)
        await runner.cleanup()

    async def _rest(self, request: web.Request) -> web.StreamResponse:
        self._open += 1
        try:
            return await self._respond(request)
        finally:
            self._open -= 1
            self._last_asked = time.monotonic()

    async def _respond(self, request: web.Request) -> web.StreamResponse:
        path = f"/{request.match_info['path']}"
        body, files = await read_body(request)
        self.requests.append(f"{request.method} {path}")
        self._judge(request_flaws(request.method, path, body, content_type=request.content_type))
        if refusal := self._refusal(request.method, path):
            return refusal
        before = self.accepted
        fault = self._fault(f"{request.method} {path}")
        status, answer = 0, None
        if fault is None or fault.accepted:
            who = request.headers.get("Authorization", "")
            self.uploaded = files
            status, answer = self.answer(request.method, path, request.query, body, authorization=who)
        is_message = self.accepted > before
        if is_message:
            self.on_message(self.accepted, "accepted")
        if fault:
            return await self._faulty(fault, request)
        self._judge(answer_flaws(request.method, path, status, answer))
        response = _json(status, answer, self._told_limits(request.method, path))
        if is_message:
            await response.prepare(request)
            await response.write_eof()
            self.on_message(self.accepted, "answered")
        return response

    def _refusal(self, method: str, path: str) -> web.Response | None:
        wait_s = self.limits.wait_s(*_route(method, path)) if self.limits else 0.0
        if not wait_s:
            return None
        body = {"message": "You are being rate limited.", "retry_after": wait_s, "global": False}
        return _json(429, body, {"Retry-After": f"{wait_s:.3f}", "Via": "1.1 google"})

    def _told_limits(self, method: str, path: str) -> Mapping[str, str]:
        return discord_headers(self.limits, *_route(method, path)) if self.limits else {}

    def _fault(self, line: str) -> Fault | None:
        for fault in self._faults:
            if fault.times and re.search(fault.pattern, line):
                fault.times -= 1
                return fault
        return None

    async def _faulty(self, fault: Fault, request: web.Request) -> web.StreamResponse:
        if fault.answer:
            status, body, headers = fault.answer
            return _json(status, body, headers)
        if fault.garbled:
            return web.Response(text="<html>Sign in to this network</html>", content_type="text/html")
        if not fault.cut:
            await asyncio.sleep(60)
        assert request.transport
        request.transport.abort()
        return web.Response()


def _route(method: str, path: str) -> tuple[str, str]:
    """A request's route, without numbers, and the channel or server that it is about."""
    major = re.search(r"/(?:channels|guilds|webhooks)/(\d+)", path)
    return re.sub(r"/\d+", "/N", f"{method} {path}"), major[1] if major else ""


def _json(status: int, body: Any, headers: Mapping[str, str] | None = None) -> web.Response:
    if status == 204:
        return web.Response(status=204)
    text = json.dumps(body).encode()
    return web.Response(status=status, body=text, headers={**(headers or {}), "Content-Type": "application/json"})
