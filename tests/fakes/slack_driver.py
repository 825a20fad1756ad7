"""Slack's adapter against the stand-in: what its tests of sending and of listening share, and its driver."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

from adapters.chat.responder import PATIENCE_S
from adapters.chat.slack.client import ATTEMPTS, SlackChat
from core.channels import ChannelRef, UserRef
from core.posts.messages import MessageRef
from core.posts.reactions import Feeling
from core.posts.tree import Audience, Paragraph, Post, text
from tests.fakes.clock import FakeClock, HurriedTimer
from tests.fakes.desk import FakeDesk
from tests.fakes.platform_drivers import PlatformDriver
from tests.fakes.posts import FIRST
from tests.fakes.running import running
from tests.standins.slack import Fault, SlackStandIn
from tests.standins.slack_api import APP_TOKEN, BOT_TOKEN, CHANNEL, DIRECT, PERSON, TEAM
from tests.standins.slack_messages import buttons_of, private_message

HERE = ChannelRef("slack", TEAM, CHANNEL)
READER = UserRef("slack", TEAM, PERSON)
SECRET = Post(blocks=(Paragraph(spans=(text("For you alone."),)),), audience=Audience.ASKER, fallback="For you alone.")


def a_chat(slack: SlackStandIn, **more: Any) -> SlackChat:
    clock = more.pop("clock", FakeClock())
    given = {"bot_token": BOT_TOKEN, "app_token": APP_TOKEN, "pace_s": 0, "patience_s": 0.1}
    return SlackChat(api_base_url=slack.url, clock=clock, **({"timer": HurriedTimer(clock)} | given | more))


async def post_all(chat: SlackChat, post: Post, key: str = "1") -> dict[str, MessageRef]:
    sent: dict[str, MessageRef] = {}
    for outgoing in chat.plan(HERE, post, key=key):
        parent = sent[outgoing.parent_key] if outgoing.parent_key else None
        sent[outgoing.key] = await chat.send(HERE, outgoing, parent)
    return sent


@asynccontextmanager
async def listening(chat: SlackChat, desk: FakeDesk, slack: SlackStandIn) -> AsyncIterator[None]:
    """The bot listens; at the end, everything that was begun is finished."""
    async with running(chat, desk):
        await slack.connected()
        yield
        await slack.wait_until_settled(0.25)


def a_long_post(paragraphs: int = 40, characters: int = 900) -> Post:
    return Post(
        blocks=tuple(
            Paragraph(spans=(text(f"{number} " + "word " * (characters // 5)),)) for number in range(paragraphs)
        ),
        papers=(FIRST,),
        fallback="Long",
    )


class SlackDriver(PlatformDriver):
    """A workspace on loopback with one channel and one person."""

    def __init__(self, standin: SlackStandIn) -> None:
        self.standin = standin
        self.channel = HERE
        self.absent = ChannelRef("slack", TEAM, "C0ABSENT")
        self.chat = a_chat(standin, patience_s=PATIENCE_S)

    @classmethod
    @asynccontextmanager
    async def set_up(cls) -> AsyncIterator[PlatformDriver]:
        with SlackStandIn() as standin:
            made = cls(standin)
            async with made.chat.open():
                yield made
        assert not standin.violations

    def typed(self, name: str) -> str:
        return f"/paper {name}"

    def leaves_in_doubt(self, how: str) -> None:
        self.standin.fail("chat.postMessage", Fault("lost" if how == "cut" else "garbled"))

    def lets_wait(self) -> None:
        self.standin.fail("chat.postMessage", Fault("throttle"))

    def goes_down(self, messages: int) -> None:
        self.standin.fail("chat.postMessage", Fault("broken"), times=messages * ATTEMPTS)

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

    async def person_mentions(self, desk: FakeDesk, line: str) -> None:
        self.standin.flags = {"is_admin"}
        async with running(self.chat, desk):
            await self.standin.mention(line.removeprefix("/"))
            await self.standin.wait_until_settled()

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

    async def person_reacts(self, desk: FakeDesk, message: MessageRef, feeling: Feeling | str, *, added: bool) -> None:
        usual = {Feeling.MORE: "+1::skin-tone-4", Feeling.LESS: "thumbsdown", Feeling.DONE: "white_check_mark"}
        name = usual.get(feeling, str(feeling))  # a bookmark's emoji is called so
        async with running(self.chat, desk):
            await self.standin.react(message.id, name, added=added)
            await self.standin.wait_until_settled()

    def shows_reaction(self, message: MessageRef, emoji: str, *, user: str = "", added: bool = True) -> None:
        names = {"🔖": "bookmark", "👍": "+1::skin-tone-4", "🎉": "tada"}
        self.standin.put_reaction(message.id, names[emoji], user or PERSON, added=added)

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
