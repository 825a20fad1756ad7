"""Two gateways and three workers on one PostgreSQL database, and all that can happen to them on one morning.

`make test` delivers to 200 channels, `make soak` to 2,000.
"""

from __future__ import annotations

import signal
from pathlib import Path

import pytest

from tests.journeys.paperboy import until
from tests.journeys.town import Town, a_town
from tests.soak import IS_SOAK
from tests.standins.slack_api import CHANNEL
from tests.storage.postgres import Postgres

CHANNELS = 2_000 if IS_SOAK else 200
PAPERS = 2
#: seconds in which the long form ends on a busy machine
LONGEST_S = 1_800


async def ask(town: Town, *, times: int = 1) -> None:
    """Somebody asks for bookmarks, which the database has to tell."""
    for _ in range(times):
        await town.slack.slash("/paper", "bookmarks", channel=CHANNEL)


def is_answered(town: Town) -> bool:
    """True where every command has an answer: a whisper, or a placeholder that became one."""
    addresses = town.slack.addresses.values()
    return len(town.slack.whispers) + sum(address.uses > 0 for address in addresses) >= len(addresses)


@pytest.mark.slow
async def test_every_digest_once_whatever_happens(postgres: Postgres, tmp_path: Path) -> None:
    """Every digest is posted once and on record, whoever dies or stands still, and every command is answered.

    A worker is frozen until others have done its jobs, and thawed; another one is killed; the database server is
    stopped and started; the gateway that sends is killed between the platform's storing of a message and its answer.
    """
    messages = CHANNELS * (PAPERS + 1)
    async with a_town(postgres, tmp_path, channels=CHANNELS, papers=PAPERS) as town:
        (frozen, frozen_numbers), (dead, dead_numbers), _ = [town.numbered(town.worker) for _ in range(3)]
        first, first_numbers = town.numbered(town.gateway)
        town.freeze_at_work(frozen, frozen_numbers)
        town.freeze_at_work(dead, dead_numbers)
        dead.send_signal(signal.SIGKILL)
        second = town.gateway()
        until(lambda: town.rows("SELECT pid FROM services WHERE pid = %s", second.pid), second)
        await ask(town)
        until(lambda: is_answered(town), first)
        town.wait(messages // 4, longest_s=LONGEST_S)

        postgres.stop()
        await ask(town)
        until(lambda: is_answered(town), first)
        postgres.start()
        town.wait(messages // 3, longest_s=LONGEST_S)

        second.send_signal(signal.SIGSTOP)  # it takes over when what the other one held has run out

        def strike(_: int, when: str) -> None:
            if when == "stored":
                first.send_signal(signal.SIGKILL)

        town.slack.on_message = strike
        until(lambda: first.poll() is not None, second)
        town.slack.on_message = None
        town.outlive([*frozen_numbers, *first_numbers, *dead_numbers])
        second.send_signal(signal.SIGCONT)
        town.later_gateway()
        await ask(town, times=3)
        town.wait_for_all(longest_s=LONGEST_S)

        frozen.send_signal(signal.SIGCONT)
        until(lambda: not town.rows("SELECT id FROM procrastinate_jobs WHERE status = 'doing'"), frozen)
        await ask(town)
        until(lambda: is_answered(town), second)
        town.stop()
        town.check()
