"""The clock with 100,000 subscriptions: a tick with 500 due, a tick of the refresh, the operator's look, the status.

The 500 wait for a listing and are put on record; the operator looks while thousands are late. The baseline is SQLite
doing the least that a tick needs, in one transaction and without a decision: find 500 of 100,000 rows by an index, read
them, and write each and one row beside it.
"""

from __future__ import annotations

import asyncio
import gc
import sqlite3
import statistics
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import closing, redirect_stderr
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from io import StringIO
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

import structlog
from sqlalchemy import text, update

from bot.chats import Chats
from bot.operation import logs, status
from bot.operation.alerting import Operator
from bot.origins import Origins
from bot.posting import Posting
from bot.schedule import refresh_due
from bot.wire import App
from core.channels import ChannelRef, DeliveryTime, Subscription
from core.deliver.schedule import DayReason, DayState
from core.ingest.state import SourceState, State
from core.operate.alerts import LATE
from storage import rows
from storage.tables import delivery_days, subscriptions
from tests.benchmarks.figures import Row, show
from tests.fakes.chat import FakeChat
from tests.fakes.clock import FakeClock
from tests.fakes.sources import FakeSource
from tests.fakes.stores import SqlStore

ALL, DUE = 100_000, 500
#: milliseconds
LIMIT = 50
#: milliseconds for a look at everything while nothing is to be done
IDLE_LIMIT = 50
REPETITIONS = 9
#: days that are on record of each subscription
HISTORY = 5
#: a Wednesday everywhere, nine in Berlin, three hours after arXiv's listing of the day
NOW = datetime(2026, 2, 4, 8, tzinfo=UTC)
DAY, TICK = timedelta(days=1), timedelta(minutes=1)
ZONES = ("Europe/Berlin", "Europe/Rome", "Africa/Lagos", "Europe/London", "Asia/Kolkata", "Asia/Tokyo", "Asia/Dubai")
_NAME_CATEGORIES = text(
    "INSERT INTO subscription_categories (subscription_id, category)"
    " SELECT subscriptions.id, each.value FROM subscriptions, json_each(subscriptions.value, '$.categories') AS each"
)
_POST = text(
    "INSERT INTO delivery_days (subscription_id, day, due_at, state, reason, opened_at, closed_at)"
    " SELECT id, date(next_due, :days), datetime(next_due, :days) || '.000000', 'posted', '',"
    " datetime(next_due, :days) || '.000000', datetime(next_due, :days) || '.000000' FROM subscriptions"
)
CATEGORIES = ("cs.AI", "cs.CL", "cs.CV", "cs.LG", "cs.RO", "math.CO", "q-bio.NC", "stat.ML")


def run() -> list[Row]:
    """Measure ticks on a database in a file."""
    with TemporaryDirectory() as folder:
        ours = asyncio.run(_measured(Path(folder) / "bench.db"))
        bare = _bare(Path(folder) / "bare.db")
    late = DUE * REPETITIONS
    return [
        Row(f"sqlite3: find, read and write {DUE} of {ALL:,} rows", bare, "ms CPU", None),
        *(
            Row(name, value, "ms CPU", value / bare)
            for name, value in (
                (f"a tick with {ALL:,} subscriptions, {DUE} due (limit {LIMIT})", ours.busy),
                (f"a tick with {ALL:,} subscriptions, none due", ours.idle),
                (f"a refresh with nothing to read, {ALL:,} subscriptions (limit {IDLE_LIMIT})", ours.refresh),
                (f"the operator's look, {ALL:,} subscriptions, {late:,} late (limit {IDLE_LIMIT})", ours.look),
                (f"paperboy status, {ALL:,} subscriptions, {late:,} late", ours.status),
            )
        ),
    ]


class Figures(NamedTuple):
    """Milliseconds of CPU, each the median."""

    busy: float
    idle: float
    refresh: float
    look: float
    status: float


async def _measured(path: Path) -> Figures:
    """What each costs, with the log of a service, which nobody sees."""
    with redirect_stderr(StringIO()):
        logs.configure(of_service=True)
        try:
            return await _figures(path)
        finally:
            structlog.reset_defaults()


async def _figures(path: Path) -> Figures:
    store, clock, chat = SqlStore(f"sqlite:///{path}"), FakeClock(NOW - TICK), FakeChat()
    origins = Origins(sources={"arxiv": FakeSource("arxiv")})
    async with store.open(), asyncio.TaskGroup() as group:
        app = App(store=store, clock=clock, load_origins=lambda: origins)
        chats = Chats({("slack", ""): lambda: chat})
        posting = Posting(app, chats, group, monotonic=lambda: clock.now().timestamp())

        async def tick() -> None:
            await posting.tick()
            await posting.seconds_to_next()

        await tick()  # the first one looks at everything there is
        await _fill(store)
        busy, idle = [], []
        for number in range(REPETITIONS):
            clock.set(NOW + 2 * number * TICK)
            busy.append(await _ms(tick))
            await _put_off(store, clock.now())
            clock.move(TICK)
            idle.append(await _ms(tick))
        late = DUE * REPETITIONS
        if (await store.scheduled_days(DayState.OPEN, limit=1)).total != late:
            raise AssertionError("not everything that was due is on record")
        await _let_half_fail(store)
        clock.move(LATE)
        await _read(store, clock.now())

        async def refresh() -> None:
            if await refresh_due(app):
                raise AssertionError("something was read")

        operator = Operator(app=app, chats=chats, tenures=())
        look = partial(operator.look, outage=None, jump=None)
        await look()
        if "digests late" not in [one.key for one in await store.alerts()]:
            raise AssertionError("nobody was told of late digests")
        return Figures(
            busy=statistics.median(busy),
            idle=statistics.median(idle),
            refresh=statistics.median([await _ms(refresh) for _ in range(REPETITIONS)]),
            look=statistics.median([await _ms(look) for _ in range(REPETITIONS)]),
            status=statistics.median([await _ms(partial(status.read, store, clock.now())) for _ in range(REPETITIONS)]),
        )


async def _ms(work: Callable[[], Awaitable[object]]) -> float:
    gc.collect()
    began = time.process_time()
    await work()
    return (time.process_time() - began) * 1000


async def _fill(store: SqlStore) -> None:
    """Store the subscriptions, some due at every second tick, and the states of categories of yesterday."""
    async with store.database.writing() as connection:
        await connection.execute(subscriptions.insert(), list(_values()))
        await connection.execute(_NAME_CATEGORIES)
        for days in range(1, HISTORY + 1):
            await connection.execute(_POST, {"days": f"-{days} days"})
    await _read(store, NOW - DAY)


async def _read(store: SqlStore, at: datetime) -> None:
    """Have the listing of a day read in all categories."""
    for category in CATEGORIES:
        read = SourceState(source="arxiv", scope=category, state=State.FRESH, checked_at=at, fresh_at=at)
        await store.save_source_state(replace(read, listing_day=at.date()))


def _values() -> Iterator[dict[str, Any]]:
    for number in range(ALL):
        minutes = 2 * (number // DUE) if number < DUE * REPETITIONS else 12 * 60
        due = NOW + minutes * TICK
        time = DeliveryTime(zone=ZONES[number % len(ZONES)])
        one = Subscription(
            channel=ChannelRef("slack", "T1", f"C{number}"),
            categories=(CATEGORIES[number % len(CATEGORIES)], CATEGORIES[(number + 3) % len(CATEGORIES)]),
            at=replace(time, at=time.local_time(due).time()),
        )
        yield {
            "channel": str(one.channel),
            "name": one.name,
            "value": rows.subscription_text(one),
            "saved_at": NOW - 9 * DAY,
            "next_look": due,
            "settled_until": due - DAY,
            "next_due": due,
        }


async def _let_half_fail(store: SqlStore) -> None:
    """Have half of the open days be late through a failure; the others wait for a source."""
    failing = (delivery_days.c.state == DayState.OPEN.value) & (delivery_days.c.subscription_id % 2 == 0)
    async with store.database.writing() as connection:
        await connection.execute(update(delivery_days).where(failing).values(reason=DayReason.FAILED.value))


async def _put_off(store: SqlStore, now: datetime) -> None:
    """Have what was looked at not be looked at again: each tick has its own."""
    looked_at = (subscriptions.c.next_look > now) & (subscriptions.c.next_look <= now + TICK)
    async with store.database.writing() as connection:
        await connection.execute(update(subscriptions).where(looked_at).values(next_look=NOW + DAY))


def _bare(path: Path) -> float:
    """Milliseconds for the least that a tick needs."""
    text = rows.subscription_text(Subscription(channel=ChannelRef("slack", "T1", "C1"), categories=CATEGORIES[:2]))
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("CREATE TABLE wanted (id INTEGER PRIMARY KEY, value TEXT, look INTEGER)")
        connection.execute("CREATE TABLE days (id INTEGER, day TEXT, state TEXT, PRIMARY KEY (id, day)) WITHOUT ROWID")
        connection.execute("CREATE INDEX looks ON wanted (look)")
        values = ((number, text, number // DUE) for number in range(ALL))
        connection.executemany("INSERT INTO wanted VALUES (?, ?, ?)", values)
        connection.commit()
        return statistics.median(_least_ms(connection, tick) for tick in range(REPETITIONS))


def _least_ms(connection: sqlite3.Connection, tick: int) -> float:
    began = time.process_time()
    found = connection.execute(
        "SELECT id, value FROM wanted WHERE look <= ? ORDER BY look LIMIT 1000", (tick,)
    ).fetchall()
    connection.executemany("UPDATE wanted SET look = ? WHERE id = ?", [(ALL, id) for id, _ in found])
    connection.executemany("INSERT INTO days VALUES (?, '2026-02-04', 'open')", [(id,) for id, _ in found])
    connection.commit()
    if len(found) != DUE:
        raise AssertionError(f"{len(found)} rows were due")
    return (time.process_time() - began) * 1000


def main() -> None:
    """Show the figures."""
    show("The schedule", run())


if __name__ == "__main__":
    main()
