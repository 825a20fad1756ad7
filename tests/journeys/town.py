"""A town: one PostgreSQL database, a platform on loopback, and as many gateways and workers as a test starts.

Digests are due in a few seconds. Whatever waits for time to pass in the database, a lease or a missing sign of life, is
made older there (`outlive`); nothing waits for it by the clock on the wall.
"""

from __future__ import annotations

import os
import signal
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg

from core.channels import ChannelRef, DeliveryTime, Subscription
from tests.fakes.posting import DUE, HOUR, MINUTE, SECOND, listed
from tests.fakes.stores import SqlStore
from tests.journeys.paperboy import Paperboy, until
from tests.journeys.warm import Command, start
from tests.standins.slack import SlackStandIn
from tests.standins.slack_api import APP_TOKEN, BOT_TOKEN, TEAM
from tests.storage.postgres import Postgres

CHANNELS = 12
PAPERS = 3
TIME = DeliveryTime(at=DUE.time(), zone="UTC")
#: what a process that is dead or stands still held, as if an hour had passed
_AGE_WORKERS = "UPDATE procrastinate_workers SET last_heartbeat = last_heartbeat - interval '1 hour' WHERE id = ANY(%s)"
_AGE_LEASES = "UPDATE deliveries SET lease_until = lease_until - interval '1 hour' WHERE state = 'sending'"
_AT_WORK = """
SELECT id FROM procrastinate_jobs WHERE status = 'doing' AND task_name = 'prepare' AND worker_id = ANY(%s)
"""


@dataclass
class Town:
    """A database with channels whose digests are due in a few seconds, and a platform to post them on."""

    paperboy: Paperboy
    slack: SlackStandIn
    channels: Sequence[str]
    #: the URL of the database, as tests reach it
    url: str
    papers: int = PAPERS
    processes: list[Command] = field(default_factory=list)

    def start(self, *arguments: str, **variables: str) -> Command:
        """Start a command and leave it running."""
        log = self._log(len(self.processes))
        with log.open("w", encoding="utf-8") as out, Path(os.devnull).open("rb") as nothing:
            streams = [nothing.fileno(), out.fileno(), out.fileno()]  # a full pipe would hold it up
            environment = self.paperboy.environment(**variables)
            process = start(arguments, home=self.paperboy.home, environment=environment, streams=streams)
        self.processes.append(process)
        return process

    def output(self) -> list[str]:
        """What each process has said."""
        return [self._log(number).read_text("utf-8") for number in range(len(self.processes))]

    def _log(self, number: int) -> Path:
        return self.paperboy.home / f"process-{number}.log"

    def gateway(self, **variables: str) -> Command:
        """Start a gateway."""
        return self.start("run", "--no-terminal", "--no-jobs", **variables)

    def later_gateway(self) -> Command:
        """Start a gateway for which it is ten minutes later: whatever failed is to be tried again by its clock."""
        return self.gateway(PAPERBOY_CLOCK__NOW=(DUE + 10 * MINUTE).isoformat())

    def worker(self, **variables: str) -> Command:
        """Start a worker."""
        return self.start("worker", **variables)

    def posted(self) -> dict[str, list[str]]:
        """The last parts of the keys of all messages, by channel."""
        posted: dict[str, list[str]] = {channel: [] for channel in self.channels}
        for message in self.slack.messages:
            posted[message.channel].append(message.key.rpartition("/")[2])
        return posted

    def wait(self, count: int, *, longest_s: float = 180) -> None:
        """Wait until so many messages are there."""
        until(lambda: len(self.slack.messages) >= count, self.processes[-1], longest_s)

    def wait_for_all(self, *, longest_s: float = 180) -> None:
        """Wait until every message is there, and the ledger says that every digest is."""
        self.wait(len(self.channels) * (self.papers + 1), longest_s=longest_s)
        until(lambda: self.ledger() == {"done": len(self.channels)}, self.processes[-1], longest_s)

    def rows(self, statement: str, *values: object) -> list[Any]:
        """What the database answers, or nothing."""
        with psycopg.connect(self.url, autocommit=True) as connection:
            cursor = connection.execute(statement, values or None)
            return cursor.fetchall() if cursor.description else []

    def ledger(self) -> dict[str, int]:
        """How many deliveries are in each state."""
        return dict(self.rows("SELECT state, count(*) FROM deliveries GROUP BY state"))

    def workers(self) -> set[int]:
        """Those who take jobs, as the queue numbers them."""
        return {number for (number,) in self.rows("SELECT id FROM procrastinate_workers")}

    def connections(self) -> int:
        """How many connections our processes have to the database."""
        ((count,),) = self.rows(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'paperboy'"
        )
        return int(count)

    def numbered(self, start_one: Any) -> tuple[Command, list[int]]:
        """Start a process that takes jobs; it, and its numbers in the queue."""
        before = self.workers()
        process = start_one()
        until(lambda: self.workers() - before, process)
        return process, list(self.workers() - before)

    def freeze_at_work(self, process: Command, numbers: Sequence[int]) -> None:
        """Let a worker stand still while it plans a digest."""
        with psycopg.connect(self.url, autocommit=True) as connection:

            def is_at_work() -> bool:
                return connection.execute(_AT_WORK, [list(numbers)]).fetchone() is not None

            def is_caught() -> bool:
                if not is_at_work():
                    return False
                process.send_signal(signal.SIGSTOP)
                if is_at_work():  # what it had sent to the database by then is done
                    return True
                process.send_signal(signal.SIGCONT)
                return False

            until(is_caught, process)

    def outlive(self, numbers: Sequence[int]) -> None:
        """Let an hour pass for what those who are gone held: their jobs, and every lease that now is."""
        self.rows(_AGE_WORKERS, list(numbers))
        self.rows(_AGE_LEASES)

    def check(self) -> None:
        """Each digest is there once, its messages in order, and on record as done; no job is left or given up."""
        expected = [str(number) for number in range(self.papers + 1)]
        assert self.posted() == dict.fromkeys(self.channels, expected)
        assert not self.slack.violations
        assert self.ledger() == {"done": len(self.channels)}
        assert self.rows("SELECT status, count(*) FROM procrastinate_jobs WHERE status <> 'todo' GROUP BY 1") == []

    def stop(self) -> list[str]:
        """All processes that run end in order, without complaint; what each said."""
        for process in self.processes:
            if process.poll() is None:
                process.send_signal(signal.SIGTERM)
        for process in self.processes:
            process.wait(60)
        output = self.output()
        for process, lines in zip(self.processes, output, strict=True):
            assert process.returncode in (0, -signal.SIGKILL), lines
            assert "Traceback" not in lines, lines
        return output


@asynccontextmanager
async def a_town(
    postgres: Postgres,
    home: Path,
    *,
    channels: int = CHANNELS,
    papers: int = PAPERS,
    platform: type[SlackStandIn] = SlackStandIn,
    pace_s: float = 0.0,
) -> AsyncIterator[Town]:
    """A town with so many channels, each with a digest of so many papers."""
    names = [f"C{number:04d}" for number in range(channels)]
    with postgres.empty(await postgres.prepare()) as url, platform() as slack:
        slack.joined.update(names)
        await fill(url, names, papers)
        paperboy = Paperboy(
            home,
            {
                "PAPERBOY_DATABASE_URL": url,
                "PAPERBOY_CLOCK__NOW": (DUE - 2 * SECOND).isoformat(),
                "PAPERBOY_SOURCES__ARXIV__BASE_URL": "http://127.0.0.1:9",
                "PAPERBOY_SLACK__BOT_TOKEN": BOT_TOKEN,
                "PAPERBOY_SLACK__APP_TOKEN": APP_TOKEN,
                "PAPERBOY_SLACK__API_BASE_URL": slack.url,
                "PAPERBOY_SLACK__PACE_S": str(pace_s),
            },
        )
        town = Town(paperboy, slack, names, url, papers)
        try:
            yield town
        except BaseException as error:
            for process in town.processes:
                process.kill()
                process.wait(60)
            error.add_note("\n".join(town.output()))
            raise


async def fill(url: str, channels: Sequence[str], papers: int) -> None:
    """Subscribe channels, and list papers for them."""
    async with SqlStore(url).open() as store:
        for name in channels:
            subscription = Subscription(channel=ChannelRef("slack", TEAM, name), categories=("cs.CL",), at=TIME)
            await store.save_subscription(subscription, at=DUE - HOUR)
        await listed(store, range(1, papers + 1))
