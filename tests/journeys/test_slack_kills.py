"""A process that dies while it posts to Slack, again and again, and what the channel sees of it: nothing."""

from __future__ import annotations

import random

import pytest

from tests.journeys.kills import KILLS, PAPERS, Executioner, ingested, posted_in_spite_of
from tests.journeys.paperboy import Paperboy
from tests.standins.slack import SlackStandIn
from tests.standins.slack_api import APP_TOKEN, BOT_TOKEN, TEAM


class AtAMessage(Executioner):
    """Kills around one of the first messages: before the answer, or after it."""

    def __init__(self, slack: SlackStandIn, chance: random.Random) -> None:
        self._slack = slack
        self._moment = (chance.randint(1, 3), chance.choice(["stored", "answered"]))
        slack.on_message = self._hear
        slack.count_from_here()

    def _hear(self, number: int, when: str) -> None:
        if (number, when) == self._moment:
            self.strike()

    def leave(self, *, struck: bool) -> None:
        self._slack.on_message = None


@pytest.mark.slow
def test_kills_lose_and_double_nothing(paperboy: Paperboy) -> None:
    """Killed at any message, the next process goes on with the stored plan: each message is there exactly once."""
    chance = random.Random(20260204)
    done = number = 0
    with SlackStandIn() as slack:
        paperboy.variables |= {
            "PAPERBOY_SLACK__BOT_TOKEN": BOT_TOKEN,
            "PAPERBOY_SLACK__APP_TOKEN": APP_TOKEN,
            "PAPERBOY_SLACK__API_BASE_URL": slack.url,
            "PAPERBOY_SLACK__PACE_S": "0",
        }
        ingested(paperboy)
        while done < KILLS:
            number += 1
            conversation = f"C{number:04d}"
            slack.joined.add(conversation)
            channel = f"slack:{TEAM}/{conversation}"
            done += posted_in_spite_of(paperboy, channel, KILLS - done, lambda: AtAMessage(slack, chance))
            check(slack, conversation)
    assert not slack.violations


def check(slack: SlackStandIn, conversation: str) -> None:
    """The digest is there once, and in its one thread each paper once, in order."""
    posted = [message for message in slack.messages if message.channel == conversation]
    assert [message.key.rpartition("/")[2] for message in posted] == [str(n) for n in range(PAPERS + 1)]
    assert [message.thread_ts for message in posted] == [None] + [posted[0].ts] * PAPERS
