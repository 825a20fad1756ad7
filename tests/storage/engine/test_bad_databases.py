"""Databases that cannot be used, or not now: each is one clear sentence, and nothing is half-written."""

from __future__ import annotations

import asyncio
import inspect
import os
import shutil
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from core.converse.ports import Store
from core.errors import (
    BadSetting,
    StoreBroken,
    StoreError,
    StoreFull,
    StoreLocked,
    StoreReadOnly,
    StoreTooNew,
)
from core.papers.search import parse_query
from tests.fakes.files import contents, locked, run, shorten, spoil, unwritable
from tests.fakes.ledger import CHANNEL, READER, listed
from tests.fakes.papers import DAY, a_paper
from tests.fakes.store_calls import READS, WRITES, fill
from tests.fakes.stores import SqlStore


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database with something of everything in it, closed."""
    path = tmp_path_factory.mktemp("filled") / "paperboy.db"

    async def make() -> None:
        async with SqlStore(f"sqlite:///{path}").open() as store:
            await fill(store)

    asyncio.run(make())
    return path


@pytest.fixture
def path(filled: Path, tmp_path: Path) -> Path:
    """A copy of it."""
    return Path(shutil.copy(filled, tmp_path))


def test_every_method_is_a_read_or_a_write() -> None:
    """The sweeps below leave no method of the port out."""
    methods = {name for name, _ in inspect.getmembers(Store, inspect.isfunction) if not name.startswith("_")}
    assert methods == READS | WRITES.keys()


@pytest.fixture
async def impatient(path: Path) -> AsyncIterator[Store]:
    """A store that does not wait long for a lock."""
    async with SqlStore(f"sqlite:///{path}", busy_timeout_s=0.02).open() as store:
        yield store


@pytest.mark.parametrize("write", WRITES)
async def test_locked(path: Path, impatient: Store, write: str) -> None:
    """Every write on a database that another program is writing to raises StoreLocked and changes nothing."""
    before = contents(path)
    with locked(path), pytest.raises(StoreLocked, match=r"paperboy\.db is locked"):
        await WRITES[write](impatient)
    assert contents(path) == before
    await WRITES[write](impatient)
    assert contents(path) != before


async def test_locked_database_can_be_read(path: Path, impatient: Store) -> None:
    """While another program writes, everything can still be read."""
    with locked(path):
        assert (await impatient.papers()).total == 3


async def test_locked_at_start(tmp_path: Path) -> None:
    """A new database that another program holds is locked, not broken."""
    path = tmp_path / "paperboy.db"
    run(path, "PRAGMA user_version = 0")
    with locked(path), pytest.raises(StoreLocked):
        await _open(path, busy_timeout_s=0.02)
    await _open(path)


@pytest.mark.parametrize("write", WRITES)
async def test_read_only(path: Path, write: str) -> None:
    """Every write on a database that cannot be written raises StoreReadOnly and changes nothing."""
    before = contents(path)
    async with SqlStore(f"sqlite:///{path}", pragmas={"query_only": 1}).open() as store:
        with pytest.raises(StoreReadOnly, match=r"paperboy\.db cannot be written"):
            await WRITES[write](store)
        assert (await store.papers()).total == 3
    assert contents(path) == before


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
async def test_read_only_file(path: Path) -> None:
    """A file without write permission says what is wrong, and stays as it was."""
    before = contents(path)
    with unwritable(path), pytest.raises(StoreReadOnly):
        async with SqlStore(f"sqlite:///{path}").open() as store:
            await listed(store, [9])
    assert contents(path) == before


async def test_full_disk(path: Path) -> None:
    """A listing for which there is no room is not stored, no part of it, and smaller things go on."""
    before = contents(path)
    async with SqlStore(f"sqlite:///{path}", pragmas={"max_page_count": 1}).open() as store:
        with pytest.raises(StoreFull, match="no room left"):
            await WRITES["add"](store)
        assert contents(path) == before
        assert (await store.papers()).total == 3


async def test_no_room_for_the_schema(tmp_path: Path) -> None:
    """A disk that is full at the first start leaves no half of a schema, and a later start makes all of it."""
    path = tmp_path / "paperboy.db"
    with pytest.raises(StoreFull):
        await _open(path, pragmas={"max_page_count": 12})
    assert contents(path) == {}
    await _open(path)


@pytest.mark.parametrize("place", ["a-file/paperboy.db", "a-file/deep/paperboy.db"])
async def test_folder_cannot_be_made(tmp_path: Path, place: str) -> None:
    """Where the folder cannot be made, the sentence names the place and says what to do."""
    (tmp_path / "a-file").write_text("in the way")
    with pytest.raises(StoreReadOnly, match="cannot be opened") as raised:
        await _open(tmp_path / place)
    assert str(tmp_path / place) in str(raised.value) and "folder" in raised.value.hint


async def test_unwritable_folder() -> None:
    """A folder in which nobody may make anything is told."""
    with pytest.raises(StoreReadOnly, match="/proc/paperboy"):
        await _open(Path("/proc/paperboy/paperboy.db"))


async def test_folder_in_the_place_of_the_file(tmp_path: Path) -> None:
    """A folder is not a database."""
    with pytest.raises(StoreReadOnly, match="cannot be opened"):
        await _open(tmp_path)


async def test_missing_folders_are_made(tmp_path: Path) -> None:
    """The folders that lead to the database are made."""
    await _open(tmp_path / "deep" / "er" / "paperboy.db")


async def test_not_a_database(tmp_path: Path) -> None:
    """Any other file is left as it is."""
    path = tmp_path / "paperboy.db"
    path.write_text("Dear diary, " * 500)
    with pytest.raises(StoreBroken, match="not a Paperboy database"):
        await _open(path)
    assert path.read_text() == "Dear diary, " * 500


async def test_empty_file(tmp_path: Path) -> None:
    """An empty file is an empty database."""
    path = tmp_path / "paperboy.db"
    path.touch()
    await _open(path)


async def test_another_programs_database(tmp_path: Path) -> None:
    """A database of somebody else gets no table of ours."""
    path = tmp_path / "notes.db"
    run(path, "CREATE TABLE notes (text)", "INSERT INTO notes VALUES ('mine')")
    before = path.read_bytes()
    with pytest.raises(StoreBroken, match="another program's"):
        await _open(path)
    assert path.read_bytes() == before


async def test_newer_version(path: Path) -> None:
    """The database of a newer Paperboy is not touched."""
    run(path, "UPDATE alembic_version SET version_num = '9999'")
    before = contents(path)
    with pytest.raises(StoreTooNew, match=r"made by a newer Paperboy \(revision 9999; this one knows \d+\)"):
        await _open(path)
    assert contents(path) == before


@pytest.mark.parametrize("left", [0.1, 0.5, 0.9])
async def test_truncated(path: Path, left: float) -> None:
    """A database that lost its end is damaged, and says so at the latest when that part is read."""
    shorten(path, left)
    with pytest.raises(StoreBroken, match="is damaged"):
        await _read_all(path)


async def test_overwritten_pages(path: Path) -> None:
    """A database with rubbish in its middle is damaged."""
    spoil(path)
    with pytest.raises(StoreBroken):
        await _read_all(path)


@pytest.mark.parametrize("url", ["oracle://host/papers", "mysql+pymysql://host/x", "sqlite+pysqlcipher:///x"])
def test_other_databases(url: str) -> None:
    """Only SQLite and PostgreSQL are spoken."""
    with pytest.raises(BadSetting, match="SQLite"):
        SqlStore(url)


@pytest.mark.parametrize("url", ["", "paperboy.db", "/var/lib/paperboy.db", "sqlite"])
def test_not_a_url(url: str) -> None:
    """A path is not a URL, and the hint shows how one looks."""
    with pytest.raises(BadSetting, match="not the URL of a database") as raised:
        SqlStore(url)
    assert "sqlite:///" in raised.value.hint


async def test_sentences_name_the_file_and_no_sql(path: Path, impatient: Store) -> None:
    """What a person reads names the file and what to do, and nothing of the machinery."""
    with locked(path), pytest.raises(StoreError) as raised:
        await listed(impatient, [7])
    sentence = raised.value.sentence()
    assert str(path) in sentence and raised.value.hint
    assert "\n" not in sentence and "INSERT" not in sentence and "sqlite3" not in sentence


async def _open(path: Path, **settings: object) -> None:
    async with AsyncExitStack() as stack:
        await stack.enter_async_context(SqlStore(f"sqlite:///{path}", **settings).open())  # type: ignore[arg-type]  # from a table


async def _read_all(path: Path) -> None:
    """Read every table and go through the full-text index."""
    async with SqlStore(f"sqlite:///{path}").open() as store:
        for number in (1, 2, 3):
            await store.trace(CHANNEL, a_paper(number).id, READER.name)
        await store.papers()
        await store.candidates(READER, listing_day=DAY)
        await store.search(parse_query("invented paper", today=DAY))
        await store.bookmarks()
        await store.source_states()
