"""A process that dies while it posts to Slack, again and again, and what the channel sees of it: nothing."""

from __future__ import annotations

import os
import random
import signal
from datetime import UTC, datetime, timedelta

import pytest

from tests.fakes.feeds import a_feed
from tests.journeys.paperboy import Paperboy
from tests.standins.slack import APP_TOKEN, BOT_TOKEN, TEAM, SlackStandIn

#: `make soak` asks for hundreds
KILLS = int(os.environ.get("PAPERBOY_TEST_KILLS", "20"))  # noqa: TID251 - a switch of the tests, no setting of ours
PAPERS = 8
MORNING = datetime(2026, 2, 4, 10, 0, tzinfo=UTC)


class Executioner:
    """Kills a process around one of its messages: before the answer, or after it."""

    def __init__(self, at: int, when: str) -> None:
        self._at = at
        self._when = when
        self.pid = 0

    def __call__(self, number: int, when: str) -> None:
        if (number, when) == (self._at, self._when) and self.pid:
            os.kill(self.pid, signal.SIGKILL)


@pytest.mark.slow
def test_kills_lose_and_double_nothing(paperboy: Paperboy) -> None:
    """Killed at any message, the next process goes on with the stored plan: each message is there exactly once."""
    chance = random.Random(20260204)
    done = 0
    with SlackStandIn() as slack:
        paperboy.variables |= {
            "PAPERBOY_SLACK__BOT_TOKEN": BOT_TOKEN,
            "PAPERBOY_SLACK__APP_TOKEN": APP_TOKEN,
            "PAPERBOY_SLACK__API_BASE_URL": slack.url,
            "PAPERBOY_SLACK__PACE_S": "0",
        }
        now = {"PAPERBOY_CLOCK__NOW": MORNING.isoformat()}
        ingested = paperboy("ingest", "--file", str(a_feed(paperboy.home, PAPERS)), "--format", "arxiv-rss", **now)
        assert ingested.code == 0, ingested.err
        for number in range(KILLS):
            done += kill_and_go_on(paperboy, slack, f"C{number:04d}", chance, KILLS - done)
            if done >= KILLS:
                break
    assert not slack.violations


def kill_and_go_on(paperboy: Paperboy, slack: SlackStandIn, conversation: str, chance: random.Random, most: int) -> int:
    """One digest in a channel of its own, interrupted a few times; how often that was."""
    channel = f"slack:{TEAM}/{conversation}"
    slack.joined.add(conversation)
    assert paperboy("channels", "add", channel, "--category", "cs.CL", "--size", str(PAPERS)).code == 0
    moment, kills = MORNING, 0
    while kills < most:
        slack.on_message = executioner = Executioner(chance.randint(1, 3), chance.choice(["stored", "answered"]))
        slack.count_from_here()
        process = paperboy.start("digest", channel, PAPERBOY_CLOCK__NOW=moment.isoformat())
        executioner.pid = process.pid
        _, complaint = process.communicate(timeout=60)
        moment += timedelta(minutes=2)
        if process.returncode == 0:
            break
        assert process.returncode == -signal.SIGKILL, complaint
        kills += 1
    slack.on_message = None
    last = paperboy("digest", channel, "--json", PAPERBOY_CLOCK__NOW=moment.isoformat())
    assert last.code == 0, last.err
    assert "posted" in last.json["state"]
    posted = [message for message in slack.messages if message.channel == conversation]
    keys = [message.key for message in posted]
    assert [key.rpartition("/")[2] for key in keys] == [str(n) for n in range(PAPERS + 1)]
    assert [message.thread_ts for message in posted] == [None] + [posted[0].ts] * PAPERS
    return kills
