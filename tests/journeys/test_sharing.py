"""Several processes on one PostgreSQL database: who connects, who plans, who sends, and what happens when one dies."""

from __future__ import annotations

import signal
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from core.channels import ChannelRef, DeliveryTime, Subscription
from tests.fakes.posting import DUE, HOUR, SECOND, listed
from tests.fakes.stores import SqlStore
from tests.journeys.paperboy import Paperboy, until
from tests.journeys.warm import Command
from tests.standins.slack import SlackStandIn
from tests.standins.slack_api import APP_TOKEN, BOT_TOKEN, TEAM
from tests.storage.postgres import Postgres

CHANNELS = 12
PAPERS = 3
CUT_OFF = "SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity WHERE datname LIKE 'test%'"
TIME = DeliveryTime(at=DUE.time(), zone="UTC")


@dataclass
class Town:
    """A database with channels whose digests are due in a few seconds, and a platform to post them on."""

    paperboy: Paperboy
    slack: SlackStandIn
    channels: Sequence[str]
    processes: list[Command] = field(default_factory=list)

    def start(self, *arguments: str) -> Command:
        process = self.paperboy.start(*arguments)
        self.processes.append(process)
        return process

    def gateway(self) -> Command:
        return self.start("run", "--no-terminal", "--no-jobs")

    def worker(self) -> Command:
        return self.start("worker")

    def posted(self) -> dict[str, list[str]]:
        """The last parts of the keys of all messages, by channel."""
        posted: dict[str, list[str]] = {channel: [] for channel in self.channels}
        for message in self.slack.messages:
            posted[message.channel].append(message.key.rpartition("/")[2])
        return posted

    def wait(self, count: int) -> None:
        """Wait until so many messages are there."""
        until(lambda: len(self.slack.messages) >= count, self.processes[-1])

    def serving_pid(self) -> int:
        """The process that is connected to Slack."""
        (platform,) = self.paperboy("status", "--json").json["platforms"]
        return int(platform["pid"])

    def check(self) -> None:
        """Each digest is there once, its messages in order."""
        expected = [str(number) for number in range(PAPERS + 1)]
        assert self.posted() == dict.fromkeys(self.channels, expected)
        assert not self.slack.violations

    def stop(self) -> None:
        """All processes that run end in order, without complaint."""
        for process in self.processes:
            if process.poll() is None:
                process.send_signal(signal.SIGTERM)
        for process in self.processes:
            _, err = process.communicate(timeout=60)
            assert process.returncode in (0, -signal.SIGKILL), err
            assert "Traceback" not in err, err


@asynccontextmanager
async def a_town(postgres: Postgres, home: Path, *, channels: int = CHANNELS) -> AsyncIterator[Town]:
    names = [f"C{number:04d}" for number in range(channels)]
    with postgres.empty(await postgres.prepare()) as url, SlackStandIn() as slack:
        slack.joined.update(names)
        async with SqlStore(url).open() as store:
            for name in names:
                channel = ChannelRef("slack", TEAM, name)
                await store.save_subscription(
                    Subscription(channel=channel, categories=("cs.CL",), at=TIME), at=DUE - HOUR
                )
            await listed(store, range(1, PAPERS + 1))
        paperboy = Paperboy(
            home,
            {
                "PAPERBOY_DATABASE_URL": url,
                "PAPERBOY_CLOCK__NOW": (DUE - 2 * SECOND).isoformat(),
                "PAPERBOY_SOURCES__ARXIV__BASE_URL": "http://127.0.0.1:9",
                "PAPERBOY_SLACK__BOT_TOKEN": BOT_TOKEN,
                "PAPERBOY_SLACK__APP_TOKEN": APP_TOKEN,
                "PAPERBOY_SLACK__API_BASE_URL": slack.url,
                "PAPERBOY_SLACK__PACE_S": "0",
            },
        )
        town = Town(paperboy, slack, names)
        try:
            yield town
        except BaseException as error:
            for process in town.processes:
                process.kill()
                error.add_note("".join(process.communicate(timeout=60)))
            raise


async def test_a_gateway_and_a_worker_deliver_once(postgres: Postgres, tmp_path: Path) -> None:
    """A worker plans and a gateway sends: every channel has its digest once, and each process is on record."""
    async with a_town(postgres, tmp_path) as town:
        town.gateway()
        town.worker()
        town.wait(CHANNELS * (PAPERS + 1))
        status = town.paperboy("status", "--json").json
        town.stop()
        town.check()
    assert Counter(service["role"] for service in status["services"]) == {"gateway": 1, "worker": 1}
    assert not any(queue["given_up"] for queue in status["jobs"])


@pytest.mark.slow
async def test_one_of_each_is_killed(postgres: Postgres, tmp_path: Path) -> None:
    """A worker dies while it plans, and the gateway while it sends: those that wait take over, and nothing is lost.

    The worker's jobs are taken over when it has given no sign of life for half a minute, the gateway's digests when its
    leases have run out.
    """
    channels = 40
    async with a_town(postgres, tmp_path, channels=channels) as town:
        first_worker = town.worker()
        gateways = [town.gateway(), town.gateway()]
        town.wait(channels // 4)
        first_worker.send_signal(signal.SIGKILL)
        town.worker()
        serving = next(process for process in gateways if process.pid == town.serving_pid())
        town.wait(channels)
        serving.send_signal(signal.SIGKILL)
        town.wait(channels * (PAPERS + 1))
        town.stop()
        town.check()


@pytest.mark.slow
async def test_a_frozen_worker_and_a_server_that_cuts_all_off(postgres: Postgres, tmp_path: Path) -> None:
    """Jobs of a worker that stands still are done by another one; thawed, it does nothing twice.

    Meanwhile the database server ends every connection: all processes go on with new ones.
    """
    channels = 30
    async with a_town(postgres, tmp_path, channels=channels) as town:
        frozen = town.worker()
        town.gateway()
        town.wait(channels // 3)
        frozen.send_signal(signal.SIGSTOP)
        town.worker()
        with postgres.connection() as connection:
            connection.execute(CUT_OFF)
        town.wait(channels * (PAPERS + 1))
        frozen.send_signal(signal.SIGCONT)
        town.stop()
        town.check()
