"""One tick of the schedule: of 100,000 subscriptions 500 are due, wait for a listing, and are put on record.

The baseline is SQLite doing the least that this needs, in one transaction and without a decision: find 500 of 100,000
rows by an index, read them, and write each and one row beside it.
"""

from __future__ import annotations

import asyncio
import gc
import sqlite3
import statistics
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from sqlalchemy import update

from bot.chats import Chats
from bot.posting import Posting
from bot.wire import App
from core.channels import ChannelRef, DeliveryTime, Subscription
from core.deliver.schedule import DayState
from core.ingest.state import SourceState, State
from storage import rows
from storage.store import SqlStore
from storage.tables import subscriptions
from tests.benchmarks.figures import Row, show
from tests.fakes.chat import FakeChat
from tests.fakes.clock import FakeClock

ALL, DUE = 100_000, 500
#: milliseconds
LIMIT = 50
REPETITIONS = 9
#: a Wednesday everywhere, nine in Berlin, three hours after arXiv's listing of the day
NOW = datetime(2026, 2, 4, 8, tzinfo=UTC)
DAY, TICK = timedelta(days=1), timedelta(minutes=1)
ZONES = ("Europe/Berlin", "Europe/Rome", "Africa/Lagos", "Europe/London", "Asia/Kolkata", "Asia/Tokyo", "Asia/Dubai")
CATEGORIES = ("cs.AI", "cs.CL", "cs.CV", "cs.LG", "cs.RO", "math.CO", "q-bio.NC", "stat.ML")


def run() -> list[Row]:
    """Measure ticks on a database in a file."""
    with TemporaryDirectory() as folder:
        ours, idle = asyncio.run(_ticks(Path(folder) / "bench.db"))
        bare = _bare(Path(folder) / "bare.db")
    return [
        Row(f"sqlite3: find, read and write {DUE} of {ALL:,} rows", bare, "ms CPU", None),
        Row(f"a tick with {ALL:,} subscriptions, {DUE} due (limit {LIMIT})", ours, "ms CPU", ours / bare),
        Row(f"a tick with {ALL:,} subscriptions, none due", idle, "ms CPU", idle / bare),
    ]


async def _ticks(path: Path) -> tuple[float, float]:
    """What a tick costs with 500 due, and with none: each the median, in milliseconds."""
    store, clock, chat = SqlStore(f"sqlite:///{path}"), FakeClock(NOW - TICK), FakeChat()
    async with store.opened(), asyncio.TaskGroup() as group:
        app = App(store=store, clock=clock, load_origins=_no_origins)
        posting = Posting(app, Chats({("slack", ""): lambda: chat}), group, monotonic=lambda: clock.now().timestamp())
        await posting.tick()  # the first one looks at everything there is
        await _fill(store)
        busy, idle = [], []
        for number in range(REPETITIONS):
            clock.set(NOW + 2 * number * TICK)
            busy.append(await _tick_ms(posting))
            await _put_off(store, clock.now())
            clock.move(TICK)
            idle.append(await _tick_ms(posting))
        if len(await store.scheduled_days(DayState.OPEN, limit=ALL)) != DUE * REPETITIONS:
            raise AssertionError("not everything that was due is on record")
    return statistics.median(busy), statistics.median(idle)


async def _tick_ms(posting: Posting) -> float:
    gc.collect()
    began = time.process_time()
    await posting.tick()
    return (time.process_time() - began) * 1000


async def _fill(store: SqlStore) -> None:
    """Store the subscriptions, some due at every second tick, and the states of categories of yesterday."""
    async with store.database.writing() as connection:
        await connection.execute(subscriptions.insert(), list(_values()))
    for category in CATEGORIES:
        read = SourceState(source="arxiv", scope=category, state=State.FRESH, checked_at=NOW - DAY)
        await store.save_source_state(replace(read, listing_day=read.checked_at.date()))


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


async def _put_off(store: SqlStore, now: datetime) -> None:
    """Have what was looked at not be looked at again: each tick has its own."""
    looked_at = (subscriptions.c.next_look > now) & (subscriptions.c.next_look <= now + TICK)
    async with store.database.writing() as connection:
        await connection.execute(update(subscriptions).where(looked_at).values(next_look=NOW + DAY))


def _no_origins() -> Any:
    raise AssertionError("a tick asks no source")


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
