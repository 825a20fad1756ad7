"""Telegram's adapter against the stand-in: what its tests of sending and of listening share."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from adapters.chat.telegram.client import TelegramChat
from core.channels import ChannelRef
from core.papers.identifiers import PaperId
from core.posts.messages import MessageRef, Outgoing
from core.posts.tree import Audience, Paragraph, Post, text
from tests.fakes.clock import FakeClock, HurriedTimer
from tests.standins.telegram import TOKEN, TelegramStandin

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
    async with chat.opened():
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
