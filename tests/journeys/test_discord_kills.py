"""A process that dies while it posts to Discord, again and again, and what the channel sees of it: nothing."""

from __future__ import annotations

import os
import random
import signal
from datetime import UTC, datetime, timedelta

import pytest

from tests.fakes.feeds import a_feed
from tests.journeys.paperboy import Paperboy
from tests.standins.discord import DiscordStandIn
from tests.standins.discord_api import TOKEN
from tests.standins.discord_words import GUILD
from tests.standins.discord_words import channel as a_channel

#: `make soak` asks for hundreds
KILLS = int(os.environ.get("PAPERBOY_TEST_KILLS", "20"))  # noqa: TID251 - a switch of the tests, no setting of ours
PAPERS = 8
MORNING = datetime(2026, 2, 4, 10, 0, tzinfo=UTC)


class Executioner:
    """Kills a process when one of its writes (a message, a thread) was accepted, before or after it hears of it."""

    def __init__(self, at: int, when: str) -> None:
        self._left = at
        self._when = when
        self.pid = 0

    def __call__(self, _: int, when: str) -> None:
        self._left -= when == self._when
        if self.pid and not self._left and when == self._when:
            os.kill(self.pid, signal.SIGKILL)


@pytest.mark.slow
def test_kills_lose_and_double_nothing(paperboy: Paperboy) -> None:
    """Killed at any message or thread, the next process goes on with the stored plan: each is there exactly once."""
    chance = random.Random(20260204)
    done, room = 0, 1_350_000_000_000_000_000
    with DiscordStandIn() as discord:
        paperboy.variables |= {"PAPERBOY_DISCORD__TOKEN": TOKEN, "PAPERBOY_DISCORD__API_BASE_URL": discord.api}
        feed = str(a_feed(paperboy.home, PAPERS))
        ingested = paperboy("ingest", "--file", feed, "--format", "arxiv-rss", PAPERBOY_CLOCK__NOW=MORNING.isoformat())
        assert ingested.code == 0, ingested.err
        while done < KILLS:
            room += 1
            discord.rooms[room] = a_channel(room)
            done += kill_and_go_on(paperboy, discord, room, chance, KILLS - done)
    assert not discord.complaints


def kill_and_go_on(paperboy: Paperboy, discord: DiscordStandIn, room: int, chance: random.Random, most: int) -> int:
    """One digest in a channel of its own, interrupted until it is through; how often that was."""
    channel = f"discord:{GUILD}/{room}"
    added = paperboy("channels", "add", channel, "--category", "cs.CL", "--size", str(PAPERS))
    assert added.code == 0, added.err
    moment, kills = MORNING, 0
    while kills < most:
        discord.on_message = executioner = Executioner(chance.randint(1, 3), chance.choice(["accepted", "answered"]))
        process = paperboy.start("digest", channel, PAPERBOY_CLOCK__NOW=moment.isoformat())
        executioner.pid = process.pid
        _, complaint = process.communicate(timeout=60)
        moment += timedelta(minutes=2)
        if process.returncode == 0:
            break
        assert process.returncode == -signal.SIGKILL, complaint
        kills += 1
        if chance.random() < 0.7:  # else the next process is there before the nonces are forgotten
            discord.minutes_pass()
    discord.on_message = lambda _, __: None
    last = paperboy("digest", channel, "--json", PAPERBOY_CLOCK__NOW=moment.isoformat())
    assert last.code == 0, last.err
    assert "posted" in last.json["state"]
    check(discord, room)
    return kills


def check(discord: DiscordStandIn, room: int) -> None:
    """The digest is there once, and in its one thread each paper once, in order."""
    (parent,) = [one for one in discord.messages.values() if one["channel_id"] == str(room)]
    assert "An Invented Paper" in parent["embeds"][0]["description"]
    replies = [one for one in discord.messages.values() if one["channel_id"] == parent["id"]]
    marks = [one["embeds"][-1]["footer"]["text"].rpartition("-")[2] for one in replies]
    assert marks == [str(position) for position in range(1, PAPERS + 1)]
    titles = {one["embeds"][0]["description"].partition("]")[0] for one in replies}
    assert len(titles) == PAPERS
