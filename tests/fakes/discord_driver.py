"""Discord's adapter against the stand-in: what its tests of sending and of listening share, and its driver."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from functools import partial

from adapters.chat.discord.client import DiscordChat
from core.channels import ChannelRef, UserRef
from core.converse.grammar import NAMES
from core.posts.messages import MessageRef
from core.posts.reactions import Feeling
from core.posts.tree import Audience, Paragraph, Post, text
from core.time import Clock
from tests.fakes.clock import FakeClock
from tests.fakes.desk import FakeDesk
from tests.fakes.platform_drivers import PlatformDriver
from tests.standins.discord import DiscordStandIn
from tests.standins.discord_api import TOKEN, Interaction
from tests.standins.discord_words import CHANNEL, GUILD, MANAGER_ROLE, MESSAGE_CONTENT, PERSON, words_of

HERE = ChannelRef("discord", str(GUILD), str(CHANNEL))
ALICE = UserRef("discord", "", str(PERSON))
CREATE = r"POST /channels/\d+/messages$"


@asynccontextmanager
async def connected(
    discord: DiscordStandIn,
    *,
    patience_s: float = 0.5,
    attempt_s: float = 60.0,
    grace_s: float = 5.0,
    suggest_s: float = 2.0,
    most_waiting: int = 1_000,
    shards: int = 0,
    session_pause_s: float = 0.0,
    clock: Clock | None = None,
) -> AsyncIterator[DiscordChat]:
    """A bot that is logged in."""
    chat = DiscordChat(
        token=TOKEN,
        clock=clock or FakeClock(),
        api_base_url=discord.api,
        shards=shards,
        session_pause_s=session_pause_s,
        pace_s=0,
        patience_s=patience_s,
        attempt_s=attempt_s,
        grace_s=grace_s,
        suggest_s=suggest_s,
        most_waiting=most_waiting,
    )
    async with chat.open():
        yield chat


async def post_all(
    chat: DiscordChat, post: Post, key: str = "1", *, channel: ChannelRef = HERE
) -> dict[str, MessageRef]:
    sent: dict[str, MessageRef] = {}
    for outgoing in chat.plan(channel, post, key=key):
        parent = sent[outgoing.parent_key] if outgoing.parent_key else None
        sent[outgoing.key] = await chat.send(channel, outgoing, parent)
    return sent


def a_private_post(words: str = "For you alone.") -> Post:
    return Post(blocks=(Paragraph(spans=(text(words),)),), audience=Audience.ASKER)


def number(message: MessageRef) -> int:
    return int(message.id.partition(":")[2])


async def answered(discord: DiscordStandIn, token: str) -> Interaction:
    """Wait until the interaction has its answer."""
    asked = discord.interactions[token]
    await discord.wait_until_settled(lambda: asked.message or (asked.acknowledged_s and not asked.deferred))
    return asked


class DiscordDriver(PlatformDriver):
    """A server on loopback with one channel and one person."""

    def __init__(self, standin: DiscordStandIn) -> None:
        self.standin = standin
        self.channel = HERE
        self.absent = ChannelRef("discord", str(GUILD), "1")
        self.chat = DiscordChat(token=TOKEN, clock=FakeClock(), api_base_url=standin.api, pace_s=0)

    @classmethod
    @asynccontextmanager
    async def set_up(cls) -> AsyncIterator[PlatformDriver]:
        with DiscordStandIn() as standin:
            standin.app_flags = MESSAGE_CONTENT
            made = cls(standin)
            async with made.chat.open():
                yield made
        assert not standin.complaints, standin.complaints

    def leaves_in_doubt(self, how: str) -> None:
        if how == "cut":
            self.standin.drops(CREATE, accepted=True)
        else:
            self.standin.garbles(CREATE)

    def lets_wait(self) -> None:
        self.standin.fails(CREATE, 429)

    def goes_down(self, messages: int) -> None:
        self.standin.fails(CREATE, 503, times=messages * 3)

    def seen(self) -> str:
        return self.standin.seen()

    async def person_presses(self, desk: FakeDesk, label: str) -> None:
        shown = sorted((self.standin.messages | self.standin.alone).items(), reverse=True)
        rows = ((id, row) for id, one in shown for row in one["components"])
        ids = ((id, one["custom_id"]) for id, row in rows for one in row["components"] if one.get("label") == label)
        await self._happens(desk, lambda: self.standin.press(*next(ids)))

    async def person_mentions(self, desk: FakeDesk, line: str) -> None:
        self.standin.person_roles = [str(MANAGER_ROLE)]
        await self._happens(desk, lambda: self.standin.say(line.removeprefix("/")))

    async def _happens(self, desk: FakeDesk, act: Callable[[], object]) -> None:
        heard = len(desk.events)
        async with self.standin.listened_to(self.chat, desk):
            act()
            await self.standin.wait_until_settled(lambda: len(desk.events) > heard)

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
        # a whisper that came too late for Discord is a direct message
        rooms = {id for id, room in self.standin.rooms.items() if room["type"] != 1}
        messages = sorted(self.standin.messages.items())
        return "\n".join(words_of(message) for _, message in messages if int(message["channel_id"]) in rooms)

    async def person_orders(self, desk: FakeDesk, day: str, *, may_manage: bool) -> None:
        permissions = "8" if may_manage else "0"
        await self._happens(desk, lambda: self.standin.command("digest", day, permissions=permissions))

    def _has_news(self, seen: str) -> bool:
        return self.seen() != seen

    async def person_writes_alone(self, desk: FakeDesk, line: str) -> ChannelRef:
        room = self.standin.direct()
        await self._happens(desk, lambda: self.standin.say(line, room=room))
        return ChannelRef("discord", "@me", str(room))

    async def person_reacts(self, desk: FakeDesk, message: MessageRef, feeling: Feeling | str, *, added: bool) -> None:
        usual = {Feeling.BOOKMARK: "🔖", Feeling.MORE: "👍🏽", Feeling.LESS: "👎", Feeling.DONE: "✅"}
        emoji = usual.get(feeling, str(feeling))
        await self._happens(desk, lambda: self.standin.react(number(message), emoji, added=added))

    def shows_reaction(self, message: MessageRef, emoji: str, *, user: str = "", added: bool = True) -> None:
        self.standin.put_reaction(number(message), emoji, int(user or PERSON), added=added)

    async def person_asks(self, desk: FakeDesk, message: MessageRef, question: str) -> None:
        room, _, _ = message.id.partition(":")
        heard = len(self.standin.messages)
        async with self.standin.listened_to(self.chat, desk):
            self.standin.say(question, room=int(room), reply_to=number(message))
            await self.standin.wait_until_settled(lambda: len(self.standin.messages) > heard + 1)

    async def person_says(self, desk: FakeDesk, words: str) -> None:
        before = len(desk.pastes)
        async with self.standin.listened_to(self.chat, desk):
            self.standin.say(words, mention=False)
            await self.standin.wait_until_settled(lambda: len(desk.pastes) > before)

    async def person_presses_at(self, desk: FakeDesk, message: MessageRef, label: str) -> None:
        rows = self.standin.messages[number(message)]["components"]
        (button,) = [one for row in rows for one in row["components"] if one.get("label") == label]
        await self._happens(desk, lambda: self.standin.press(number(message), button["custom_id"]))
