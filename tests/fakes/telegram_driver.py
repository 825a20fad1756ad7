"""Telegram's adapter against the stand-in: what its tests of sending and of listening share, and its driver."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from adapters.chat.telegram.api import TRIES
from adapters.chat.telegram.client import TelegramChat
from core.channels import ChannelRef
from core.papers.identifiers import PaperId
from core.posts.messages import MessageRef, Outgoing
from core.posts.reactions import Feeling
from core.posts.tree import Audience, Paragraph, Post, text
from tests.fakes.clock import FakeClock, HurriedTimer
from tests.fakes.desk import FakeDesk
from tests.fakes.platform_drivers import PlatformDriver
from tests.fakes.running import running
from tests.standins.telegram import TOKEN, Fault, TelegramStandin

GROUP, PERSON = -100123, 7
CHANNEL = ChannelRef("telegram", "", str(GROUP))
PRIVATE = ChannelRef("telegram", "", str(PERSON))
LONG_DOI = PaperId("doi", "10.1234/" + "a-very-long-suffix-that-some-publisher-liked" * 2)


@asynccontextmanager
async def opened(
    standin: TelegramStandin,
    clock: FakeClock | None = None,
    *,
    patience_s: float = 60.0,
    grace_s: float = 60.0,
    token: str = TOKEN,
    pace_s: float = 0,
) -> AsyncIterator[TelegramChat]:
    """The platform logged in; by default no placeholder comes before an answer, and a stop waits for all of them."""
    clock = clock or FakeClock()
    chat = TelegramChat(
        token=token,
        clock=clock,
        api_base_url=standin.url,
        pace_s=pace_s,
        timer=HurriedTimer(clock),
        patience_s=patience_s,
        grace_s=grace_s,
    )
    async with chat.open():
        yield chat


def a_sentence(sentence: str, *, audience: Audience = Audience.EVERYONE) -> Post:
    return Post(blocks=(Paragraph(spans=(text(sentence),)),), audience=audience, fallback=sentence)


def a_message(sentence: str = "Hello.") -> Outgoing:
    return Outgoing(key="1/0", parent_key=None, papers=(), payload={"html": sentence, "buttons": []})


async def post_all(chat: TelegramChat, post: Post, channel: ChannelRef = CHANNEL) -> list[MessageRef]:
    sent: dict[str, MessageRef] = {}
    for outgoing in chat.plan(channel, post, key="1"):
        parent = sent[outgoing.parent_key] if outgoing.parent_key else None
        sent[outgoing.key] = await chat.send(channel, outgoing, parent)
    return list(sent.values())


class TelegramDriver(PlatformDriver):
    """A group in which the bot and one person are, on a Bot API on loopback."""

    def __init__(self, standin: TelegramStandin) -> None:
        self.standin = standin
        self.channel = CHANNEL
        self.absent = ChannelRef("telegram", "", "-100999")
        standin.closed.add(-100999)
        clock = FakeClock()
        self.chat = TelegramChat(
            token=TOKEN, clock=clock, api_base_url=standin.url, pace_s=0, timer=HurriedTimer(clock)
        )

    @classmethod
    @asynccontextmanager
    async def set_up(cls) -> AsyncIterator[PlatformDriver]:
        with TelegramStandin().running() as standin:
            made = cls(standin)
            async with made.chat.open():
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
        return "\n".join(one.text for one in self.standin.messages if one.chat == GROUP and not one.deleted)

    async def person_orders(self, desk: FakeDesk, day: str, *, may_manage: bool) -> None:
        self.standin.administrators.add(8)
        before = len(desk.events)
        async with running(self.chat, desk):
            self.standin.types(f"/digest {day}", chat=GROUP, user=8 if may_manage else PERSON)
            await self.standin.wait_until_settled(lambda: len(desk.events) > before)

    async def person_manages(self, desk: FakeDesk, line: str) -> None:
        self.standin.administrators.add(PERSON)
        await self.person_types(desk, [line])

    async def person_mentions(self, desk: FakeDesk, line: str) -> None:
        await self.person_manages(desk, f"@paperboy_bot {line.removeprefix('/')}")

    async def person_presses(self, desk: FakeDesk, label: str) -> None:
        before = len(desk.events)
        found = [(one, [button["text"] for button in one.buttons]) for one in self.standin.messages]
        shown, labels = next((one, labels) for one, labels in reversed(found) if label in labels)
        async with running(self.chat, desk):
            self.standin.presses(shown.chat, shown.id, button=labels.index(label))
            await self.standin.wait_until_settled(lambda: len(desk.events) > before)

    async def person_types(self, desk: FakeDesk, lines: Sequence[str]) -> None:
        async with running(self.chat, desk):
            for line in lines:
                before = len(self.standin.messages)
                self.standin.types(line, chat=GROUP)
                await self.standin.answered(before + 1)

    async def person_writes_alone(self, desk: FakeDesk, line: str) -> ChannelRef:
        before = len(self.standin.messages)
        async with running(self.chat, desk):
            self.standin.types(line, chat=PERSON)
            await self.standin.answered(before + 1)
        return PRIVATE

    async def person_reacts(self, desk: FakeDesk, message: MessageRef, feeling: Feeling | str, *, added: bool) -> None:
        usual = {Feeling.BOOKMARK: "✍", Feeling.MORE: "👍", Feeling.LESS: "👎", Feeling.DONE: "👌"}
        emoji = usual.get(feeling, str(feeling))
        before = len(desk.events)
        async with running(self.chat, desk):
            self.standin.reacts((emoji,) if added else (), chat=GROUP, message=int(message.id))
            await self.standin.wait_until_settled(lambda: len(desk.events) > before)

    async def person_asks(self, desk: FakeDesk, message: MessageRef, question: str) -> None:
        before = len(self.standin.messages)
        async with running(self.chat, desk):
            self.standin.types(f"@paperboy_bot {question}", chat=GROUP, reply_to=int(message.id))
            await self.standin.answered(before + 1)

    async def person_says(self, desk: FakeDesk, words: str) -> None:
        before = len(desk.pastes)
        async with running(self.chat, desk):
            self.standin.types(words, chat=GROUP)
            await self.standin.wait_until_settled(lambda: len(desk.pastes) > before)

    async def person_presses_at(self, desk: FakeDesk, message: MessageRef, label: str) -> None:
        before = len(desk.events)
        labels = [button["text"] for button in self.standin.message_at(GROUP, int(message.id)).buttons]
        async with running(self.chat, desk):
            self.standin.presses(GROUP, int(message.id), button=labels.index(label))
            await self.standin.wait_until_settled(lambda: len(desk.events) > before)
