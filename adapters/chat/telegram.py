"""Telegram as a chat platform: the Bot API by long polling, and the only module that imports its SDK.

`bot` builds a `TelegramChat` from the settings and calls it through the `Chat` port. Telegram has no threads for bots:
a digest is a message, and each paper's message replies to it. It has no idempotency key either, and a bot cannot read
what it wrote, so `find` knows only what this process sent: a process that dies after Telegram accepted a message and
before that was recorded sends that one message again. Nothing else is ever doubled; for the same reason a request whose
answer never came is not repeated here.
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Hashable, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import count
from typing import Any, Final, TypeVar
from uuid import uuid4
from weakref import WeakValueDictionary

import structlog
from telegram import (
    Bot,
    BotCommand,
    CallbackQuery,
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    LinkPreviewOptions,
    Message,
    MessageReactionUpdated,
    ReactionTypeEmoji,
    ReplyParameters,
    Update,
)
from telegram.constants import ChatAction, ParseMode
from telegram.error import (
    ChatMigrated,
    InvalidToken,
    NetworkError,
    TelegramError,
)
from telegram.request import HTTPXRequest

from adapters.chat import telegram_html
from adapters.chat.emoji import feeling_of
from adapters.chat.pacing import Pace
from adapters.chat.recent import Recent
from adapters.chat.telegram_buttons import data_of, pressed
from adapters.chat.telegram_errors import as_ours, moved
from adapters.chat.telegram_typed import understand
from core import compose
from core.channels import ChannelRef, UserRef
from core.commands import COMMANDS, Command
from core.errors import ChannelGone, ChatError, ChatThrottled, PaperboyError, UsageError
from core.papers import PaperId
from core.ports import Chat, Clock, Desk
from core.posts import Audience, Feeling, MessageRef, Outgoing, Post, Press, Reaction

T = TypeVar("T")

#: seconds of work before the person is told that it goes on
PATIENCE_S: Final = 1.5
#: seconds that Telegram may keep a request for updates open
POLL_S: Final = 25
#: seconds that one message may wait for its turn at Telegram's wish, all waits together
LONGEST_WAIT_S: Final = 60.0
#: updates that are carried out at the same time
AT_ONCE: Final = 16
#: UTF-16 units of what is shown to a person who pressed a button
LONGEST_TOLD: Final = 200

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
            raise _Flood(_retry_after(body))
        if status >= 500:
            raise _Broken(f"HTTP {status}")
        return status, body


@dataclass(frozen=True, slots=True, kw_only=True)
class _Asked:
    """Where a question came from: the answer replies to it."""

    channel: ChannelRef
    user: UserRef
    #: the message that asks
    message: int
    #: a private chat
    alone: bool


class TelegramChat(Chat):
    """One bot, in private chats, groups, forum topics and channels."""

    platform = "telegram"

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
        self._members: Recent[tuple[int, int], tuple[bool, datetime]] = Recent(1_000)
        self._lanes: WeakValueDictionary[Hashable, asyncio.Lock] = WeakValueDictionary()

    @asynccontextmanager
    async def opened(self) -> AsyncIterator[Chat]:
        """Log in for sending; no update is asked for. Raises ChatUnavailable."""
        logging.getLogger("httpx").setLevel(logging.WARNING)  # it logs addresses, and they have the token in them
        bot = await self._logged_in()
        self._bot = bot
        try:
            yield self
        finally:
            self._bot = None
            await bot.shutdown()

    async def _logged_in(self) -> Bot:
        try:
            bot = Bot(
                self._token or "none",
                base_url=f"{self._base_url}/bot",
                base_file_url=f"{self._base_url}/file/bot",
                request=_request(connections=AT_ONCE * 2),
                get_updates_request=_request(connections=1),
            )
            await bot.initialize()
        except InvalidToken:
            raise _as_ours(InvalidToken()) from None  # the SDK's own error has the token in it
        except TelegramError as error:
            raise _as_ours(error) from error
        return bot

    async def whoami(self) -> str:
        """The bot's name, and whether it hears more of a group than commands."""
        if self._bot is None:
            async with self.opened():
                return await self.whoami()
        me = await self._call(lambda bot: bot.get_me())
        privacy = "off" if me.can_read_all_group_messages else "on"
        return f"@{me.username} ({me.first_name}), privacy mode {privacy}"

    def plan(self, channel: ChannelRef, post: Post, *, key: str) -> tuple[Outgoing, ...]:
        """The post's messages, then those of its replies; what goes on in a second message replies to the first."""
        numbers = count()
        return tuple(_planned(post, None, lambda: f"{key}/{next(numbers)}"))

    async def send(self, channel: ChannelRef, outgoing: Outgoing, parent: MessageRef | None) -> MessageRef:
        """Send one message as a reply to its parent. A key that this process sent is not sent again."""
        if known := self._sent.get((channel, outgoing.key)):
            return known
        message = await self._post(channel, outgoing.payload, int(parent.id) if parent else None)
        self._sent.put((channel, outgoing.key), message)
        return message

    async def find(self, channel: ChannelRef, key: str) -> MessageRef | None:
        """A message that this process sent; Telegram itself cannot tell."""
        return self._sent.get((channel, key))

    async def edit(self, message: MessageRef, post: Post) -> None:
        """Replace the message's text and buttons; what does not fit follows as replies to it."""
        first, *others = self.plan(message.channel, post, key="edit")
        await self._edit(message, first.payload)
        for outgoing in others:
            await self._post(message.channel, outgoing.payload, int(message.id))

    async def run(self, desk: Desk) -> None:
        """Poll for updates until cancelled; inside `opened`. Raises ChatUnavailable."""
        await self._introduce()
        slots = asyncio.Semaphore(AT_ONCE)
        stopped: ChatError | None = None
        async with asyncio.TaskGroup() as tasks:
            try:
                async for update in self._polled():
                    await slots.acquire()
                    tasks.create_task(self._take(update, desk, slots))
            except ChatError as error:
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

    async def _take(self, update: Update, desk: Desk, slots: asyncio.Semaphore) -> None:
        """Carry out one update after the earlier ones of the same person and kind; failures are logged."""
        lane = self._lanes.setdefault(_lane_of(update), asyncio.Lock())
        try:
            async with lane:
                await self._bring(update, desk)
        except PaperboyError as error:
            _log.warning("telegram_update_failed", update=update.update_id, error=error.sentence())
        except Exception:  # noqa: BLE001 - a bug in one event must not silence the bot for everybody
            _log.exception("telegram_update_failed", update=update.update_id)
        finally:
            slots.release()

    async def _bring(self, update: Update, desk: Desk) -> None:
        if update.message_reaction:
            await self._reacted(update.message_reaction, desk)
        elif update.callback_query:
            await self._pressed(update.callback_query, desk)
        elif message := update.message or update.channel_post:
            await self._typed(message, desk)
        elif moved := update.my_chat_member:
            _log.info("telegram_membership", chat=moved.chat.id, status=moved.new_chat_member.status)

    async def _typed(self, message: Message, desk: Desk) -> None:
        asked = _asked(message)
        try:
            meant = understand(message.text or "", bot=self._open_bot().username, alone=asked.alone)
        except UsageError as error:
            await self._answer(compose.error(error), asked, desk)
            return
        if meant is None:
            return
        command = Command(
            channel=asked.channel,
            user=asked.user,
            name=meant[0],
            arguments=meant[1],
            at=self._clock.now(),
            paper=_paper_of(message.reply_to_message),
            may_manage=await self._may_manage(message),
        )
        await self._carry_out(command, asked, desk)

    async def _carry_out(self, command: Command, asked: _Asked, desk: Desk) -> None:
        placeholder: MessageRef | None = None
        async with asyncio.TaskGroup() as tasks:
            work = tasks.create_task(_outcome(desk.handle(command)))
            await asyncio.wait({work}, timeout=self._patience_s)
            if not work.done():
                placeholder = await self._placeholder(asked)
        await self._answer(work.result(), asked, desk, placeholder)

    async def _placeholder(self, asked: _Asked) -> MessageRef | None:
        """Word that work goes on; None where it cannot be sent, for the answer may still be."""
        chat, topic = _place(asked.channel)
        with suppress(ChatError):
            await self._call(lambda bot: bot.send_chat_action(chat, ChatAction.TYPING, message_thread_id=topic))
            return await self._post(asked.channel, _said("Working on it…"), asked.message)
        return None

    async def _answer(self, post: Post, asked: _Asked, desk: Desk, placeholder: MessageRef | None = None) -> None:
        """Answer where it was asked, or in private where nobody else should read it."""
        if asked.alone or post.audience is Audience.EVERYONE:
            await self._show(asked.channel, post, desk, reply_to=asked.message, placeholder=placeholder)
            return
        if placeholder:
            chat, _ = _place(asked.channel)
            await self._call(lambda bot: bot.delete_message(chat, int(placeholder.id)))
        try:
            await self._show(ChannelRef(self.platform, asked.user.person), post, desk)
        except ChannelGone:
            name = self._open_bot().username
            hint = f"The answer is for you alone: open https://t.me/{name}, press Start, and ask again."
            await self._post(asked.channel, _said(hint), asked.message)

    async def _show(
        self,
        channel: ChannelRef,
        post: Post,
        desk: Desk,
        *,
        reply_to: int | None = None,
        placeholder: MessageRef | None = None,
    ) -> None:
        """Send an answer with its replies, and let the desk know which message shows which papers."""
        sent: dict[str | None, MessageRef] = {}
        for outgoing in self.plan(channel, post, key=f"answer/{uuid4().hex}"):
            parent = sent.get(outgoing.parent_key)
            if placeholder and not sent:
                await self._edit(placeholder, outgoing.payload)
                message = placeholder
            else:
                message = await self._post(channel, outgoing.payload, int(parent.id) if parent else reply_to)
            sent[outgoing.key] = message
            if outgoing.papers:
                await desk.shown(message, outgoing.papers)

    async def _reacted(self, update: MessageReactionUpdated, desk: Desk) -> None:
        if update.user is None:  # an anonymous administrator: there is nobody whose list it could be
            return
        id, user = str(update.message_id), UserRef(self.platform, str(update.user.id))
        channel = self._topics.get((update.chat.id, id)) or ChannelRef(self.platform, str(update.chat.id))
        before, after = _feelings(update.old_reaction), _feelings(update.new_reaction)
        for feeling in (*(one for one in before if one not in after), *(one for one in after if one not in before)):
            reaction = Reaction(user=user, message=MessageRef(channel, id), feeling=feeling, added=feeling in after)
            if told := await desk.react(reaction):
                await self._tell(told, update, desk)

    async def _tell(self, post: Post, update: MessageReactionUpdated, desk: Desk) -> None:
        """Tell somebody who reacted, in private where they talk to us, else beside the message."""
        assert update.user
        try:
            await self._show(ChannelRef(self.platform, str(update.user.id)), post, desk)
        except ChannelGone:
            await self._show(ChannelRef(self.platform, str(update.chat.id)), post, desk, reply_to=update.message_id)

    async def _pressed(self, query: CallbackQuery, desk: Desk) -> None:
        """Every press is answered, or the person's button would go on turning."""
        message = query.message if isinstance(query.message, Message) else None
        meant = pressed(query.data or "", _words(message) if message else ())
        if meant and query.message:
            channel = _channel_of(message) if message else ChannelRef(self.platform, str(query.message.chat.id))
            user = UserRef(self.platform, str(query.from_user.id))
            press = Press(user=user, channel=channel, action=meant[0], paper=meant[1])
            post = await _outcome(desk.press(press))
        else:
            post = compose.say("This button is too old. /paper and the paper's identifier bring a new one.")
        told = telegram_html.plain(post, LONGEST_TOLD)
        await self._call(lambda bot: bot.answer_callback_query(query.id, text=told))

    async def _may_manage(self, message: Message) -> bool:
        """Private chats belong to the person; in groups administrators may, also in the group's own name."""
        chat, user = message.chat, message.from_user
        if chat.type == chat.PRIVATE or (message.sender_chat and message.sender_chat.id == chat.id):
            return True
        if user is None:
            return False
        known = self._members.get((chat.id, user.id))
        if known and known[1] > self._clock.now():
            return known[0]
        try:
            member = await self._call(lambda bot: bot.get_chat_member(chat.id, user.id))
        except ChatError:
            return False
        may = member.status in _ADMINISTRATORS
        self._members.put((chat.id, user.id), (may, self._clock.now() + _MEMBER_FOR))
        return may

    async def _post(self, channel: ChannelRef, payload: Mapping[str, Any], reply_to: int | None) -> MessageRef:
        chat, topic = _place(channel)
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

    async def _edit(self, message: MessageRef, payload: Mapping[str, Any]) -> None:
        chat, _ = _place(message.channel)
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


def _retry_after(body: bytes) -> float:
    """The seconds that a 429 names; 1 where it names none."""
    try:
        return float(json.loads(body)["parameters"]["retry_after"])
    except (ValueError, KeyError, TypeError):
        return 1.0


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


def _planned(post: Post, parent: str | None, next_key: Callable[[], str]) -> list[Outgoing]:
    """The messages of a post and of all its replies, each reply under the first message of its post."""
    pages = telegram_html.render(post)
    keys = [next_key() for _ in pages]
    planned = [
        Outgoing(
            key=key,
            parent_key=parent if key == keys[0] else keys[0],
            papers=post.papers,
            payload={"html": html, "buttons": _buttons(post) if key == keys[-1] else []},
        )
        for key, html in zip(keys, pages, strict=True)
    ]
    for reply in post.replies:
        planned += _planned(reply, keys[0], next_key)
    return planned


def _buttons(post: Post) -> list[dict[str, str]]:
    named = [(telegram_html.label(action.label), data_of(action)) for action in post.actions]
    return [{"text": label, "callback_data": data} for label, data in named if data]


def _said(sentence: str) -> dict[str, Any]:
    return {"html": sentence, "buttons": []}


def _content(payload: Mapping[str, Any]) -> tuple[str, InlineKeyboardMarkup | None]:
    """The text and the buttons, in one row. Raises ChatError where another Paperboy wrote it in a way we do not know."""
    try:
        row = [InlineKeyboardButton(one["text"], callback_data=one["callback_data"]) for one in payload["buttons"]]
        return str(payload["html"]), InlineKeyboardMarkup([row]) if row else None
    except (KeyError, TypeError) as error:
        raise ChatError(
            "A stored message cannot be read.", hint="It was planned by another version of Paperboy."
        ) from error


def _place(channel: ChannelRef) -> tuple[int | str, int | None]:
    """The chat's id, or its @name, and the forum topic's. Raises ChannelGone."""
    chat, _, topic = channel.place.partition("/")
    try:
        return (chat if chat.startswith("@") else int(chat)), int(topic) if topic else None
    except ValueError as error:
        raise ChannelGone(
            f"'{channel}' is not a chat of Telegram.", hint="Write telegram:-100123, or telegram:-100123/7 for a topic."
        ) from error


def _channel_of(message: Message) -> ChannelRef:
    topic = f"/{message.message_thread_id}" if message.is_topic_message else ""
    return ChannelRef(TelegramChat.platform, f"{message.chat.id}{topic}")


def _asked(message: Message) -> _Asked:
    """In a channel nobody is named: the channel itself asks."""
    person = message.from_user.id if message.from_user else message.chat.id
    return _Asked(
        channel=_channel_of(message),
        user=UserRef(TelegramChat.platform, str(person)),
        message=message.message_id,
        alone=message.chat.type == message.chat.PRIVATE,
    )


def _lane_of(update: Update) -> Hashable:
    """What must stay in order: what one person types, reacts with, or presses, each by itself."""
    kind = "reaction" if update.message_reaction else "press" if update.callback_query else "message"
    person, chat = update.effective_user, update.effective_chat
    return (kind, chat.id if chat else None, person.id if person else None)


def _paper_of(message: Message | None) -> PaperId | None:
    """The paper whose button is under a message: a command that replies to it is about that paper."""
    rows = message.reply_markup.inline_keyboard if message and message.reply_markup else ()
    data = [str(button.callback_data) for row in rows for button in row if button.callback_data]
    found = [meant[1] for one in data if message and (meant := pressed(one, _words(message)))]
    return found[0] if found else None


def _words(message: Message) -> list[str]:
    """Whatever in a message may name a paper: where its links lead, and its words."""
    return [entity.url for entity in message.entities if entity.url] + (message.text or "").split()


def _feelings(reactions: tuple[Any, ...]) -> list[Feeling]:
    emoji = [one.emoji for one in reactions if isinstance(one, ReactionTypeEmoji)]
    return list(dict.fromkeys(feeling for one in emoji if (feeling := feeling_of(one))))


async def _outcome(work: Coroutine[Any, Any, Post]) -> Post:
    """What the desk answers; where it fails, a post that says so."""
    try:
        return await work
    except PaperboyError as error:
        return compose.error(error)
    except Exception:  # noqa: BLE001 - the person must hear something, and the log keeps what it was
        _log.exception("telegram_answer_failed")
        return compose.say("Something went wrong here. It is in the log.")
