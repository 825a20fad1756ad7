"""Telegram's Bot API on loopback: small, stateful, and judged by the published specification and Telegram's own parser.

It runs in a thread of its own, so that a client which is killed leaves it alive. A test plays the people: it types,
reacts and presses, and reads what they would see. Whatever the client or the stand-in says wrongly is a complaint;
`complaints` must be empty at the end of every test.
"""

from __future__ import annotations

import asyncio
import math
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Final

from aiohttp import web

from tests.fakes.waiting import IDLE_TURNS, is_at_work
from tests.standins.judges import telegram_spec
from tests.standins.limits import LimitKeeper
from tests.standins.telegram_texts import Refused, read_html, urls_in
from tests.standins.telegram_words import BOT, a_chat, a_full_chat, administrator, as_user, person, read_form, row

Json = dict[str, Any]

TOKEN: Final = "123456:TEST-token"
NOON: Final = 1_770_206_400
_TURNS: Final = 20


@dataclass
class Fault:
    """What happens instead of an answer: an error, silence or a broken connection, before or after the work is done."""

    #: an HTTP status; 0 breaks the connection off
    status: int = 0
    description: str = ""
    parameters: Json = field(default_factory=dict)
    #: the request is carried out all the same
    accepted: bool = False
    #: seconds of silence first
    silent_s: float = 0.0
    #: a page that is not JSON is the answer
    garbled: bool = False


@dataclass
class Shown:
    """A message in a chat."""

    chat: int
    id: int
    #: as it was sent
    html: str
    #: as people read it
    text: str
    entities: list[Json]
    urls: list[str]
    reply_to: int | None
    topic: int | None
    buttons: list[Json]
    deleted: bool = False


class TelegramStandin:
    """A bot's account with its chats: positive ids are private chats, negative ones groups."""

    def __init__(self) -> None:
        self.url = ""
        self.messages: list[Shown] = []
        #: what was sent as a file: chat, name, content
        self.files: list[tuple[int, str, bytes]] = []
        #: everything the client asked for, as (method, parameters)
        self.calls: list[tuple[str, Json]] = []
        self.complaints: list[str] = []
        #: what people who pressed a button were told, by query
        self.notices: dict[str, str] = {}
        #: called with the message's number before it is accepted, and before it is answered
        self.before_message: Callable[[int], None] = lambda _: None
        self.after_message: Callable[[int], None] = lambda _: None
        self.administrators: set[int] = set()
        #: what is said of a chat, and of the bot in it, where that is unlike an open group with a plain member
        self.chats: dict[int, Json] = {}
        self.memberships: dict[int, Json] = {}
        #: groups that became supergroups, with the new id
        self.moved: dict[int, int] = {}
        #: people who never pressed Start, chats that are gone
        self.closed: set[int] = set()
        #: enforces limits; None lets everything go
        self.limits: LimitKeeper | None = None
        self._faults: dict[str, deque[Fault]] = {}
        self._updates: list[Json] = []
        self._reactions: dict[tuple[int, int, int], list[Json]] = {}
        self._ids = 0
        self._quiet_since = time.monotonic()
        self._stopping = threading.Event()
        self._ready = threading.Event()

    # --- what a test does ---------------------------------------------------------------------------------------

    @contextmanager
    def running(self) -> Iterator[TelegramStandin]:
        """Serve until the end of the block, which fails where anything was said wrongly."""
        thread = threading.Thread(target=lambda: asyncio.run(self._serve()), daemon=True)
        thread.start()
        assert self._ready.wait(30)
        try:
            yield self
        finally:
            self._stopping.set()
            thread.join(10)
        assert self.complaints == []

    def fails(self, method: str, *faults: Fault) -> None:
        """Answer the next requests for a method so, one fault for each."""
        self._faults.setdefault(method, deque()).extend(faults)

    def heal(self) -> None:
        """Nothing goes wrong any more."""
        self._faults.clear()

    def types(
        self, text: str, *, chat: int, user: int = 7, topic: int | None = None, reply_to: int | None = None
    ) -> int:
        """Somebody writes in a chat; the message's id."""
        message = self._message(chat, topic=topic) | {"from": person(user), "text": text}
        if text.startswith("/"):
            length = len(text.split()[0])
            message["entities"] = [{"type": "bot_command", "offset": 0, "length": length}]
        if reply_to is not None:
            message["reply_to_message"] = self._as_message(self.message_at(chat, reply_to))
        self.happens({"message": message})
        return int(message["message_id"])

    def reacts(self, emoji: tuple[str, ...], *, chat: int, message: int, user: int = 7) -> None:
        """Somebody's reactions on a message are these from now on."""
        before = self._reactions.get((chat, message, user), [])
        after = [_reaction(one) for one in emoji]
        self._reactions[chat, message, user] = after
        update = {"chat": a_chat(chat), "message_id": message, "user": person(user), "date": NOON}
        self.happens({"message_reaction": update | {"old_reaction": before, "new_reaction": after}})

    def presses(self, chat: int, message: int, *, user: int = 7, button: int = 0) -> str:
        """Somebody presses a button under a message; the query's id."""
        shown = self.message_at(chat, message)
        query = {"id": f"q{self._next()}", "from": person(user), "chat_instance": "1"}
        data = shown.buttons[button]["callback_data"]
        self.happens({"callback_query": query | {"message": self._as_message(shown), "data": data}})
        return str(query["id"])

    def happens(self, update: Json, *, id: int | None = None) -> int:
        """Any update; its id."""
        update = {"update_id": id or self._next(), **update}
        self._judge(f"update {update['update_id']}", telegram_spec() and telegram_spec().update(update))
        self._quiet_since = time.monotonic()
        self._updates.append(update)
        return int(update["update_id"])

    def message_at(self, chat: int, id: int) -> Shown:
        """A message that the bot sent."""
        return next(one for one in self.messages if (one.chat, one.id) == (chat, id))

    def seen(self) -> str:
        """All that people can read, with where links lead to."""
        return "\n".join(" ".join((one.text, *one.urls)) for one in self.messages if not one.deleted)

    def requests(self, method: str) -> list[Json]:
        """The parameters of every request for a method."""
        return [parameters for name, parameters in self.calls if name == method]

    async def wait_until_settled(
        self, what: Callable[[], bool] = lambda: True, *, quiet_s: float = 0.5, longest_s: float = 30.0
    ) -> None:
        """Wait until something is so and the client has carried out what it heard, or at least asks for nothing more.

        For some turns of the client's own loop: on a busy machine a moment may pass in which it was not let in.
        """
        until, quiet_turns, idle_turns = time.monotonic() + longest_s, 0, 0
        while time.monotonic() < until and quiet_turns < _TURNS and idle_turns < IDLE_TURNS:
            is_over = not self._updates and what()
            is_quiet = time.monotonic() - self._quiet_since > quiet_s
            quiet_turns = quiet_turns + 1 if is_over and is_quiet else 0
            idle_turns = idle_turns + 1 if is_over and not is_at_work() else 0
            await asyncio.sleep(0.002)

    async def answered(self, messages: int) -> None:
        """Wait until the bot sent so many messages in all, and is done."""
        await self.wait_until_settled(lambda: len(self.messages) >= messages)

    # --- what the client meets ----------------------------------------------------------------------------------

    async def _serve(self) -> None:
        app = web.Application()
        app.router.add_post("/bot{token}/{method}", self._answer)
        runner = web.AppRunner(app, shutdown_timeout=0.1)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        self.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
        self._ready.set()
        await asyncio.to_thread(self._stopping.wait)
        await runner.cleanup()

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        if request.match_info["token"] != TOKEN:
            return _refusal(401, "Unauthorized")
        method = request.match_info["method"]
        parameters = read_form(dict(await request.post()))
        self.calls.append((method, parameters))
        self._judge(method, telegram_spec() and telegram_spec().request(method, parameters))
        if method != "getUpdates":
            self._quiet_since = time.monotonic()
        if self.limits and (wait_s := self.limits.wait_s(method, parameters.get("chat_id"))):
            return _refusal(429, "Too Many Requests", {"retry_after": math.ceil(wait_s)})
        if self._faults.get(method):
            return await self._break(self._faults[method].popleft(), request, method, parameters)
        return await self._carry_out(request, method, parameters)

    async def _break(self, fault: Fault, request: web.Request, method: str, parameters: Json) -> web.StreamResponse:
        if fault.accepted:
            await self._carry_out(request, method, parameters)
        await asyncio.sleep(fault.silent_s)
        if fault.garbled:
            return web.Response(text="<html>Sign in to this network</html>", content_type="text/html")
        if fault.status:
            return _refusal(fault.status, fault.description, fault.parameters)
        return _broken_off(request)

    async def _carry_out(self, request: web.Request, method: str, parameters: Json) -> web.StreamResponse:
        try:
            result = await self._methods[method](self, parameters)
        except _Migrated as to:
            return _refusal(400, "Bad Request: group chat was upgraded", {"migrate_to_chat_id": to.args[0]})
        except Refused as refused:
            return _refusal(400 if refused.args[0] else 403, refused.args[1])
        except NeverAccepted:
            return _broken_off(request)
        self._judge(f"answer to {method}", telegram_spec() and telegram_spec().response(method, result))
        return web.json_response({"ok": True, "result": result})

    async def _get_me(self, _: Json) -> Json:
        return BOT

    async def _true(self, _: Json) -> bool:
        return True

    async def _get_updates(self, parameters: Json) -> list[Json]:
        offset = parameters.get("offset") or 0
        self._updates = [one for one in self._updates if one["update_id"] >= offset]
        wanted = set(parameters.get("allowed_updates") or ("message", "callback_query"))
        for _ in range(100 * parameters.get("timeout", 0)):
            if self._updates or self._stopping.is_set():
                break
            await asyncio.sleep(0.01)
        return [one for one in self._updates if wanted & one.keys()][: parameters.get("limit", 100)]

    async def _send_message(self, parameters: Json) -> Json:
        chat = int(parameters["chat_id"])
        if chat in self.closed:
            raise Refused(False, "Forbidden: bot can't initiate conversation with a user")
        if chat in self.moved:
            raise _Migrated(self.moved[chat])
        number = len(self.messages)
        text, entities = self._read_html(parameters)
        self.before_message(number)
        shown = Shown(
            chat=chat,
            id=self._next(),
            html=parameters["text"],
            text=text,
            entities=entities,
            urls=urls_in(parameters["text"]),
            reply_to=(parameters.get("reply_parameters") or {}).get("message_id"),
            topic=parameters.get("message_thread_id"),
            buttons=row(parameters),
        )
        self.messages.append(shown)
        self.after_message(number)
        return self._as_message(shown)

    async def _send_document(self, parameters: Json) -> Json:
        chat, document = int(parameters["chat_id"]), parameters["document"]
        if chat in self.closed:
            raise Refused(False, "Forbidden: bot can't initiate conversation with a user")
        self.files.append((chat, document.name, bytes(document)))
        told = {"file_id": "f", "file_unique_id": "u", "file_name": document.name, "file_size": len(document)}
        return self._message(chat, topic=parameters.get("message_thread_id")) | {"document": told}

    async def _edit_message_text(self, parameters: Json) -> Json:
        shown = self._known(parameters)
        text, entities = self._read_html(parameters)
        if (shown.html, shown.buttons) == (parameters["text"], row(parameters)):
            raise Refused(True, "Bad Request: message is not modified: specified new message content is the same")
        shown.html, shown.text, shown.entities, shown.buttons = parameters["text"], text, entities, row(parameters)
        return self._as_message(shown)

    async def _delete_message(self, parameters: Json) -> bool:
        self._known(parameters).deleted = True
        return True

    async def _answer_callback_query(self, parameters: Json) -> bool:
        self.notices[parameters["callback_query_id"]] = parameters.get("text", "")
        return True

    async def _get_chat_member(self, parameters: Json) -> Json:
        user = int(parameters["user_id"])
        if user == BOT["id"]:
            return {"status": "member"} | self.memberships.get(int(parameters["chat_id"]), {}) | {"user": as_user(BOT)}
        if user not in self.administrators:
            return {"status": "member", "user": person(user)}
        return administrator() | {"user": person(user)}

    async def _get_chat(self, parameters: Json) -> Json:
        chat = int(parameters["chat_id"])
        if chat in self.closed:
            raise Refused(True, "Bad Request: chat not found")
        return a_full_chat(chat) | self.chats.get(chat, {})

    _methods: Final = {
        "getMe": _get_me,
        "getUpdates": _get_updates,
        "sendDocument": _send_document,
        "sendMessage": _send_message,
        "editMessageText": _edit_message_text,
        "deleteMessage": _delete_message,
        "answerCallbackQuery": _answer_callback_query,
        "getChat": _get_chat,
        "getChatMember": _get_chat_member,
        "setMyCommands": _true,
        "deleteWebhook": _true,
        "sendChatAction": _true,
    }

    def _known(self, parameters: Json) -> Shown:
        wanted = (int(parameters["chat_id"]), int(parameters["message_id"]))
        for one in self.messages:
            if (one.chat, one.id) == wanted and not one.deleted:
                return one
        raise Refused(True, "Bad Request: message to edit not found")

    def _read_html(self, parameters: Json) -> tuple[str, list[Json]]:
        return read_html(parameters, self.complaints)

    def _message(self, chat: int, *, topic: int | None = None, id: int | None = None) -> Json:
        message: Json = {"message_id": id or self._next(), "date": NOON, "chat": a_chat(chat, forum=topic is not None)}
        return message | ({"message_thread_id": topic, "is_topic_message": True} if topic is not None else {})

    def _as_message(self, shown: Shown) -> Json:
        entities = [
            {"type": "text_link", "offset": one["offset"], "length": one["length"], "url": one["type"]["url"]}
            for one in shown.entities
            if one["type"]["@type"] == "textEntityTypeTextUrl"
        ]
        message = self._message(shown.chat, topic=shown.topic, id=shown.id)
        message |= {"from": as_user(BOT)}
        message |= {"text": shown.text, "entities": entities}
        return message | ({"reply_markup": {"inline_keyboard": [shown.buttons]}} if shown.buttons else {})

    def _next(self) -> int:
        self._ids += 1
        return self._ids

    def _judge(self, what: str, found: list[str] | None) -> None:
        self.complaints += [f"{what}: {one}" for one in found or ()]


def _reaction(emoji: str) -> Json:
    """One of Telegram's set, or a custom one by its number."""
    if emoji.isdecimal():
        return {"type": "custom_emoji", "custom_emoji_id": emoji}
    return {"type": "emoji", "emoji": emoji}


class _Migrated(Exception):
    """The group is a supergroup now, with this id."""


class NeverAccepted(Exception):
    """Raised in `before_message` by kill tests: the message is not accepted, and the connection breaks."""


def _refusal(status: int, description: str, parameters: Json | None = None) -> web.Response:
    body: Json = {"ok": False, "error_code": status, "description": description}
    return web.json_response(body | ({"parameters": parameters} if parameters else {}), status=status)


def _broken_off(request: web.Request) -> web.Response:
    if request.transport:
        request.transport.close()
    return web.Response()
