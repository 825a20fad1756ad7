"""The three stand-ins in a process of their own, with many channels, limits that are enforced, and people who ask.

`python -m tests.standins.busy STRETCH CHANNELS...` (channels on Slack, Discord and Telegram) says where they are as a
line of JSON. It asks questions in random channels from the line "ask" on, and answers the line "tell" with what it saw.
Nothing is judged here: the specifications cost more than the requests, and the same messages are judged in the tests.
"""

from __future__ import annotations

import asyncio
import json
import random
import re
import sys
import time
from collections.abc import Hashable, Iterable
from contextlib import ExitStack
from typing import Any, Final

from tests.standins import discord_words as words
from tests.standins.discord import DiscordStandIn
from tests.standins.limits import LimitKeeper, discord_allowances, slack_allowances, telegram_allowances
from tests.standins.slack import SlackStandIn
from tests.standins.slack_api import CHANNEL, DIRECT
from tests.standins.telegram import TelegramStandin

Json = dict[str, Any]

#: seconds between two questions on a platform
ASK_EVERY_S: Final = 0.4
_FIRST_ROOM: Final = 1_500_000_000_000_000_000
_ANSWER: Final = re.compile(r"answer (\d+)\.")


def slack_channel(number: int) -> str:
    """The name of one of the channels, by number; so below."""
    return f"C0N{number:05}"


def discord_channel(number: int) -> int:
    """A room of the server."""
    return _FIRST_ROOM + number


def telegram_chat(number: int) -> int:
    """Every second one is a group."""
    return 1_000 + number if number % 2 else -1_000_000 - number


class Questions:
    """When each was asked and answered, in seconds of the monotonic clock."""

    def __init__(self) -> None:
        self.requests: dict[int, float] = {}
        self.took_s: dict[int, float] = {}

    def ask(self) -> int:
        """The number of a new question."""
        number = len(self.requests) + 1
        self.requests[number] = time.monotonic()
        return number

    def hear(self, message: str) -> None:
        """Look whether a message answers one."""
        for number in map(int, _ANSWER.findall(message)):
            self.took_s.setdefault(number, time.monotonic() - self.requests[number])


class BusySlack(SlackStandIn):
    """Has no judge."""

    questions: Questions

    def judge_request(self, method: str, arguments: Json) -> None:
        pass

    def judge_answer(self, method: str, answer: Json) -> None:
        pass

    def _post_message(self, arguments: Json) -> Json:
        self.questions.hear(arguments.get("text", ""))
        return super()._post_message(arguments)


class BusyDiscord(DiscordStandIn):
    """Has no judge."""

    questions: Questions

    def _judge(self, flaws: Iterable[str]) -> None:
        pass

    def _keep(self, room: int, body: Json) -> Json:
        self.questions.hear(json.dumps(body))
        return super()._keep(room, body)


class BusyTelegram(TelegramStandin):
    """Has no judge, and reads HTML as it stands."""

    questions: Questions

    def _judge(self, what: str, found: list[str] | None) -> None:
        pass

    def _read_html(self, parameters: Json) -> tuple[str, list[Json]]:
        self.questions.hear(parameters["text"])
        return parameters["text"], []


def main() -> None:
    """Serve until the end of the input."""
    stretch, *counts = map(float, sys.argv[1:])
    slack, discord, telegram = BusySlack(), BusyDiscord(), BusyTelegram()
    on_slack, on_discord, on_telegram = map(int, counts)
    slack.joined = {CHANNEL, DIRECT, *map(slack_channel, range(on_slack))}
    discord.rooms |= {discord_channel(number): words.channel(discord_channel(number)) for number in range(on_discord)}
    slack.limits = LimitKeeper(slack_allowances, stretch)
    discord.limits = LimitKeeper(discord_allowances, stretch)
    telegram.limits = LimitKeeper(telegram_allowances, stretch)
    slack.questions, discord.questions, telegram.questions = Questions(), Questions(), Questions()
    with ExitStack() as stack:
        stack.enter_context(slack)
        stack.enter_context(discord)
        stack.enter_context(telegram.running())
        _say({"slack": slack.url, "discord": [discord.api, discord.gateway], "telegram": telegram.url})
        asyncio.run(_ask(slack, discord, telegram, (on_slack, on_discord, on_telegram)))


async def _ask(slack: BusySlack, discord: BusyDiscord, telegram: BusyTelegram, counts: tuple[int, int, int]) -> None:
    chance = random.Random(7)
    if await asyncio.to_thread(sys.stdin.readline) != "ask\n":
        return  # nobody asks
    told = asyncio.ensure_future(asyncio.to_thread(sys.stdin.readline))
    while not told.done():
        channel = slack_channel(chance.randrange(counts[0]))
        await slack.slash("/paper", f"search {slack.questions.ask()}", channel=channel)
        discord.say(f"/search {discord.questions.ask()}", room=discord_channel(chance.randrange(counts[1])))
        telegram.types(f"/search {telegram.questions.ask()}", chat=telegram_chat(chance.randrange(counts[2])))
        await asyncio.wait([told], timeout=ASK_EVERY_S)
    await asyncio.sleep(1)
    _say({name: _seen(one) for name, one in (("slack", slack), ("discord", discord), ("telegram", telegram))})


def _seen(standin: BusySlack | BusyDiscord | BusyTelegram) -> Json:
    assert standin.limits
    refused: list[tuple[str, Hashable]] = standin.limits.refused
    took_s = standin.questions.took_s
    return {
        "accepted": standin.limits.accepted,
        "refused": [f"{method} {channel}" for method, channel in refused],
        "answers_s": [took_s.get(number, float("inf")) for number in standin.questions.requests],
    }


def _say(told: Json) -> None:
    print(json.dumps(told), flush=True)  # noqa: T201 - the line is what the other process waits for


if __name__ == "__main__":
    main()
