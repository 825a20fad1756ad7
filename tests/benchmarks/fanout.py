"""Fan-out: 2,000 channels on three platforms that enforce their published limits, five times as fast as in life.

The stand-ins run in a process of their own (`tests.standins.busy`), the real clients here. All digests are due at once,
as in the morning, as many are on their way as the program lets go at a time, and people ask questions in the same
channels. The law: at least 95 % of the allowed rate, no 429, and answers within 300 ms (p99).

An answer in a channel whose last message is less than a second old waits for the end of that second, as Slack and
Telegram demand. Here that second is a fifth of one. `python -m tests.benchmarks.fanout`
"""

from __future__ import annotations

import asyncio
import math
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any, Final

from adapters.chat.discord.client import DiscordChat
from adapters.chat.slack.client import SlackChat
from adapters.chat.telegram.client import TelegramChat
from bot.clock import SystemClock
from bot.delivering import PER_PLATFORM
from core.channels import ChannelRef
from core.converse.command import Command
from core.converse.ports import ChatPlatform
from core.posts.messages import MessageRef, Outgoing
from core.posts.tree import Paragraph, Post, text
from tests.benchmarks.apart import standins_apart
from tests.benchmarks.figures import Row, show
from tests.fakes.desk import FakeDesk
from tests.standins.busy import discord_channel, slack_channel, telegram_chat
from tests.standins.discord_api import TOKEN as DISCORD_TOKEN
from tests.standins.discord_words import GUILD
from tests.standins.slack_api import APP_TOKEN, BOT_TOKEN, TEAM
from tests.standins.telegram import TOKEN as TELEGRAM_TOKEN

#: how many times as fast as in life
FACTOR: Final = 5
#: by what each platform allows, so that all are busy for about as long; 2,000 in all
CHANNELS: Final = {"slack": 150, "discord": 950, "telegram": 900}
#: of a digest, beside its parent
PAPERS: Final = 3
#: requests a second that each platform allows in life, all channels together
ALLOWED: Final = {"slack": 5, "discord": 50, "telegram": 30}
#: least share of the allowed rate; most milliseconds for an answer
LEAST, MOST_MS = 0.95, 300


Plan = tuple[ChannelRef, tuple[Outgoing, ...]]


class EchoDesk(FakeDesk):
    """Answers in public, and says what was asked."""

    async def handle(self, command: Command) -> Post:
        return _post(f"answer {command.arguments}.")


def run() -> list[Row]:
    """Measure; needs nothing but this machine."""
    return asyncio.run(_measured())


async def _measured() -> list[Row]:
    counts = [CHANNELS[name] for name in ("slack", "discord", "telegram")]
    async with standins_apart(1 / FACTOR, *counts) as apart, _connected(apart.where) as chats:
        plans = [(chat, _plans(chat)) for chat in chats]  # nobody asks yet: the program plans in a thread
        apart.ask()
        began, began_cpu_s = time.monotonic(), time.process_time()
        took_s = await _fan_out(plans)
        cpu_s = time.process_time() - began_cpu_s
        seen = await apart.seen()
    share = cpu_s / max(took_s.values())
    return [*_rows(seen, began, took_s), Row("one core, while the digests went out", share * 100, "% busy", None)]


@asynccontextmanager
async def _connected(where: dict[str, Any]) -> AsyncIterator[Sequence[ChatPlatform]]:
    """All three, listening to people."""
    clock, pace_s = SystemClock(), 1 / FACTOR
    api, gateway = where["discord"]
    chats: list[ChatPlatform] = [
        SlackChat(bot_token=BOT_TOKEN, app_token=APP_TOKEN, clock=clock, api_base_url=where["slack"], pace_s=pace_s),
        DiscordChat(token=DISCORD_TOKEN, clock=clock, api_base_url=api, gateway_url=gateway, pace_s=pace_s),
        TelegramChat(token=TELEGRAM_TOKEN, clock=clock, api_base_url=where["telegram"], pace_s=pace_s),
    ]
    async with asyncio.TaskGroup() as group:
        opened = [asyncio.Event() for _ in chats]
        serving = [group.create_task(_serve(chat, event)) for chat, event in zip(chats, opened, strict=True)]
        for event in opened:  # a busy machine takes a while
            await event.wait()
        await asyncio.sleep(2)
        yield chats
        for task in serving:
            task.cancel()


async def _serve(chat: ChatPlatform, opened: asyncio.Event) -> None:
    async with chat.open():
        opened.set()
        await chat.run(EchoDesk())


def _plans(chat: ChatPlatform) -> list[Plan]:
    """A digest for every channel."""
    post = _post("Papers for today.", *(_post(f"Paper {number}. " + "It is short. " * 20) for number in range(PAPERS)))
    channels = [_channel(chat.platform, number) for number in range(CHANNELS[chat.platform])]
    return [(channel, chat.plan(channel, post, key=f"bench/{number}")) for number, channel in enumerate(channels)]


async def _fan_out(plans: Sequence[tuple[ChatPlatform, list[Plan]]]) -> dict[str, float]:
    """Send every digest, all at once; how long each platform took, in seconds."""
    async with asyncio.TaskGroup() as group:
        tasks = {chat.platform: group.create_task(_deliver_all(chat, digests)) for chat, digests in plans}
    return {platform: task.result() for platform, task in tasks.items()}


async def _deliver_all(chat: ChatPlatform, digests: list[Plan]) -> float:
    began, room = time.monotonic(), asyncio.Semaphore(PER_PLATFORM)
    async with asyncio.TaskGroup() as group:
        for channel, messages in digests:
            group.create_task(_deliver(chat, channel, messages, room))
    return time.monotonic() - began


async def _deliver(
    chat: ChatPlatform, channel: ChannelRef, messages: tuple[Outgoing, ...], room: asyncio.Semaphore
) -> None:
    sent: dict[str, MessageRef] = {}
    async with room:
        for outgoing in messages:
            parent = sent[outgoing.parent_key] if outgoing.parent_key else None
            sent[outgoing.key] = await chat.send(channel, outgoing, parent)


def _channel(platform: str, number: int) -> ChannelRef:
    if platform == "slack":
        return ChannelRef("slack", TEAM, slack_channel(number))
    if platform == "discord":
        return ChannelRef("discord", str(GUILD), str(discord_channel(number)))
    return ChannelRef("telegram", "", str(telegram_chat(number)))


def _post(sentence: str, *replies: Post) -> Post:
    return Post(blocks=(Paragraph(spans=(text(sentence),)),), replies=replies, fallback=sentence)


def _rows(seen: dict[str, Any], began: float, took_s: dict[str, float]) -> list[Row]:
    """The figures; the monotonic clock is the machine's, so that both processes have the same."""
    rows = []
    for platform, told in seen.items():
        counted = sum(began <= at <= began + took_s[platform] for at in told["accepted"])
        rate = counted / took_s[platform] / (ALLOWED[platform] * FACTOR)
        rows += [
            Row(f"{platform}: {CHANNELS[platform]} digests took", took_s[platform], "s", None),
            Row(f"{platform}: share of the allowed rate (limit {LEAST:.0%})", rate * 100, "%", None),
            Row(f"{platform}: refused with 429 (limit 0)", len(told["refused"]), "", None),
            Row(f"{platform}: p99 of {len(told['answers_s'])} answers (limit {MOST_MS})", _p99(told), "ms", None),
        ]
    return rows


def _p99(told: dict[str, Any]) -> float:
    ordered = sorted(told["answers_s"])
    return float(ordered[math.ceil(0.99 * len(ordered)) - 1]) * 1000


def main() -> None:
    """Show the figures."""
    show(f"Fan-out to {sum(CHANNELS.values()):,} channels, {FACTOR} times as fast as in life", run())


if __name__ == "__main__":
    main()
