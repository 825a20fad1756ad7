"""A bug in the reading of one source is that source's failure, wherever the source is read."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator
from datetime import date, timedelta

import pytest

from core.converse.ports import Store
from core.deliver.problems import sentences
from core.errors import SourceBug, StoreLocked
from core.ingest.backfill import read, read_all
from core.ingest.enrich import enrich
from core.ingest.guard import guard_source
from core.ingest.listing import Listing
from core.ingest.lookup import Lookup
from core.ingest.ports import PaperSource
from core.ingest.refresh import refresh
from core.ingest.state import Report, State
from core.papers.identity.changes import Stored
from core.papers.search import parse_query
from tests.fakes.clock import NOON, FakeClock
from tests.fakes.enriching import FakeIndex, FakeShelf
from tests.fakes.papers import a_paper
from tests.fakes.sources import FakeArchive, FakeFinder, FakeSource, announcement, invented_paper
from tests.fakes.stores import SqlStore

SENTENCE = "It could not be read: a bug in Paperboy (AttributeError); the log has the details."
SINCE, UNTIL = date(2026, 1, 5), date(2026, 1, 11)


@pytest.fixture
async def store() -> AsyncIterator[Store]:
    async with SqlStore("sqlite://").open() as opened:
        yield opened


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


def bug() -> AttributeError:
    return AttributeError("object has no attribute 'email'")


async def ask(store: Store, clock: FakeClock, *wanted: tuple[PaperSource, str]) -> tuple[Report, ...]:
    return await refresh(wanted, store, clock, tell=lambda _: None)


async def test_a_refresh_goes_on(store: Store, clock: FakeClock, caplog: pytest.LogCaptureFixture) -> None:
    """The scope is failed with a plain sentence, the others are read, and the log has the traceback."""
    source, other = FakeSource(), FakeSource("other")
    for each in (source, other):
        each.lists("cs.CL", announcement(invented_paper(1)))
        each.lists("cs.LG", announcement(invented_paper(2)))
    source.fails_with(bug(), "cs.CL")
    reports = await ask(store, clock, (source, "cs.CL"), (source, "cs.LG"), (other, "cs.CL"))
    assert [(one.state, sentences(one.problems)) for one in reports] == [
        (State.FAILED, SENTENCE),
        (State.FRESH, ""),
        (State.FRESH, ""),
    ]
    state = await store.source_state("fake", "cs.CL")
    assert state
    assert (state.state, sentences(state.problems), state.troubles) == (State.FAILED, SENTENCE, 1)
    (line,) = caplog.records
    assert (line.name, line.levelno) == ("core.ingest.guard", logging.ERROR)
    assert "fake cs.CL" in line.getMessage()
    assert line.exc_info


async def test_the_next_refresh_reads_it_again(store: Store, clock: FakeClock) -> None:
    """Nothing of the failure is left once the bug is gone."""
    source = FakeSource()
    source.lists("cs.CL", announcement(invented_paper(1)))
    source.fails_with(bug())
    await ask(store, clock, (source, "cs.CL"))
    source.recovers()
    (report,) = await ask(store, clock, (source, "cs.CL"))
    assert (report.state, sentences(report.problems)) == (State.FRESH, "")


async def test_a_bug_in_the_second_look_leaves_the_first(store: Store, clock: FakeClock) -> None:
    """What the feed gave is kept, and the feed's own trouble is told."""
    source = FakeSource("arxiv")
    source.lists("cs.CL", announcement(invented_paper(1)), day=date(2026, 2, 3))
    source.fails_otherwise(bug(), "cs.CL")
    (report,) = await ask(store, clock, (source, "cs.CL"))
    assert (report.state, report.stored.new) == (State.STALE, 1)


async def test_a_bug_in_an_archive_ends_one_backfill(store: Store, clock: FakeClock) -> None:
    """The pages before it stay, the other scopes are read, and the same command goes on from there."""
    broken, whole = FakeArchive("broken"), FakeArchive("whole")
    broken.failures[date(2026, 1, 7)] = bug()
    wanted = [(broken, "cs.CL"), (whole, "cs.CL")]
    first, second = await read_all(wanted, SINCE, UNTIL, store, clock, tell=lambda _: None)
    assert (first.state, first.fetched, second.state, second.fetched) == (State.FAILED, 2, State.FRESH, 7)
    assert sentences(first.problems) == f"{SENTENCE} Running it again goes on where it stopped."
    again, _ = await read_all(wanted, SINCE, UNTIL, store, clock, tell=lambda _: None)
    assert (again.state, again.fetched) == (State.FRESH, 7)


async def test_an_index_with_a_bug_is_left_alone_for_a_while(clock: FakeClock) -> None:
    """The other indexes are asked, and nothing is marked that was not answered."""
    shelf, broken, whole = FakeShelf([a_paper(1), a_paper(2)]), FakeIndex("broken"), FakeIndex("whole")
    broken.fails_with(bug())
    first, second = await enrich([broken, whole], shelf, clock)
    assert (first.state, sentences(first.problems), first.retry_after_s) == (State.FAILED, SENTENCE, 300.0)
    assert second.state is State.FRESH
    assert {name for name, _ in shelf.marked} == {"whole"}


async def test_a_paper_with_a_bug_is_in_nobodys_way(clock: FakeClock) -> None:
    """A paper whose record no reader of ours survives is told as its problem, and the others are described."""
    papers = [a_paper(number) for number in range(1, 5)]
    shelf, index = FakeShelf(papers), FakeIndex()
    index.fails_with(bug(), papers[0])
    assert (await enrich([index], shelf, clock))[0].state is State.FAILED
    clock.move(timedelta(seconds=300))
    (report,) = await enrich([index], shelf, clock)
    assert (report.state, report.fetched, report.failed) == (State.FRESH, 3, 1)
    assert "a bug in Paperboy (AttributeError)" in sentences(report.problems)


async def test_a_look_up_names_the_finder(store: Store, clock: FakeClock) -> None:
    """A person who searches gets what the store has, and hears of the source that could not be asked."""
    await store.add(Listing(source="fake", scope="cs.CL", announcements=(announcement(invented_paper(1)),)), at=NOON)
    finder = FakeFinder(name="arxiv", error=bug())
    lookup = Lookup(store=store, clock=clock, finders=lambda: (finder,))
    found = await lookup.search(parse_query("lanterns from:arxiv", today=NOON.date()), limit=5)
    assert found.troubles == ("arxiv could not be read: a bug in Paperboy (AttributeError); the log has the details.",)


def test_errors_that_are_promised_are_no_bugs() -> None:
    """Promised errors and those of the store pass as they are; whatever else is raised becomes a bug."""
    with pytest.raises(StoreLocked), guard_source("fake"):
        raise StoreLocked("Another process is writing.")
    with pytest.raises(SourceBug), guard_source("fake"):
        raise TimeoutError


class ForgetfulStore(SqlStore):
    """A store with a bug in it."""

    async def add(self, listing: Listing, *, at: object) -> Stored:
        """Fail as bugs do."""
        raise LookupError("a bug of the store")


async def test_bugs_of_the_store_are_not_taken_for_a_source_s(clock: FakeClock) -> None:
    """What goes wrong in storing is no failure of a source, neither in a refresh nor in a backfill."""
    source = FakeSource()
    source.lists("cs.CL", announcement(invented_paper(1)))
    async with ForgetfulStore("sqlite://").open() as store:
        with pytest.raises(LookupError):
            await ask(store, clock, (source, "cs.CL"))
        with pytest.raises(LookupError):
            await read(FakeArchive(), "cs.CL", SINCE, UNTIL, store, clock, tell=lambda _: None)
