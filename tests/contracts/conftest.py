"""The stores that the store's contract runs over, SQLite in a file and in memory and PostgreSQL."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from core.converse.ports import Store
from tests.fakes.stores import SqlStore


@pytest.fixture(scope="session")
def new_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database in a file, as the first start leaves it."""
    path = tmp_path_factory.mktemp("new") / "paperboy.db"

    async def make() -> None:
        async with SqlStore(f"sqlite:///{path}").open():
            pass

    asyncio.run(make())
    return path


@pytest.fixture(params=["sqlite-file", "sqlite-memory", "postgresql"])
async def store(request: pytest.FixtureRequest, tmp_path: Path, new_file: Path) -> AsyncIterator[Store]:
    """An empty, open store of each kind."""
    if request.param == "postgresql":
        server = request.getfixturevalue("postgres")
        with server.cleared(await server.prepare()) as url:
            async with SqlStore(url).open() as opened:
                yield opened
        return
    url = "sqlite://"
    if request.param == "sqlite-file":
        url = f"sqlite:///{shutil.copy(new_file, tmp_path)}"
    async with SqlStore(url).open() as opened:
        yield opened


@pytest.fixture(scope="module")
def in_memory() -> Iterator[tuple[asyncio.Runner, SqlStore]]:
    """A store that is emptied before each example, because making one takes longer than all the rest."""
    store = SqlStore("sqlite://")
    with asyncio.Runner() as runner:
        opened = store.open()
        runner.run(opened.__aenter__())
        yield runner, store
        runner.run(opened.__aexit__(None, None, None))
