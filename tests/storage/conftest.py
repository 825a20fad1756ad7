"""Databases for the tests of this folder."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from tests.fakes.old_databases import OlderDatabase
from tests.storage.postgres import Postgres


@pytest.fixture
async def postgres_url(postgres: Postgres) -> AsyncIterator[str]:
    """A new, migrated database on it."""
    with postgres.empty(await postgres.prepare()) as url:
        yield url


@pytest.fixture(params=["sqlite", "postgresql"])
def older(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[OlderDatabase]:
    """An empty database for a test to fill as an older version did."""
    if request.param == "sqlite":
        yield OlderDatabase(f"sqlite:///{tmp_path / 'paperboy.db'}")
        return
    with request.getfixturevalue("postgres").empty() as url:
        yield OlderDatabase(url)
