"""The running service, and its operator, delete what nobody wants any more."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from typer.testing import CliRunner

from adapters.jobs.local import LocalJobs
from bot.cli import cli
from bot.jobs.clock import Upkeep
from bot.jobs.duties import upkeep_duty
from bot.jobs.orders import GENERAL
from bot.operation.pulse import Pulses
from bot.wire import App
from core.channels import Absence, ChannelRef, Subscription
from core.deliver.absences import GRACE
from core.errors import AbsenceReason, UsageError
from tests.fakes.clock import FakeClock
from tests.fakes.papers import a_listing, a_paper
from tests.fakes.posting import CHANNEL, DUE, HOUR, AwayStore, until
from tests.fakes.stores import SqlStore

WORKSPACE = ChannelRef("slack", "T1", "")
ANN = "slack:T1/U1"


@pytest.fixture
async def store() -> AsyncIterator[AwayStore]:
    store = AwayStore("sqlite://")
    async with store.open():
        await store.add(a_listing([a_paper(1)]), at=DUE)
        yield store


async def test_the_service_deletes(store: AwayStore) -> None:
    """A month after the bot left what is kept of the workspace is deleted, and not before; it looks once an hour."""
    clock = FakeClock(DUE)
    await store.add_bookmark(ANN, a_paper(1).id, str(CHANNEL), at=DUE, public=True)
    await store.lose_channel(WORKSPACE, Absence(reason=AbsenceReason.UNINSTALLED, since=DUE))
    app, jobs = App(store=store, clock=clock, load_origins=lambda: pytest.fail("no source is asked")), LocalJobs(clock)
    upkeep = Upkeep(app)
    async with asyncio.TaskGroup() as group:
        worker = group.create_task(upkeep_duty(app, jobs, pulses=Pulses()))
        for after, jobs_count, bookmarks in ((GRACE, 1, 1), (GRACE + HOUR / 2, 0, 1), (GRACE + 2 * HOUR, 1, 0)):
            clock.set(DUE + after)
            assert await jobs.defer(await upkeep.jobs()) == jobs_count
            await until(lambda: not jobs.is_busy(GENERAL))
            assert len(await store.bookmarks()) == bookmarks
        worker.cancel()


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
