"""A database and its copies are their owner's alone, whatever the umask."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from storage.operation import upkeep
from tests.fakes.papers import AT, a_listing, a_paper
from tests.fakes.stores import SqlStore

pytestmark = pytest.mark.skipif(os.name != "posix", reason="files have modes on POSIX systems alone")


@pytest.fixture(params=[0, 0o022, 0o077], ids=["umask 0", "umask 022", "umask 077"])
def umask(request: pytest.FixtureRequest) -> Iterator[None]:
    """The umask that the program was started with."""
    before = os.umask(request.param)
    yield
    os.umask(before)


def modes(folder: Path) -> dict[str, int]:
    return {file.name: stat.S_IMODE(file.stat().st_mode) for file in folder.iterdir()}


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A folder of the user's own, open to others."""
    folder = tmp_path / "home"
    folder.mkdir()
    folder.chmod(0o755)
    return folder


async def filled(path: Path) -> str:
    """The URL of a new database with a paper."""
    url = f"sqlite:///{path}"
    async with SqlStore(url).open() as store:
        await store.add(a_listing([a_paper()]), at=AT)
        assert set(modes(path.parent).values()) == {0o600}
        assert f"{path.name}-wal" in modes(path.parent)
    return url


@pytest.mark.usefixtures("umask")
async def test_a_new_database_is_private(home: Path) -> None:
    """The file, the files beside it, and the folders made for it are closed to others; the user's folder is not."""
    await filled(home / "new" / "folder" / "paperboy.db")
    assert modes(home) == {"new": 0o700} and modes(home / "new") == {"folder": 0o700}
    assert modes(home.parent) == {"home": 0o755}


@pytest.mark.usefixtures("umask")
async def test_a_database_made_before_is_tightened(tmp_path: Path) -> None:
    """What an earlier Paperboy left open to others is closed with the next start."""
    path = tmp_path / "paperboy.db"
    url = await filled(path)
    path.chmod(0o644)
    beside = path.with_name("paperboy.db-wal")
    beside.touch()
    beside.chmod(0o666)
    async with SqlStore(url).open():
        assert set(modes(tmp_path).values()) == {0o600}


@pytest.mark.usefixtures("umask")
async def test_copies_are_private(tmp_path: Path) -> None:
    """A backup, what is restored from it, and the database that it replaces are closed to others."""
    path = tmp_path / "paperboy.db"
    url = await filled(path)
    path.chmod(0o644)
    await upkeep.backup(url, tmp_path / "copy.db")
    assert set(modes(tmp_path).values()) == {0o600}
    path.chmod(0o644)
    (tmp_path / "copy.db").chmod(0o644)
    await upkeep.restore(url, tmp_path / "copy.db")
    assert set(modes(tmp_path)) == {"paperboy.db", "copy.db", "paperboy.db.before-restore"}
    assert set(modes(tmp_path).values()) == {0o600}


@pytest.mark.skipif(os.name == "posix" and os.geteuid() != 0, reason="only root can give a file to somebody else")
async def test_somebody_elses_database_is_left_alone(tmp_path: Path) -> None:
    """A database of another user keeps its mode, and opens as before."""
    path = tmp_path / "paperboy.db"
    url = await filled(path)
    path.chmod(0o664)
    os.chown(path, 12345, -1)
    async with SqlStore(url).open() as store:
        assert (await store.papers()).total == 1
    assert modes(tmp_path)["paperboy.db"] == 0o664
