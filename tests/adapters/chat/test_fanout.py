"""The law of the morning: 2,000 channels at once, each platform at nearly its allowed rate, no 429, people answered.

In a time that passes when the test says so, against the published limits as `tests.standins.limits` enforces them.
`tests.benchmarks.fanout` measures the same with the real clients.
"""

from __future__ import annotations

import asyncio
import math
import random
from collections.abc import Callable, Hashable, Iterable

import pytest

from adapters.chat.discord.limits import request_pace
from adapters.chat.limits import Urgency
from adapters.chat.pacing import Pace, Timer
from adapters.chat.slack.limits import POST, paces
from adapters.chat.telegram.limits import message_pace
from tests.fakes.clock import FakeTimer
from tests.standins.limits import Allowance, LimitKeeper, discord_allowances, slack_allowances, telegram_allowances

CHANNELS, MESSAGES = 2_000, 3
#: seconds that are lived, longer than each limit's window twice over, and between two questions
LIVED_S = {"slack": 130.0, "telegram": 20.0, "discord": 20.0}
ASK_EVERY_S = 0.25
#: seconds on the way to the platform, and back; each way of each request takes its own time
WAY_S = (0.02, 0.04)


class Morning:
    """A platform with many channels, and people who ask in others."""

    def __init__(self, pace: Pace, keeper: LimitKeeper, method: str, timer: FakeTimer) -> None:
        self._pace = pace
        self._keeper = keeper
        self._method = method
        self._timer = timer
        self._chance = random.Random(5)
        #: seconds that each answer took
        self.answers_s: list[float] = []

    async def request(self, channel: Hashable, urgency: Urgency) -> None:
        async with self._pace.turn(channel, urgency):
            await self._way()
            self._keeper.wait_s(self._method, channel)
            await self._way()

    async def answer(self, channel: Hashable) -> None:
        asked_at = self._timer.time()
        await self.request(channel, Urgency.ANSWER)
        self.answers_s.append(self._timer.time() - asked_at)

    async def digest(self, channel: Hashable) -> None:
        for _ in range(MESSAGES):
            await self.request(channel, Urgency.DIGEST)

    async def live(self, seconds: float) -> None:
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(self.digest(1_000 + number)) for number in range(CHANNELS)]
            for question in range(int(seconds / ASK_EVERY_S)):
                tasks.append(group.create_task(self.answer(-1_000_000 - question)))
                await self._timer.pass_by(ASK_EVERY_S, turns=3)
            for task in tasks:
                task.cancel()

    async def _way(self) -> None:
        over = asyncio.get_running_loop().create_future()
        at = self._timer.time() + self._chance.uniform(*WAY_S)
        self._timer.call_at(at, lambda: over.done() or over.set_result(None))
        await over


@pytest.mark.parametrize(
    ("platform", "pace_of", "allowances", "method", "allowed"),
    [
        ("slack", lambda timer: paces(1.0, timer)[POST], slack_allowances, POST, 300 / 60),
        ("telegram", lambda timer: message_pace(1.0, timer), telegram_allowances, "sendMessage", 30),
        ("discord", lambda timer: request_pace(1.0, timer), discord_allowances, "PATCH /channels/N", 50),
    ],
)
async def test_everybody_is_served_at_nearly_the_allowed_rate(
    platform: str,
    pace_of: Callable[[Timer], Pace],
    allowances: Callable[[str, Hashable], Iterable[Allowance]],
    method: str,
    allowed: float,
) -> None:
    """95 to 100 % of what is allowed goes out, nothing is refused, and 99 of 100 answers take under 300 ms."""
    timer = FakeTimer()
    keeper = LimitKeeper(allowances, now=timer.time)
    morning = Morning(pace_of(timer), keeper, method, timer)
    await morning.live(LIVED_S[platform])
    assert keeper.refused == []
    assert 0.95 <= len(keeper.accepted) / (allowed * LIVED_S[platform]) <= 1.0
    ordered = sorted(morning.answers_s)
    assert ordered[math.ceil(0.99 * len(ordered)) - 1] < 0.3
