"""`paperboy db backup`, `restore` and `move`: what they print, and what they refuse."""

from __future__ import annotations

import asyncio
import json
import os
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from typer.testing import CliRunner

from bot.cli import cli
from bot.operation.tenure import own_origin
from core.errors import StoreLocked, UsageError
from core.operate.services import LOST_AFTER, Service
from tests.fakes.papers import AT, a_listing, a_paper
from tests.fakes.stores import SqlStore
from tests.storage.postgres import Postgres

NOW = datetime(2026, 2, 4, 9, tzinfo=UTC)


def paperboy(url: str, *arguments: str) -> str:
    """What a command prints."""
    settings = {"PAPERBOY_DATABASE_URL": url, "PAPERBOY_CLOCK__NOW": NOW.isoformat()}
    result = CliRunner().invoke(cli, ["db", *arguments], env=settings)
    if result.exception:
        raise result.exception
    return result.stdout


async def make_database(url: str, *services: Service) -> None:
    async with SqlStore(url).open() as store:
        await store.add(a_listing([a_paper(1), a_paper(2)]), at=AT)
        for service in services:
            await store.save_service(service)


def test_from_one_database_to_the_other_and_back(tmp_path: Path, postgres: Postgres) -> None:
    """A move says what was copied and what to do next; a backup of the new database restores to it and to a file."""
    url, file = f"sqlite:///{tmp_path / 'paperboy.db'}", tmp_path / "backup.db"
    asyncio.run(make_database(url))
    with postgres.empty() as other:
        moved = paperboy(url, "move", other)
        assert "Set database_url to the new database." in moved and "each was read back and is the same" in moved
        with pytest.raises(UsageError, match="is not empty") as refused:
            paperboy(url, "move", other, "--json")
        assert "--replace" in refused.value.hint
        backup = json.loads(paperboy(other, "backup", str(file), "--json"))
        assert backup.keys() == {"file", "bytes", "rows"} and backup["bytes"] == file.stat().st_size
        assert "Restored from" in paperboy(other, "restore", str(file), "--replace")
        assert "before-restore" in paperboy(url, "restore", str(file))
        assert (
            json.loads(paperboy(url, "stats", "--json"))["id"] == json.loads(paperboy(other, "stats", "--json"))["id"]
        )
    with postgres.empty() as other:
        printed = json.loads(paperboy(url, "move", other, "--json"))
        assert printed["tables"]["papers"] == 2 and printed["rows"] == sum(printed["tables"].values())


def test_a_service_that_still_runs(tmp_path: Path, postgres: Postgres) -> None:
    """Nothing is moved from under a running service; one that gave no sign of life for long is in nobody's way."""
    url, origin = f"sqlite:///{tmp_path / 'paperboy.db'}", replace(own_origin(), pid=os.getppid())
    running = Service(origin=origin, version="1", started_at=NOW, seen_at=NOW)
    asyncio.run(make_database(url, running))
    with postgres.empty() as other, pytest.raises(StoreLocked, match=f"process {origin.pid} on"):
        paperboy(url, "move", other)
    asyncio.run(make_database(url, Service(origin=origin, version="1", started_at=NOW, seen_at=NOW - 2 * LOST_AFTER)))
    with postgres.empty() as other:
        assert "Moved" in paperboy(url, "move", other)
