"""SQLite's driver: what goes to its thread in one call is what went there in several."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from core.errors import StoreLocked
from storage.engine.sqlite_driver import FIRST_ROWS
from tests.fakes.papers import AT, a_listing, a_paper
from tests.fakes.stores import SqlStore

COUNT = text(
    "WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < :most) SELECT n FROM numbers"
)
HINT = text("INSERT INTO hints (recipient, name, at) VALUES ('a', :name, '2026-02-04')")
NAMES = text("SELECT name FROM hints ORDER BY name")


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[SqlStore]:
    store = SqlStore(f"sqlite:///{tmp_path / 'paperboy.db'}", busy_timeout_s=0.01)
    async with store.open():
        yield store


@pytest.mark.parametrize("most", [1, FIRST_ROWS - 1, FIRST_ROWS, FIRST_ROWS + 1, 3 * FIRST_ROWS])
async def test_all_rows_come(store: SqlStore, most: int) -> None:
    """However many rows a statement finds, all come, in their order, at once and in parts."""
    async with store.database.reading() as connection:
        assert (await connection.execute(COUNT, {"most": most})).scalars().all() == list(range(1, most + 1))
        async with connection.stream(COUNT, {"most": most}) as stream:
            parts = [[row.n for row in part] async for part in stream.partitions(300)]
    assert [number for part in parts for number in part] == list(range(1, most + 1))
    assert max(map(len, parts)) <= 300


async def test_rows_that_nobody_fetched(store: SqlStore) -> None:
    """Who stops reading in the middle leaves a connection that works."""
    async with store.database.reading() as connection:
        async with connection.stream(COUNT, {"most": 5 * FIRST_ROWS}) as stream:
            assert (await stream.fetchmany(FIRST_ROWS + 1))[-1].n == FIRST_ROWS + 1
        assert (await connection.execute(COUNT, {"most": 2})).scalars().all() == [1, 2]


async def test_writers_hold_the_lock_from_their_first_statement_on(store: SqlStore) -> None:
    """Who reads before writing is the only writer already: another process is refused, and nothing is lost."""
    other = SqlStore(f"sqlite:///{store.database.path}", busy_timeout_s=0.01)
    async with other.open():
        async with store.database.writing() as connection:
            assert (await connection.execute(NAMES)).all() == []
            with pytest.raises(StoreLocked):
                await other.add(a_listing([a_paper(1)]), at=AT)
            await connection.execute(HINT, {"name": "first"})
        async with other.database.reading() as connection:
            assert (await connection.execute(NAMES)).scalars().all() == ["first"]


async def test_a_transaction_sees_one_state(store: SqlStore) -> None:
    """What others commit after its first statement does not show in a transaction that reads."""
    async with store.database.reading() as reading:
        assert (await reading.execute(NAMES)).all() == []
        async with store.database.writing() as writing:
            await writing.execute(HINT, {"name": "late"})
        assert (await reading.execute(NAMES)).all() == []
    async with store.database.reading() as reading:
        assert (await reading.execute(NAMES)).scalars().all() == ["late"]


async def test_nothing_is_begun_for_nothing(store: SqlStore) -> None:
    """A transaction without a statement ends without one, and the next one of its connection begins anew."""
    for _ in range(3):
        async with store.database.writing():
            pass
        async with store.database.reading():
            pass
    async with store.database.writing() as connection:
        await connection.execute(HINT, {"name": "kept"})
    async with store.database.reading() as connection:
        assert (await connection.execute(NAMES)).scalars().all() == ["kept"]


async def test_a_statement_that_fails(store: SqlStore) -> None:
    """What a transaction wrote before a statement failed is taken back, and its connection goes on."""
    with pytest.raises(IntegrityError):
        async with store.database.writing() as connection:
            await connection.execute(HINT, {"name": "gone"})
            await connection.execute(HINT, {"name": "gone"})
    async with store.database.writing() as connection:
        assert (await connection.execute(NAMES)).all() == []
        await connection.execute(HINT, {"name": "kept"})
    async with store.database.reading() as connection:
        assert (await connection.execute(NAMES)).scalars().all() == ["kept"]
