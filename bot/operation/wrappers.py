"""Wrappers around chat platforms: one makes sure of the right to act before each call, the other counts calls.

`bot.run` wraps the platforms that it serves; neither the core nor an adapter knows. A wrapper passes on every method of
the port and every property, which a test makes sure of.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import datetime
from time import perf_counter
from typing import Final, Protocol

from bot.operation.tenure import Tenure, may_answer
from core.channels import ChannelRef, UserRef
from core.converse.command import Command, Mistake
from core.converse.options import Completion
from core.converse.pasted import PastedLinks
from core.converse.ports import ChatPlatform, Desk
from core.converse.table import BY_NAME
from core.converse.wrapped import WrappedDesk
from core.deliver.ports import BeforeSending, Outage, at_once
from core.errors import PaperboyError
from core.operate.services import Hearing
from core.posts.messages import MessageRef, Outgoing
from core.posts.reactions import Reaction
from core.posts.tree import Post

_OTHER_COMMAND: Final = "other"


class WrappedChat(ChatPlatform):
    """A platform as it is."""

    def __init__(self, chat: ChatPlatform) -> None:
        self.chat = chat
        self.platform = chat.platform

    @property
    def outage(self) -> Outage | None:
        """Since when the platform is down."""
        return self.chat.outage

    @asynccontextmanager
    async def open(self) -> AsyncIterator[ChatPlatform]:
        """Log in."""
        async with self.chat.open():
            yield self

    async def whoami(self) -> str:
        """Whom the token belongs to."""
        return await self.chat.whoami()

    async def check(self, channel: ChannelRef) -> None:
        """Make sure that a digest can be posted in a channel."""
        await self.chat.check(channel)

    def plan(self, channel: ChannelRef, post: Post, *, key: str) -> tuple[Outgoing, ...]:
        """Render a post into messages."""
        return self.chat.plan(channel, post, key=key)

    async def send(
        self,
        channel: ChannelRef,
        outgoing: Outgoing,
        parent: MessageRef | None,
        *,
        before_sending: BeforeSending = at_once,
    ) -> MessageRef:
        """Send one message."""
        return await self.chat.send(channel, outgoing, parent, before_sending=before_sending)

    async def write(self, person: UserRef, post: Post) -> None:
        """Send a post to a person alone."""
        await self.chat.write(person, post)

    async def find(self, channel: ChannelRef, key: str) -> MessageRef | None:
        """The message sent with this key."""
        return await self.chat.find(channel, key)

    def address_of(self, message: MessageRef) -> str:
        """Where people see a message."""
        return self.chat.address_of(message)

    async def thread_of(self, message: MessageRef) -> MessageRef | None:
        """Where a reply beside a message hangs."""
        return await self.chat.thread_of(message)

    async def hears_links(self, channel: ChannelRef) -> str:
        """What the bot lacks to hear of pasted links."""
        return await self.chat.hears_links(channel)

    def can_look(self, channel: ChannelRef) -> bool:
        """Can the platform tell which messages are in a channel?"""
        return self.chat.can_look(channel)

    async def edit(self, message: MessageRef, post: Post) -> None:
        """Replace a message's text."""
        await self.chat.edit(message, post)

    @property
    def hearing(self) -> Hearing | None:
        """Over how many connections people are heard."""
        return self.chat.hearing

    @property
    def rivals_since(self) -> datetime | None:
        """Since when another program uses the token."""
        return self.chat.rivals_since

    @property
    def can_listen(self) -> bool:
        """May any number of processes listen?"""
        return self.chat.can_listen

    async def listen(self, on_connection: Callable[[], None]) -> None:
        """Keep what people do for the process that runs."""
        await self.chat.listen(on_connection)

    async def run(self, desk: Desk) -> None:
        """Bring every command and reaction to the desk."""
        await self.chat.run(desk)


class TenuredChat(WrappedChat):
    """Acts only while this process serves the installation; raises NotServing otherwise."""

    def __init__(self, chat: ChatPlatform, tenure: Tenure) -> None:
        super().__init__(chat)
        self.tenure = tenure

    async def send(
        self,
        channel: ChannelRef,
        outgoing: Outgoing,
        parent: MessageRef | None,
        *,
        before_sending: BeforeSending = at_once,
    ) -> MessageRef:
        """Send one message."""
        await self.tenure.check()

        async def before() -> None:
            await self.tenure.check()  # a process may be suspended while it waits for its turn
            await before_sending()

        return await super().send(channel, outgoing, parent, before_sending=before)

    async def write(self, person: UserRef, post: Post) -> None:
        """Send a post to a person alone."""
        await self.tenure.check()
        await super().write(person, post)

    async def edit(self, message: MessageRef, post: Post) -> None:
        """Replace a message's text."""
        await self.tenure.check()
        await super().edit(message, post)

    async def run(self, desk: Desk) -> None:
        """Bring every command and reaction to the desk."""
        await super().run(_TenuredDesk(desk, self.tenure))


class _TenuredDesk(WrappedDesk):
    def __init__(self, desk: Desk, tenure: Tenure) -> None:
        super().__init__(desk)
        self.tenure = tenure

    async def handle(self, command: Command) -> Post:
        await may_answer(self.tenure)
        return await super().handle(command)

    async def correct(self, mistake: Mistake) -> Post:
        await may_answer(self.tenure)
        return await super().correct(mistake)

    async def complete(self, command: Command) -> tuple[Completion, ...]:
        await may_answer(self.tenure)
        return await super().complete(command)

    async def react(self, reaction: Reaction) -> Post | None:
        await may_answer(self.tenure)
        return await super().react(reaction)

    async def card_for_links(self, links: PastedLinks) -> Post | None:
        await may_answer(self.tenure)
        return await super().card_for_links(links)


class Meter(Protocol):
    """Counts what happens. No label has unbounded values."""

    def message(self, platform: str) -> None:
        """A message was sent."""

    def error(self, platform: str, kind: str) -> None:
        """A call failed; `kind` is the name of an error of `core.errors`."""

    def answer(self, platform: str, command: str, seconds: float) -> None:
        """A command was answered."""


class MeasuredChat(WrappedChat):
    """Counts messages, errors and answers."""

    def __init__(self, chat: ChatPlatform, meter: Meter) -> None:
        super().__init__(chat)
        self.meter = meter

    async def send(
        self,
        channel: ChannelRef,
        outgoing: Outgoing,
        parent: MessageRef | None,
        *,
        before_sending: BeforeSending = at_once,
    ) -> MessageRef:
        """Send one message."""
        try:
            message = await super().send(channel, outgoing, parent, before_sending=before_sending)
        except PaperboyError as error:
            self.meter.error(self.platform, type(error).__name__)
            raise
        self.meter.message(self.platform)
        return message

    async def run(self, desk: Desk) -> None:
        """Bring every command and reaction to the desk."""
        try:
            await super().run(_MeasuredDesk(desk, self.platform, self.meter))
        except PaperboyError as error:
            self.meter.error(self.platform, type(error).__name__)
            raise


class _MeasuredDesk(WrappedDesk):
    def __init__(self, desk: Desk, platform: str, meter: Meter) -> None:
        super().__init__(desk)
        self.platform = platform
        self.meter = meter

    async def handle(self, command: Command) -> Post:
        began = perf_counter()
        try:
            return await super().handle(command)
        finally:
            name = command.name if command.name in BY_NAME else _OTHER_COMMAND
            self.meter.answer(self.platform, name, perf_counter() - began)
