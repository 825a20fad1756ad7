"""Sources as jobs: each is read by one process at a time, missed days in parts, and first for who waits."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import replace
from datetime import date, timedelta

from bot.jobs.clock import read_sources, readings_due
from bot.jobs.orders import ENRICH, GENERAL, backfill_job, refresh_job
from bot.origins import Origins
from core.ingest.listing import Page
from core.ingest.state import State
from tests.bot.jobs.town import Town
from tests.fakes.posting import (
    DAY,
    DUE,
    READER,
    TODAY,
    checked,
    until,
)
from tests.fakes.sources import FakeArchive, FakeSource, announcement, invented_paper


async def test_one_source_is_read(town: Town) -> None:
    """A refresh reads what is due of its source, and has digests looked at again that may wait for it."""
    await town.jobs.defer([refresh_job("arxiv"), refresh_job("biorxiv"), refresh_job("arxiv")])
    await town.work()
    assert (await town.store.source_states())[0].source == "arxiv"
    assert ENRICH not in {job.queue for job in await town.jobs.states()}


class LongArchive(FakeArchive):
    """A page takes a day, and then the source is due again."""

    def __init__(self, town: Town, source: FakeSource) -> None:
        super().__init__("arxiv")
        self._town = town
        self._source = source
        #: how often the source was asked before each page
        self.asked_before: list[int] = []

    async def pages(self, scope: str, since: date, until: date, *, cursor: str = "") -> AsyncGenerator[Page, None]:
        async with aclosing(super().pages(scope, since, until, cursor=cursor)) as pages:
            async for page in pages:
                self.asked_before.append(len(self._source.requests))
                self._town.clock.move(DAY)
                await self._town.jobs.defer(await readings_due(self._town.worker.app))
                yield page


async def test_refreshes_go_between_the_parts_of_a_backfill(town: Town) -> None:
    """Missed days are read after today's listing, a page at a time here, and each time what is due goes first.

    They are derived from what is stored, so that a job that was lost is handed out again.
    """
    source = FakeSource("arxiv")
    archive = LongArchive(town, source)
    origins = Origins(sources={"arxiv": source}, archives={"arxiv": archive})
    app = replace(town.worker.app, load_origins=lambda: origins)
    town.worker = replace(town.worker, app=app, part=timedelta(microseconds=1))
    await checked(town.store, TODAY - timedelta(days=7), State.FRESH, at=DUE - DAY)
    source.lists("cs.CL", announcement(invented_paper(1, day=TODAY), day=TODAY), day=TODAY)
    await town.worker.refresh({"source": "arxiv"})
    assert (len(source.requests), archive.requests) == (1, [])
    town.jobs._waiting.clear()
    (job,) = await readings_due(app)
    assert job == backfill_job("arxiv")
    await town.jobs.defer([job])
    await town.work()
    assert archive.asked_before == [1, 2, 3]
    assert await town.store.backfills("arxiv") == ()
    assert (await town.store.papers()).total == 7


async def test_a_backfill_of_another_version(town: Town) -> None:
    """A source that has no archive here is left alone."""
    await town.worker.backfill({"source": "gone"})
    assert await town.jobs.states() == ()


async def test_somebody_who_orders_a_digest_waits_for_its_sources(town: Town) -> None:
    """What is due of a subscription's sources is read by a worker first; what is not due is not waited for."""
    async with asyncio.TaskGroup() as group:
        reading = group.create_task(read_sources(town.worker.app, town.jobs, READER))
        await until(lambda: town.jobs.is_busy(GENERAL))
        assert not reading.done()
        await town.work()
    assert [state.scope for state in await town.store.source_states()] == ["cs.CL"]
    async with asyncio.timeout(30):
        await read_sources(town.worker.app, town.jobs, READER)
    assert await town.jobs.states() == ()
