from __future__ import annotations

import asyncio
import time
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.deliver.problems import sentences
from core.errors import BadFeed, Refused, StoreFull, Throttled, Unreachable
from core.ingest.enrich import AGAIN_AFTER, enrich, next_size
from core.ingest.state import Report, State
from core.papers.identity.changes import Stored
from tests.fakes.clock import NOON, FakeClock
from tests.fakes.enriching import FakeIndex, FakeShelf
from tests.fakes.papers import a_paper

PAPERS = tuple(a_paper(number) for number in range(1, 11))


@pytest.fixture
def shelf() -> FakeShelf:
    return FakeShelf(PAPERS)


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def index() -> FakeIndex:
    return FakeIndex()


def sizes(index: FakeIndex) -> list[int]:
    return [len(papers) for papers in index.requests]


async def test_every_waiting_paper_is_asked_for_once(shelf: FakeShelf, clock: FakeClock, index: FakeIndex) -> None:
    """What an index knows is stored, all that was asked is marked, and the report tells how many."""
    (report,) = await enrich([index], shelf, clock)
    assert report == Report(source="index", scope="works", state=State.FRESH, fetched=10, stored=Stored(known=10))
    assert [paper for papers in index.requests for paper in papers] == list(PAPERS)
    assert set(shelf.marked.values()) == {NOON}
    assert len(shelf.marked) == 10
    assert shelf.reports == [report]
    assert shelf.states["index", "works"].fresh_at == NOON


async def test_asked_again_after_a_week(shelf: FakeShelf, clock: FakeClock, index: FakeIndex) -> None:
    """Nothing is asked twice within a week, and then all of it."""
    await enrich([index], shelf, clock)
    clock.move(AGAIN_AFTER)
    assert (await enrich([index], shelf, clock))[0].state is State.QUIET
    assert sum(sizes(index)) == 10
    assert len(shelf.reports) == 1
    clock.move(timedelta(seconds=1))
    assert (await enrich([index], shelf, clock))[0].fetched == 10


async def test_no_paper_is_asked_for_at_the_cost_of_others(clock: FakeClock, index: FakeIndex) -> None:
    """Where more are due than can be asked, old papers are asked again all the same: journals take months."""
    shelf, first = FakeShelf(()), clock.now()
    for day in range(200):
        shelf.papers = (a_paper(day), *shelf.papers)
        await enrich([index], shelf, clock, papers=2)
        clock.move(timedelta(days=1))
    last_asked = [(shelf.marked["index", a_paper(day).id] - first).days - day for day in range(50)]
    assert max(sizes(index)) <= 2
    assert min(last_asked) >= 112


async def test_no_more_papers_than_wanted(shelf: FakeShelf, clock: FakeClock, index: FakeIndex) -> None:
    """At most as many as asked for, those first that the store names first."""
    await enrich([index], shelf, clock, papers=3)
    assert {id for _, id in shelf.marked} == {paper.id for paper in PAPERS[:3]}


async def test_unknown_papers_are_marked_too(shelf: FakeShelf, clock: FakeClock) -> None:
    """A paper that an index does not know was asked for all the same."""
    (report,) = await enrich([FakeIndex(unknown=PAPERS)], shelf, clock)
    assert (report.state, report.fetched, sentences(report.problems)) == (State.QUIET, 0, "")
    assert len(shelf.marked) == 10
    assert not shelf.added


async def test_records_that_cannot_be_read_are_told(shelf: FakeShelf, clock: FakeClock, index: FakeIndex) -> None:
    """One odd record is told and the others go on; nothing but odd ones is a failure."""
    index.cannot_read(PAPERS[0])
    (report,) = await enrich([index], shelf, clock)
    assert (report.state, report.fetched, report.failed) == (State.FRESH, 9, 1)
    assert sentences(report.problems) == "1 of 10 records could not be read (arxiv:2602.00001: odd)."
    odd = FakeIndex("odd")
    odd.cannot_read(*PAPERS)
    assert (await enrich([odd], shelf, clock))[0].state is State.FAILED


@pytest.mark.parametrize("error", [Unreachable("No."), Refused("No.", status=500), BadFeed("No."), Throttled("No.")])
async def test_a_failure_is_a_report(shelf: FakeShelf, clock: FakeClock, index: FakeIndex, error: Exception) -> None:
    """An index that fails is told of, its papers stay unmarked, and the next index is asked."""
    index.fails_with(error)
    other = FakeIndex("other")
    first, second = await enrich([index, other], shelf, clock)
    assert first.state is (State.THROTTLED if isinstance(error, Throttled) else State.FAILED)
    assert (sentences(first.problems), second.state) == ("No.", State.FRESH)
    assert {name for name, _ in shelf.marked} == {"other"}
    assert shelf.states["index", "works"].troubles == 1


async def test_what_was_learned_before_a_failure_is_kept(shelf: FakeShelf, clock: FakeClock, index: FakeIndex) -> None:
    """A failure in the middle costs the papers of one question."""
    index.fails_with(Throttled("Later.", retry_after_s=30.0), PAPERS[4])
    (report,) = await enrich([index], shelf, clock)
    assert (report.state, report.fetched, report.retry_after_s) == (State.THROTTLED, 2, 30.0)
    assert len(shelf.marked) == 2


async def test_a_cool_down_is_obeyed_after_a_restart(shelf: FakeShelf, clock: FakeClock, index: FakeIndex) -> None:
    """An index that asked us to wait is not asked before that, whoever asks, and then is."""
    index.fails_with(Throttled("Come back in 90 s.", retry_after_s=90.0))
    await enrich([index], shelf, clock)
    clock.move(timedelta(seconds=89))
    again = FakeIndex()
    (report,) = await enrich([again], shelf, clock)
    assert (report.state, sentences(report.problems), report.retry_after_s) == (
        State.THROTTLED,
        "Come back in 90 s.",
        1.0,
    )
    assert not again.requests
    clock.move(timedelta(seconds=1))
    assert (await enrich([again], shelf, clock))[0].state is State.FRESH
    assert shelf.states["index", "works"].troubles == 0
    assert shelf.states["index", "works"].wait_until is None


async def test_a_failed_index_is_left_alone_for_a_while(shelf: FakeShelf, clock: FakeClock, index: FakeIndex) -> None:
    """Nothing is asked for five minutes, after the next failure for fifteen; the report goes on to say what failed."""
    index.fails_with(Unreachable("No network."))
    await enrich([index], shelf, clock)
    (report,) = await enrich([index], shelf, clock)
    assert (report.state, sentences(report.problems), report.retry_after_s) == (State.FAILED, "No network.", 300.0)
    assert sizes(index) == [2]
    clock.move(timedelta(minutes=5))
    (report,) = await enrich([index], shelf, clock)
    assert (sizes(index), report.retry_after_s) == ([2, 1], 900.0)


async def test_a_wait_of_another_clock_is_not_believed(shelf: FakeShelf, clock: FakeClock, index: FakeIndex) -> None:
    """A wait that was noted under a clock far ahead holds nobody up."""
    index.fails_with(Throttled("Later.", retry_after_s=90.0))
    await enrich([index], shelf, clock)
    index.recovers()
    clock.move(-timedelta(days=300))
    assert (await enrich([index], shelf, clock))[0].state is State.FRESH


async def test_a_refused_paper_is_not_in_the_way(shelf: FakeShelf, clock: FakeClock, index: FakeIndex) -> None:
    """A paper whose question is refused whenever it is asked is told, marked, and the others are asked."""
    index.fails_with(Refused("No such filter.", status=400), PAPERS[1])
    for _ in range(3):
        last = await enrich([index], shelf, clock)
        clock.move(timedelta(hours=1))
    assert len(shelf.marked) == 10
    assert sentences(last[0].problems) == "1 of 9 records could not be read (arxiv:2602.00002: No such filter.)."


async def test_a_slow_index_costs_its_share(shelf: FakeShelf, clock: FakeClock) -> None:
    """An index that never answers is left at the end of its share, and the others have theirs."""
    hanging, quick = FakeIndex("hanging", takes_s=60.0), FakeIndex("quick")
    began = time.monotonic()
    first, second = await enrich([hanging, quick], shelf, clock, budget_s=3.0)
    assert time.monotonic() - began < 30.0
    assert (first.state, second.state, second.fetched) == (State.FAILED, State.FRESH, 10)
    assert sentences(first.problems) == "hanging did not answer in 1.5 s."
    assert {name for name, _ in shelf.marked} == {"quick"}


async def test_a_spent_budget_is_no_failure(shelf: FakeShelf, clock: FakeClock) -> None:
    """What was learned in time is kept, what was not asked is not marked, and that is nothing to complain of."""
    slow = FakeIndex(takes_s=0.3)
    began = time.monotonic()
    (report,) = await enrich([slow], shelf, clock, budget_s=0.8)
    assert time.monotonic() - began < 30.0
    assert (report.state, sentences(report.problems)) == (State.FRESH, "")
    assert 1 <= report.fetched == len(shelf.marked) < 10


async def test_no_budget_asks_nothing(shelf: FakeShelf, clock: FakeClock, index: FakeIndex) -> None:
    """Without time nobody is asked, and nobody is blamed."""
    (report,) = await enrich([index], shelf, clock, budget_s=0.0)
    assert (report.state, index.requests, shelf.states) == (State.QUIET, [], {})


async def test_cancelling_leaves_nothing_half(clock: FakeClock, index: FakeIndex) -> None:
    """Cancelled anywhere, no paper is marked whose answer was not stored."""
    for turns in range(40):
        shelf = FakeShelf(PAPERS)
        task = asyncio.ensure_future(enrich([index], shelf, clock))
        for _ in range(turns):
            await asyncio.sleep(0)
        task.cancel()
        await asyncio.wait([task])
        stored = {one.paper.id for listing in shelf.added for one in listing.announcements}
        assert {id for _, id in shelf.marked} <= stored


async def test_a_store_that_fails_is_loud(clock: FakeClock, index: FakeIndex) -> None:
    """Trouble of our own is raised: it is no failure of the index."""

    class FullShelf(FakeShelf):
        async def add(self, *_: object, **__: object) -> Stored:
            raise StoreFull("The disk is full.")

    with pytest.raises(StoreFull):
        await enrich([index], FullShelf(PAPERS), clock)


@given(st.integers(1, 1000), st.floats(0, 100), st.floats(-10, 100))
def test_the_next_question_fits(size: int, took_s: float, left_s: float) -> None:
    """The next question is at most twice as large, and at the same speed takes no longer than there is left."""
    chosen = next_size(size, took_s, left_s)
    assert 0 <= chosen <= 2 * size
    assert chosen * took_s / size <= max(left_s, 0.0) + 1e-6


async def test_failures_in_a_row_cool_down_longer(shelf: FakeShelf, clock: FakeClock, index: FakeIndex) -> None:
    """Five minutes at first, then fifteen, thirty, an hour and never more; where the index says how long, that."""
    index.fails_with(Unreachable("No."))
    for minutes in (5, 15, 30, 60, 60):
        (report,) = await enrich([index], shelf, clock)
        assert (report.state, report.retry_after_s) == (State.FAILED, minutes * 60)
        clock.move(timedelta(minutes=minutes))
    index.fails_with(Throttled("Later.", retry_after_s=7.0))
    assert (await enrich([index], shelf, clock))[0].retry_after_s == 7.0
    clock.move(timedelta(seconds=7))
    index.fails_with(Throttled("Later.", retry_after_s=1e9))
    assert (await enrich([index], shelf, clock))[0].retry_after_s == 3600.0
