"""Stores for the tests of this folder."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from tests.fakes.stores import SqlStore


@pytest.fixture(params=["sqlite", "postgresql"])
async def empty(request: pytest.FixtureRequest) -> AsyncIterator[SqlStore]:
    """An empty store on each of the databases."""
    if request.param == "sqlite":
        async with SqlStore("sqlite://").open() as store:
            yield store
        return
    server = request.getfixturevalue("postgres")
    with server.cleared(await server.prepare()) as url:
        async with SqlStore(url).open() as store:
            yield store
