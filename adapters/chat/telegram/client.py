"""Telegram as a chat platform: what the `Chat` port promises, kept by the Bot API. Knows no SDK.

`bot` builds a `TelegramChat` from the settings and calls it through the port. Telegram has no threads for bots: a
digest is a message, and each paper's message replies to it. It has no idempotency key either, and a bot cannot read
what it wrote, so `find` knows only what this process sent: a process that dies after Telegram accepted a message and
before that was recorded sends that one message again. Nothing else is ever doubled; for the same reason a request whose
answer never came is not repeated here.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, Final

from adapters.chat.breaker import Breaker
from adapters.chat.inbox import GRACE_S
from adapters.chat.limits import Urgency
from adapters.chat.pacing import Timer
from adapters.chat.recent import Recent
from adapters.chat.responder import PATIENCE_S, Attempt, Responder
from adapters.chat.rivals import Rivals
from adapters.chat.telegram.api import BotApi
from adapters.chat.telegram.checks import ADMINISTRATORS, require_rights
from adapters.chat.telegram.errors import AnotherReader
from adapters.chat.telegram.events import Event, Reader, lane_of
from adapters.chat.telegram.membership import channel_events
from adapters.chat.telegram.names import NamingDesk
from adapters.chat.telegram.plan import PLATFORM, number_of, place_of, plan
from adapters.chat.telegram.surfaces import ButtonSurface, ChatSurface
from adapters.chat.waiting import UpdateMemory, WaitingLine
from core.channels import ChannelRef, UserRef
from core.converse.command import Command, Mistake
from core.converse.grammar import concerns_managers
from core.converse.pasted import PastedLinks
from core.converse.ports import ChatPlatform, Desk, UpdateStore, WaitingUpdate
from core.converse.table import TYPED_COMMANDS
from core.deliver.ports import BeforeSending, Outage, at_once
from core.errors import ChannelGone, NotAllowed, PaperboyError
from core.posts.messages import MessageRef, Outgoing
from core.posts.reactions import Reaction
from core.posts.tree import Post
from core.speech import _
from core.time import Clock

#: for how long somebody is believed to be an administrator
_MEMBER_FOR: Final = timedelta(minutes=5)
#: of people who may not read what is said in a chat
_OUTSIDE: Final = frozenset({"left", "kicked"})


class TelegramChat(ChatPlatform):
    """One bot, in private chats, groups, forum topics and channels."""

    platform = PLATFORM

    def __init__(
        self,
        *,
        token: str,
        clock: Clock,
        api_base_url: str = "https://api.telegram.org",
        pace_s: float = 1.0,
        timer: Timer | None = None,
        patience_s: float = PATIENCE_S,
        grace_s: float = GRACE_S,
        updates: UpdateStore | None = None,
    ) -> None:
        """`pace_s` and `timer` as in `BotApi`, `patience_s` as in `Responder`, `grace_s` as in `Inbox`.

        `updates` keeps what people do until it is carried out; without it a process that dies loses some.
        """
        self._updates = updates or UpdateMemory()
        self._api = BotApi(token=token, clock=clock, base_url=api_base_url, pace_s=pace_s, timer=timer)
        self._breaker = Breaker("Telegram", clock, timer)
        self._rivals = Rivals(PLATFORM, clock)
        self._clock = clock
        self._patience_s = patience_s
        self._grace_s = grace_s
        self._messages: Recent[tuple[ChannelRef, str], MessageRef] = Recent(10_000)
        self._members: Recent[tuple[int | str, str], tuple[str, datetime]] = Recent(1_000)

    @property
    def outage(self) -> Outage | None:
        """As `Breaker`."""
        return self._breaker.outage

    @property
    def rivals_since(self) -> datetime | None:
        """Telegram ends our requests for updates because another program asks for them."""
        return self._rivals.since

    @asynccontextmanager
    async def open(self) -> AsyncIterator[ChatPlatform]:
        """Log in for sending; no update is asked for. Inside another one it is the same login."""
        async with self._api.open():
            yield self

    async def whoami(self) -> str:
        """The bot's name, and whether it hears more of a group than commands."""
        async with self.open():
            me = await self._api.me()
        privacy = "off" if me.get("can_read_all_group_messages") else "on"
        return f"@{me['username']} ({me['first_name']}), privacy mode {privacy}"  # not said: the operator reads it

    async def check(self, channel: ChannelRef) -> None:
        """Ask Telegram what the chat is, and what the bot may do there."""
        id, topic = place_of(channel)
        chat = await self._api.chat(id)
        member = {} if chat["type"] == "private" else await self._api.member(id)
        require_rights(chat, member, topic)

    async def hears_links(self, channel: ChannelRef) -> str:
        """Telegram tells a bot all that is said in a group with privacy mode off, or to its administrators."""
        id, _topic = place_of(channel)
        me = await self._api.me()
        if me.get("can_read_all_group_messages") or (await self._api.member(id))["status"] in ADMINISTRATORS:
            return ""
        return _(
            "Turn privacy mode off: /setprivacy at @BotFather, then take the bot out of the group and add it again."
        )

    def plan(self, channel: ChannelRef, post: Post, *, key: str) -> tuple[Outgoing, ...]:
        """The post's messages, then those of its replies; what goes on in a second message replies to the first."""
        return plan(post, key=key)

    async def send(
        self,
        channel: ChannelRef,
        outgoing: Outgoing,
        parent: MessageRef | None,
        *,
        before_sending: BeforeSending = at_once,
    ) -> MessageRef:
        """Send one message as a reply to its parent. A key that this process sent is not sent again."""
        if message := self._messages.get((channel, outgoing.key)):
            return message
        reply_to = self._number_there(channel, parent)
        async with self._breaker.sending(before_sending) as look:
            message = await self._api.post(
                channel, outgoing.payload, reply_to, urgency=Urgency.DIGEST, before_sending=look
            )
        self._messages.put((channel, outgoing.key), message)
        return message

    def _number_there(self, channel: ChannelRef, parent: MessageRef | None) -> int | None:
        """The parent's number; None where it lies in the group that became the supergroup that the message goes to."""
        return number_of(parent) if parent and parent.channel == self._api.now(channel) else None

    async def find(self, channel: ChannelRef, key: str) -> MessageRef | None:
        """A message that this process sent; Telegram itself cannot tell."""
        return self._messages.get((channel, key))

    def address_of(self, message: MessageRef) -> str:
        """Supergroups and channels have addresses, for those who are in them; other chats have none."""
        chat, topic = place_of(message.channel)
        number = str(chat).removeprefix("-100")
        within = f"{topic}/" if topic else ""
        return f"https://t.me/c/{number}/{within}{message.id}" if str(chat).startswith("-100") else ""

    async def edit(self, message: MessageRef, post: Post) -> None:
        """Replace the message's text and buttons; what does not fit follows as replies to it."""
        first, *overflow = self.plan(message.channel, post, key="edit")
        await self._api.rewrite(message, first.payload, urgency=Urgency.EDIT)
        for outgoing in overflow:
            await self._api.post(message.channel, outgoing.payload, int(message.id), urgency=Urgency.EDIT)

    async def write(self, person: UserRef, post: Post) -> None:
        """Write to the person's private chat, which is open once the person pressed Start there."""
        if not person.id.isdecimal():  # who writes as a group or a channel
            raise ChannelGone(_("{person} is no person on Telegram.", person=person), reason=None)
        for outgoing in plan(post, key="note"):
            await self._api.post(ChannelRef(PLATFORM, "", person.id), outgoing.payload, None, tries=1)

    async def run(self, desk: Desk) -> None:
        """Poll for updates until cancelled; inside `open`. Raises ChatUnavailable."""
        await self._api.offer_commands((spec.name, spec.does) for spec in TYPED_COMMANDS)
        reader = Reader(bot=self._api.username, topic_of=self._api.topic_of)
        responder = Responder(NamingDesk(desk, self._api.member), self._clock, patience_s=self._patience_s)

        async def carry_out(update: dict[str, Any], _attempt: Attempt) -> None:
            for change in channel_events(update):
                await desk.channel_changed(change)
            for event in reader.events(update, self._clock.now()):
                await self._answer(event, responder)

        account = f"{PLATFORM}:{self._api.id}"
        line: WaitingLine[dict[str, Any]] = WaitingLine(
            account,
            self._updates,
            self._clock,
            read=lambda entry: json.loads(entry.content),
            lane_of=lane_of,
            carry_out=carry_out,
            grace_s=self._grace_s,
        )
        failure: PaperboyError | None = None
        async with asyncio.TaskGroup() as tasks:
            work = tasks.create_task(line.inbox.run())
            try:
                await line.take_up()
                async for batch in self._api.updates():
                    await line.put([_entry(update) for update in batch])
            except PaperboyError as error:
                if isinstance(error, AnotherReader):
                    self._rivals.note()
                failure = error
                work.cancel()
        if failure:
            raise failure

    async def _answer(self, event: Event, responder: Responder) -> None:
        surface, content = (ButtonSurface if event.query else ChatSurface)(self._api, event), event.content
        if isinstance(content, Reaction):
            await responder.react(content, surface)
            return
        if isinstance(content, PastedLinks):
            await responder.show_card(content, surface)
            return
        if isinstance(content, Command):
            try:
                content = await self._with_rights(content, event)
            except PaperboyError as error:
                content = Mistake(error=error, actor=event.actor, place=event.place, at=content.at)
        await responder.answer(content, surface)

    async def _with_rights(self, command: Command, event: Event) -> Command:
        """The command with word of whether the person manages the chat, where that matters.

        Private chats belong to the person, channels to who writes there; in groups administrators may. Raises
        PaperboyError where a button is about a chat that the person is not in, as far as Telegram tells.
        """
        if event.is_private and command.place == event.place:
            return replace(command, may_manage=True)
        is_elsewhere = command.place != event.place
        if not (is_elsewhere or concerns_managers(command.name, command.arguments)):
            return command
        try:
            status = await self._status_in(command)
        except PaperboyError as error:
            if is_elsewhere:
                raise
            problem = _("Paperboy cannot see whether you manage this chat: {error}", error=error)
            return replace(command, rights_problem=problem)
        if is_elsewhere and status in _OUTSIDE:
            raise NotAllowed(_("You are not in that chat."))
        return replace(command, may_manage=status in ADMINISTRATORS)

    async def _status_in(self, command: Command) -> str:
        """What the person is in the command's chat, in Telegram's words."""
        chat, _topic = place_of(command.place)
        memory = self._members.get((chat, command.actor.id))
        if memory and memory[1] > self._clock.now():
            return memory[0]
        member = await self._api.member(chat, int(command.actor.id))
        status: str = "left" if member.get("is_member") is False else member["status"]
        self._members.put((chat, command.actor.id), (status, self._clock.now() + _MEMBER_FOR))
        return status


def _entry(update: dict[str, Any]) -> WaitingUpdate:
    return WaitingUpdate(number=update["update_id"], content=json.dumps(update, ensure_ascii=True))
