"""A refresh gathers what there is to know of each scope, and writes down what that comes to.

Which outcome it comes to is the law of `test_conclude.py`, of missed days that of `test_missed_days.py`, and what a
refresh costs the store that of `test_refresh_calls.py`.
"""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from core.converse.ports import Store
from core.deliver.problems import sentences
from core.errors import BadFeed, Refused, StoreLocked, Throttled, Unreachable
from core.ingest.listing import Listing
from core.ingest.problems import OldListing
from core.ingest.refresh import Progress, refresh, take
from core.ingest.state import Backfill, Report, SourceState, State
from core.papers.identity.changes import Stored
from core.papers.paper import AnnounceType
from tests.fakes.clock import NOON, FakeClock
from tests.fakes.sources import DAY, FakeArchive, FakeSource, a_reading, announcement, invented_paper
from tests.fakes.stores import SqlStore

TUESDAY, FAR_DAY = date(2026, 2, 3), date(2062, 2, 4)


@pytest.fixture
async def store() -> AsyncIterator[Store]:
    async with SqlStore("sqlite://").open() as opened:
        yield opened


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def source() -> FakeSource:
    """A source with a calendar, as arXiv has it."""
    return FakeSource("arxiv")


async def ask(
    store: Store, clock: FakeClock, source: FakeSource, *scopes: str, archive: FakeArchive | None = None
) -> tuple[Report, ...]:
    archives = {"arxiv": archive} if archive else {}
    pairs = [(source, scope) for scope in scopes or ("cs.CL",)]
    return await refresh(pairs, store, clock, tell=lambda _: None, archives=archives)


async def state_of(store: Store, scope: str = "cs.CL") -> SourceState:
    state = await store.source_state("arxiv", scope)
    assert state
    return state


async def test_stores_each_scope_and_tells_how_it_went(store: Store, clock: FakeClock, source: FakeSource) -> None:
    """A refresh stores every scope, reports on each in order, and a second one is quiet and conditional."""
    both = invented_paper(1, "cs.CL", "cs.LG")
    source.lists("cs.CL", announcement(both), announcement(invented_paper(2)))
    source.lists("cs.LG", announcement(both, type=AnnounceType.CROSS))
    first = await ask(store, clock, source, "cs.CL", "cs.LG")
    assert [(report.scope, report.state, report.fetched, report.stored.new) for report in first] == [
        ("cs.CL", State.FRESH, 2, 2),
        ("cs.LG", State.QUIET, 1, 0),
    ]
    again = await ask(store, clock, source, "cs.CL", "cs.LG")
    assert [(report.state, report.fetched, report.stored) for report in again] == [(State.QUIET, 0, Stored())] * 2
    assert (await store.papers()).total == 2
    assert source.other_requests == [], "an ordinary day costs one request a category"
    state = await state_of(store)
    assert (state.listing_day, state.listed, state.fresh_at, state.problems) == (DAY, 2, NOON, ())


async def test_tells_its_progress(store: Store, clock: FakeClock, source: FakeSource) -> None:
    """Whoever waits is told what is read now, over all sources: scopes, second looks, missed days; and the end."""
    source.lists("cs.CL")
    source.lists("cs.LG", announcement(invented_paper(1)))
    await store.save_backfill(Backfill(source="arxiv", scope="cs.LG", since=TUESDAY, until=TUESDAY), at=NOON)
    other = FakeSource("journal")
    other.lists("letters")
    progress: list[Progress] = []
    scopes = [(other, "letters"), (source, "cs.CL"), (source, "cs.LG")]
    await refresh(scopes, store, clock, tell=progress.append, archives={"arxiv": FakeArchive("arxiv")})
    assert [(step.done, step.total, step.what) for step in progress] == [
        (0, 3, "journal letters"),
        (1, 3, "arxiv cs.CL"),
        (2, 3, "arxiv cs.LG"),
        (1, 3, "checking arxiv cs.CL"),
        (2, 3, "arxiv cs.LG, missed days"),
        (3, 3, ""),
    ]


@pytest.mark.parametrize(
    ("error", "state"),
    [
        (Throttled("Come back later."), State.THROTTLED),
        (Unreachable("No answer.", hint="Check the network."), State.FAILED),
        (Refused("It says no.", status=500), State.FAILED),
        (BadFeed("This is no feed."), State.FAILED),
    ],
)
async def test_a_failure_is_told_and_the_others_go_on(
    store: Store, clock: FakeClock, source: FakeSource, error: Throttled, state: State
) -> None:
    """One scope's failure is its own report, with the error's sentence; what was remembered of it stays."""
    source.lists("cs.CL", announcement(invented_paper(1)))
    source.lists("cs.LG", announcement(invented_paper(2, "cs.LG")))
    await ask(store, clock, source)
    source.fails_with(error, "cs.CL")
    failure, fine = await ask(store, clock, source, "cs.CL", "cs.LG")
    assert (failure.state, sentences(failure.problems), fine.state) == (state, error.sentence(), State.FRESH)
    assert ((await state_of(store)).listing_day, (await state_of(store)).validators.etag) == (DAY, '"1"')
    source.recovers()
    clock.move(timedelta(hours=2))
    assert (await ask(store, clock, source))[0].state is State.QUIET


async def test_an_unknown_scope_is_a_failure_of_that_scope(store: Store, clock: FakeClock, source: FakeSource) -> None:
    """A category that the source does not know is named, and not looked for in the other place."""
    source.lists("cs.CL", announcement(invented_paper(1)))
    unknown, fine = await ask(store, clock, source, "cs.XX", "cs.CL")
    assert (unknown.state, fine.state, source.other_requests) == (State.FAILED, State.FRESH, [])
    assert "cs.XX" in sentences(unknown.problems)


async def test_a_source_that_asked_us_to_wait_is_not_asked(store: Store, clock: FakeClock, source: FakeSource) -> None:
    """Before the end of the wait the scope is reported as throttled without being asked; after it, it is asked."""
    source.lists("cs.CL", announcement(invented_paper(1)))
    source.fails_with(Throttled("Come back in 600 s.", retry_after_s=600.0))
    await ask(store, clock, source)
    source.recovers()
    clock.move(timedelta(seconds=599))
    (early,) = await ask(store, clock, source)
    assert (early.state, early.retry_after_s, sentences(early.problems)) == (
        State.THROTTLED,
        1.0,
        "Come back in 600 s.",
    )
    assert len(source.requests) == 1
    clock.move(timedelta(seconds=1))
    (later,) = await ask(store, clock, source)
    assert (later.state, later.stored.new) == (State.FRESH, 1)


async def test_a_source_that_sends_us_away_twice_in_a_row_is_not_asked_further(
    store: Store, clock: FakeClock, source: FakeSource
) -> None:
    """The scopes after that are left alone for as long, with the reason; one that is refused alone stops nobody."""
    scopes = ("cs.AI", "cs.CL", "cs.CV", "cs.IR", "cs.LG", "cs.RO", "cs.SE")
    for number, scope in enumerate(scopes):
        source.lists(scope, announcement(invented_paper(number, scope)))
    for scope in ("cs.CL", "cs.IR", "cs.LG"):
        source.fails_with(Throttled("Come back in 90 s.", retry_after_s=90.0), scope)
    reports = await ask(store, clock, source, *scopes)
    away, fresh = State.THROTTLED, State.FRESH
    assert [report.state for report in reports] == [fresh, away, fresh, away, away, away, away]
    assert {sentences(report.problems) for report in reports} == {"", "Come back in 90 s."}
    assert [scope for scope, _ in source.requests] == list(scopes[:5])
    assert {(await state_of(store, scope)).wait_until for scope in scopes[3:]} == {NOON + timedelta(seconds=90)}


async def test_a_listing_of_a_far_day_hides_none_after_it(store: Store, clock: FakeClock, source: FakeSource) -> None:
    """A day that is far ahead is believed of neither place: no days count as missed, and the next listing is newer."""
    source.lists("cs.CL", announcement(invented_paper(1), day=FAR_DAY), day=FAR_DAY)
    (first,) = await ask(store, clock, source)
    assert (first.state, first.problems, (await state_of(store)).listing_day) == (State.FRESH, (), None)
    source.fails_with(BadFeed("No feed."))
    source.lists_otherwise("cs.CL", announcement(invented_paper(2), day=FAR_DAY), day=FAR_DAY)
    await ask(store, clock, source)
    assert (await state_of(store)).listing_day is None
    source.recovers()
    source.lists("cs.CL", announcement(invented_paper(3)))
    await ask(store, clock, source)
    assert (await state_of(store)).listing_day == DAY
    assert (await store.papers(day=DAY)).total == 3


@pytest.mark.parametrize(
    ("listing", "state", "problems"),
    [
        (a_reading(3), State.FRESH, ""),
        (a_reading(3, 1), State.PARTIAL, "1 of 4 entries could not be read (entry 0: no title)."),
        (a_reading(3, flaw="It breaks off."), State.FRESH, "It breaks off."),
        (a_reading(0), State.QUIET, ""),
        (a_reading(0, 1), State.FAILED, "1 of 1 entry could not be read (entry 0: no title)."),
        (a_reading(0, flaw="It breaks off."), State.FAILED, "It breaks off."),
    ],
)
async def test_a_saved_file_is_stored_and_leaves_no_state(
    store: Store, clock: FakeClock, listing: Listing, state: State, problems: str
) -> None:
    """A file's listing is stored like any other; the source's own state is not touched."""
    report = await take(listing, store, clock)
    assert (report.state, sentences(report.problems)) == (state, problems)
    assert (report.stored.new, report.failed) == (len(listing.announcements), len(listing.problems))
    assert await store.source_states() == ()


async def test_a_saved_file_that_is_known_is_quiet(store: Store, clock: FakeClock) -> None:
    """Twice the same file brings nothing the second time."""
    await take(a_reading(3), store, clock)
    report = await take(a_reading(3), store, clock)
    assert (report.state, report.stored.known) == (State.QUIET, 3)


async def test_a_failure_of_the_store_is_raised(clock: FakeClock, source: FakeSource, tmp_path: Path) -> None:
    """A database that fails ends the refresh: it is not a source's failure."""
    source.lists("cs.CL", announcement(invented_paper(1)))
    async with SqlStore(f"sqlite:///{tmp_path / 'papers.db'}", busy_timeout_s=0.05).open() as store:
        with closing(sqlite3.connect(tmp_path / "papers.db", isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            with pytest.raises(StoreLocked):
                await ask(store, clock, source)
        assert await store.source_states() == ()
        assert (await ask(store, clock, source))[0].state is State.FRESH


async def test_an_interruption_keeps_what_was_stored(store: Store, clock: FakeClock, source: FakeSource) -> None:
    """Cancelled in the middle, a refresh keeps the scopes that were done; the next one brings the rest."""
    asked = asyncio.Event()

    class Hanging(FakeSource):
        async def fetch(self, scope: str, last: SourceState | None) -> Listing:
            asked.set()
            await asyncio.sleep(60)
            return await super().fetch(scope, last)

    source.lists("cs.CL", announcement(invented_paper(1)))
    scopes = [(source, "cs.CL"), (Hanging("arxiv"), "cs.LG")]
    running = asyncio.ensure_future(refresh(scopes, store, clock, tell=lambda _: None))
    await asked.wait()
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    assert (await store.papers()).total == 1
    assert await store.source_state("arxiv", "cs.CL") is not None
    assert await store.source_state("arxiv", "cs.LG") is None


class TestSecondLook:
    """arXiv's feed and its listing page, as two places of one source."""

    async def test_stores_what_the_other_place_has(self, store: Store, clock: FakeClock, source: FakeSource) -> None:
        """A listing of the day that the feed does not have is stored, counted and remembered as held."""
        source.lists("cs.CL", announcement(invented_paper(1), day=TUESDAY), day=TUESDAY)
        source.lists_otherwise("cs.CL", announcement(invented_paper(2)), announcement(invented_paper(3)))
        (report,) = await ask(store, clock, source)
        assert (report.state, report.stored.new, (await store.papers(day=DAY)).total) == (State.STALE, 3, 2)
        assert report.problems == (OldListing(expected=DAY, papers=2),)
        state = await state_of(store)
        assert (state.state, state.listing_day, state.came_otherwise) == (State.STALE, DAY, True)

    async def test_stores_nothing_of_another_day(self, store: Store, clock: FakeClock, source: FakeSource) -> None:
        """A page of the day before is not stored as if it were today's; the feed's own papers are there."""
        source.lists("cs.CL", announcement(invented_paper(1), day=TUESDAY), day=TUESDAY)
        source.lists_otherwise("cs.CL", announcement(invented_paper(2), day=TUESDAY), day=TUESDAY)
        (report,) = await ask(store, clock, source)
        assert (report.state, report.fetched, report.stored.new) == (State.STALE, 1, 1)
        assert await store.paper(invented_paper(2).id) is None

    async def test_that_fails_makes_nothing_worse(self, store: Store, clock: FakeClock, source: FakeSource) -> None:
        """The report is the feed's own; an empty feed that could not be checked says why."""
        source.fails_with(BadFeed("No feed."), "cs.CL")
        source.lists("cs.LG")
        for scope in ("cs.CL", "cs.LG"):
            source.fails_otherwise(Unreachable("No page."), scope)
        failure, unchecked = await ask(store, clock, source, "cs.CL", "cs.LG")
        assert (failure.state, sentences(failure.problems)) == (State.FAILED, "No feed.")
        assert unchecked.state is State.STALE
        assert "No page." in sentences(unchecked.problems)

    async def test_is_taken_where_other_scopes_are_newer(
        self, store: Store, clock: FakeClock, source: FakeSource
    ) -> None:
        """Just after midnight nothing is overdue, but what other categories have already is missed in this one."""
        clock.set(datetime(2026, 2, 4, 5, 59, tzinfo=UTC))
        source.lists("cs.CL", announcement(invented_paper(1)))
        source.lists("cs.LG", announcement(invented_paper(2, "cs.LG"), day=TUESDAY), day=TUESDAY)
        source.lists_otherwise("cs.LG", announcement(invented_paper(3, "cs.LG")))
        fresh, stale = await ask(store, clock, source, "cs.CL", "cs.LG")
        assert (fresh.state, stale.state, stale.stored.new) == (State.FRESH, State.STALE, 2)
        assert source.other_requests == ["cs.LG"]

    async def test_on_a_saturday_brings_friday_s_papers(
        self, store: Store, clock: FakeClock, source: FakeSource
    ) -> None:
        """Saturday's feed is empty and bears Saturday's date, which no listing has: the page's is held, and is all."""
        friday, saturday = date(2026, 2, 6), date(2026, 2, 7)
        clock.set(datetime(2026, 2, 7, 12, tzinfo=UTC))
        source.lists("cs.CL", day=saturday)
        source.lists_otherwise("cs.CL", announcement(invented_paper(1)), announcement(invented_paper(2)), day=friday)
        archive = FakeArchive("arxiv")
        (report,) = await ask(store, clock, source, archive=archive)
        assert (report.state, report.fetched, report.stored.new, archive.requests) == (State.FRESH, 2, 2, [])
        state = await state_of(store)
        assert (state.listing_day, state.listed) == (friday, 2)
        assert (await ask(store, clock, source, archive=archive))[0].state is State.QUIET
        assert source.other_requests == ["cs.CL"]
