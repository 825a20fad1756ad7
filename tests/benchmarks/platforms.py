"""What platforms cost: planning a digest of 20 papers, CPU per sent message, memory of all three adapters.

The stand-ins run in a process of their own. The baseline of each is the bare SDK call with the same message to the same
stand-in. What paces ours counts every limit, so fast that nobody waits: idle moments would be counted as work.
`python -m tests.benchmarks.platforms`
"""

from __future__ import annotations

import asyncio
import statistics
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

import aiohttp
import discord as discord_sdk
import telegram
from slack_sdk.web.async_client import AsyncWebClient

from adapters.chat.discord.client import DiscordChat
from adapters.chat.slack.client import SlackChat
from adapters.chat.slack.limits import POST
from adapters.chat.telegram.client import TelegramChat
from bot.clock import SystemClock
from core.channels import ChannelRef, Subscription
from core.choose.reasons import weak_reason
from core.converse.ports import ChatPlatform
from core.deliver import compose
from core.deliver.content import Digest, Item
from core.deliver.ledger import Counts
from core.posts.tree import Post
from core.summarise import extract
from tests.benchmarks.apart import standins_apart
from tests.benchmarks.choose import real_candidates
from tests.benchmarks.figures import Row, cpu_s, show
from tests.standins.busy import discord_channel, slack_channel, telegram_chat
from tests.standins.discord_api import TOKEN as DISCORD_TOKEN
from tests.standins.discord_words import GUILD
from tests.standins.slack_api import APP_TOKEN, BOT_TOKEN, TEAM
from tests.standins.telegram import TOKEN as TELEGRAM_TOKEN

PAPERS = 20
ROUNDS = 7
#: ms CPU for planning, ratio for sending, MB for memory
LIMITS = (5, 2, 120)

#: how many times as slow as in life the limits are
PACE_S = 0.0001

SLACK = ChannelRef("slack", TEAM, slack_channel(0))
DISCORD = ChannelRef("discord", str(GUILD), str(discord_channel(0)))
TELEGRAM = ChannelRef("telegram", "", str(telegram_chat(0)))

Json = Mapping[str, Any]
#: posts a planned message's payload by the bare SDK
Bare = Callable[[Json], Awaitable[object]]


def run() -> list[Row]:
    """Measure; needs ../shared."""
    return [*asyncio.run(_measured()), *_memory()]


async def _measured() -> list[Row]:
    post = a_post()
    async with standins_apart(PACE_S, 1, 1, 1) as apart:
        return [
            *await _on_slack(post, apart.where["slack"]),
            *await _on_telegram(post, apart.where["telegram"]),
            *await _on_discord(post, *apart.where["discord"]),
        ]


async def _on_slack(post: Post, url: str) -> list[Row]:
    clock = SystemClock()
    chat = SlackChat(bot_token=BOT_TOKEN, app_token=APP_TOKEN, clock=clock, api_base_url=url, pace_s=PACE_S)
    async with aiohttp.ClientSession() as session:
        client = AsyncWebClient(token=BOT_TOKEN, base_url=url, session=session)
        return await _platform(
            chat, SLACK, post, lambda body: client.api_call(POST, json={"channel": SLACK.place, **body})
        )


async def _on_telegram(post: Post, url: str) -> list[Row]:
    chat = TelegramChat(token=TELEGRAM_TOKEN, clock=SystemClock(), api_base_url=url, pace_s=PACE_S)

    async def send(body: Json) -> None:
        buttons = [[telegram.InlineKeyboardButton(**button) for button in body["buttons"]]]
        keyboard = telegram.InlineKeyboardMarkup(buttons)
        await bot.send_message(TELEGRAM.place, body["html"], "HTML", reply_markup=keyboard)

    async with telegram.Bot(TELEGRAM_TOKEN, base_url=f"{url}/bot") as bot:
        return await _platform(chat, TELEGRAM, post, send)


async def _on_discord(post: Post, url: str, gateway: str) -> list[Row]:
    chat = DiscordChat(token=DISCORD_TOKEN, clock=SystemClock(), api_base_url=url, gateway_url=gateway, pace_s=PACE_S)
    route = partial(discord_sdk.http.Route, "POST", "/channels/{channel_id}/messages", channel_id=DISCORD.place)
    async with chat.open(), discord_sdk.Client(intents=discord_sdk.Intents.none()) as bare:  # ours sets the address
        await bare.login(DISCORD_TOKEN)
        # without the nonce: Discord takes a message once
        return await _platform(
            chat, DISCORD, post, lambda body: bare.http.request(route(), json={**body["body"], "enforce_nonce": False})
        )


async def _platform(chat: ChatPlatform, channel: ChannelRef, post: Post, bare: Bare) -> list[Row]:
    plan = statistics.median(cpu_s(lambda: chat.plan(channel, post, key="bench"))[0] for _ in range(ROUNDS))
    ours, theirs = [], []
    async with chat.open():
        for number in range(ROUNDS):  # in turns, for the machine has better and worse moments
            parent, *replies = chat.plan(channel, post, key=f"bench-{time.time_ns()}-{number}")
            sent = await chat.send(channel, parent, None)
            first, *rest = [outgoing for outgoing in replies if outgoing.parent_key == parent.key] or replies
            await chat.send(channel, first, sent)  # it may open a thread
            ours.append(await _per_message([partial(chat.send, channel, one, sent) for one in rest]))
            await bare(first.payload)
            theirs.append(await _per_message([partial(bare, one.payload) for one in rest]))
    name, our_s, their_s = chat.platform, statistics.median(ours), statistics.median(theirs)
    return [
        Row(f"{name}: plan {PAPERS} papers (limit {LIMITS[0]})", plan * 1000, "ms CPU", None),
        Row(f"{name}: a message by the bare SDK", their_s * 1000, "ms CPU", None),
        Row(f"{name}: a message (limit: ratio {LIMITS[1]})", our_s * 1000, "ms CPU", our_s / their_s),
    ]


async def _per_message(calls: Sequence[Callable[[], Awaitable[object]]]) -> float:
    """CPU seconds of this thread for each call, made one after another."""
    began = time.thread_time()
    for call in calls:
        await call()
    return (time.thread_time() - began) / len(calls)


def a_post() -> Post:
    """A digest of real papers with extracted summaries."""
    subscription = Subscription(channel=SLACK, categories=("cs.CL",), size=PAPERS)
    papers = [replace(candidate.paper, url="https://arxiv.org/abs/x") for candidate in real_candidates(PAPERS)]
    items = tuple(
        Item(paper=paper, score=0.5, reasons=(weak_reason("your interest: graphs"),), summary=extract.summarise(paper))
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
