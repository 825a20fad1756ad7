"""What platforms cost: planning a digest of 20 papers, CPU per sent message, memory of all three adapters.

A message is sent to a stand-in in a thread of its own whose CPU is not counted; the baseline of each is the bare SDK
call with a text of the same length to the same stand-in. `python -m tests.benchmarks.platforms`
"""

from __future__ import annotations

import asyncio
import statistics
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable
from dataclasses import replace
from functools import partial

import discord as discord_sdk
import telegram
from slack_sdk.web.async_client import AsyncWebClient

from adapters.chat.discord.client import DiscordChat
from adapters.chat.slack.client import SlackChat
from adapters.chat.telegram.client import TelegramChat
from bot.clock import SystemClock
from core.channels import ChannelRef, Subscription
from core.choose.reasons import other
from core.converse.ports import ChatPlatform
from core.deliver import compose
from core.deliver.content import Digest, Item
from core.deliver.ledger import Counts
from core.posts.tree import Post
from core.summarise import extract
from tests.benchmarks.choose import real_candidates
from tests.benchmarks.figures import Row, cpu_s, show
from tests.standins import judges
from tests.standins.discord import TOKEN as DISCORD_TOKEN
from tests.standins.discord import DiscordStandIn
from tests.standins.discord_words import CHANNEL as DISCORD_CHANNEL
from tests.standins.discord_words import GUILD as DISCORD_GUILD
from tests.standins.slack import SlackStandIn
from tests.standins.slack_api import APP_TOKEN, BOT_TOKEN
from tests.standins.telegram import TOKEN as TELEGRAM_TOKEN
from tests.standins.telegram import TelegramStandin

PAPERS = 20
ROUNDS = 7
#: ms CPU for planning, ratio for sending, MB for memory
LIMITS = (5, 2, 120)

SLACK = ChannelRef("slack", "T0PAPERS", "C0READING")
DISCORD = ChannelRef("discord", str(DISCORD_GUILD), str(DISCORD_CHANNEL))
TELEGRAM = ChannelRef("telegram", "", "-1009")


def run() -> list[Row]:
    """Measure; needs ../shared."""
    judges.assemble()
    return [*asyncio.run(_measured()), *_memory()]


async def _measured() -> list[Row]:
    clock, post = SystemClock(), a_post()
    rows: list[Row] = []
    with SlackStandIn() as slack, DiscordStandIn() as discord, TelegramStandin().running() as bot_api:
        chat: ChatPlatform = SlackChat(
            bot_token=BOT_TOKEN, app_token=APP_TOKEN, clock=clock, api_base_url=slack.url, pace_s=0
        )
        client = AsyncWebClient(token=BOT_TOKEN, base_url=slack.url)
        rows += await _platform(chat, SLACK, post, lambda body: client.chat_postMessage(channel="C0READING", **body))
        chat = TelegramChat(token=TELEGRAM_TOKEN, clock=clock, api_base_url=bot_api.url, pace_s=0)
        bot = telegram.Bot(TELEGRAM_TOKEN, base_url=f"{bot_api.url}/bot")
        await bot.initialize()
        rows += await _platform(chat, TELEGRAM, post, lambda body: bot.send_message(-1009, body["text"], "HTML"))
        await bot.shutdown()
        chat = DiscordChat(token=DISCORD_TOKEN, clock=clock, api_base_url=discord.api)
        bare = discord_sdk.Client(intents=discord_sdk.Intents.none())
        async with chat.opened():  # it points the SDK at the stand-in
            await bare.login(DISCORD_TOKEN)
        route = discord_sdk.http.Route("POST", "/channels/{channel_id}/messages", channel_id=DISCORD_CHANNEL)
        rows += await _platform(
            chat, DISCORD, post, lambda body: bare.http.request(route, json={"content": body["text"]})
        )
        await bare.close()
    return rows


async def _platform(
    chat: ChatPlatform, channel: ChannelRef, post: Post, bare: Callable[[dict[str, str]], Awaitable[object]]
) -> list[Row]:
    planned = statistics.median(cpu_s(lambda: chat.plan(channel, post, key="bench"))[0] for _ in range(ROUNDS))
    async with chat.opened():
        ours = statistics.median([await _sending(chat, channel, post, number) for number in range(ROUNDS)])
        theirs = statistics.median([await _bare(bare) for _ in range(ROUNDS)])
    name = chat.platform
    return [
        Row(f"{name}: plan {PAPERS} papers (limit {LIMITS[0]})", planned * 1000, "ms CPU", None),
        Row(f"{name}: a message by the bare SDK", theirs * 1000, "ms CPU", None),
        Row(f"{name}: a message (limit: ratio {LIMITS[1]})", ours * 1000, "ms CPU", ours / theirs),
    ]


async def _sending(chat: ChatPlatform, channel: ChannelRef, post: Post, number: int) -> float:
    """CPU seconds of this thread for one message of a digest, the parent aside, which may open a thread."""
    parent, *replies = chat.plan(channel, post, key=f"bench-{time.time_ns()}-{number}")
    sent = await chat.send(channel, parent, None)
    first, *rest = [outgoing for outgoing in replies if outgoing.parent_key == parent.key] or replies
    await chat.send(channel, first, sent)
    return await _per_message([partial(chat.send, channel, one, sent) for one in rest])


async def _bare(call: Callable[[dict[str, str]], Awaitable[object]]) -> float:
    body = {"text": "An invented paper. " * 60}
    await call(body)
    return await _per_message([lambda: call(body)] * PAPERS)


async def _per_message(calls: list[Callable[[], Awaitable[object]]]) -> float:
    began = time.thread_time()
    for call in calls:
        await call()
    return (time.thread_time() - began) / len(calls)


def a_post() -> Post:
    """A digest of real papers with extracted summaries."""
    subscription = Subscription(channel=SLACK, categories=("cs.CL",), size=PAPERS)
    papers = [replace(candidate.paper, url="https://arxiv.org/abs/x") for candidate in real_candidates(PAPERS)]
    items = tuple(
        Item(paper=paper, score=0.5, reasons=(other("your interest: graphs"),), summary=extract.summarise(paper))
        for paper in papers
    )
    counts = Counts(candidates=900, kept=300, posted=PAPERS)
    day = real_candidates(1)[0].day
    return compose.digest(Digest(subscription=subscription, day=day, counts=counts, sources=(), items=items))


def _memory() -> list[Row]:
    """Memory of a process that has all three adapters and the store loaded."""
    # Not getrusage: its maximum is inherited from the process that forks.
    probe = "import {}; print(next(l.split()[1] for l in open('/proc/self/status') if l.startswith('VmRSS')))"
    platforms = ("slack", "discord", "telegram")
    ours = ", ".join([*(f"adapters.chat.{name}.client" for name in platforms), "storage.store", "bot.run"])
    theirs = "slack_bolt.async_app, discord, telegram.ext, sqlmodel"
    loaded, bare = (
        float(subprocess.run([sys.executable, "-c", probe.format(what)], capture_output=True, check=True).stdout) / 1024
        for what in (ours, theirs)
    )
    return [
        Row("the three bare SDKs and SQLModel loaded", bare, "MB", None),
        Row(f"all three adapters, store and core loaded (limit {LIMITS[2]})", loaded, "MB", loaded / bare),
    ]


def main() -> None:
    """Show the figures."""
    show("Platforms", run())


if __name__ == "__main__":
    main()
