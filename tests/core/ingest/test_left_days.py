"""Missed days that a refresh leaves: what is known of them meanwhile, and that they are read as well afterwards."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass
from datetime import date, timedelta

import pytest

from core.deliver.batches import batches_of
from core.deliver.problems import sentences
from core.errors import PaperboyError, Throttled, Unreachable
from core.ingest.listing import Page
from core.ingest.missed_days import Part, read_part
from core.ingest.problems import MissedDays
from core.ingest.refresh import refresh
from core.ingest.state import Report, SourceState, State
from tests.fakes.clock import NOON, FakeClock
from tests.fakes.sources import DAY, FakeArchive, FakeSource, announcement, invented_paper
from tests.fakes.stores import SqlStore

WEEK, MINUTE = timedelta(days=7), timedelta(minutes=1)
TODAY = DAY + WEEK
#: the days between the two listings
SINCE, UNTIL = date(2026, 2, 5), date(2026, 2, 10)


class SlowArchive(FakeArchive):
    """Takes its time for each page."""

    page = timedelta(seconds=20)

    def __init__(self, clock: FakeClock) -> None:
        super().__init__("arxiv")
        self._clock = clock

    async def pages(self, scope: str, since: date, until: date, *, cursor: str = "") -> AsyncGenerator[Page, None]:
        """The same pages, later."""
        async with aclosing(super().pages(scope, since, until, cursor=cursor)) as pages:
            async for page in pages:
                self._clock.move(self.page)
                yield page


@dataclass
class Reader:
    """A source that was not read for a week, and its archive."""

    store: SqlStore
    clock: FakeClock
    source: FakeSource
    archive: FakeArchive

    async def refresh(self, *, leaves: bool) -> Report:
        (report,) = await refresh(
            [(self.source, "cs.CL")],
            self.store,
            self.clock,
            tell=lambda _: None,
            archives={"arxiv": self.archive},
            leaves_missed_days=leaves,
        )
        return report

    async def read(self, *, span: timedelta = MINUTE) -> Part:
        ends_at = self.clock.now() + span
        return await read_part(self.archive, ["cs.CL", "cs.LG"], self.store, self.clock, ends_at=ends_at)

    async def state(self) -> SourceState:
        state = await self.store.source_state("arxiv", "cs.CL")
        assert state
        return state


@asynccontextmanager
async def a_reader() -> AsyncIterator[Reader]:
    async with SqlStore("sqlite://").open() as store:
        reader = Reader(store, FakeClock(), FakeSource("arxiv"), FakeArchive("arxiv"))
        reader.source.lists("cs.CL", announcement(invented_paper(1)))
        await reader.refresh(leaves=False)
        reader.clock.move(WEEK)
        reader.source.lists("cs.CL", announcement(invented_paper(2, day=TODAY), day=TODAY), day=TODAY)
        yield reader


@pytest.fixture
async def reader() -> AsyncIterator[Reader]:
    async with a_reader() as reader:
        yield reader


async def test_todays_listing_does_not_wait_for_missed_days(reader: Reader) -> None:
    """A refresh stores the listing and leaves the days on record; digests know that they are to come."""
    report = await reader.refresh(leaves=True)
    assert (report.state, report.stored.new, reader.archive.requests) == (State.FRESH, 1, [])
    assert report.problems == (MissedDays(since=SINCE, until=UNTIL, causes=()),)
    assert sentences(report.problems) == "The missed listing of 2026-02-05 to 2026-02-10 is still to be read."
    state = await reader.state()
    assert state.has_days_to_read
    now = reader.clock.now()
    assert batches_of([state], now, reader.store.traits).missing == (("arxiv", "cs.CL"),)
    (read,) = (await reader.read()).reports
    assert (read.state, read.stored.new) == (State.FRESH, 6)
    assert batches_of([await reader.state()], now, reader.store.traits).missing == ()


@pytest.mark.parametrize(
    "errors",
    [[], [Unreachable("No archive.")], [Throttled("No more today.", retry_after_s=900.0)], [Unreachable("No.")] * 3],
)
async def test_it_makes_no_difference_when_they_are_read(errors: list[PaperboyError]) -> None:
    """Papers, states, problems and what is left to do are those of a refresh that reads them, whatever goes wrong."""
    outcomes = []
    for leaves in (False, True):
        found: list[tuple[object, ...]] = []
        async with a_reader() as reader:
            for error in (*errors, None, None):
                if error:
                    reader.archive.failures[date(2026, 2, 7)] = error
                await reader.refresh(leaves=leaves)
                if leaves:
                    await reader.read()
                state, papers = await reader.state(), await reader.store.papers(limit=99)
                todo = await reader.store.backfills("arxiv")
                found.append((state.state, state.problems, state.listing_day, papers.total, todo))
                reader.clock.move(timedelta(seconds=900))
        outcomes.append(found)
    assert outcomes[0] == outcomes[1]
    assert outcomes[0][-1][3:] == (8, ())


async def test_they_are_read_in_parts(reader: Reader) -> None:
    """A part ends with the first page after its time; the next one goes on there, and the last one says what came."""
    reader.archive = SlowArchive(reader.clock)
    await reader.refresh(leaves=True)
    for _ in range(2):
        assert await reader.read(span=SlowArchive.page / 2) == Part(reports=(), has_rest=True)
        assert (await reader.state()).has_days_to_read
    part = await reader.read(span=SlowArchive.page / 2)
    assert [report.stored.new for report in part.reports] == [6]
    assert [cursor for *_, cursor in reader.archive.requests] == ["", "2026-02-07", "2026-02-09"]
    assert not (part.has_rest or (await reader.state()).has_days_to_read)


async def test_why_they_could_not_be_read_stays_known(reader: Reader) -> None:
    """The next refresh says again why, whose listing is unchanged; nothing waits for them any more."""
    await reader.refresh(leaves=True)
    reader.archive.failures[SINCE] = Unreachable("No archive.")
    await reader.read()
    before = await reader.state()
    assert not before.has_days_to_read
    report = await reader.refresh(leaves=True)
    assert (report.state, report.problems) == (State.FAILED, before.problems)
    assert sentences(report.problems).endswith("could not be read yet: No archive.")


async def test_days_that_somebody_else_read_are_left_no_more(reader: Reader) -> None:
    """Where a command in a terminal has read them meanwhile, the state says so after the next part."""
    await reader.refresh(leaves=True)
    (todo,) = await reader.store.backfills("arxiv")
    await reader.store.forget_backfill(todo)
    (report,) = (await reader.read()).reports
    assert (report.state, (await reader.state()).problems, reader.archive.requests) == (State.QUIET, (), [])
    assert await reader.read() == Part(reports=(), has_rest=False)
    assert reader.clock.now() == NOON + WEEK
