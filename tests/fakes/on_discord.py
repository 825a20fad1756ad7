"""Discord's adapter against the stand-in: what its tests of sending and of listening share."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from adapters.chat.discord.client import DiscordChat
from core.channels import ChannelRef, UserRef
from core.posts.messages import MessageRef
from core.posts.tree import Audience, Paragraph, Post, text
from tests.fakes.clock import FakeClock
from tests.standins.discord import DiscordStandIn
from tests.standins.discord_api import TOKEN, Interaction
from tests.standins.discord_words import CHANNEL, GUILD, PERSON

HERE = ChannelRef("discord", str(GUILD), str(CHANNEL))
ALICE = UserRef("discord", "", str(PERSON))
CREATE = r"POST /channels/\d+/messages$"


@asynccontextmanager
async def connected(
    discord: DiscordStandIn, *, patience_s: float = 0.5, grace_s: float = 5.0, suggest_s: float = 2.0
) -> AsyncIterator[DiscordChat]:
    """A bot that is logged in; its calls give up after a second."""
    chat = DiscordChat(
        token=TOKEN,
        clock=FakeClock(),
        api_base_url=discord.api,
        pace_s=0,
        patience_s=patience_s,
        attempt_s=1.0,
        grace_s=grace_s,
        suggest_s=suggest_s,
    )
    async with chat.opened():
        yield chat


async def post_all(chat: DiscordChat, post: Post, key: str = "1") -> dict[str, MessageRef]:
    sent: dict[str, MessageRef] = {}
    for outgoing in chat.plan(HERE, post, key=key):
        parent = sent[outgoing.parent_key] if outgoing.parent_key else None
        sent[outgoing.key] = await chat.send(HERE, outgoing, parent)
    return sent


def alone(words: str = "For you alone.") -> Post:
    return Post(blocks=(Paragraph(spans=(text(words),)),), audience=Audience.ASKER)


def number(message: MessageRef) -> int:
    return int(message.id.partition(":")[2])


async def answered(discord: DiscordStandIn, token: str) -> Interaction:
    """Wait until the interaction has its answer."""
    asked = discord.interactions[token]
    await discord.wait_until_settled(lambda: asked.message or (asked.acknowledged_s and not asked.deferred))
    return asked
