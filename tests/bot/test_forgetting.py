"""The running service, and its operator, delete what nobody wants any more."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from typer.testing import CliRunner

from bot.cli import cli
from core.channels import Absence, ChannelRef, Subscription
from core.deliver.absences import GRACE
from core.errors import AbsenceReason, UsageError
from tests.fakes.clock import FakeClock
from tests.fakes.papers import a_listing, a_paper
from tests.fakes.posting import CHANNEL, DUE, HOUR, AwayStore, BusyChat, Service, a_service, until
from tests.fakes.stores import SqlStore

WORKSPACE = ChannelRef("slack", "T1", "")
ANN = "slack:T1/U1"


@pytest.fixture
async def store() -> AsyncIterator[AwayStore]:
    store = AwayStore("sqlite://")
    async with store.open():
        await store.add(a_listing([a_paper(1)]), at=DUE)
        yield store


async def tick(service: Service) -> None:
    await service.posting.tick()
    await until(lambda: not service.posting.is_busy)


async def test_the_service_deletes(store: AwayStore) -> None:
    """A tick a month after the bot left deletes what is kept of the workspace, and not before."""
    clock = FakeClock(DUE)
    await store.add_bookmark(ANN, a_paper(1).id, str(CHANNEL), at=DUE, public=True)
    await store.lose_channel(WORKSPACE, Absence(reason=AbsenceReason.UNINSTALLED, since=DUE))
    async with a_service(store, clock, BusyChat()) as service:
        clock.set(DUE + GRACE)
        await tick(service)
        assert len(await store.bookmarks()) == 1
        clock.set(DUE + GRACE + HOUR / 2)
        await tick(service)
        assert len(await store.bookmarks()) == 1  # it looks once an hour
        clock.set(DUE + GRACE + 2 * HOUR)
        await tick(service)
        assert await store.bookmarks() == ()


def test_the_operator_deletes(tmp_path: Path) -> None:
    """`privacy export` prints a person's data; `privacy forget` wants --yes, and deletes a person or a workspace."""
    url = f"sqlite:///{tmp_path / 'paperboy.db'}"

    async def fill() -> None:
        async with SqlStore(url).open() as store:
            await store.add(a_listing([a_paper(1)]), at=DUE)
            await store.save_subscription(Subscription(channel=CHANNEL), at=DUE)
            for person in (ANN, "slack:T1/U2", "slack:T2/U1"):
                await store.add_bookmark(person, a_paper(1).id, str(CHANNEL), at=DUE, public=False)

    def paperboy(*arguments: str) -> dict[str, object]:
        result = CliRunner().invoke(cli, ["privacy", *arguments], env={"PAPERBOY_DATABASE_URL": url})
        if result.exception:
            raise result.exception
        found: dict[str, object] = json.loads(result.stdout)
        return found

    asyncio.run(fill())
    exported = paperboy("export", ANN)
    assert (exported["person"], len(exported["saved_papers"])) == (ANN, 1)  # type: ignore[arg-type]  # JSON has lists
    with pytest.raises(UsageError, match="deletes everything"):
        paperboy("forget", "slack:T1")
    assert paperboy("forget", ANN, "--person", "--yes", "--json") == {"forgotten": ANN, "records": 1}
    assert paperboy("forget", "slack:T1", "--yes", "--json") == {"forgotten": "slack:T1/", "records": 3}
    assert len(paperboy("export", "slack:T2/U1")["saved_papers"]) == 1  # type: ignore[arg-type]  # JSON has lists
