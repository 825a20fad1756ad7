from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import date, timedelta
from typing import Any

import pytest

from core.converse.ports import Store
from core.deliver.problems import sentences
from core.errors import BadCategory, BadFeed, PaperboyError, SourceError, Throttled, Unreachable
from core.ingest.backfill import NEWS_FOR, Step, aged, read, read_all
from core.ingest.listing import Listing, Page
from core.ingest.refresh import refresh
from core.ingest.state import Backfill, Report, State
from tests.fakes.clock import NOON, FakeClock
from tests.fakes.sources import FakeArchive, FakeSource, GarbledArchive, a_reading, announcement, invented_paper
from tests.fakes.stores import SqlStore

SINCE, UNTIL = date(2026, 1, 5), date(2026, 1, 11)
TODAY = NOON.date()


@pytest.fixture
async def store() -> AsyncIterator[Store]:
    async with SqlStore("sqlite://").open() as opened:
        yield opened


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


async def backfilled(archive: FakeArchive, store: Store, clock: FakeClock) -> Report:
    return await read(archive, "cs.CL", SINCE, UNTIL, store, clock, tell=lambda _: None)


async def test_reads_every_page_and_tells_how_far_it_is(store: Store, clock: FakeClock) -> None:
    """All days of the span are stored, and whoever waits is told at the beginning and after each page."""
    told: list[Step] = []
    report = await read(FakeArchive(), "cs.CL", SINCE, UNTIL, store, clock, tell=told.append)
    assert (report.state, report.fetched, report.stored.new) == (State.FRESH, 7, 7)
    assert (await store.papers()).total == 7
    assert [(step.what, step.done, step.total, step.fetched) for step in told] == [
        ("fake cs.CL", None, None, 0),
        ("fake cs.CL", 2, 7, 2),
        ("fake cs.CL", 4, 7, 4),
        ("fake cs.CL", 6, 7, 6),
        ("fake cs.CL", 7, 7, 7),
    ]


@pytest.mark.parametrize(
    "error", [Unreachable("No answer."), BadFeed("No XML."), Throttled("Wait.", retry_after_s=900)]
)
async def test_goes_on_where_it_stopped(store: Store, clock: FakeClock, error: SourceError) -> None:
    """What a source refuses in the middle is told; the next run of the same span begins there and loses nothing."""
    archive = FakeArchive()
    archive.failures[SINCE + timedelta(days=4)] = error
    broken = await backfilled(archive, store, clock)
    assert broken.state is (State.THROTTLED if isinstance(error, Throttled) else State.FAILED)
    assert sentences(broken.problems) == f"{error} Running it again goes on where it stopped."
    assert broken.retry_after_s == (error.retry_after_s if isinstance(error, Throttled) else None)
    assert (broken.fetched, (await store.papers()).total) == (4, 4)
    clock.move(timedelta(seconds=900))
    whole = await backfilled(archive, store, clock)
    assert (whole.state, whole.fetched, whole.stored.new) == (State.FRESH, 7, 7)
    assert [cursor for *_, cursor in archive.requests] == ["", "2026-01-09"]
    assert (await store.papers()).total == 7


async def test_another_span_begins_at_its_beginning(store: Store, clock: FakeClock) -> None:
    """What was interrupted is one span; another one has nothing to go on with."""
    archive = FakeArchive()
    archive.failures[SINCE + timedelta(days=2)] = Unreachable("No answer.")
    await backfilled(archive, store, clock)
    await read(archive, "cs.CL", SINCE, UNTIL + timedelta(days=1), store, clock, tell=lambda _: None)
    assert [cursor for *_, cursor in archive.requests] == ["", ""]


async def test_a_complete_one_is_forgotten(store: Store, clock: FakeClock) -> None:
    """Once complete, the same span is read from its beginning again, and everything is known."""
    archive = FakeArchive()
    await backfilled(archive, store, clock)
    again = await backfilled(archive, store, clock)
    assert (again.state, again.stored.new, again.stored.known) == (State.QUIET, 0, 7)
    assert await store.backfills("fake", "cs.CL") == ()


async def test_a_short_wait_is_obeyed_and_not_told(store: Store, clock: FakeClock) -> None:
    """A source that asks for a minute in the middle of a year gets it, and the backfill goes on by itself."""
    archive = FakeArchive()
    archive.failures[SINCE + timedelta(days=4)] = Throttled("Wait.", retry_after_s=60.0)
    report = await backfilled(archive, store, clock)
    assert (report.state, report.stored.new, clock.slept) == (State.FRESH, 7, [60.0])


async def test_every_page_may_ask_for_a_wait_of_its_own(store: Store, clock: FakeClock) -> None:
    """A source that lets us through after each wait is not given up, however many there are; two minutes are one."""
    archive = FakeArchive()
    days = [SINCE + timedelta(days=number) for number in range(0, 20, 2)]
    archive.failures |= {day: Throttled("Wait.", retry_after_s=120.0) for day in days}
    report = await read(archive, "cs.CL", SINCE, SINCE + timedelta(days=19), store, clock, tell=lambda _: None)
    assert (report.state, report.stored.new, clock.slept) == (State.FRESH, 20, [120.0] * 10)


async def test_what_failed_at_once_stays_work_to_be_done(store: Store, clock: FakeClock) -> None:
    """Also a span of which nothing was read yet is on record for a later run."""
    archive = FakeArchive()
    archive.failures[SINCE] = Unreachable("No answer.")
    await backfilled(archive, store, clock)
    assert [(todo.since, todo.until, todo.cursor) for todo in await store.backfills("fake", "cs.CL")] == [
        (SINCE, UNTIL, "")
    ]


async def test_an_archive_is_left_alone_as_long_as_it_asked_for(store: Store, clock: FakeClock) -> None:
    """Whatever is wanted of it meanwhile, by this run or another one, is told to wait, and then goes on."""
    archive = FakeArchive()
    archive.failures[SINCE + timedelta(days=4)] = Throttled("Wait.", retry_after_s=900.0)
    wanted = [(archive, "cs.CL"), (archive, "cs.LG")]
    for _ in range(2):
        reports = await read_all(wanted, SINCE, UNTIL, store, clock, tell=lambda _: None)
        assert [(one.state, one.retry_after_s) for one in reports] == [(State.THROTTLED, 900.0)] * 2
    assert [(scope, cursor) for scope, *_, cursor in archive.requests] == [("cs.CL", "")]
    clock.move(timedelta(seconds=900))
    reports = await read_all(wanted, SINCE, UNTIL, store, clock, tell=lambda _: None)
    assert [one.fetched for one in reports] == [7, 7]


async def test_a_source_that_sent_a_refresh_away_is_not_asked_for_days_gone_by(store: Store, clock: FakeClock) -> None:
    """It is one service: what it asked of the refresh holds for its archive, and the span is on record for later."""
    source, archive = FakeSource(), FakeArchive()
    source.fails_with(Throttled("Too many requests.", retry_after_s=900.0))
    await refresh([(source, "cs.LG")], store, clock, tell=lambda _: None)
    report = await backfilled(archive, store, clock)
    assert (report.state, report.retry_after_s, archive.requests) == (State.THROTTLED, 900.0, [])
    clock.move(timedelta(seconds=900))
    assert (await backfilled(archive, store, clock)).stored.new == 7


async def test_what_is_complete_waits_for_an_archive_that_rests(store: Store, clock: FakeClock) -> None:
    """One that was sent away for another span is asked later; until then the others are not read once more."""
    whole, resting = FakeArchive("whole"), FakeArchive("resting")
    wait_until = NOON + timedelta(minutes=10)
    other = Backfill(source="resting", scope="cs.LG", since=SINCE, until=SINCE, troubles=1, wait_until=wait_until)
    await store.save_backfill(other, at=NOON)
    wanted = [(whole, "cs.CL"), (resting, "cs.CL")]
    for states in ([State.FRESH, State.THROTTLED], [State.FRESH, State.QUIET]):
        reports = await read_all(wanted, SINCE, UNTIL, store, clock, tell=lambda _: None)
        assert [report.state for report in reports] == states
        clock.move(timedelta(minutes=10))
    assert [len(one.requests) for one in (whole, resting)] == [1, 1]
    assert await store.backfills("whole") == ()


class _Lasting(dict[date, PaperboyError]):
    """Failures that stay."""

    def pop(self, day: date, *default: object) -> Any:
        return self.get(day, *default)


async def test_an_archive_that_names_no_wait_is_left_alone_longer_each_time(store: Store, clock: FakeClock) -> None:
    """Five minutes, then fifteen; a page that comes in between starts anew."""
    archive, waits = FakeArchive(), list[float | None]()
    for day in (2, 2, 4):
        archive.failures = _Lasting({SINCE + timedelta(days=day): Throttled("Wait.")})
        waits.append((await backfilled(archive, store, clock)).retry_after_s)
        clock.move(timedelta(hours=1))
    assert waits == [300.0, 900.0, 300.0]


async def test_waiting_has_an_end(store: Store, clock: FakeClock) -> None:
    """A source that asks to wait again and again is left alone after a few times."""

    class Busy(FakeArchive):
        async def pages(self, scope, since, until, *, cursor=""):  # type: ignore[no-untyped-def]  # as the fake has it
            raise Throttled("Wait.", retry_after_s=1.0)
            yield

    report = await backfilled(Busy(), store, clock)
    assert report.state is State.THROTTLED
    assert len(clock.slept) == 5


async def test_what_the_archive_does_not_know_is_not_tried_again(store: Store, clock: FakeClock) -> None:
    """An unknown category fails with its sentence, and nothing waits to be resumed."""
    archive = FakeArchive()
    archive.failures[SINCE] = BadCategory("There is no category cs.XX.")
    assert sentences((await backfilled(archive, store, clock)).problems) == "There is no category cs.XX."
    assert await store.backfills("fake", "cs.CL") == ()


async def test_nothing_is_promised_of_what_is_not_tried_again(store: Store, clock: FakeClock) -> None:
    """A category that is gone in the middle does not go on where it stopped."""
    archive = FakeArchive()
    archive.failures[SINCE + timedelta(days=2)] = BadCategory("There is no category cs.XX any more.")
    assert sentences((await backfilled(archive, store, clock)).problems) == "There is no category cs.XX any more."
    assert await store.backfills("fake", "cs.CL") == ()


async def test_a_category_that_does_not_exist_leaves_nothing_undone(store: Store, clock: FakeClock) -> None:
    """Beside others it is told, and the backfill is over: nothing is kept of it for a run that could do no better."""
    whole, unknown = FakeArchive("whole"), FakeArchive("unknown")
    unknown.failures[SINCE] = BadCategory("There is no category cs.XX.")
    wanted = [(whole, "cs.CL"), (unknown, "cs.XX")]
    reports = await read_all(wanted, SINCE, UNTIL, store, clock, tell=lambda _: None)
    assert [report.state for report in reports] == [State.FRESH, State.FAILED]
    assert await store.backfills("whole", "cs.CL") == ()


async def test_an_archive_that_cannot_be_read_is_no_quiet_one(store: Store, clock: FakeClock) -> None:
    """Pages of which nothing was understood are a failure, and another run begins anew."""
    archive = GarbledArchive()
    for number in (1, 2):
        report = await backfilled(archive, store, clock)
        assert len(archive.requests) == number
        assert (report.state, report.failed, sentences(report.problems)) == (
            State.FAILED,
            80,
            "80 entries could not be read.",
        )
    (again,) = await read_all([(GarbledArchive(), "cs.CL")], SINCE, UNTIL, store, clock, tell=lambda _: None)
    assert again.failed == 80
    assert await store.backfills("fake", "cs.CL") == ()


def test_what_is_read_long_after_its_day_is_history() -> None:
    """Papers of the last two weeks are still news; older ones are on record only."""
    days = [TODAY, TODAY - NEWS_FOR, TODAY - NEWS_FOR - timedelta(days=1)]
    lines = tuple(announcement(invented_paper(number, day=day), day=day) for number, day in enumerate(days))
    listing = aged(Listing(source="fake", scope="cs.CL", announcements=lines), TODAY)
    assert [line.is_history for line in listing.announcements] == [False, False, True]


async def test_what_is_complete_waits_for_the_others(store: Store, clock: FakeClock) -> None:
    """Where one of several archives fails, running it again reads that one alone; after that, all are read anew."""
    # both archives have the same papers
    whole, broken = FakeArchive("whole"), FakeArchive("broken")
    broken.failures[SINCE + timedelta(days=2)] = Unreachable("No answer.")
    wanted = [(whole, "cs.CL"), (broken, "cs.CL")]

    async def run() -> list[State]:
        reports = await read_all(wanted, SINCE, UNTIL, store, clock, tell=lambda _: None)
        return [report.state for report in reports]

    assert await run() == [State.FRESH, State.FAILED]
    assert await run() == [State.FRESH, State.QUIET]
    assert [len(one.requests) for one in (whole, broken)] == [1, 2]
    assert await store.backfills("whole", "cs.CL") == ()
    assert await run() == [State.QUIET, State.QUIET]
    assert [len(one.requests) for one in (whole, broken)] == [2, 3]


async def test_days_with_unread_entries_are_partial(store: Store, clock: FakeClock) -> None:
    """What could be read is stored, and the rest is told: the days are neither fresh nor lost."""

    class Torn(FakeArchive):
        async def pages(self, scope, since, until, *, cursor=""):  # type: ignore[no-untyped-def]  # as the fake has it
            yield Page(listing=a_reading(2, 1, source=self.name), cursor="")

    report = await backfilled(Torn(), store, clock)
    assert (report.state, report.fetched, report.failed) == (State.PARTIAL, 2, 1)
    assert sentences(report.problems) == "1 entry could not be read."
