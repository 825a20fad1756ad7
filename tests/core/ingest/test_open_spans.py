"""`--since` without an end is another span on every day: what was begun on an earlier one is gone on with."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import date, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.converse.ports import Store
from core.deliver.problems import sentences
from core.errors import Unreachable
from core.ingest.backfill import divide_span, read, read_all
from core.ingest.state import Backfill, Report, State
from tests.fakes.clock import FakeClock
from tests.fakes.sources import FakeArchive
from tests.fakes.stores import SqlStore

SINCE, FIRST_DAY = date(2026, 1, 5), date(2026, 1, 15)
DAY = timedelta(days=1)


@pytest.fixture
async def store() -> AsyncIterator[Store]:
    async with SqlStore("sqlite://").open() as opened:
        yield opened


async def until(today: date, archives: list[FakeArchive], store: Store) -> list[Report]:
    wanted = [(archive, "cs.CL") for archive in archives]
    return list(await read_all(wanted, SINCE, today, store, FakeClock(), tell=lambda _: None))


async def test_the_next_day_goes_on_where_the_day_before_stopped(store: Store) -> None:
    """What was read before the interruption is not read again, and the days since then are read as well."""
    archive = FakeArchive()
    archive.failures[SINCE + 6 * DAY] = Unreachable("No answer.")
    (broken,) = await until(FIRST_DAY, [archive], store)
    assert (broken.state, broken.fetched) == (State.FAILED, 6)
    archive.requests.clear()
    (whole,) = await until(FIRST_DAY + DAY, [archive], store)
    assert [(since, end, cursor) for _, since, end, cursor in archive.requests] == [
        (SINCE, FIRST_DAY, "2026-01-11"),
        (FIRST_DAY - 2 * DAY, FIRST_DAY + DAY, ""),
    ]
    assert (whole.state, whole.stored.new, (await store.papers()).total) == (State.FRESH, 12, 12)
    assert await store.backfills("fake", "cs.CL") == ()


async def test_interrupted_day_after_day_it_still_goes_on(store: Store) -> None:
    """However many days it takes, each run begins where the last one stopped, and each archive for itself."""
    slow, quick = FakeArchive("slow"), FakeArchive("quick")
    for run in range(4):
        slow.failures[SINCE + 3 * run * DAY + 3 * DAY] = Unreachable("No answer.")
        slow.failures[SINCE + 3 * run * DAY + 4 * DAY] = Unreachable("No answer.")
        reports = await until(FIRST_DAY + run * DAY, [slow, quick], store)
        assert [report.state.is_trouble for report in reports] == [True, False]
    slow.failures.clear()
    slow.requests.clear()
    quick.requests.clear()
    reports = await until(FIRST_DAY + 4 * DAY, [slow, quick], store)
    assert not any(report.state.is_trouble for report in reports)
    assert all(cursor or since > SINCE for _, since, _, cursor in slow.requests), "it began at the beginning again"
    assert all(since > FIRST_DAY for _, since, _, _ in quick.requests), "what was complete was read again"
    assert (await store.papers()).total == 15
    assert not await store.backfills("slow", "cs.CL")
    assert not await store.backfills("quick", "cs.CL")


async def test_trouble_with_the_old_part_leaves_the_rest_for_later(store: Store) -> None:
    """A source that is down is not asked for the days since then, and the report tells what was read before."""
    archive = FakeArchive()
    archive.failures[SINCE + 4 * DAY] = Unreachable("No answer.")
    (broken,) = await until(FIRST_DAY, [archive], store)
    assert (broken.state, broken.fetched) == (State.FAILED, 4)
    archive.failures[SINCE + 4 * DAY] = Unreachable("No answer.")
    archive.requests.clear()
    (again,) = await until(FIRST_DAY + DAY, [archive], store)
    assert (again.state, again.fetched) == (State.FAILED, 4)
    assert sentences(again.problems) == "No answer. Running it again goes on where it stopped."
    assert [end for _, _, end, _ in archive.requests] == [FIRST_DAY]


async def test_a_part_that_is_known_makes_no_run_quiet(store: Store) -> None:
    """What the days until yesterday brought is new, though those since then were read before."""
    archive = FakeArchive()
    await read(archive, "cs.CL", FIRST_DAY - 2 * DAY, FIRST_DAY + DAY, store, FakeClock(), tell=lambda _: None)
    archive.failures[SINCE + 6 * DAY] = Unreachable("No answer.")
    await until(FIRST_DAY, [archive], store)
    (whole,) = await until(FIRST_DAY + DAY, [archive], store)
    assert (whole.state, whole.stored.new) == (State.FRESH, 8)


async def test_papers_are_told_as_a_growing_number(store: Store) -> None:
    """Whoever watches sees all papers that were read, not those of a part."""
    archive, told = FakeArchive(), list[int]()
    archive.failures[SINCE + 6 * DAY] = Unreachable("No answer.")
    await until(FIRST_DAY, [archive], store)
    wanted = [(archive, "cs.CL")]
    await read_all(wanted, SINCE, FIRST_DAY + DAY, store, FakeClock(), tell=lambda step: told.append(step.fetched))
    assert told == sorted(told)
    assert told[0] == 6


days = st.dates(date(2026, 1, 1), date(2026, 3, 1))
begun = st.lists(st.tuples(days, days).map(sorted), max_size=8)


@given(days, days, begun)
def test_a_cut_leaves_no_day_out(one: date, other: date, begun: list[list[date]]) -> None:
    """Whatever was begun before, the parts cover the span from its first day to its last, overlap, and are few."""
    since, last = sorted((one, other))
    rows = [Backfill(source="fake", scope="cs.CL", since=first, until=end) for first, end in begun]
    parts = divide_span(since, last, rows)
    assert (parts[0][0], parts[-1][1]) == (since, last)
    assert all(first <= end for first, end in parts)
    assert all(later[0] < earlier[1] < later[1] for earlier, later in pairwise(parts))
    assert len(parts) <= len(rows) + 1
    assert set(parts[:-1]) <= {(row.since, row.until) for row in rows}
