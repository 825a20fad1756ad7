"""Telegram as a chat platform: the Bot API by long polling, and the only module that imports its SDK.

`bot` builds a `TelegramChat` from the settings and calls it through the `Chat` port. Telegram has no threads for bots:
a digest is a message, and each paper's message replies to it. It has no idempotency key either, and a bot cannot read
what it wrote, so `find` knows only what this process sent: a process that dies after Telegram accepted a message and
before that was recorded sends that one message again. Nothing else is ever doubled; for the same reason a request whose
answer never came is not repeated here.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Hashable, Mapping
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from itertools import count
from typing import Any, Final, TypeVar
from weakref import WeakValueDictionary

import structlog
from telegram import (
    Bot,
    BotCommand,
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    LinkPreviewOptions,
    ReplyParameters,
    Update,
)
from telegram.constants import ChatAction, ChatType, ParseMode
from telegram.error import ChatMigrated, InvalidToken, NetworkError, TelegramError
from telegram.request import HTTPXRequest

from adapters.chat.finishing import finished
from adapters.chat.pacing import Pace
from adapters.chat.recent import Recent
from adapters.chat.telegram.answers import PLATFORM, Answers, Asked, Line
from adapters.chat.telegram.checks import require_rights
from adapters.chat.telegram.errors import as_ours, moved, wait_named_in
from adapters.chat.telegram.events import heard, lane_of
from adapters.chat.telegram.plan import place_of, planned
from core.channels import ChannelRef
from core.converse.commands import COMMANDS
from core.converse.ports import ChatPlatform, Desk
from core.errors import ChatError, ChatThrottled, PaperboyError
from core.posts.messages import MessageRef, Outgoing
from core.posts.tree import Post
from core.time import Clock

T = TypeVar("T")

#: seconds of work before the person is told that it goes on
PATIENCE_S: Final = 1.5
#: seconds that Telegram may keep a request for updates open
POLL_S: Final = 25
#: seconds that one message may wait for its turn at Telegram's wish, all waits together
LONGEST_WAIT_S: Final = 60.0
#: updates that are carried out at the same time
AT_ONCE: Final = 16

_TIMEOUT_S: Final = 20.0
_TRIES: Final = 4
#: what httpx raises where no request left this machine: these alone can be repeated without doubling a message
_NEVER_SENT: Final = frozenset({"ConnectError", "ConnectTimeout", "PoolTimeout"})
#: for how long somebody is believed to be an administrator
_MEMBER_FOR: Final = timedelta(minutes=5)
_ADMINISTRATORS: Final = frozenset({"creator", "administrator"})

_log = structlog.get_logger(__name__)


class _Flood(TelegramError):
    """Telegram asks us to wait."""

    def __init__(self, seconds: float) -> None:
        super().__init__(f"retry after {seconds:g} s")
        self.seconds = seconds


class _Broken(NetworkError):
    """An answer that says that Telegram itself failed (HTTP 5xx)."""


class _Request(HTTPXRequest):
    """Tells waits and outages apart; the SDK's own RetryAfter warns about itself whenever it is made."""

    async def do_request(self, *args: Any, **named: Any) -> tuple[int, bytes]:
        """One HTTP request: status and body. Raises TelegramError."""
        status, body = await super().do_request(*args, **named)
        if status == 429:
            raise _Flood(wait_named_in(body))
        if status >= 500:
            raise _Broken(f"HTTP {status}")
        return status, body


class TelegramChat(ChatPlatform, Line):
    """One bot, in private chats, groups, forum topics and channels."""

    platform = PLATFORM

    def __init__(
        self,
        *,
        token: str,
        clock: Clock,
        api_base_url: str = "https://api.telegram.org",
        pace_s: float = 1.0,
        patience_s: float = PATIENCE_S,
    ) -> None:
        """`pace_s`: seconds between two messages of a chat, and a group has 20 in 60 times that; 0 is no limit."""
        self._token = token
        self._clock = clock
        self._base_url = api_base_url.rstrip("/")
        self._patience_s = patience_s
        self._chat_pace = Pace(1, pace_s)
        self._group_pace = Pace(20, 60 * pace_s)
        self._bot: Bot | None = None
        self._sent: Recent[tuple[ChannelRef, str], MessageRef] = Recent(10_000)
        #: forum topics by chat and message: a reaction does not say in which topic it was
        self._topics: Recent[tuple[int, str], ChannelRef] = Recent(10_000)
        self._updates: Recent[int, bool] = Recent(10_000)
        self._members: Recent[tuple[int | str, str], tuple[bool, datetime]] = Recent(1_000)
        self._lanes: WeakValueDictionary[Hashable, asyncio.Lock] = WeakValueDictionary()

    @asynccontextmanager
    async def opened(self) -> AsyncIterator[ChatPlatform]:
        """Log in for sending; no update is asked for. Inside another one it is the same login."""
        if self._bot is not None:
            yield self
            return
        logging.getLogger("httpx").setLevel(logging.WARNING)  # it logs addresses, and they have the token in them
        bot = await self._logged_in()
        self._bot = bot
        try:
            yield self
        finally:
            self._bot = None
            await bot.shutdown()

    async def _logged_in(self) -> Bot:
        sending, polling = _request(connections=AT_ONCE * 2), _request(connections=1)
        try:
            bot = Bot(
                self._token or "none",
                base_url=f"{self._base_url}/bot",
                base_file_url=f"{self._base_url}/file/bot",
                request=sending,
                get_updates_request=polling,
            )
            await bot.initialize()
        except TelegramError as error:
            await sending.shutdown()
            await polling.shutdown()
            # the SDK's own error about a token has the token in it
            raise _as_ours(error) from (None if isinstance(error, InvalidToken) else error)
        return bot

    async def whoami(self) -> str:
        """The bot's name, and whether it hears more of a group than commands."""
        async with self.opened():
            me = await self._call(lambda bot: bot.get_me())
        privacy = "off" if me.can_read_all_group_messages else "on"
        return f"@{me.username} ({me.first_name}), privacy mode {privacy}"

    async def check(self, channel: ChannelRef) -> None:
        """Ask Telegram what the chat is, and what the bot may do there."""
        id, topic = place_of(channel)
        chat = await self._call(lambda bot: bot.get_chat(id))
        is_private = chat.type == ChatType.PRIVATE
        member = None if is_private else await self._call(lambda bot: bot.get_chat_member(id, bot.id))
        require_rights(chat.to_dict(), member.to_dict() if member else {}, topic)

    def plan(self, channel: ChannelRef, post: Post, *, key: str) -> tuple[Outgoing, ...]:
        """The post's messages, then those of its replies; what goes on in a second message replies to the first."""
        return planned(post, key=key)

    async def send(self, channel: ChannelRef, outgoing: Outgoing, parent: MessageRef | None) -> MessageRef:
        """Send one message as a reply to its parent. A key that this process sent is not sent again."""
        if known := self._sent.get((channel, outgoing.key)):
            return known
        message = await self.post(channel, outgoing.payload, int(parent.id) if parent else None)
        self._sent.put((channel, outgoing.key), message)
        return message

    async def find(self, channel: ChannelRef, key: str) -> MessageRef | None:
        """A message that this process sent; Telegram itself cannot tell."""
        return self._sent.get((channel, key))

    async def edit(self, message: MessageRef, post: Post) -> None:
        """Replace the message's text and buttons; what does not fit follows as replies to it."""
        first, *others = self.plan(message.channel, post, key="edit")
        await self.rewrite(message, first.payload)
        for outgoing in others:
            await self.post(message.channel, outgoing.payload, int(message.id))

    async def run(self, desk: Desk) -> None:
        """Poll for updates until cancelled; inside `opened`. Raises ChatUnavailable."""
        await self._introduce()
        slots = asyncio.Semaphore(AT_ONCE)
        answers = Answers(self, desk, self._clock, patience_s=self._patience_s)
        stopped: PaperboyError | None = None
        async with asyncio.TaskGroup() as tasks:
            try:
                async for update in self._polled():
                    await slots.acquire()
                    tasks.create_task(finished(self._take(update, answers, slots)))
            except PaperboyError as error:
                stopped = error
        if stopped:
            raise stopped

    async def _introduce(self) -> None:
        """Tell Telegram which commands to offer, and that we poll."""
        offered = [BotCommand(one.name, one.does[:256]) for one in COMMANDS]
        await self._call(lambda bot: bot.set_my_commands(offered))
        await self._call(lambda bot: bot.delete_webhook())

    async def _polled(self) -> AsyncIterator[Update]:
        """Every update once, in order; short outages are waited out."""
        offset: int | None = None
        failures = 0
        while True:
            try:
                batch = await self._open_bot().get_updates(
                    offset=offset, timeout=POLL_S, allowed_updates=Update.ALL_TYPES, read_timeout=_TIMEOUT_S
                )
                failures = 0
            except TelegramError as error:
                failures += 1
                await self._clock.sleep(_pause_of_polling(error, failures))
                continue
            for update in batch:
                offset = update.update_id + 1
                if not self._updates.get(update.update_id):
                    self._updates.put(update.update_id, True)
                    yield update

    async def _take(self, update: Update, answers: Answers, slots: asyncio.Semaphore) -> None:
        """Carry out one update after the earlier ones of the same person and kind; failures are logged."""
        body = update.to_dict()
        lane = self._lanes.setdefault(lane_of(body), asyncio.Lock())
        try:
            async with lane:
                for one in heard(body, lambda chat, message: self._topics.get((chat, message))):
                    await answers.take(one)
        except PaperboyError as error:
            _log.warning("telegram_update_failed", update=update.update_id, error=error.sentence())
        except Exception:  # noqa: BLE001 - a bug in one event must not silence the bot for everybody
            _log.exception("telegram_update_failed", update=update.update_id)
        finally:
            slots.release()

    @property
    def username(self) -> str:
        """The bot's own name."""
        return self._open_bot().username

    async def may_manage(self, asked: Asked) -> bool:
        """Private chats belong to the person, channels to who writes there; in groups administrators may."""
        chat, _ = place_of(asked.channel)
        if asked.alone or asked.user.id == str(chat):
            return True
        known = self._members.get((chat, asked.user.id))
        if known and known[1] > self._clock.now():
            return known[0]
        try:
            member = await self._call(lambda bot: bot.get_chat_member(chat, int(asked.user.id)))
        except ChatError:
            return False
        may = member.status in _ADMINISTRATORS
        self._members.put((chat, asked.user.id), (may, self._clock.now() + _MEMBER_FOR))
        return may

    async def delete(self, message: MessageRef) -> None:
        """Take a message away."""
        chat, _ = place_of(message.channel)
        await self._call(lambda bot: bot.delete_message(chat, int(message.id)))

    async def typing(self, channel: ChannelRef) -> None:
        """Show for some seconds that the bot writes."""
        chat, topic = place_of(channel)
        await self._call(lambda bot: bot.send_chat_action(chat, ChatAction.TYPING, message_thread_id=topic))

    async def tell(self, query: str, sentence: str) -> None:
        """Answer a pressed button."""
        await self._call(lambda bot: bot.answer_callback_query(query, text=sentence))

    async def post(self, channel: ChannelRef, payload: Mapping[str, Any], reply_to: int | None) -> MessageRef:
        """Send a message in its turn."""
        chat, topic = place_of(channel)
        await self._turn(chat)
        reply = ReplyParameters(reply_to, allow_sending_without_reply=True) if reply_to else None
        html, buttons = _content(payload)
        message = await self._call(
            lambda bot: bot.send_message(
                chat,
                html,
                parse_mode=ParseMode.HTML,
                message_thread_id=topic,
                reply_parameters=reply,
                reply_markup=buttons,
                link_preview_options=LinkPreviewOptions(is_disabled=True),
            )
        )
        if topic is not None:
            self._topics.put((message.chat.id, str(message.message_id)), channel)
        return MessageRef(channel, str(message.message_id))

    async def rewrite(self, message: MessageRef, payload: Mapping[str, Any]) -> None:
        """Replace a message's text and buttons in its turn; Telegram refuses an edit that changes nothing."""
        chat, _ = place_of(message.channel)
        await self._turn(chat)
        html, buttons = _content(payload)
        try:
            await self._call(
                lambda bot: bot.edit_message_text(
                    html,
                    chat_id=chat,
                    message_id=int(message.id),
                    parse_mode=ParseMode.HTML,
                    reply_markup=buttons,
                    link_preview_options=LinkPreviewOptions(is_disabled=True),
                )
            )
        except ChatError as error:
            if "not modified" not in str(error.__cause__).lower():
                raise

    async def _turn(self, chat: int | str) -> None:
        await self._chat_pace.turn(chat)
        if not str(chat).isdigit():
            await self._group_pace.turn(chat)

    async def _call(self, ask: Callable[[Bot], Awaitable[T]]) -> T:
        """One request; asked again after a wait where Telegram says so, is down, or never got it."""
        waited = 0.0
        for tries in count(1):
            try:
                return await ask(self._open_bot())
            except TelegramError as error:
                wait = _wait_after(error, tries)
                waited += wait or 0
                if wait is None or waited > LONGEST_WAIT_S:
                    raise _as_ours(error) from error
            await self._clock.sleep(wait)
        raise AssertionError("count() does not end")

    def _open_bot(self) -> Bot:
        assert self._bot, "use it inside `async with chat.opened()`"
        return self._bot


def _request(*, connections: int) -> _Request:
    return _Request(
        connection_pool_size=connections,
        read_timeout=_TIMEOUT_S,
        write_timeout=_TIMEOUT_S,
        connect_timeout=_TIMEOUT_S / 2,
        pool_timeout=_TIMEOUT_S,
    )


def _as_ours(error: TelegramError) -> PaperboyError:
    if isinstance(error, _Flood):
        return ChatThrottled(f"Telegram asks us to wait {error.seconds:g} s.", retry_after_s=error.seconds)
    if isinstance(error, ChatMigrated):
        return moved(error.new_chat_id)
    return as_ours(type(error).__name__, error.message)


def _wait_after(error: TelegramError, tries: int) -> float | None:
    """Seconds until a request may be made again; None where it must not, for it may have been carried out."""
    if isinstance(error, _Flood):
        return error.seconds
    was_refused = isinstance(error, _Broken) or type(error.__cause__).__name__ in _NEVER_SENT
    return 2.0 ** (tries - 1) if was_refused and tries < _TRIES else None


def _pause_of_polling(error: TelegramError, failures: int) -> float:
    """Seconds until updates may be asked for again. Raises what `_as_ours` gives where that cannot help."""
    if isinstance(error, _Flood) and error.seconds <= LONGEST_WAIT_S:
        return error.seconds
    if isinstance(error, NetworkError) and failures < _TRIES:
        return 2.0 ** (failures - 1)
    raise _as_ours(error) from error


def _content(payload: Mapping[str, Any]) -> tuple[str, InlineKeyboardMarkup | None]:
    """The text and the buttons, in one row. Raises ChatError where another Paperboy wrote it in its own way."""
    try:
        row = [InlineKeyboardButton(one["text"], callback_data=one["callback_data"]) for one in payload["buttons"]]
        return str(payload["html"]), InlineKeyboardMarkup([row]) if row else None
    except (KeyError, TypeError) as error:
        raise ChatError(
            "A stored message cannot be read.", hint="It was planned by another version of Paperboy."
        ) from error
