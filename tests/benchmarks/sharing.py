"""Digests by several processes on PostgreSQL, beside one process on SQLite with the same channels.

Real processes post to a stand-in that has no judge; first without limits, so that the program itself is what binds, and
then with Slack's own. Counted is the time from the first message to the last, and the CPU time of each process without
its start: on a machine with few cores, or a busy one, only the second tells how it would grow. The bytes are those
of tables and indexes, by what one digest adds. `python -m tests.benchmarks.sharing`
"""

from __future__ import annotations

import asyncio
import os
import sqlite3
import time
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from tests.benchmarks.figures import Row, show
from tests.journeys import warm
from tests.journeys.paperboy import until
from tests.journeys.town import Town, a_town, fill
from tests.standins.limits import LimitKeeper, slack_allowances
from tests.standins.slack import SlackStandIn
from tests.storage.postgres import Postgres, running

TITLE: Final = "Digests by several processes on PostgreSQL (to one process on SQLite)"
CHANNELS: Final = 60
#: of a digest, beside its parent
PAPERS: Final = 8
WORKERS: Final = (1, 2, 4)
#: where Slack's own limits are kept: they let five messages a second through
LIMITED_CHANNELS, LIMITED_PAPERS = 25, 3
#: digests in a month
DIGESTS: Final = 22
_TICKS: Final = os.sysconf("SC_CLK_TCK")
_TABLES: Final = "SELECT relname, pg_total_relation_size(relid) FROM pg_stat_user_tables"


class QuickSlack(SlackStandIn):
    """Has no judge."""

    def judge_request(self, method: str, arguments: dict[str, object]) -> None:
        pass

    def judge_answer(self, method: str, answer: dict[str, object]) -> None:
        pass


class StrictSlack(QuickSlack):
    """Keeps Slack's limits."""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.limits = LimitKeeper(slack_allowances)


@dataclass(frozen=True)
class Size:
    """What a database holds."""

    bytes: int
    rows: int


@dataclass(frozen=True)
class Morning:
    """How the digests of a morning went."""

    channels: int
    #: from the first message to the last, in seconds
    took_s: float
    #: CPU seconds of the processes that send, of those that only plan, and of the database server
    sending_s: float
    planning_s: float
    server_s: float
    #: what the digests added
    added: Size
    refused: int

    @property
    def per_minute(self) -> float:
        """Channels a minute, by the clock."""
        return self.channels / self.took_s * 60

    @property
    def cpu_ms(self) -> float:
        """Milliseconds of CPU for a channel, all processes of ours and the server together."""
        return (self.sending_s + self.planning_s + self.server_s) / self.channels * 1000


def run() -> list[Row]:
    """Measure; needs nothing but this machine."""
    return asyncio.run(_measured())


async def _measured() -> list[Row]:
    with running(is_in_memory=False) as postgres:
        alone = await _morning_of_one_process(postgres)
        rows = _rows("one process on SQLite", alone, alone)
        for workers in WORKERS:
            morning = await _shared(postgres, workers)
            rows += _rows(f"gateway, workers: {workers}", morning, alone)
        rows += [_month("PostgreSQL", morning, alone), _month("SQLite", alone, alone)]
        for workers in (WORKERS[0], WORKERS[-1]):
            limited = await _shared(
                postgres, workers, channels=LIMITED_CHANNELS, papers=LIMITED_PAPERS, platform=StrictSlack, pace_s=1.0
            )
            messages = limited.per_minute * (LIMITED_PAPERS + 1)
            rows.append(Row(f"Slack's limits, workers: {workers}: messages (limit 300)", messages, "a minute", None))
            rows.append(Row(f"Slack's limits, workers: {workers}: refused with 429", limited.refused, "", None))
    warm.stop_idle()
    return rows


async def _morning_of_one_process(postgres: Postgres) -> Morning:
    with TemporaryDirectory() as folder:
        home = Path(folder)
        async with a_town(postgres, home, channels=CHANNELS, papers=PAPERS, platform=QuickSlack) as town:
            file = home / "town.db"
            await fill(f"sqlite:///{file}", town.channels, PAPERS)
            before = _sqlite_size(file)
            service = town.start("run", "--no-terminal", PAPERBOY_DATABASE_URL=f"sqlite:///{file}")
            town.wait(1)
            started_s, took_s = _cpu_s(service.pid), _all_posted(town)
            until(lambda: _sqlite_done(file) == CHANNELS, service)
            sending_s = _cpu_s(service.pid) - started_s
            town.stop()
            return Morning(
                channels=CHANNELS,
                took_s=took_s,
                sending_s=sending_s,
                planning_s=0.0,
                server_s=0.0,
                added=_difference(_sqlite_size(file), before),
                refused=0,
            )


async def _shared(
    postgres: Postgres,
    count: int,
    *,
    channels: int = CHANNELS,
    papers: int = PAPERS,
    platform: type[SlackStandIn] = QuickSlack,
    pace_s: float = 0.0,
) -> Morning:
    with TemporaryDirectory() as folder:
        async with a_town(
            postgres, Path(folder), channels=channels, papers=papers, platform=platform, pace_s=pace_s
        ) as town:
            before, server_s = _size(town), _server_cpu_s(postgres)
            workers = [town.numbered(town.worker)[0] for _ in range(count)]
            idle_s = sum(_cpu_s(worker.pid) for worker in workers)
            gateway = town.gateway()
            town.wait(1)
            started_s, took_s = _cpu_s(gateway.pid), _all_posted(town)
            until(lambda: town.ledger() == {"done": channels}, gateway)
            planning_s = sum(_cpu_s(worker.pid) for worker in workers) - idle_s
            sending_s = _cpu_s(gateway.pid) - started_s
            town.stop()
            return Morning(
                channels=channels,
                took_s=took_s,
                sending_s=sending_s,
                planning_s=planning_s,
                server_s=_server_cpu_s(postgres) - server_s,
                added=_difference(_size(town), before),
                refused=len(town.slack.limits.refused) if town.slack.limits else 0,
            )


def _all_posted(town: Town) -> float:
    """Wait for every message; the seconds that takes."""
    began = time.monotonic()
    town.wait(len(town.channels) * (town.papers + 1), longest_s=600)
    return time.monotonic() - began


def _rows(name: str, morning: Morning, alone: Morning) -> list[Row]:
    channels = morning.channels
    rows = [
        Row(f"{name}: channels a minute", morning.per_minute, "", morning.per_minute / alone.per_minute),
        Row(f"{name}: CPU for a channel", morning.cpu_ms, "ms", morning.cpu_ms / alone.cpu_ms),
    ]
    if morning.server_s:
        rows += [
            Row(f"{name}: of it the gateway", morning.sending_s / channels * 1000, "ms", None),
            Row(f"{name}: of it the workers", morning.planning_s / channels * 1000, "ms", None),
            Row(f"{name}: of it the server", morning.server_s / channels * 1000, "ms", None),
        ]
    return rows


def _month(name: str, morning: Morning, alone: Morning) -> Row:
    kilobytes = morning.added.bytes / morning.channels * DIGESTS / 1000
    rows = morning.added.rows / morning.channels * DIGESTS
    label = f"{name}: {DIGESTS} digests of {PAPERS} papers in a channel, {rows:,.0f} rows"
    return Row(label, kilobytes, "kB", morning.added.bytes / alone.added.bytes)


def _cpu_s(pid: int) -> float:
    """CPU seconds that a process and its ended children have taken."""
    fields = Path(f"/proc/{pid}/stat").read_text("utf-8").rpartition(")")[2].split()
    return sum(map(int, fields[11:15])) / _TICKS


def _server_cpu_s(postgres: Postgres) -> float:
    """The same of the database server with its running children."""
    pid = postgres.pid
    used_s = 0.0
    for child in Path(f"/proc/{pid}/task/{pid}/children").read_text("utf-8").split():
        with suppress(FileNotFoundError):  # it has ended since, and counts as ended below
            used_s += _cpu_s(int(child))
    return used_s + _cpu_s(pid)


def _size(town: Town) -> Size:
    sizes: dict[str, int] = dict(town.rows(_TABLES))
    rows = sum(town.rows(f"SELECT count(*) FROM {name}")[0][0] for name in sizes)
    return Size(sum(sizes.values()), rows)


def _sqlite_size(file: Path) -> Size:
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        names = [name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        rows = sum(connection.execute(f"SELECT count(*) FROM {name}").fetchone()[0] for name in names)
    return Size(file.stat().st_size, rows)


def _sqlite_done(file: Path) -> int:
    with closing(sqlite3.connect(file)) as connection:
        return int(connection.execute("SELECT count(*) FROM deliveries WHERE state = 'done'").fetchone()[0])


def _difference(after: Size, before: Size) -> Size:
    return Size(after.bytes - before.bytes, after.rows - before.rows)


def main() -> None:
    """Show the figures."""
    show(TITLE, run())


if __name__ == "__main__":
    main()
