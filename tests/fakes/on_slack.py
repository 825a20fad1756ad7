"""Slack's adapter against the stand-in: what its tests of sending and of listening share."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from adapters.chat.slack.client import SlackChat
from core.channels import ChannelRef, UserRef
from core.posts.messages import MessageRef
from core.posts.tree import Audience, Paragraph, Post, text
from tests.fakes.clock import FakeClock, HurriedTimer
from tests.fakes.desk import FakeDesk
from tests.fakes.posts import FIRST
from tests.fakes.running import running
from tests.standins.slack import SlackStandIn
from tests.standins.slack_api import APP_TOKEN, BOT_TOKEN, CHANNEL, PERSON, TEAM

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
