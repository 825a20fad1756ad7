"""Every platform with a channel and a person before it, for the promises that all chat platforms share."""

from __future__ import annotations

import io
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager
from functools import partial

import pytest
from rich.console import Console

from adapters.chat.discord.client import DiscordChat
from adapters.chat.slack.client import ATTEMPTS, SlackChat
from adapters.chat.telegram.api import TRIES
from adapters.chat.telegram.client import TelegramChat
from adapters.chat.terminal.client import TerminalChat
from core.channels import ChannelRef
from core.converse.grammar import NAMES
from core.converse.ports import ChatPlatform
from core.posts.messages import MessageRef
from core.posts.reactions import Feeling
from tests.fakes.clock import FakeClock, HurriedTimer
from tests.fakes.desk import FakeDesk
from tests.fakes.running import running
from tests.standins import discord_words as discord_place
from tests.standins.discord import DiscordStandIn
from tests.standins.discord_api import TOKEN as DISCORD_TOKEN
from tests.standins.slack import Fault as SlackFault
from tests.standins.slack import SlackStandIn
from tests.standins.slack_api import APP_TOKEN, BOT_TOKEN, CHANNEL, DIRECT, PERSON, TEAM
from tests.standins.slack_messages import buttons_of, private_message
from tests.standins.telegram import TOKEN, Fault, TelegramStandin


class Stage(ABC):
    """One platform, the channel it is tried in, and a person there."""

    chat: ChatPlatform
    channel: ChannelRef
    #: a channel that is not there; none in a terminal
    absent: ChannelRef | None = None

    @classmethod
    @asynccontextmanager
    async def set_up(cls) -> AsyncIterator[Stage]:
        """The stage with its platform logged in, until the end of the block."""
        made = cls()
        async with made.chat.opened():
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

    @abstractmethod
    async def person_types(self, desk: FakeDesk, lines: Sequence[str]) -> None:
        """Run the platform while the person types commands, one after the other."""

    async def person_opens(self, papers: int) -> None:  # noqa: B027 - elsewhere a digest's thread is open to everybody
        """The person opens the first papers of the digest, where they must be opened to be read."""

    @abstractmethod
    async def person_reacts(self, desk: FakeDesk, message: MessageRef, feeling: Feeling, *, added: bool) -> None:
        """Run the platform while the person puts a reaction on a message, or takes it away."""

    async def person_manages(self, desk: FakeDesk, line: str) -> None:
        """Run the platform while a person, who manages the channel, types a command."""
        await self.person_types(desk, [line])

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


class TerminalStage(Stage):
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
        shown = " ".join(self.seen().rpartition(f"{label}: ")[2].split("   ")[0].split("\n\n")[0].split())
        await self.person_types(desk, [shown])

    async def person_opens(self, papers: int) -> None:
        await self.person_types(FakeDesk(), [str(number) for number in range(1, papers + 1)])

    async def person_reacts(self, desk: FakeDesk, message: MessageRef, feeling: Feeling, *, added: bool) -> None:
        # the digest's cards are the first messages with numbers, and their keys end so
        _, _, number = message.id.rpartition("/")
        await self.person_types(desk, [f"{'+' if added else '-'}{feeling.value} {number}"])

    async def person_asks(self, desk: FakeDesk, message: MessageRef, question: str) -> None:
        _, _, number = message.id.rpartition("/")
        await self.person_types(desk, [number, f"/ask {question}"])


class TelegramStage(Stage):
    """A group in which the bot and one person are, on a Bot API on loopback."""

    def __init__(self, standin: TelegramStandin) -> None:
        self.standin = standin
        self.channel = ChannelRef("telegram", "", "-100123")
        self.absent = ChannelRef("telegram", "", "-100999")
        standin.closed.add(-100999)
        clock = FakeClock()
        self.chat = TelegramChat(
            token=TOKEN, clock=clock, api_base_url=standin.url, pace_s=0, timer=HurriedTimer(clock)
        )

    @classmethod
    @asynccontextmanager
    async def set_up(cls) -> AsyncIterator[Stage]:
        with TelegramStandin().running() as standin:
            made = cls(standin)
            async with made.chat.opened():
                yield made

    def leaves_in_doubt(self, how: str) -> None:
        self.standin.fails("sendMessage", Fault(accepted=True, garbled=how == "garbled"))

    def lets_wait(self) -> None:
        self.standin.fails("sendMessage", Fault(429, "Too Many Requests: retry after 1", {"retry_after": 1}))

    def goes_down(self, messages: int) -> None:
        self.standin.fails("sendMessage", *[Fault(502, "Bad Gateway")] * (messages * TRIES))

    def seen(self) -> str:
        return self.standin.seen()

    def seen_by_all(self) -> str:
        return "\n".join(one.text for one in self.standin.messages if one.chat == -100123 and not one.deleted)

    async def person_orders(self, desk: FakeDesk, day: str, *, may_manage: bool) -> None:
        self.standin.administrators.add(8)
        before = len(desk.heard)
        async with running(self.chat, desk):
            self.standin.types(f"/digest {day}", chat=-100123, user=8 if may_manage else 7)
            await self.standin.wait_until_settled(lambda: len(desk.heard) > before)

    async def person_manages(self, desk: FakeDesk, line: str) -> None:
        self.standin.administrators.add(7)
        await self.person_types(desk, [line])

    async def person_presses(self, desk: FakeDesk, label: str) -> None:
        before = len(desk.heard)
        found = [(one, [button["text"] for button in one.buttons]) for one in self.standin.messages]
        shown, labels = next((one, labels) for one, labels in reversed(found) if label in labels)
        async with running(self.chat, desk):
            self.standin.presses(shown.chat, shown.id, button=labels.index(label))
            await self.standin.wait_until_settled(lambda: len(desk.heard) > before)

    async def person_types(self, desk: FakeDesk, lines: Sequence[str]) -> None:
        async with running(self.chat, desk):
            for line in lines:
                before = len(self.standin.messages)
                self.standin.types(line, chat=-100123)
                await self.standin.answered(before + 1)

    async def person_writes_alone(self, desk: FakeDesk, line: str) -> ChannelRef:
        before = len(self.standin.messages)
        async with running(self.chat, desk):
            self.standin.types(line, chat=7)
            await self.standin.answered(before + 1)
        return ChannelRef("telegram", "", "7")

    async def person_reacts(self, desk: FakeDesk, message: MessageRef, feeling: Feeling, *, added: bool) -> None:
        emoji = {Feeling.BOOKMARK: "✍", Feeling.MORE: "👍", Feeling.LESS: "👎", Feeling.DONE: "👌"}[feeling]
        before = len(desk.heard)
        async with running(self.chat, desk):
            self.standin.reacts((emoji,) if added else (), chat=-100123, message=int(message.id))
            await self.standin.wait_until_settled(lambda: len(desk.heard) > before)

    async def person_asks(self, desk: FakeDesk, message: MessageRef, question: str) -> None:
        before = len(self.standin.messages)
        async with running(self.chat, desk):
            self.standin.types(f"@paperboy_bot {question}", chat=-100123, reply_to=int(message.id))
            await self.standin.answered(before + 1)

    async def person_says(self, desk: FakeDesk, words: str) -> None:
        before = len(desk.pastes)
        async with running(self.chat, desk):
            self.standin.types(words, chat=-100123)
            await self.standin.wait_until_settled(lambda: len(desk.pastes) > before)

    async def person_presses_at(self, desk: FakeDesk, message: MessageRef, label: str) -> None:
        before = len(desk.heard)
        labels = [button["text"] for button in self.standin.message_at(-100123, int(message.id)).buttons]
        async with running(self.chat, desk):
            self.standin.presses(-100123, int(message.id), button=labels.index(label))
            await self.standin.wait_until_settled(lambda: len(desk.heard) > before)


class SlackStage(Stage):
    """A workspace on loopback with one channel and one person."""

    def __init__(self, standin: SlackStandIn) -> None:
        self.standin = standin
        self.channel = ChannelRef("slack", TEAM, CHANNEL)
        self.absent = ChannelRef("slack", TEAM, "C0ABSENT")
        clock = FakeClock()
        self.chat = SlackChat(
            bot_token=BOT_TOKEN,
            app_token=APP_TOKEN,
            clock=clock,
            api_base_url=standin.url,
            pace_s=0,
            timer=HurriedTimer(clock),
        )

    @classmethod
    @asynccontextmanager
    async def set_up(cls) -> AsyncIterator[Stage]:
        with SlackStandIn() as standin:
            made = cls(standin)
            async with made.chat.opened():
                yield made
        assert not standin.violations

    def typed(self, name: str) -> str:
        return f"/paper {name}"

    def leaves_in_doubt(self, how: str) -> None:
        self.standin.fail("chat.postMessage", SlackFault("lost" if how == "cut" else "garbled"))

    def lets_wait(self) -> None:
        self.standin.fail("chat.postMessage", SlackFault("throttle"))

    def goes_down(self, messages: int) -> None:
        self.standin.fail("chat.postMessage", SlackFault("broken"), times=messages * ATTEMPTS)

    def seen(self) -> str:
        return "\n".join(self.standin.read)

    def seen_by_all(self) -> str:
        return "\n".join(message.visible_text for message in self.standin.messages)

    async def person_orders(self, desk: FakeDesk, day: str, *, may_manage: bool) -> None:
        self.standin.flags = {"is_admin"} if may_manage else set()
        await self._types(desk, f"digest {day}")

    async def _types(self, desk: FakeDesk, text: str) -> None:
        async with running(self.chat, desk):
            await self.standin.slash("/paper", text)
            await self.standin.wait_until_settled()

    async def person_manages(self, desk: FakeDesk, line: str) -> None:
        self.standin.flags = {"is_admin"}
        await self._types(desk, line.removeprefix("/"))

    async def person_presses(self, desk: FakeDesk, label: str) -> None:
        private = [private_message(one, CHANNEL, self.standin.next_ts()) for one in reversed(self.standin.private)]
        newest = [*private, *reversed(self.standin.messages)]
        shown = next(one for one in newest if label in [button["text"]["text"] for button in buttons_of(one)])
        async with running(self.chat, desk):
            await self.standin.press(shown, label)
            await self.standin.wait_until_settled()

    async def person_types(self, desk: FakeDesk, lines: Sequence[str]) -> None:
        async with running(self.chat, desk):
            for line in lines:
                # /search is Slack's own, so all commands are /paper's
                name, _, rest = line.removeprefix("/").partition(" ")
                typed = {"paper": rest, "search": f"search {rest}", "help": f"help {rest}"}.get(name, line)
                await self.standin.slash("/paper", typed)
                await self.standin.wait_until_settled()

    async def person_writes_alone(self, desk: FakeDesk, line: str) -> ChannelRef:
        said = {"type": "message", "channel_type": "im", "channel": DIRECT, "user": PERSON}
        async with running(self.chat, desk):
            await self.standin.event(said | {"ts": self.standin.next_ts(), "text": line.removeprefix("/")})
            await self.standin.wait_until_settled()
        return ChannelRef("slack", TEAM, DIRECT)

    async def person_reacts(self, desk: FakeDesk, message: MessageRef, feeling: Feeling, *, added: bool) -> None:
        name = {Feeling.BOOKMARK: "bookmark", Feeling.MORE: "+1::skin-tone-4", Feeling.LESS: "thumbsdown"}.get(
            feeling, "white_check_mark"
        )
        async with running(self.chat, desk):
            await self.standin.react(message.id, name, added=added)
            await self.standin.wait_until_settled()

    async def person_asks(self, desk: FakeDesk, message: MessageRef, question: str) -> None:
        async with running(self.chat, desk):
            await self.standin.mention(question, thread=message.id)
            await self.standin.wait_until_settled()

    async def person_says(self, desk: FakeDesk, words: str) -> None:
        said = {"type": "message", "channel_type": "channel", "channel": CHANNEL, "user": PERSON, "text": f"<{words}>"}
        async with running(self.chat, desk):
            await self.standin.event(said | {"ts": self.standin.next_ts()})
            await self.standin.wait_until_settled()

    async def person_presses_at(self, desk: FakeDesk, message: MessageRef, label: str) -> None:
        (shown,) = [one for one in self.standin.messages if one.ts == message.id]
        async with running(self.chat, desk):
            await self.standin.press(shown, label)
            await self.standin.wait_until_settled()


class DiscordStage(Stage):
    """A server on loopback with one channel and one person."""

    def __init__(self, standin: DiscordStandIn) -> None:
        self.standin = standin
        self.channel = ChannelRef("discord", str(discord_place.GUILD), str(discord_place.CHANNEL))
        self.absent = ChannelRef("discord", str(discord_place.GUILD), "1")
        self.chat = DiscordChat(token=DISCORD_TOKEN, clock=FakeClock(), api_base_url=standin.api, pace_s=0)

    @classmethod
    @asynccontextmanager
    async def set_up(cls) -> AsyncIterator[Stage]:
        with DiscordStandIn() as standin:
            standin.app_flags = discord_place.MESSAGE_CONTENT
            made = cls(standin)
            async with made.chat.opened():
                yield made
        assert not standin.complaints, standin.complaints

    def leaves_in_doubt(self, how: str) -> None:
        pattern = r"POST /channels/\d+/messages$"
        if how == "cut":
            self.standin.drops(pattern, accepted=True)
        else:
            self.standin.garbles(pattern)

    def lets_wait(self) -> None:
        self.standin.fails(r"POST /channels/\d+/messages$", 429)

    def goes_down(self, messages: int) -> None:
        self.standin.fails(r"POST /channels/\d+/messages$", 503, times=messages * 3)

    def seen(self) -> str:
        return self.standin.seen()

    async def person_presses(self, desk: FakeDesk, label: str) -> None:
        shown = sorted((self.standin.messages | self.standin.alone).items(), reverse=True)
        rows = ((id, row) for id, one in shown for row in one["components"])
        ids = ((id, one["custom_id"]) for id, row in rows for one in row["components"] if one.get("label") == label)
        await self._happens(desk, lambda: self.standin.press(*next(ids)))

    async def _happens(self, desk: FakeDesk, act: Callable[[], object]) -> None:
        heard = len(desk.heard)
        async with self.standin.listened_to(self.chat, desk):
            act()
            await self.standin.wait_until_settled(lambda: len(desk.heard) > heard)

    async def person_types(self, desk: FakeDesk, lines: Sequence[str]) -> None:
        async with self.standin.listened_to(self.chat, desk):
            for line in lines:
                seen = self.seen()
                name, _, rest = line.removeprefix("/").partition(" ")
                if name in NAMES:
                    self.standin.command(name, rest)
                else:  # Discord lets nobody send a command that is not registered, but anybody write to the bot
                    self.standin.say(line)
                await self.standin.wait_until_settled(partial(self._has_news, seen))

    def seen_by_all(self) -> str:
        everything = sorted(self.standin.messages.items())
        return "\n".join(discord_place.words_of(one) for _, one in everything)

    async def person_orders(self, desk: FakeDesk, day: str, *, may_manage: bool) -> None:
        permissions = "8" if may_manage else "0"
        await self._happens(desk, lambda: self.standin.command("digest", day, permissions=permissions))

    def _has_news(self, seen: str) -> bool:
        return self.seen() != seen

    async def person_writes_alone(self, desk: FakeDesk, line: str) -> ChannelRef:
        room = self.standin.direct()
        await self._happens(desk, lambda: self.standin.say(line, room=room))
        return ChannelRef("discord", "@me", str(room))

    async def person_reacts(self, desk: FakeDesk, message: MessageRef, feeling: Feeling, *, added: bool) -> None:
        emoji = {Feeling.BOOKMARK: "🔖", Feeling.MORE: "👍🏽", Feeling.LESS: "👎", Feeling.DONE: "✅"}[feeling]
        number = int(message.id.partition(":")[2])
        await self._happens(desk, lambda: self.standin.react(number, emoji, added=added))

    async def person_asks(self, desk: FakeDesk, message: MessageRef, question: str) -> None:
        room, _, number = message.id.partition(":")
        heard = len(self.standin.messages)
        async with self.standin.listened_to(self.chat, desk):
            self.standin.say(question, room=int(room), reply_to=int(number))
            await self.standin.wait_until_settled(lambda: len(self.standin.messages) > heard + 1)

    async def person_says(self, desk: FakeDesk, words: str) -> None:
        before = len(desk.pastes)
        async with self.standin.listened_to(self.chat, desk):
            self.standin.say(words, mention=False)
            await self.standin.wait_until_settled(lambda: len(desk.pastes) > before)

    async def person_presses_at(self, desk: FakeDesk, message: MessageRef, label: str) -> None:
        number = int(message.id.partition(":")[2])
        rows = self.standin.messages[number]["components"]
        (button,) = [one for row in rows for one in row["components"] if one.get("label") == label]
        await self._happens(desk, lambda: self.standin.press(number, button["custom_id"]))
