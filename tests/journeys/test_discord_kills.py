"""A process that dies while it posts to Discord, again and again, and what the channel sees of it: nothing."""

from __future__ import annotations

import random

import pytest

from adapters.chat.discord.render import mark_in
from tests.journeys.kills import KILLS, PAPERS, Executioner, ingested, posted_in_spite_of
from tests.journeys.paperboy import Paperboy
from tests.standins.discord import DiscordStandIn
from tests.standins.discord_api import TOKEN
from tests.standins.discord_words import GUILD
from tests.standins.discord_words import channel as a_channel


class AtAWrite(Executioner):
    """Kills when one of the first writes (a message, a thread) was accepted, before or after it is heard of."""

    def __init__(self, discord: DiscordStandIn, chance: random.Random) -> None:
        self._discord = discord
        self._left = chance.randint(1, 3)
        self._when = chance.choice(["accepted", "answered"])
        #: else the next process is there before the nonces are forgotten
        self._takes_minutes = chance.random() < 0.7
        discord.on_message = self._hear

    def _hear(self, _: int, when: str) -> None:
        self._left -= when == self._when
        if not self._left and when == self._when:
            self.strike()

    def leave(self, *, struck: bool) -> None:
        self._discord.on_message = lambda _, __: None
        if struck and self._takes_minutes:
            self._discord.minutes_pass()


@pytest.mark.slow
def test_kills_lose_and_double_nothing(paperboy: Paperboy) -> None:
    """Killed at any message or thread, the next process goes on with the stored plan: each is there exactly once."""
    chance = random.Random(20260204)
    done, room = 0, 1_350_000_000_000_000_000
    with DiscordStandIn() as discord:
        paperboy.variables |= {"PAPERBOY_DISCORD__TOKEN": TOKEN, "PAPERBOY_DISCORD__API_BASE_URL": discord.api}
        ingested(paperboy)
        while done < KILLS:
            room += 1
            discord.rooms[room] = a_channel(room)
            channel = f"discord:{GUILD}/{room}"
            done += posted_in_spite_of(paperboy, channel, KILLS - done, lambda: AtAWrite(discord, chance))
            check(discord, room)
    assert not discord.complaints


def check(discord: DiscordStandIn, room: int) -> None:
    """The digest is there once, and in its one thread each paper once, in order."""
    (parent,) = [one for one in discord.messages.values() if one["channel_id"] == str(room)]
    assert "An Invented Paper" in parent["embeds"][0]["description"]
    replies = [one for one in discord.messages.values() if one["channel_id"] == parent["id"]]
    marks = [(mark_in(one) or "").rpartition("-")[2] for one in replies]
    assert marks == [str(position) for position in range(1, PAPERS + 1)]
    titles = {one["embeds"][0]["description"].partition("]")[0] for one in replies}
    assert len(titles) == PAPERS
