"""Two gateways on one token of Slack: both hear, one answers, and what people do outlives the one that dies."""

from __future__ import annotations

import signal
from pathlib import Path

import pytest

from tests.journeys.paperboy import until
from tests.journeys.town import Town, a_town
from tests.journeys.warm import Command
from tests.standins.slack_api import BOT, CHANNEL, PERSON
from tests.storage.postgres import Postgres

CHANNELS, PAPERS = 2, 2
HOLDER = "SELECT pid FROM claims WHERE installation = 'slack'"
LEFT = "SELECT count(*) FROM updates WHERE NOT done"
BOOKMARKS = "SELECT count(*) FROM bookmarks"


async def ask(town: Town, times: int) -> None:
    for _ in range(times):
        await town.slack.slash("/paper", "bookmarks", channel=CHANNEL)


def answers(town: Town) -> int:
    """How many answers people have got: whispers, and placeholders that became answers."""
    return len(town.slack.whispers) + sum(address.answer is not None for address in town.slack.addresses.values())


async def bookmark(town: Town, number: int, *, added: bool = True) -> None:
    """Put a bookmark on the message of a paper."""
    message = [one for one in town.slack.messages if one.key.rpartition("/")[2] != "0"][number]
    item = {"type": "message", "channel": message.channel, "ts": message.ts}
    town.slack.put_reaction(message.ts, "bookmark", added=added)
    name = "added" if added else "removed"
    event = {"type": f"reaction_{name}", "user": PERSON, "reaction": "bookmark", "item": item, "item_user": BOT}
    await town.slack.event(event, f"Reaction{name.capitalize()}Payload", again=1)


def is_done(town: Town, process: Command, *, answered: int, bookmarks: int) -> None:
    """Wait until so many commands are answered, and so many bookmarks are there."""
    until(lambda: answers(town) >= answered, process)
    until(lambda: town.rows(BOOKMARKS) == [(bookmarks,)], process)
    until(lambda: town.rows(LEFT) == [(0,)], process)
    assert answers(town) == answered


@pytest.mark.slow
async def test_everything_once_though_a_gateway_dies(postgres: Postgres, tmp_path: Path) -> None:
    """Each command is answered and each reaction counts once: with both gateways, after one was killed, and later."""
    async with a_town(postgres, tmp_path, channels=CHANNELS, papers=PAPERS) as town:
        first = town.gateway()
        town.worker()
        until(lambda: town.rows(HOLDER), first)
        second = town.gateway()
        town.wait_for_all()
        await town.slack.connected(2)
        await ask(town, 4)
        for number in range(2):
            await bookmark(town, number)
        is_done(town, second, answered=4, bookmarks=2)
        status = town.paperboy("status", "--json").json
        assert [state["platforms"]["slack"]["listens"] for state in status["services"] if state["platforms"]] == [
            True,
            True,
        ]
        assert town.rows(HOLDER) == [(first.pid,)]

        first.send_signal(signal.SIGKILL)
        until(lambda: len(town.slack.listening) == 1, second)
        await ask(town, 2)
        await bookmark(town, 2)
        await bookmark(town, 0, added=False)
        is_done(town, second, answered=6, bookmarks=2)
        assert town.rows(HOLDER) == [(second.pid,)]

        town.gateway()
        await town.slack.connected(2)
        await ask(town, 2)
        await bookmark(town, 3)
        is_done(town, second, answered=8, bookmarks=3)
        town.stop()
        town.check()
