"""The stores that the store's contract runs over. PostgreSQL joins here."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from core.ports import Store
from storage.store import SqlStore


@pytest.fixture(params=["sqlite-file", "sqlite-memory"])
async def store(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Store]:
    """An empty, open store of each kind."""
    url = "sqlite://" if request.param == "sqlite-memory" else f"sqlite:///{tmp_path / 'paperboy.db'}"
    async with SqlStore(url).opened() as opened:
        yield opened
