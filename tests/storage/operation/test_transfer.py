"""Whole databases, copied row by row: moved from SQLite to PostgreSQL, and backed up and restored on both."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import AsyncIterator, Callable
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import create_engine, insert, select, text
from sqlmodel import SQLModel

from core.channels import Subscription
from core.converse.ports import Store
from core.deliver.ledger import DeliveryKind
from core.errors import NotFound, StoreBroken, StoreLocked, UsageError
from core.ingest.refresh import Progress
from core.papers.search import parse_query
from storage import tables
from storage.engine.database import Database
from storage.migrations import schema
from storage.operation import upkeep
from tests.fakes.feedback import feedback_in
from tests.fakes.files import run
from tests.fakes.ledger import CHANNEL, READER, listed, subscribed
from tests.fakes.papers import AT, DAY, a_listing, a_paper
from tests.fakes.rows import ROWS, rows_of
from tests.fakes.store_calls import WRITES, fill
from tests.fakes.stores import SqlStore
from tests.storage.postgres import Postgres

TABLES = SQLModel.metadata.sorted_tables


def idle(service: object) -> bool:
    return False


@pytest.fixture
def server(postgres: Postgres) -> AsyncIterator[str]:
    """A database without tables."""
    with postgres.empty() as url:
        yield url


async def filled(url: str, seed: int) -> str:
    """A database with rows in every table."""
    async with Database(url).open() as database, database.writing() as connection:
        await connection.execute(tables.identity.delete())
        for table in TABLES:
            rows = rows_of(table, seed)
            await connection.execute(insert(table), rows[:1] if table is tables.identity else rows)
    return url


async def rows(url: str) -> dict[str, list[tuple[Any, ...]]]:
    """Every row of every table."""
    async with Database(url).open() as database, database.reading() as connection:
        return {
            table.name: sorted(map(tuple, await connection.execute(select(table))), key=repr)  # type: ignore[arg-type]  # rows are tuples
            for table in TABLES
        }


async def make_database(path: Path, papers: int = 3) -> str:
    """A database of a store that was used."""
    url = f"sqlite:///{path}"
    async with SqlStore(url).open() as store:
        await subscribed(store)
        await listed(store, range(papers))
    return url


def older(url: str) -> None:
    """Make a database as an older version left it."""
    engine = create_engine(url.replace("postgresql://", "postgresql+psycopg://"))
    with engine.begin() as connection:
        migrations = Config()
        migrations.set_main_option("script_location", str(Path(schema.__file__).parent))
        migrations.attributes["connection"] = connection
        command.upgrade(migrations, schema.REVISIONS[0])
    engine.dispose()


async def is_without_tables(url: str) -> bool:
    database = Database(url)
    async with database.closed_after(), database.reading() as connection:
        return await connection.run_sync(schema.revision, database.where) is None


@pytest.mark.parametrize("seed", [1, 2])
async def test_every_row_of_every_table_moves(tmp_path: Path, server: str, seed: int) -> None:
    """Text, numbers, moments, bytes and nothing at all: the other database holds every value, and so do its backups."""
    url = await filled(f"sqlite:///{tmp_path / 'paperboy.db'}", seed)
    before = await rows(url)
    assert all(len(found) == (1 if name == "identity" else ROWS) for name, found in before.items())
    moved = await upkeep.move(url, server, is_running=idle)
    assert moved.rows == sum(map(len, before.values())) and not moved.mended_texts
    assert await rows(server) == before == await rows(url)
    await upkeep.backup(server, tmp_path / "backup.db")
    again = f"sqlite:///{tmp_path / 'again.db'}"
    await upkeep.restore(again, tmp_path / "backup.db")
    assert await rows(again) == before


#: what a store tells of itself
READS: dict[str, Callable[[Store], Any]] = {
    "papers": lambda store: store.papers(limit=0),
    "subscriptions": lambda store: store.subscriptions(),
    "candidates": lambda store: store.candidates(READER),
    "bookmarks": lambda store: store.bookmarks(),
    "feedback": lambda store: feedback_in(store, CHANNEL),
    "source states": lambda store: store.source_states(),
    "backfills": lambda store: store.backfills("arxiv"),
    "looks": lambda store: store.looks(CHANNEL),
    "delivery": lambda store: store.delivery(READER, DAY + timedelta(days=1), DeliveryKind.DAILY),
    "ended": lambda store: store.ended_subscriptions(CHANNEL, since=AT),
    "services": lambda store: store.services(),
    "claims": lambda store: store.claims(),
    "alerts": lambda store: store.alerts(),
    "id": lambda store: store.database_id(),
    "search": lambda store: store.search(parse_query("invented in:cs.CL", today=DAY)),
}


async def read_all(url: str) -> dict[str, object]:
    async with SqlStore(url).open() as store:
        answers = {name: await read(store) for name, read in READS.items()}
    found = answers["search"]
    return {**answers, "search": [hit.id for hit in found.hits], "candidates": answers["candidates"].until}


async def test_the_store_goes_on_where_it_was(tmp_path: Path, server: str) -> None:
    """After a move the store says what it said before, and each kind of new row can be stored."""
    url = f"sqlite:///{tmp_path / 'paperboy.db'}"
    async with SqlStore(url).open() as store:
        await fill(store)
    await upkeep.move(url, server, is_running=idle)
    assert await read_all(server) == await read_all(url)
    async with SqlStore(server).open() as store:
        for name in ("add", "save_subscription", "save_summaries", "add_bookmark", "save_plan", "change_settings"):
            await WRITES[name](store)


async def test_numbers_are_never_given_again(tmp_path: Path, server: str) -> None:
    """The numbers of rows that are gone stay theirs, there and in a backup of that."""
    url = await make_database(tmp_path / "paperboy.db")
    async with SqlStore(url).open() as store:
        for name in ("second", "third"):
            await store.save_subscription(Subscription(channel=CHANNEL, name=name), at=AT)
            await store.remove_subscription(CHANNEL, name, at=AT)
    await upkeep.move(url, server, is_running=idle)
    await upkeep.backup(server, tmp_path / "backup.db")
    for place in (server, f"sqlite:///{tmp_path / 'backup.db'}"):
        async with SqlStore(place).open() as store, store.database.reading() as connection:
            await store.save_subscription(Subscription(channel=CHANNEL, name="fourth"), at=AT)
            numbers = (await connection.execute(select(tables.subscriptions.c.id))).scalars().all()
        assert max(numbers) >= 3 or sorted(numbers) == [1]
        async with store.database.open() as database, database.reading() as connection:
            assert sorted((await connection.execute(select(tables.subscriptions.c.id))).scalars()) == [1, 4]


async def test_progress_is_told(tmp_path: Path, server: str) -> None:
    """Whoever waits is told how far it is: each row is copied once and compared once."""
    url, steps = await make_database(tmp_path / "paperboy.db"), list[Progress]()
    moved = await upkeep.move(url, server, is_running=idle, tell=steps.append)
    assert [step.done for step in steps] == sorted(step.done for step in steps)
    assert steps[-1].done == steps[-1].total == 2 * moved.rows
    assert {step.what for step in steps} >= {"copying papers", "comparing papers"}


async def test_a_move_that_is_cut_off(tmp_path: Path, server: str) -> None:
    """Whatever ends a move halfway leaves the other database without a table, and the first one usable."""
    url = await make_database(tmp_path / "paperboy.db")

    def pull_the_plug(step: Progress) -> None:
        if step.what == "comparing papers":
            raise RuntimeError

    with pytest.raises(RuntimeError):
        await upkeep.move(url, server, is_running=idle, tell=pull_the_plug)
    assert await is_without_tables(server)
    assert (await upkeep.move(url, server, is_running=idle)).contents["papers"].rows == 3


async def test_a_copy_that_is_another_one(tmp_path: Path, server: str, postgres: Postgres) -> None:
    """A row that changes on its way is found, and nothing is left of the move."""
    url = await make_database(tmp_path / "paperboy.db")
    await upkeep.upgrade(server)
    async with Database(server).open() as database, database.writing() as connection:
        await connection.execute(
            text(
                "CREATE FUNCTION wrong() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN new.title :="
                " upper(new.title); RETURN new; END $$"
            )
        )
        await connection.execute(
            text("CREATE TRIGGER wrong BEFORE INSERT ON papers FOR EACH ROW EXECUTE FUNCTION wrong()")
        )
    with pytest.raises(StoreBroken, match="copy of the table papers is not what was copied"):
        await upkeep.move(url, server, is_running=idle)
    assert (await upkeep.stats(server))["papers"] == 0


async def test_refused_moves(tmp_path: Path, server: str, postgres_url: str) -> None:
    """Nothing moves over anything, from a database in use or that is not there, or onto itself."""
    url = await make_database(tmp_path / "paperboy.db")
    with pytest.raises(NotFound, match="no database"):
        await upkeep.move(f"sqlite:///{tmp_path / 'none.db'}", server)
    with pytest.raises(UsageError, match="uses already"):
        await upkeep.move(url, url, is_running=idle)
    async with SqlStore(postgres_url).open() as store:
        await store.add(a_listing([a_paper(7)]), at=AT)
    with pytest.raises(UsageError, match="is not empty"):
        await upkeep.move(url, postgres_url, is_running=idle)
    assert (await upkeep.stats(postgres_url))["papers"] == 1
    async with SqlStore(url).open() as store:
        await WRITES["save_service"](store)
    with pytest.raises(StoreLocked, match="Paperboy runs with the database"):
        await upkeep.move(url, server)
    assert await is_without_tables(server)


async def test_a_move_to_an_older_database(tmp_path: Path, postgres: Postgres) -> None:
    """A database of another version is refused, empty or not."""
    url = await make_database(tmp_path / "paperboy.db")
    with postgres.empty() as target:
        older(target)
        with pytest.raises(StoreBroken, match="revision 0035"):
            await upkeep.move(url, target, is_running=idle)


async def test_texts_that_no_database_should_hold(tmp_path: Path, server: str) -> None:
    """A NUL that somebody put into a file stands as the sign for the unknown, and is counted."""
    path = tmp_path / "paperboy.db"
    url = await make_database(path)
    run(path, "UPDATE papers SET comment = 'a' || char(0) || 'b' WHERE id = 1")
    moved = await upkeep.move(url, server, is_running=idle)
    assert moved.mended_texts == 1
    assert "a\ufffdb" in [paper.comment for paper in (await papers(server))]


async def papers(url: str) -> list[Any]:
    async with Database(url).open() as database, database.reading() as connection:
        return list(await connection.execute(select(tables.papers)))


@pytest.mark.parametrize(
    ("broken", "sentence"),
    [
        ("UPDATE papers SET comment = CAST(x'ff' AS TEXT) WHERE id = 1", "holds a value that cannot be read"),
        ("UPDATE papers SET announced = 'soon' WHERE id = 1", "holds a value that cannot be read"),
        ("UPDATE papers SET version = 99999999999 WHERE id = 1", "does not fit into the other database"),
    ],
)
async def test_values_that_are_none(tmp_path: Path, server: str, broken: str, sentence: str) -> None:
    """A damaged value ends a move with the name of its table, and the other database stays empty."""
    path = tmp_path / "paperboy.db"
    url = await make_database(path)
    run(path, broken)
    with pytest.raises(StoreBroken, match=f"table papers {sentence}"):
        await upkeep.move(url, server, is_running=idle)
    assert await is_without_tables(server)


async def test_backup_of_postgresql_and_back(tmp_path: Path, postgres_url: str, server: str) -> None:
    """A backup of a database that is in use is one file for its owner, and either kind of database is made from it."""
    file = tmp_path / "backup.db"
    async with SqlStore(postgres_url).open() as store:
        await fill(store)
        contents = await upkeep.backup(postgres_url, file)
        await store.add(a_listing([a_paper(50)]), at=AT)
    assert contents["papers"].rows == 3 and os.listdir(tmp_path) == ["backup.db"]  # noqa: PTH208 - in a coroutine
    assert file.stat().st_mode & 0o777 == 0o600
    with pytest.raises(UsageError, match="there already"):
        await upkeep.backup(postgres_url, file)
    with pytest.raises(UsageError, match="is not empty"):
        await upkeep.restore(postgres_url, file, is_running=idle)
    with pytest.raises(StoreLocked, match="Paperboy runs"):
        await upkeep.restore(postgres_url, file, replaces=True)
    assert (await upkeep.stats(postgres_url))["papers"] == 4
    for url in (postgres_url, server):
        await upkeep.restore(url, file, replaces=url == postgres_url, is_running=idle)
    assert await rows(server) == await rows(postgres_url)
    assert (await upkeep.stats(server))["papers"] == 3


async def test_restores_and_backups_that_are_cut_off(tmp_path: Path, postgres_url: str) -> None:
    """A restore that ends halfway leaves what was there, and a backup that does leaves no file."""
    await make_database(tmp_path / "paperboy.db")
    await upkeep.backup(f"sqlite:///{tmp_path / 'paperboy.db'}", tmp_path / "backup.db")
    async with SqlStore(postgres_url).open() as store:
        await store.add(a_listing([a_paper(50)]), at=AT)
    before = await rows(postgres_url)

    def pull_the_plug(step: Progress) -> None:
        raise RuntimeError

    with pytest.raises(RuntimeError):
        await upkeep.restore(postgres_url, tmp_path / "backup.db", replaces=True, is_running=idle, tell=pull_the_plug)
    assert await rows(postgres_url) == before
    with pytest.raises(RuntimeError):
        await upkeep.backup(postgres_url, tmp_path / "other.db", tell=pull_the_plug)
    assert not list(tmp_path.glob("other.db*"))  # noqa: ASYNC240 - a folder of three files


async def test_backup_of_an_older_version(tmp_path: Path, server: str) -> None:
    """A backup that an older Paperboy made is brought up to date on the way to PostgreSQL, and stays what it is."""
    file = tmp_path / "backup.db"
    older(f"sqlite:///{file}")
    before = file.read_bytes()
    await upkeep.restore(server, file, is_running=idle)
    assert (await upkeep.stats(server))["revision"] == schema.HEAD and file.read_bytes() == before


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
async def test_a_letter_that_changed_in_a_backup(tmp_path: Path, server: str, kind: str) -> None:
    """One other letter in a text, which SQLite takes for whole, is found before anything is restored."""
    file = tmp_path / "backup.db"
    url = await make_database(tmp_path / "paperboy.db")
    await upkeep.backup(url, file)
    content = file.read_bytes()
    assert b"Invented paper number 1" in content
    file.write_bytes(content.replace(b"Invented paper number 1", b"InventeD paper number 1"))
    with pytest.raises(StoreBroken, match="its table papers is not as it was"):
        await upkeep.restore(url if kind == "sqlite" else server, file, is_running=idle)


async def test_a_backup_that_became_a_database(tmp_path: Path) -> None:
    """Whoever opens a backup as a database and goes on with it may restore that; its table of contents stays behind."""
    url = await make_database(tmp_path / "paperboy.db")
    await upkeep.backup(url, tmp_path / "backup.db")
    async with SqlStore(f"sqlite:///{tmp_path / 'backup.db'}").open() as store:
        await store.add(a_listing([a_paper(50)]), at=AT)
    await upkeep.restore(url, tmp_path / "backup.db")
    assert (await upkeep.stats(url))["papers"] == 4
    with closing(sqlite3.connect(tmp_path / "paperboy.db")) as connection:
        names = {name for (name,) in connection.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")}
    assert "backup_contents" not in names
