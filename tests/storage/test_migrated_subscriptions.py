"""Subscriptions of an older version: what they name, and which are lost, is found without reading all of them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import create_engine, text

from core.channels import Absence
from core.errors import AbsenceReason
from storage import rows, schema
from storage.store import SqlStore
from tests.fakes.ledger import READER
from tests.fakes.papers import AT

ANTS = replace(READER, name="ants", categories=("q-bio", "cs.RO", "cs.RO"))
LOST = replace(ANTS, name="lost", paused=True, absence=Absence(reason=AbsenceReason.KICKED, since=AT))


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
async def test_subscriptions_of_the_version_before(kind: str, request: pytest.FixtureRequest, tmp_path: Path) -> None:
    """What was subscribed before is wanted, and found where it is lost; once it is removed, it is not."""
    if kind == "sqlite":
        await _subscribed_before(f"sqlite:///{tmp_path / 'paperboy.db'}", f"sqlite:///{tmp_path / 'paperboy.db'}")
        return
    with request.getfixturevalue("postgres").empty() as url:
        await _subscribed_before(url, url.replace("postgresql://", "postgresql+psycopg://"))


async def _subscribed_before(url: str, sync_url: str) -> None:
    engine, config = create_engine(sync_url), Config()
    config.set_main_option("script_location", str(Path(schema.__file__).parent / "migrations"))
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "0013")
        for one in (READER, ANTS, LOST):
            values = {"channel": str(one.channel), "name": one.name, "value": rows.subscription_text(one)}
            connection.execute(
                text(
                    "INSERT INTO subscriptions (channel, name, value, saved_at) VALUES (:channel, :name, :value, :at)"
                ),
                values | {"at": AT.isoformat(" ")},
            )
    engine.dispose()
    async with SqlStore(url).opened() as store:
        assert await store.wanted_categories() == tuple(sorted({*READER.categories, "cs.RO", "q-bio"}))
        assert await store.lost_subscriptions() == (LOST,)
        for one in (ANTS, LOST):
            await store.remove_subscription(one.channel, one.name)
        assert await store.wanted_categories() == tuple(sorted(READER.categories))
        assert await store.lost_subscriptions() == ()
