"""A platform with a channel and a person before it, for the promises that all chat platforms share; and a terminal.

The drivers of the other platforms are in `telegram_driver`, `slack_driver` and `discord_driver`.
"""

from __future__ import annotations

import io
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager

import pytest
from rich.console import Console

from adapters.chat.terminal.client import TerminalChat
from core.channels import ChannelRef
from core.converse.ports import ChatPlatform
from core.posts.messages import MessageRef
from core.posts.reactions import Feeling
from tests.fakes.clock import FakeClock
from tests.fakes.desk import FakeDesk


class PlatformDriver(ABC):
    """One platform, the channel it is tried in, and a person there."""

    chat: ChatPlatform
    channel: ChannelRef
    #: a channel that is not there; none in a terminal
    absent: ChannelRef | None = None

    @classmethod
    @asynccontextmanager
    async def set_up(cls) -> AsyncIterator[PlatformDriver]:
        """The driver with its platform logged in, until the end of the block."""
        made = cls()
        async with made.chat.open():
            yield made

    def typed(self, name: str) -> str:
        """A command as people type it there."""
        return f"/{name}"

    @abstractmethod
    def lets_wait(self) -> None:
        """Refuse the next message for a moment, as platforms do that are asked too often; a terminal never does."""

    @abstractmethod
    def goes_down(self, messages: int) -> None:
        """Fail with so many messages, however often each is tried; a terminal never does."""

    @abstractmethod
    def leaves_in_doubt(self, how: str) -> None:
        """Accept the next message and break the connection (`cut`), or answer what no platform answers (`garbled`)."""

    @abstractmethod
    def seen(self) -> str:
        """All text that the person could read so far, in order, without decoration."""

    def flat(self) -> str:
        """All of it on one line, without the frames that a terminal draws."""
        return " ".join(self.seen().replace("│", " ").replace("▎", " ").split())

    @abstractmethod
    async def person_types(self, desk: FakeDesk, lines: Sequence[str]) -> None:
        """Run the platform while the person types commands, one after the other."""

    async def person_opens(self, papers: int) -> None:  # noqa: B027 - elsewhere a digest's thread is open to everybody
        """The person opens the first papers of the digest, where they must be opened to be read."""

    @abstractmethod
    async def person_reacts(self, desk: FakeDesk, message: MessageRef, feeling: Feeling | str, *, added: bool) -> None:
        """Run the platform while the person puts a reaction on a message, or takes it away.

        The platform's usual one of a feeling, or any emoji as the platform tells of it.
        """

    def shows_reaction(  # noqa: B027 - a terminal and Telegram list none
        self, message: MessageRef, emoji: str, *, user: str = "", added: bool = True
    ) -> None:
        """From now on the platform lists an emoji of a person, or no more; nobody is told."""

    async def person_manages(self, desk: FakeDesk, line: str) -> None:
        """Run the platform while a person, who manages the channel, types a command."""
        await self.person_types(desk, [line])

    async def person_mentions(self, desk: FakeDesk, line: str) -> None:
        """The same person gives a command by a mention of the bot, where others could read it."""
        await self.person_manages(desk, line)

    @abstractmethod
    async def person_presses(self, desk: FakeDesk, label: str) -> None:
        """The same person presses the newest button with that label, or types what a terminal shows in its place."""

    async def person_writes_alone(self, desk: FakeDesk, line: str) -> ChannelRef:
        """The person writes to the bot alone; the reference of that conversation. A terminal has no other."""
        await self.person_types(desk, [line])
        return self.channel

    @abstractmethod
    async def person_asks(self, desk: FakeDesk, message: MessageRef, question: str) -> None:
        """Run the platform while the person asks about the paper of a message, as one does there."""

    async def person_says(self, desk: FakeDesk, words: str) -> None:
        """Run the platform while the person writes to the others, where there are any and the bot hears it."""
        pytest.skip("at a terminal nobody speaks to others")

    async def person_presses_at(self, desk: FakeDesk, message: MessageRef, label: str) -> None:
        """The same person presses a button under a message that everybody sees, where there are buttons."""
        pytest.skip("a terminal has no buttons")

    @abstractmethod
    def seen_by_all(self) -> str:
        """The part of `seen` that everybody in the channel could read."""

    @abstractmethod
    async def person_orders(self, desk: FakeDesk, day: str, *, may_manage: bool) -> None:
        """Run the platform while a person, who manages the channel or does not, asks for a digest."""


class TerminalDriver(PlatformDriver):
    """A terminal without a terminal: what is printed is text."""

    def __init__(self) -> None:
        self._screen = io.StringIO()
        self._lines: Iterator[str] = iter(())
        self.channel = ChannelRef("terminal", "", "main")
        self.chat = TerminalChat(Console(file=self._screen, width=80), FakeClock(), ask=self._ask)

    def _ask(self, prompt: str) -> str:
        for line in self._lines:
            return line
        raise EOFError

    def lets_wait(self) -> None:
        return None

    def goes_down(self, messages: int) -> None:
        pytest.skip("a terminal is never down")

    def leaves_in_doubt(self, how: str) -> None:
        return None

    def seen(self) -> str:
        return self._screen.getvalue()

    def seen_by_all(self) -> str:
        return self.seen()

    async def person_orders(self, desk: FakeDesk, day: str, *, may_manage: bool) -> None:
        assert may_manage, "whoever sits at a terminal manages it"
        await self.person_types(desk, [f"/digest {day}"])

    async def person_types(self, desk: FakeDesk, lines: Sequence[str]) -> None:
        self._lines = iter(lines)
        await self.chat.run(desk)

    async def person_presses(self, desk: FakeDesk, label: str) -> None:
        # what is typed for one button holds together: a line ends between two
        shown = " ".join(self.seen().rpartition(f"{label}: ")[2].split("   ")[0].split("\n")[0].split())
        await self.person_types(desk, [shown])

    async def person_opens(self, papers: int) -> None:
        await self.person_types(FakeDesk(), [str(number) for number in range(1, papers + 1)])

    async def person_reacts(self, desk: FakeDesk, message: MessageRef, feeling: Feeling | str, *, added: bool) -> None:
        # the digest's cards are the first messages with numbers, and their keys end so
        _, _, number = message.id.rpartition("/")
        typed = feeling.value if isinstance(feeling, Feeling) else feeling
        await self.person_types(desk, [f"{'+' if added else '-'}{typed} {number}"])

    async def person_asks(self, desk: FakeDesk, message: MessageRef, question: str) -> None:
        _, _, number = message.id.rpartition("/")
        await self.person_types(desk, [number, f"/ask {question}"])
