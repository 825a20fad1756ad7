from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest

from core.converse.ports import Store
from core.deliver.problems import sentences
from core.errors import BadFeed, Refused, StoreLocked, Throttled, Unreachable
from core.ingest.listing import Listing, UnreadEntry, Validators
from core.ingest.ports import PaperSource
from core.ingest.refresh import Progress, refresh, take
from core.ingest.state import Report, SourceState, State
from core.papers.identity.changes import Stored
from core.papers.paper import AnnounceType
from tests.fakes.clock import NOON, FakeClock
from tests.fakes.sources import DAY, FakeSource, a_reading, announced, invented
from tests.fakes.stores import SqlStore


@pytest.fixture
async def store() -> AsyncIterator[Store]:
    async with SqlStore("sqlite://").open() as opened:
        yield opened


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def source() -> FakeSource:
    return FakeSource()


async def ask(store: Store, clock: FakeClock, *wanted: tuple[PaperSource, str]) -> tuple[Report, ...]:
    return await refresh(wanted, store, clock, tell=lambda _: None)


TUESDAY = date(2026, 2, 3)


async def test_stores_each_scope_and_tells_how_it_went(store: Store, clock: FakeClock, source: FakeSource) -> None:
    """A refresh stores every scope, reports on each in order, and a second one is quiet and conditional."""
    both = invented(1, "cs.CL", "cs.LG")
    source.lists("cs.CL", announced(both), announced(invented(2)))
    source.lists("cs.LG", announced(both, type=AnnounceType.CROSS))
    first = await ask(store, clock, (source, "cs.CL"), (source, "cs.LG"))
    assert [(one.scope, one.state, one.fetched, one.stored.new) for one in first] == [
        ("cs.CL", State.FRESH, 2, 2),
        ("cs.LG", State.QUIET, 1, 0),
    ]
    again = await ask(store, clock, (source, "cs.CL"), (source, "cs.LG"))
    assert [(one.state, one.fetched, one.stored) for one in again] == [(State.QUIET, 0, Stored())] * 2
    assert (await store.papers()).total == 2
    state = await store.source_state("fake", "cs.CL")
    assert state is not None
    assert (state.listing_day, state.listed, state.fresh_at, sentences(state.problems)) == (DAY, 2, NOON, "")


async def test_tells_its_progress(store: Store, clock: FakeClock, source: FakeSource) -> None:
    """Whoever waits is told before each scope which one it is, and when all are done."""
    source.lists("cs.CL")
    source.lists("cs.LG")
    told: list[Progress] = []
    await refresh([(source, "cs.CL"), (source, "cs.LG")], store, clock, tell=told.append)
    assert [(one.done, one.total, one.what) for one in told] == [
        (0, 2, "fake cs.CL"),
        (1, 2, "fake cs.LG"),
        (2, 2, ""),
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
    source.lists("cs.CL", announced(invented(1)))
    source.lists("cs.LG", announced(invented(2, "cs.LG")))
    await ask(store, clock, (source, "cs.CL"))
    source.fails_with(error, "cs.CL")
    failed, fine = await ask(store, clock, (source, "cs.CL"), (source, "cs.LG"))
    assert (failed.state, sentences(failed.problems), fine.state) == (state, error.sentence(), State.FRESH)
    kept = await store.source_state("fake", "cs.CL")
    assert kept is not None
    assert (kept.state, sentences(kept.problems), kept.listing_day) == (state, error.sentence(), DAY)
    assert kept.validators.etag == '"1"'
    source.recovers()
    clock.move(timedelta(hours=2))
    (back,) = await ask(store, clock, (source, "cs.CL"))
    assert (back.state, sentences(back.problems)) == (State.QUIET, "")


async def test_a_source_that_names_no_time_is_left_alone_longer_each_time(
    store: Store, clock: FakeClock, source: FakeSource
) -> None:
    """A bare 429 costs five minutes, then fifteen, then thirty; a good answer ends the count."""
    source.lists("cs.CL", announced(invented(1)))
    source.fails_with(Throttled("Come back later."))
    for minutes in (5, 15, 30, 60, 60):
        (report,) = await ask(store, clock, (source, "cs.CL"))
        assert (report.state, report.retry_after_s) == (State.THROTTLED, minutes * 60)
        clock.move(timedelta(minutes=minutes) - timedelta(seconds=1))
        await ask(store, clock, (source, "cs.CL"))
        clock.move(timedelta(seconds=1))
    assert len(source.asked) == 5
    source.recovers()
    assert (await ask(store, clock, (source, "cs.CL")))[0].state is State.FRESH
    kept = await store.source_state("fake", "cs.CL")
    assert kept is not None
    assert kept.troubles == 0


async def test_a_source_that_sends_us_away_twice_is_not_asked_further(
    store: Store, clock: FakeClock, source: FakeSource
) -> None:
    """After two scopes in a row the others are left alone, told as throttled, and remembered as that."""
    for scope in ("cs.CL", "cs.LG", "cs.AI", "cs.CV"):
        source.lists(scope)
    source.fails_with(Throttled("Come back in 90 s.", retry_after_s=90.0))
    reports = await ask(store, clock, *((source, scope) for scope in ("cs.CL", "cs.LG", "cs.AI", "cs.CV")))
    assert [one.state for one in reports] == [State.THROTTLED] * 4
    assert [scope for scope, _ in source.asked] == ["cs.CL", "cs.LG"]
    assert {state.wait_until for state in await store.source_states()} == {NOON + timedelta(seconds=90)}


async def test_one_throttled_scope_does_not_stop_the_others(store: Store, clock: FakeClock, source: FakeSource) -> None:
    """Where only one scope is refused, the rest is read."""
    for scope in ("cs.CL", "cs.LG", "cs.AI"):
        source.lists(scope, announced(invented(len(scope), scope)))
    source.fails_with(Throttled("Come back later."), "cs.LG")
    reports = await ask(store, clock, *((source, scope) for scope in ("cs.CL", "cs.LG", "cs.AI")))
    assert [one.state for one in reports] == [State.FRESH, State.THROTTLED, State.QUIET]


async def test_every_refresh_is_history(store: Store, clock: FakeClock, source: FakeSource) -> None:
    """How each refresh ended stays on record, with its counts, the newest first."""
    source.lists("cs.CL", announced(invented(1)), announced(invented(2)))
    await ask(store, clock, (source, "cs.CL"))
    clock.move(timedelta(hours=1))
    source.fails_with(Unreachable("No answer."))
    await ask(store, clock, (source, "cs.CL"))
    last, first = await store.refreshes(source="fake", scope="cs.CL")
    assert (last.report.state, sentences(last.report.problems), last.at) == (State.FAILED, "No answer.", clock.now())
    assert (first.report.state, first.report.fetched, first.report.stored.new) == (State.FRESH, 2, 2)


async def test_an_unknown_scope_is_a_failure_of_that_scope(store: Store, clock: FakeClock, source: FakeSource) -> None:
    """A category that the source does not know fails with a sentence that names it."""
    source.lists("cs.CL")
    unknown, fine = await ask(store, clock, (source, "cs.XX"), (source, "cs.CL"))
    assert (unknown.state, fine.state) == (State.FAILED, State.QUIET)
    assert "cs.XX" in sentences(unknown.problems)


async def test_a_source_that_asked_us_to_wait_is_not_asked(store: Store, clock: FakeClock, source: FakeSource) -> None:
    """Before the end of the wait the scope is reported as throttled without being asked; after it, it is asked."""
    source.lists("cs.CL", announced(invented(1)))
    source.fails_with(Throttled("Come back in 600 s.", retry_after_s=600.0))
    await ask(store, clock, (source, "cs.CL"))
    source.recovers()
    clock.move(timedelta(seconds=599))
    (early,) = await ask(store, clock, (source, "cs.CL"))
    assert (early.state, early.retry_after_s, sentences(early.problems)) == (
        State.THROTTLED,
        1.0,
        "Come back in 600 s.",
    )
    assert len(source.asked) == 1
    clock.move(timedelta(seconds=1))
    (later,) = await ask(store, clock, (source, "cs.CL"))
    assert (later.state, later.stored.new) == (State.FRESH, 1)


async def test_a_wait_noted_under_another_clock_does_not_last(
    store: Store, clock: FakeClock, source: FakeSource
) -> None:
    """When the clock is set back by months, a remembered wait does not block the source for months."""
    source.lists("cs.CL", announced(invented(1)))
    source.fails_with(Throttled("Come back in 600 s.", retry_after_s=600.0))
    await ask(store, clock, (source, "cs.CL"))
    source.recovers()
    clock.move(timedelta(days=-100))
    (report,) = await ask(store, clock, (source, "cs.CL"))
    assert report.state is State.FRESH


async def test_a_truncated_listing_says_so(store: Store, clock: FakeClock, source: FakeSource) -> None:
    """At the source's cap the papers are stored, and report and state say that some may be missing."""
    source.lists("cs.CL", announced(invented(1)), is_cut=True)
    for state in (State.FRESH, State.QUIET):
        (report,) = await ask(store, clock, (source, "cs.CL"))
        assert report.state is state
        assert "a part of its listing only" in sentences(report.problems)
    kept = await store.source_state("fake", "cs.CL")
    assert kept is not None
    assert "missing" in sentences(kept.problems)


async def test_a_listing_of_a_far_day_hides_none_after_it(store: Store, clock: FakeClock, source: FakeSource) -> None:
    """A day that is far ahead is not believed: no days count as missed, and the next listing is newer."""
    source.lists("cs.CL", announced(invented(1), day=date(2062, 2, 4)), day=date(2062, 2, 4))
    (first,) = await ask(store, clock, (source, "cs.CL"))
    assert (first.state, first.problems) == (State.FRESH, ())
    kept = await store.source_state("fake", "cs.CL")
    assert kept is not None
    assert kept.listing_day is None
    source.lists("cs.CL", announced(invented(2)), day=DAY)
    await ask(store, clock, (source, "cs.CL"))
    after = await store.source_state("fake", "cs.CL")
    assert after is not None
    assert after.listing_day == DAY
    assert (await store.papers(day=NOON.date())).total == 2


async def test_entries_that_cannot_be_read_are_counted(store: Store, clock: FakeClock, source: FakeSource) -> None:
    """Some unreadable entries are told beside the others; when none can be read, it is a failure and is asked anew."""
    source.serves(a_reading(papers=2, problems=1))
    (some,) = await ask(store, clock, (source, "cs.CL"))
    assert (some.state, some.fetched, some.failed) == (State.PARTIAL, 2, 1)
    assert "1 of 3 entries" in sentences(some.problems)
    source.serves(
        Listing(
            source="fake",
            scope="cs.LG",
            problems=(UnreadEntry(where="entry 1", reason="no title"),),
            validators=Validators(etag='"9"'),
        )
    )
    (none,) = await ask(store, clock, (source, "cs.LG"))
    kept = await store.source_state("fake", "cs.LG")
    assert kept is not None
    assert (none.state, kept.validators) == (State.FAILED, Validators())


async def test_an_older_or_empty_listing_does_not_replace_the_newest(
    store: Store, clock: FakeClock, source: FakeSource
) -> None:
    """What is remembered is the newest listing that we hold, even when the source goes back or comes up empty."""
    source.lists("cs.CL", announced(invented(1)), announced(invented(2)))
    await ask(store, clock, (source, "cs.CL"))
    source.lists("cs.CL", announced(invented(3), day=TUESDAY), day=TUESDAY)
    await ask(store, clock, (source, "cs.CL"))
    source.lists("cs.CL", day=DAY)
    await ask(store, clock, (source, "cs.CL"))
    kept = await store.source_state("fake", "cs.CL")
    assert kept is not None
    assert (kept.listing_day, kept.listed) == (DAY, 2)


async def test_a_saved_file_is_stored_and_leaves_no_state(store: Store, clock: FakeClock) -> None:
    """A file's listing is stored like any other, and twice is quiet; the source's own state is not touched."""
    first = await take(a_reading(papers=3, problems=1), store, clock)
    second = await take(a_reading(papers=3), store, clock)
    assert (first.state, first.stored.new, first.failed) == (State.PARTIAL, 3, 1)
    assert (second.state, second.stored.known) == (State.QUIET, 3)
    assert (await take(a_reading(papers=0, problems=1), store, clock)).state is State.FAILED
    assert await store.source_states() == ()


async def test_a_damaged_listing_is_told_as_that(store: Store, clock: FakeClock) -> None:
    """The flaw of a listing is a sentence and no entry that failed; with no entry at all it is a failure."""
    flaw = "The feed is damaged, so entries may be missing: no element found."
    source = FakeSource()
    source.serves(replace(a_reading(papers=2), source="fake", flaw=flaw))
    (report,) = await ask(store, clock, (source, "cs.CL"))
    assert (report.state, report.fetched, report.failed, sentences(report.problems)) == (State.FRESH, 2, 0, flaw)
    state = await store.source_state("fake", "cs.CL")
    assert state
    assert sentences(state.problems) == flaw
    report = await take(replace(a_reading(papers=0), flaw=flaw), store, clock)
    assert (report.state, report.failed, sentences(report.problems)) == (State.FAILED, 0, flaw)


async def test_a_single_entry_is_counted_as_one(store: Store, clock: FakeClock) -> None:
    """One entry is no `1 entries`."""
    report = await take(a_reading(papers=0, problems=1), store, clock)
    assert sentences(report.problems) == "1 of 1 entry could not be read (entry 0: no title)."


async def test_a_failure_of_the_store_is_raised(clock: FakeClock, source: FakeSource, tmp_path: Path) -> None:
    """A database that fails ends the refresh: it is not a source's failure."""
    source.lists("cs.CL", announced(invented(1)))
    async with SqlStore(f"sqlite:///{tmp_path / 'papers.db'}", busy_timeout_s=0.05).open() as store:
        with closing(sqlite3.connect(tmp_path / "papers.db", isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            with pytest.raises(StoreLocked):
                await ask(store, clock, (source, "cs.CL"))
        assert await store.source_states() == ()
        assert (await ask(store, clock, (source, "cs.CL")))[0].state is State.FRESH


async def test_an_interruption_keeps_what_was_stored(store: Store, clock: FakeClock, source: FakeSource) -> None:
    """Cancelled in the middle, a refresh keeps the scopes that were done; the next one brings the rest."""
    asked = asyncio.Event()

    class Hanging(FakeSource):
        async def fetch(self, scope: str, last: SourceState | None) -> Listing:
            asked.set()
            await asyncio.sleep(60)
            return await super().fetch(scope, last)

    source.lists("cs.CL", announced(invented(1)))
    running = asyncio.ensure_future(ask(store, clock, (source, "cs.CL"), (Hanging(), "cs.LG")))
    await asked.wait()
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    assert (await store.papers()).total == 1
    assert await store.source_state("fake", "cs.CL") is not None
    assert await store.source_state("fake", "cs.LG") is None
