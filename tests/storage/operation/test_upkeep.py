"""Care of a whole database: copies are whole, nothing is replaced unasked, and what is put back was checked."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from core.errors import (
    BadSetting,
    NotFound,
    StoreBroken,
    StoreLocked,
    StoreReadOnly,
    StoreTooNew,
    StoreTooOld,
    UsageError,
)
from storage.migrations import schema
from storage.operation import upkeep
from tests.fakes.files import contents, run, shorten, spoil
from tests.fakes.ledger import finished, listed, subscribed
from tests.fakes.papers import AT, a_listing, a_paper
from tests.fakes.stores import SqlStore


async def make_database(path: Path, papers: int = 3) -> str:
    """A database with some papers and a delivery, closed; its URL."""
    url = f"sqlite:///{path}"
    async with SqlStore(url).open() as store:
        await subscribed(store)
        await listed(store, range(papers))
        await finished(store, [0])
    return url


def files(folder: Path) -> list[str]:
    return sorted(file.name for file in folder.iterdir())


async def total(url: str) -> int:
    async with SqlStore(url).open() as store:
        return (await store.papers()).total


async def test_upgrade_makes_a_database(tmp_path: Path) -> None:
    """Where there is no database, one is made; its revision is told, now and again."""
    url = f"sqlite:///{tmp_path / 'new' / 'paperboy.db'}"
    assert [await upkeep.upgrade(url) for _ in range(2)] == [schema.HEAD] * 2


async def test_stats(tmp_path: Path) -> None:
    """Counts of what there is, the size on disk, and the revision."""
    url = await make_database(tmp_path / "paperboy.db")
    found = await upkeep.stats(url)
    assert found.items() >= {"papers": 3, "announcements": 3, "deliveries": 1, "messages": 2, "bookmarks": 0}.items()
    assert found["revision"] == schema.HEAD and int(found["bytes"]) >= 4096


async def test_backup_is_the_database(tmp_path: Path) -> None:
    """A copy that is made while the database is in use has everything, in one file."""
    url = await make_database(tmp_path / "paperboy.db")
    async with SqlStore(url).open() as store:
        await store.add(a_listing([a_paper(99)]), at=AT)
        await upkeep.backup(url, tmp_path / "copy.db")
        await store.add(a_listing([a_paper(100)]), at=AT)
    assert files(tmp_path) == ["copy.db", "paperboy.db"]
    assert await total(f"sqlite:///{tmp_path / 'copy.db'}") == 4


async def test_backup_replaces_nothing(tmp_path: Path) -> None:
    """A file that is there already stays as it is."""
    url = await make_database(tmp_path / "paperboy.db")
    (tmp_path / "copy.db").write_text("precious")
    with pytest.raises(UsageError, match="there already"):
        await upkeep.backup(url, tmp_path / "copy.db")
    assert (tmp_path / "copy.db").read_text() == "precious"


async def test_nothing_to_back_up(tmp_path: Path) -> None:
    """Without a database there is no copy, and none is made of a database in memory."""
    with pytest.raises(NotFound, match="no database"):
        await upkeep.backup(f"sqlite:///{tmp_path / 'paperboy.db'}", tmp_path / "copy.db")
    with pytest.raises(BadSetting, match="in memory"):
        await upkeep.backup("sqlite://", tmp_path / "copy.db")
    assert files(tmp_path) == []


async def test_backup_to_a_place_that_cannot_be(tmp_path: Path) -> None:
    """A place where nothing can be made is told."""
    url = await make_database(tmp_path / "paperboy.db")
    with pytest.raises(StoreReadOnly, match="cannot be opened"):
        await upkeep.backup(url, tmp_path / "nowhere" / "copy.db")


async def test_backup_of_a_damaged_database(tmp_path: Path) -> None:
    """A damaged database gives no copy that would pass for one."""
    url = await make_database(tmp_path / "paperboy.db", papers=200)
    spoil(tmp_path / "paperboy.db")
    with pytest.raises(StoreBroken):
        await upkeep.backup(url, tmp_path / "copy.db")
    assert not (tmp_path / "copy.db").exists()


async def test_restore_puts_the_copy_in_place(tmp_path: Path) -> None:
    """The copy is the database, the old one lies beside it with all it had, and a second time beside that."""
    path = tmp_path / "paperboy.db"
    url = await make_database(path)
    await upkeep.backup(url, tmp_path / "copy.db")
    for numbers, beside in (([50], "paperboy.db.before-restore"), ([60, 61], "paperboy.db.before-restore-2")):
        async with SqlStore(url).open() as store:
            await listed(store, numbers)
        before = contents(path)
        assert await upkeep.restore(url, tmp_path / "copy.db") == tmp_path / beside
        assert contents(tmp_path / beside) == before
        assert await total(url) == 3
    assert files(tmp_path) == [
        "copy.db",
        "paperboy.db",
        "paperboy.db.before-restore",
        "paperboy.db.before-restore-2",
    ]


async def test_restore_where_there_was_none(tmp_path: Path) -> None:
    """A copy can be the first database of a machine."""
    await make_database(tmp_path / "copy.db")
    url = f"sqlite:///{tmp_path / 'data' / 'paperboy.db'}"
    assert await upkeep.restore(url, tmp_path / "copy.db") is None
    assert await total(url) == 3


@pytest.mark.parametrize(
    ("spoiled", "error"),
    [
        (lambda path: path.write_text("Dear diary, " * 999), StoreBroken),
        (lambda path: path.write_bytes(b""), StoreBroken),
        (spoil, StoreBroken),
        (lambda path: shorten(path, 0.6), StoreBroken),
        (lambda path: run(path, "UPDATE alembic_version SET version_num = '9999'"), StoreTooNew),
        (lambda path: run(path, "UPDATE alembic_version SET version_num = '0034'"), StoreTooOld),
        (lambda path: run(path, "DROP TABLE alembic_version"), StoreBroken),
        (lambda path: path.unlink(), NotFound),
    ],
)
async def test_bad_copy_touches_nothing(tmp_path: Path, spoiled: object, error: type[Exception]) -> None:
    """A copy that is damaged, too new, too old, another program's or missing leaves the database as it is."""
    url = await make_database(tmp_path / "paperboy.db")
    await make_database(tmp_path / "copy.db", papers=200)
    spoiled(tmp_path / "copy.db")  # type: ignore[operator]  # from a table
    before = contents(tmp_path / "paperboy.db")
    with pytest.raises(error):
        await upkeep.restore(url, tmp_path / "copy.db")
    assert contents(tmp_path / "paperboy.db") == before
    assert set(files(tmp_path)) <= {"paperboy.db", "copy.db"}


async def test_restore_while_in_use(tmp_path: Path) -> None:
    """A database that somebody has open is not replaced under them."""
    url = await make_database(tmp_path / "paperboy.db")
    await upkeep.backup(url, tmp_path / "copy.db")
    async with SqlStore(url).open() as store:
        await listed(store, [50])
        with pytest.raises(StoreLocked, match="in use"):
            await upkeep.restore(url, tmp_path / "copy.db")
    assert await total(url) == 4
    assert files(tmp_path) == ["copy.db", "paperboy.db"]


async def test_restore_over_a_damaged_database(tmp_path: Path) -> None:
    """A damaged database is replaced, and kept with its journal."""
    path = tmp_path / "paperboy.db"
    url = await make_database(path)
    await upkeep.backup(url, tmp_path / "copy.db")
    path.write_text("no database " * 999)
    path.with_name("paperboy.db-wal").write_text("what was left of it")
    assert await upkeep.restore(url, tmp_path / "copy.db") == tmp_path / "paperboy.db.before-restore"
    assert (tmp_path / "paperboy.db.before-restore").read_text().startswith("no database")
    assert (tmp_path / "paperboy.db.before-restore-wal").read_text() == "what was left of it"
    assert await total(url) == 3


async def test_check(tmp_path: Path) -> None:
    """A whole database, one in memory and one that is not there yet are fine; a damaged one is a sentence."""
    url = await make_database(tmp_path / "paperboy.db", papers=200)
    assert await upkeep.check(url) is None
    assert await upkeep.check("sqlite://") is None
    assert await upkeep.check(f"sqlite:///{tmp_path / 'none.db'}") is None
    spoil(tmp_path / "paperboy.db")
    sentence = await upkeep.check(url)
    assert sentence and "paperboy.db is damaged" in sentence


async def test_check_finds_an_index_out_of_step(tmp_path: Path) -> None:
    """A table and its index that disagree are damage too."""
    path = tmp_path / "paperboy.db"
    url = await make_database(path)
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA writable_schema = ON")
        connection.execute("DELETE FROM sqlite_schema WHERE name = 'papers_published'")
        connection.commit()
    assert await upkeep.check(url) is not None


async def id_of(url: str) -> int | str:
    return (await upkeep.stats(url))["id"]


async def test_each_database_has_an_id_of_its_own(tmp_path: Path) -> None:
    """Two new databases have different ids, and a database keeps its id when it is opened again."""
    urls = [f"sqlite:///{tmp_path / name}" for name in ("one.db", "two.db")]
    ids = [await id_of(url) for url in urls]
    assert len(set(ids)) == 2 and all(ids)
    assert [await id_of(url) for url in urls] == ids


async def test_copies_keep_the_id_until_they_get_a_new_one(tmp_path: Path) -> None:
    """A backup and a restored database have the id of the first; new-id changes that of one database alone."""
    url, copy = await make_database(tmp_path / "paperboy.db"), f"sqlite:///{tmp_path / 'copy.db'}"
    first = await id_of(url)
    await upkeep.backup(url, tmp_path / "copy.db")
    assert await id_of(copy) == first
    new = await upkeep.new_id(copy)
    assert (await id_of(copy), await id_of(url)) == (new, first) and new != first
    await upkeep.restore(url, tmp_path / "copy.db")
    assert await id_of(url) == new
