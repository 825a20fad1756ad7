"""Transactions: each happens or does not, whoever else writes, and whenever the caller goes away."""

from __future__ import annotations

import asyncio
import inspect
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy import insert, select, update

from core.converse.ports import Store
from core.papers.identity.changes import Stored
from storage.engine.database import Database
from storage.tables import source_states
from tests.fakes.papers import AT, DAY, a_listing, a_paper
from tests.fakes.stores import SqlStore

#: a row of `source_states` whose `listed` is counted up
COUNTER = {
    "source": "s",
    "scope": "",
    "state": "quiet",
    "checked_at": AT,
    "listed": 0,
    "problems": "[]",
    "troubles": 0,
    "came_otherwise": False,
}


@pytest.fixture(params=["file", "memory", "postgresql"])
async def store(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[SqlStore]:
    if request.param == "postgresql":
        server = request.getfixturevalue("postgres")
        with server.empty(await server.prepare()) as url:
            store = SqlStore(url)
            async with store.open():
                yield store
        return
    path = "" if request.param == "memory" else f"/{tmp_path / 'paperboy.db'}"
    store = SqlStore(f"sqlite://{path}")
    async with store.open():
        yield store


@pytest.fixture(params=["sqlite", "postgresql"])
async def url(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[str]:
    """A database that does not exist, or has nothing in it, yet."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'paperboy.db'}"
        return
    with request.getfixturevalue("postgres").empty() as url:
        yield url


async def count_up(database: Database, times: int) -> None:
    """Read a number and write it back one higher, in one transaction each time."""
    for _ in range(times):
        async with database.writing() as connection:
            # PostgreSQL keeps others off the row until the end; SQLite, which has one writer, leaves the clause out.
            row = select(source_states.c.listed).with_for_update()
            found = (await connection.execute(row)).scalar_one()
            await asyncio.sleep(0)
            await connection.execute(update(source_states).values(listed=found + 1))


async def counter(database: Database) -> int:
    async with database.reading() as connection:
        return int((await connection.execute(select(source_states.c.listed))).scalar_one())


async def with_counter(database: Database) -> None:
    async with database.writing() as connection:
        await connection.execute(insert(source_states).values(COUNTER))


async def test_no_update_is_lost(store: SqlStore) -> None:
    """Four tasks that read and then write fifty times each keep all two hundred updates."""
    await with_counter(store.database)
    async with asyncio.TaskGroup() as group:
        for _ in range(4):
            group.create_task(count_up(store.database, 50))
    assert await counter(store.database) == 200


async def test_no_update_is_lost_between_connections(url: str) -> None:
    """The same where each has opened the database for itself, as two processes do."""
    async with Database(url).open() as one, Database(url).open() as other:
        await with_counter(one)
        async with asyncio.TaskGroup() as group:
            for database in (one, other, one, other):
                group.create_task(count_up(database, 50))
        assert await counter(one) == 200


async def test_a_failure_leaves_nothing(store: SqlStore) -> None:
    """What a transaction wrote before its body raised is not there afterwards."""
    with pytest.raises(RuntimeError, match="half-way"):
        async with store.database.writing() as connection:
            await connection.execute(insert(source_states).values(COUNTER))
            raise RuntimeError("half-way")
    assert await store.source_states() == ()


async def test_a_reader_sees_one_state(url: str) -> None:
    """A reader sees the database as it was when it began, whatever is written meanwhile."""
    async with Database(url).open() as database:
        await with_counter(database)
        async with database.reading() as connection:
            before = (await connection.execute(select(source_states.c.listed))).scalar_one()
            await count_up(database, 1)
            assert (await connection.execute(select(source_states.c.listed))).scalar_one() == before
        assert await counter(database) == before + 1


@pytest.mark.parametrize("steps", [1, 2, 4, 8, 12, 16, 20, 24, 28, 32])
async def test_cancelled_call_stores_all_or_nothing(store: SqlStore, steps: int) -> None:
    """A call that is cancelled at any await leaves nothing half-done, and the store goes on at once."""
    listing = a_listing([a_paper(number) for number in range(150)])
    task = asyncio.get_running_loop().create_task(store.add(listing, at=AT))
    for _ in range(steps * 5):
        await asyncio.sleep(0.0001)
    task.cancel()
    await asyncio.wait([task])
    assert (await store.papers(limit=1)).total in (0, 150)
    await store.add(listing, at=AT)
    assert (await store.papers(limit=1)).total == 150
    await store.add(a_listing([a_paper(1_000)]), at=AT)


def test_every_call_is_carried_to_its_end() -> None:
    """No method of the store can be left in the middle of a statement."""
    calls = [name for name, method in inspect.getmembers(Store) if inspect.iscoroutinefunction(method)]
    assert len(calls) > 40
    assert [name for name in calls if not hasattr(getattr(SqlStore, name), "__wrapped__")] == []


async def test_cancelled_read(store: SqlStore) -> None:
    """Cancelled reads leave no connection behind that could not be used again."""
    await store.add(a_listing([a_paper(number) for number in range(400)]), at=AT)
    for _ in range(30):
        task = asyncio.get_running_loop().create_task(store.papers())
        await asyncio.sleep(0.001)
        task.cancel()
        await asyncio.wait([task])
    assert (await store.papers()).total == 400


async def test_readers_do_not_wait_for_each_other(store: SqlStore) -> None:
    """Many readers at once are all answered."""
    await store.add(a_listing([a_paper(number) for number in range(50)]), at=AT)
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(store.papers(day=DAY)) for _ in range(40)]
    assert {task.result().total for task in tasks} == {50}


async def test_opened_again(url: str) -> None:
    """A store that was closed can be opened again and has what it had."""
    store = SqlStore(url)
    for known in (0, 1):
        async with store.open():
            assert await store.add(a_listing([a_paper(1)]), at=AT) == Stored(new=1 - known, known=known)


async def test_memory_is_not_shared() -> None:
    """Two stores in memory are two stores."""
    async with SqlStore("sqlite://").open() as one, SqlStore("sqlite:///:memory:").open() as other:
        await one.add(a_listing([a_paper(1)]), at=AT)
        assert ((await one.papers()).total, (await other.papers()).total) == (1, 0)


#: forks processes that have loaded all they need, and lets them begin at one moment
OPENERS = """
import asyncio, os, sys
from tests.fakes.stores import SqlStore

async def main():
    async with SqlStore(sys.argv[1]).open() as store:
        print((await store.papers()).total)

start, begin = os.pipe()
for _ in range(4):
    if not os.fork():
        os.close(begin)
        os.read(start, 1)
        asyncio.run(main())
        sys.exit()
os.close(begin)
sys.exit(any(os.wait()[1] for _ in range(4)))
"""


async def test_processes_that_start_together(url: str) -> None:
    """Several processes that open a new database at once all find it made, once."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", OPENERS, url, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
    )
    assert await process.communicate() == (b"0\n" * 4, b"")
    assert process.returncode == 0
