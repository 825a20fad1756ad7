"""Telegram's Bot API, and the only module that imports its SDK: one login, calls that wait their turn, the updates.

`client` and `surfaces` call it. Every failure comes out as an error of ours. Waits that Telegram asks for are obeyed;
a request that Telegram refused because it is down, or never got, is repeated up to `tries` times. A request whose
answer never came is not repeated, for it may have been carried out: it is ChatUnanswered.
"""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager, nullcontext
from functools import cache, partial
from itertools import count
from typing import Any, Final, TypeVar

from httpx import create_ssl_context
from telegram import (
    Bot,
    BotCommand,
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    LinkPreviewOptions,
    ReplyParameters,
    Update,
)
from telegram.constants import ChatAction, ParseMode
from telegram.error import ChatMigrated, InvalidToken, NetworkError, TelegramError
from telegram.request import HTTPXRequest

from adapters.chat.inbox import AT_ONCE
from adapters.chat.limits import Urgency
from adapters.chat.network import network_trouble
from adapters.chat.pacing import Timer
from adapters.chat.recent import Recent
from adapters.chat.telegram.errors import NO_ANSWER, ChatMoved, our_error, wait_named_in
from adapters.chat.telegram.limits import message_pace
from adapters.chat.telegram.plan import place_of
from core.channels import ChannelRef
from core.deliver.ports import BeforeSending, at_once
from core.errors import ChatError, ChatThrottled, ChatUnavailable, PaperboyError
from core.posts.messages import MessageRef
from core.speech import _
from core.time import Clock

T = TypeVar("T")
Json = dict[str, Any]

#: seconds that Telegram may keep a request for updates open
POLL_S: Final = 25
#: seconds that one call may wait for its turn at Telegram's wish, all waits together
LONGEST_WAIT_S: Final = 60.0
#: how often a call is made for callers that do not repeat it themselves
TRIES: Final = 4

#: buttons beside one another: on a phone, a label of twelve characters still fits
_IN_A_ROW: Final = 3

_TIMEOUT_S: Final = 20.0
#: what httpx raises where no request left this machine: these can be repeated without doubling a message
_NEVER_SENT: Final = frozenset({"ConnectError", "ConnectTimeout", "PoolTimeout"})
_NO_PREVIEW: Final = LinkPreviewOptions(is_disabled=True)
#: whom TLS trusts, as the SDK's requests would each read it anew
_authorities: Final = cache(create_ssl_context)


class _Flood(TelegramError):
    """Telegram asks us to wait."""

    def __init__(self, seconds: float) -> None:
        super().__init__(f"retry after {seconds:g} s")  # not said: `_our_error` says it
        self.seconds = seconds


class _Broken(NetworkError):
    """An answer that says that Telegram itself failed (HTTP 5xx)."""


class _Request(HTTPXRequest):
    """Tells waits and outages apart; the SDK's own RetryAfter warns about itself whenever it is made."""

    async def do_request(self, *args: Any, **options: Any) -> tuple[int, bytes]:
        """One HTTP request: status and body. Raises TelegramError."""
        status, body = await super().do_request(*args, **options)
        if status == 429:
            raise _Flood(wait_named_in(body))
        if status >= 500:
            raise _Broken(f"HTTP {status}")
        return status, body


class BotApi:
    """One bot's login. Calls raise ChatErrors and NotAllowed."""

    def __init__(self, *, token: str, clock: Clock, base_url: str, pace_s: float, timer: Timer | None = None) -> None:
        """`pace_s`: seconds between two messages of a chat, and other limits in proportion; 0 is no limit.

        `timer` as in `Pace`.
        """
        self._token = token
        self._clock = clock
        self._base_url = base_url.rstrip("/")
        self._pace = message_pace(pace_s, timer)
        self._bot: Bot | None = None
        #: after the last update that was accepted; Telegram forgets those before it
        self._offset: int | None = None
        #: groups that became supergroups, by their old channel
        self._moved: Recent[ChannelRef, ChannelRef] = Recent(1_000)
        #: forum topics by chat and message: a reaction does not say in which topic it was
        self._topics: Recent[tuple[int, str], ChannelRef] = Recent(10_000)

    @asynccontextmanager
    async def open(self) -> AsyncIterator[None]:
        """Log in. Inside another one it is the same login."""
        if self._bot is not None:
            yield
            return
        logging.getLogger("httpx").setLevel(logging.WARNING)  # it logs addresses, and they have the token in them
        bot = await self._log_in()
        self._bot = bot
        try:
            yield
        finally:
            self._bot = None
            await bot.shutdown()

    async def _log_in(self) -> Bot:
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
            raise _our_error(error) from (None if isinstance(error, InvalidToken) else error)
        return bot

    @property
    def id(self) -> int:
        """The bot's number."""
        return self._open_bot().id

    @property
    def username(self) -> str:
        """The bot's own name, without the at sign."""
        return self._open_bot().username

    async def me(self) -> Json:
        """The bot's account."""
        return (await self._call(lambda bot: bot.get_me())).to_dict()

    async def chat(self, id: int | str) -> Json:
        """What Telegram tells of a chat."""
        return (await self._call(lambda bot: bot.get_chat(id))).to_dict()

    async def member(self, chat: int | str, user: int | None = None) -> Json:
        """What Telegram tells of a person in a chat; of the bot itself where no `user` is named."""
        return (await self._call(lambda bot: bot.get_chat_member(chat, user or bot.id))).to_dict()

    async def offer_commands(self, commands: Iterable[tuple[str, str]]) -> None:
        """Tell Telegram which commands its menu offers, with what each does; and that we poll."""
        menu = [BotCommand(name, does[:256]) for name, does in commands]
        await self._call(lambda bot: bot.set_my_commands(menu))
        await self._call(lambda bot: bot.delete_webhook())

    async def updates(self) -> AsyncIterator[Sequence[Json]]:
        """Every update, in order and in batches; one counts as accepted when the next is asked for.

        Short outages are waited out.

        Raises ChatUnavailable and ChatThrottled.
        """
        failures = 0
        while True:
            try:
                batch = await self._open_bot().get_updates(
                    offset=self._offset, timeout=POLL_S, allowed_updates=Update.ALL_TYPES, read_timeout=_TIMEOUT_S
                )
                failures = 0
            except TelegramError as error:
                failures += 1
                await self._clock.sleep(_pause_of_polling(error, failures))
                continue
            if batch:
                yield [update.to_dict() for update in batch]
                self._offset = batch[-1].update_id + 1

    def topic_of(self, chat: int, message: str) -> ChannelRef | None:
        """The forum topic that a message of ours was sent to; None where it was in none, or before this process."""
        return self._topics.get((chat, message))

    async def post(
        self,
        channel: ChannelRef,
        payload: Mapping[str, Any],
        reply_to: int | None,
        *,
        tries: int = TRIES,
        urgency: Urgency = Urgency.ANSWER,
        before_sending: BeforeSending = at_once,
    ) -> MessageRef:
        """Send a message in its turn; into the supergroup that the group became, where it did, which the result tells.

        Messages of the old group have other numbers in the new one: nothing replies to them there.
        """
        post = partial(self._post, payload, tries=tries, urgency=urgency, before_sending=before_sending)
        channel = self.now(channel)
        try:
            return await post(channel, reply_to)
        except ChatMoved as error:
            there = ChannelRef(channel.platform, "", str(error.new))
            self._moved.put(channel, there)
            return await post(there, None)

    def now(self, channel: ChannelRef) -> ChannelRef:
        """Where a message for a channel goes: the supergroup that it became, where this process met that."""
        return self._moved.get(channel) or channel

    async def _post(
        self,
        payload: Mapping[str, Any],
        channel: ChannelRef,
        reply_to: int | None,
        *,
        tries: int,
        urgency: Urgency,
        before_sending: BeforeSending,
    ) -> MessageRef:
        chat, topic = place_of(channel)
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
                link_preview_options=_NO_PREVIEW,
            ),
            turn_in=(chat, urgency),
            tries=tries,
            before_sending=before_sending,
        )
        if topic is not None:
            self._topics.put((message.chat.id, str(message.message_id)), channel)
        return MessageRef(channel, str(message.message_id))

    async def attach(self, channel: ChannelRef, name: str, content: bytes, reply_to: int | None) -> None:
        """Send a file in its turn; made once."""
        chat, topic = place_of(self.now(channel))
        reply = ReplyParameters(reply_to, allow_sending_without_reply=True) if reply_to else None
        await self._call(
            lambda bot: bot.send_document(
                chat, content, filename=name, message_thread_id=topic, reply_parameters=reply
            ),
            turn_in=(chat, Urgency.ANSWER),
            tries=1,
        )

    async def rewrite(
        self,
        message: MessageRef,
        payload: Mapping[str, Any],
        *,
        tries: int = TRIES,
        urgency: Urgency = Urgency.ANSWER,
    ) -> None:
        """Replace a message's text and buttons in its turn; Telegram refuses an edit that changes nothing."""
        chat, _topic = place_of(message.channel)
        html, buttons = _content(payload)
        try:
            await self._call(
                lambda bot: bot.edit_message_text(
                    html,
                    chat_id=chat,
                    message_id=int(message.id),
                    parse_mode=ParseMode.HTML,
                    reply_markup=buttons,
                    link_preview_options=_NO_PREVIEW,
                ),
                turn_in=(chat, urgency),
                tries=tries,
            )
        except ChatError as error:
            if "not modified" not in str(error.__cause__).lower():
                raise

    async def delete(self, message: MessageRef) -> None:
        """Take a message away; made once."""
        chat, _topic = place_of(message.channel)
        await self._call(lambda bot: bot.delete_message(chat, int(message.id)), tries=1)

    async def show_typing(self, channel: ChannelRef) -> None:
        """Show for some seconds that the bot writes; made once."""
        chat, topic = place_of(channel)
        await self._call(lambda bot: bot.send_chat_action(chat, ChatAction.TYPING, message_thread_id=topic), tries=1)

    async def answer_query(self, query: str, toast: str) -> None:
        """Answer a pressed button, for the person alone; made once. Raises ChannelGone where that is too late."""
        await self._call(lambda bot: bot.answer_callback_query(query, text=toast or None), tries=1)

    async def _call(
        self,
        ask: Callable[[Bot], Awaitable[T]],
        *,
        turn_in: tuple[int | str, Urgency] | None = None,
        tries: int = TRIES,
        before_sending: BeforeSending = at_once,
    ) -> T:
        """One request, in its chat's turn where it counts there.

        Made again after a wait where Telegram says so, is down, or never got it.
        """
        total_wait_s = 0.0
        for attempt in count(1):
            async with self._pace.turn(*turn_in) if turn_in else nullcontext():
                await before_sending()
                try:
                    return await ask(self._open_bot())
                except TelegramError as error:
                    wait = _wait_after(error, attempt, tries)
                    total_wait_s += wait or 0
                    if is_chats := turn_in is not None and isinstance(error, _Flood):
                        self._pace.refuse(turn_in[0], error.seconds)
                    if wait is None or total_wait_s > LONGEST_WAIT_S:
                        raise _our_error(error) from error
            if not is_chats:  # the chat's next turn comes after its pause
                await self._clock.sleep(wait)
        raise AssertionError("count() does not end")

    def _open_bot(self) -> Bot:
        if self._bot is None:
            raise ChatUnavailable(_("Telegram is not connected."), hint=_("Open the chat before sending."))
        return self._bot


def _request(*, connections: int) -> _Request:
    return _Request(
        connection_pool_size=connections,
        read_timeout=_TIMEOUT_S,
        write_timeout=_TIMEOUT_S,
        connect_timeout=_TIMEOUT_S / 2,
        pool_timeout=_TIMEOUT_S,
        httpx_kwargs={"verify": _authorities()},
    )


def _our_error(error: TelegramError) -> PaperboyError:
    if isinstance(error, _Flood):
        sentence = _("{platform} asks us to wait {seconds} s.", platform="Telegram", seconds=f"{error.seconds:g}")
        return ChatThrottled(sentence, retry_after_s=error.seconds)
    if isinstance(error, ChatMigrated):
        return ChatMoved(error.new_chat_id)
    is_of_network = isinstance(error, NetworkError) and error.__cause__ is not None
    reason = network_trouble(error.__cause__ or error) if is_of_network else error.message
    return our_error(NO_ANSWER if _is_unanswered(error) else type(error).__name__, reason)


def _is_unanswered(error: TelegramError) -> bool:
    """May the request have been carried out? The SDK's errors have a cause where no answer of Telegram's is theirs."""
    cause = error.__cause__
    return cause is not None and not isinstance(cause, TelegramError) and type(cause).__name__ not in _NEVER_SENT


def _wait_after(error: TelegramError, attempt: int, tries: int) -> float | None:
    """Seconds until a request may be made again; None where it must not, for it may have been carried out."""
    if isinstance(error, _Flood):
        return error.seconds
    was_refused = isinstance(error, _Broken) or type(error.__cause__).__name__ in _NEVER_SENT
    return 2.0 ** (attempt - 1) if was_refused and attempt < tries else None


def _pause_of_polling(error: TelegramError, failures: int) -> float:
    """Seconds until updates may be asked for again. Raises what `_our_error` gives where that cannot help."""
    if isinstance(error, _Flood) and error.seconds <= LONGEST_WAIT_S:
        return error.seconds
    if isinstance(error, NetworkError) and failures < TRIES:
        return 2.0 ** (failures - 1)
    raise _our_error(error) from error


def _content(payload: Mapping[str, Any]) -> tuple[str, InlineKeyboardMarkup | None]:
    """The text and the buttons, a few in each row. Raises ChatError where another Paperboy wrote it in its own way."""
    try:
        buttons = [InlineKeyboardButton(**button) for button in payload["buttons"]]
        rows = [buttons[first : first + _IN_A_ROW] for first in range(0, len(buttons), _IN_A_ROW)]
        return str(payload["html"]), InlineKeyboardMarkup(rows) if rows else None
    except (KeyError, TypeError) as error:
        raise ChatError(
            _("A stored message cannot be read."), hint=_("It was planned by another version of Paperboy.")
        ) from error
