"""Days whose listing no refresh read: which they are, who reads them, and what they add to a refresh."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from bot.origins import SOURCES
from core.converse.ports import Store
from core.deliver.problems import sentences
from core.errors import BadFeed, Throttled, Unreachable
from core.ingest.conclude import Evidence, conclude, conclude_missed_days, gap, is_for_refreshes, split_gap
from core.ingest.problems import (
    Cause,
    CutListing,
    Failure,
    Interruption,
    MissedDays,
    Problem,
    UnreadableEntries,
    UnreadDays,
    WaitRequest,
)
from core.ingest.refresh import refresh
from core.ingest.state import Backfill, Phase, Report, SourceState, State
from core.papers.identity.changes import Stored
from tests.fakes.clock import NOON, FakeClock
from tests.fakes.sources import FakeArchive, FakeSource, a_reading, announcement, invented_paper
from tests.fakes.stores import SqlStore

ARXIV, FEEDS = SOURCES["arxiv"], SOURCES["feeds"]
DAY, ONE_DAY = NOON.date(), timedelta(days=1)
FRIDAY, MONDAY, TUESDAY = date(2026, 1, 30), date(2026, 2, 2), date(2026, 2, 3)
#: days of the listing that is held and of the one that comes
NEVER, SAME, NEXT, WEEKEND = (None, DAY), (DAY, DAY), (TUESDAY, DAY), (FRIDAY, MONDAY)
FAILURE = Failure(cause=Cause.NO_ANSWER, detail="No archive.")
GARBLED = UnreadableEntries(count=2)
CUT = CutListing()
UNREAD_SPAN = Backfill(source="arxiv", scope="cs.CL", since=MONDAY, until=TUESDAY)


def held(day: date | None) -> SourceState:
    return SourceState(source="arxiv", scope="cs.CL", state=State.FRESH, checked_at=NOON, listing_day=day)


@pytest.mark.parametrize("days", [NEVER, SAME, NEXT, (DAY, TUESDAY), (FRIDAY, None), WEEKEND])
def test_no_day_is_missed(days: tuple[date | None, date | None]) -> None:
    """Between a listing and the next one there is none; a weekend has none; and without a day nobody knows."""
    assert gap(ARXIV, held(days[0]), a_reading(day=days[1])) is None
    assert gap(ARXIV, None, a_reading()) is None


def test_days_between_two_listings_are_missed() -> None:
    """From the first to the last day on which there should be a listing that neither of the two is."""
    assert gap(ARXIV, held(FRIDAY - 2 * ONE_DAY), a_reading()) == (FRIDAY - ONE_DAY, TUESDAY)
    assert gap(ARXIV, held(FRIDAY - ONE_DAY), a_reading(day=MONDAY)) == (FRIDAY, FRIDAY)


def test_days_that_the_listing_covers_are_not_missed() -> None:
    """A feed that tells of several days brings those between them itself."""
    lines = tuple(announcement(invented_paper(day.day), day=day) for day in (MONDAY, DAY))
    assert gap(ARXIV, held(FRIDAY), replace(a_reading(), announcements=lines)) == (TUESDAY, TUESDAY)


@pytest.mark.parametrize(
    ("since", "until", "read_since", "unread"),
    [
        (30, 1, 30, None),
        (31, 1, 31, None),
        (32, 1, 31, (32, 32)),
        (90, 1, 31, (90, 32)),
        (90, 31, 31, (90, 32)),
        (90, 32, None, (90, 32)),
    ],
)
def test_a_month_is_read_and_the_days_before_it_are_told(
    since: int, until: int, read_since: int | None, unread: tuple[int, int] | None
) -> None:
    """In days before the listing: those of the last month are work for the archive; older ones are told as unread."""

    def ago(days: int) -> date:
        return DAY - days * ONE_DAY

    covered = tuple(announcement(invented_paper(n), day=ago(n)) for n in range(1, until))
    listing = replace(a_reading(), source="journal", announcements=covered)
    unread_span = (
        Backfill(source="journal", scope="cs.CL", since=ago(read_since), until=ago(until)) if read_since else None
    )
    old = UnreadDays(since=ago(unread[0]), until=ago(unread[1])) if unread else None
    assert split_gap(FEEDS, held(ago(since + 1)), listing) == (unread_span, old)
    assert split_gap(FEEDS, held(TUESDAY), listing) == (None, None)


@pytest.mark.parametrize(
    ("days", "phase", "days_ago", "is_read"),
    [
        (31, Phase.READING, 1, True),
        (31, Phase.READING, 90, True),
        (32, Phase.READING, 1, False),
        (1, Phase.COMPLETE, 1, False),
        (1, Phase.UNREAD, 31, True),
        (1, Phase.UNREAD, 32, False),
    ],
)
def test_which_days_refreshes_go_on_reading(days: int, phase: Phase, days_ago: int, is_read: bool) -> None:
    """Not months that somebody asked for, not what is read, and for a month what nobody can read."""
    until = DAY - days_ago * ONE_DAY
    unread_span = replace(UNREAD_SPAN, since=until - days * ONE_DAY, until=until, phase=phase)
    assert is_for_refreshes(unread_span, DAY) == is_read


def of_archive(state: State, *problems: Problem, new: int = 0) -> Report:
    stored = Stored(new=new, known=3)
    return Report(
        source="arxiv", scope="cs.CL", state=state, problems=problems, fetched=new + 3, failed=1, stored=stored
    )


LEFT = MissedDays(since=MONDAY, until=TUESDAY, causes=())
UNREAD = replace(LEFT, causes=(FAILURE,))
QUIET = Evidence(traits=ARXIV, scope="cs.CL", last=held(DAY), now=NOON, listing=a_reading(), stored=Stored(known=1))
FRESH = replace(QUIET, stored=Stored(new=1))
FAILED = replace(QUIET, listing=None, obstacle=FAILURE, stored=Stored())


@pytest.mark.parametrize(
    ("evidence", "report", "state", "problems"),
    [
        (QUIET, of_archive(State.FRESH, CUT, new=2), State.FRESH, (CUT,)),
        (QUIET, of_archive(State.QUIET), State.QUIET, ()),
        (FRESH, of_archive(State.QUIET), State.FRESH, ()),
        (FAILED, of_archive(State.FRESH, new=2), State.FAILED, (FAILURE,)),
    ],
)
def test_days_that_were_read_add_to_the_refresh(
    evidence: Evidence, report: Report, state: State, problems: tuple[Problem, ...]
) -> None:
    """Their papers count, news of them make a quiet refresh fresh, and mend no trouble of today."""
    first = conclude(evidence).report
    conclusion = conclude(replace(evidence, archive_reports=((UNREAD_SPAN, report),)))
    assert (conclusion.report.state, conclusion.report.problems) == (state, problems)
    assert (conclusion.state.state, conclusion.state.problems) == (state, problems)
    assert conclusion.report.fetched == first.fetched + report.fetched
    assert conclusion.report.failed == first.failed + report.failed
    assert conclusion.report.stored == first.stored + report.stored


@pytest.mark.parametrize(
    ("problem", "cause"),
    [(FAILURE, FAILURE), (Interruption(cause=FAILURE), FAILURE), (WaitRequest(), WaitRequest()), (GARBLED, GARBLED)],
)
def test_days_that_could_not_be_read_are_told_with_the_cause(problem: Problem, cause: Problem) -> None:
    """A channel reads why days are missing, and not how a command goes on that nobody there has typed."""
    archive = ((UNREAD_SPAN, of_archive(State.FAILED, problem, CUT)),)
    missed = MissedDays(since=MONDAY, until=TUESDAY, causes=(cause,))  # type: ignore[arg-type]  # of the table
    for evidence, state, problems in (
        (QUIET, State.FAILED, ()),
        (FRESH, State.FRESH, ()),
        (FAILED, State.FAILED, (FAILURE,)),
    ):
        conclusion = conclude(replace(evidence, archive_reports=archive))
        assert (conclusion.report.state, conclusion.report.problems) == (state, (*problems, missed))
        assert conclusion.report.stored == evidence.stored
        assert (conclusion.state.state, conclusion.state.problems) == (state, (*problems, missed))


def test_unread_days_are_told_beside_the_rest() -> None:
    """They are a problem of the report, and of the state from which digests and doctor tell it."""
    old = UnreadDays(since=MONDAY, until=TUESDAY)
    conclusion = conclude(replace(FAILED, unread_days=(old,)))
    assert conclusion.report.problems == conclusion.state.problems == (FAILURE, old)


@pytest.mark.parametrize(
    ("before", "read", "left", "after"),
    [
        ((State.QUIET, LEFT), of_archive(State.FRESH, new=2), False, (State.FRESH,)),
        ((State.QUIET, LEFT), of_archive(State.QUIET, CUT), False, (State.QUIET, CUT)),
        ((State.STALE, CUT, LEFT), of_archive(State.FRESH, new=2), False, (State.STALE, CUT)),
        ((State.QUIET, LEFT), of_archive(State.FAILED, FAILURE), False, (State.FAILED, UNREAD)),
        ((State.FRESH, LEFT), of_archive(State.FAILED, FAILURE), False, (State.FRESH, UNREAD)),
        ((State.FAILED, UNREAD), of_archive(State.QUIET), False, (State.QUIET,)),
        ((State.FAILED, FAILURE, UNREAD), of_archive(State.QUIET), False, (State.FAILED, FAILURE)),
        ((State.QUIET, LEFT), None, True, (State.QUIET, LEFT)),
        ((State.FAILED, UNREAD), None, True, (State.FAILED, UNREAD)),
        ((State.FAILED, UNREAD), None, False, (State.QUIET,)),
    ],
)
def test_days_that_are_read_after_a_refresh_add_to_its_state(
    before: tuple[State, Problem], read: Report | None, left: bool, after: tuple[State, Problem]
) -> None:
    """As if the refresh had read them; what they were in trouble for goes with them, and other trouble stays."""
    last = replace(held(DAY), state=before[0], problems=before[1:])
    conclusion = conclude_missed_days(last, [(UNREAD_SPAN, read)] if read else [], [UNREAD_SPAN] if left else [])
    assert (conclusion.state.state, *conclusion.state.problems) == after
    assert conclusion.report.stored == (read.stored if read and not read.state.is_trouble else Stored())


WEEK = timedelta(days=7)
TOLD = "The missed listing of 2026-02-05 to 2026-02-10 could not be read yet:"


async def ask(store: Store, clock: FakeClock, source: FakeSource, archive: FakeArchive | None) -> Report:
    archives = {"arxiv": archive} if archive else {}
    (report,) = await refresh([(source, "cs.CL")], store, clock, tell=lambda _: None, archives=archives)
    return report


class TestRefresh:
    """What a refresh does about them."""

    @pytest.fixture
    def source(self) -> FakeSource:
        return FakeSource("arxiv")

    @pytest.fixture
    def archive(self) -> FakeArchive:
        return FakeArchive("arxiv")

    @pytest.fixture
    def clock(self) -> FakeClock:
        return FakeClock()

    @pytest.fixture
    async def store(self) -> AsyncIterator[Store]:
        async with SqlStore("sqlite://").open() as opened:
            yield opened

    @pytest.fixture
    async def day(self, store: Store, clock: FakeClock, source: FakeSource, archive: FakeArchive) -> date:
        """Today, a week after the last refresh."""
        source.lists("cs.CL", announcement(invented_paper(1)))
        await ask(store, clock, source, archive)
        clock.move(WEEK)
        return DAY + WEEK

    async def test_are_read_from_the_archive(
        self, store: Store, clock: FakeClock, source: FakeSource, archive: FakeArchive, day: date
    ) -> None:
        """What was listed while the machine was off is read with the next listing, and counted with it."""
        source.lists("cs.CL", announcement(invented_paper(2, day=day), day=day), day=day)
        report = await ask(store, clock, source, archive)
        assert archive.requests == [("cs.CL", date(2026, 2, 5), date(2026, 2, 10), "")]
        assert (report.state, report.stored.new) == (State.FRESH, 7)
        assert await store.backfills("arxiv", "cs.CL") == ()

    async def test_make_a_refresh_end_later(
        self, store: Store, clock: FakeClock, source: FakeSource, archive: FakeArchive, day: date
    ) -> None:
        """An archive that asks for a minute gets it, and the refresh is of the moment at which all was read."""
        source.lists("cs.CL", announcement(invented_paper(2, day=day), day=day), day=day)
        archive.failures[date(2026, 2, 7)] = Throttled("Wait.", retry_after_s=60.0)
        report = await ask(store, clock, source, archive)
        state = await store.source_state("arxiv", "cs.CL")
        assert state
        assert (report.stored.new, state.checked_at) == (7, NOON + WEEK + timedelta(seconds=60))

    async def test_stay_told_until_they_are_read(
        self, store: Store, clock: FakeClock, source: FakeSource, archive: FakeArchive, day: date
    ) -> None:
        """They stay work to be done, are told as missing with today's reason, and come with a later refresh."""
        source.lists("cs.CL", announcement(invented_paper(2, day=day), day=day), day=day)
        outcomes: list[tuple[State, str]] = []
        for error in (Unreachable("No archive."), Throttled("No more today.", retry_after_s=900.0), None, None):
            if error:
                archive.failures[date(2026, 2, 7)] = error
            await ask(store, clock, source, archive)
            state = await store.source_state("arxiv", "cs.CL")
            assert state
            outcomes.append((state.state, sentences(state.problems)))
        clock.move(timedelta(seconds=900))
        report = await ask(store, clock, source, archive)
        assert outcomes == [
            (State.FRESH, f"{TOLD} No archive."),
            (State.THROTTLED, f"{TOLD} No more today."),
            (State.THROTTLED, f"{TOLD} The source asked us to come back later."),
            (State.THROTTLED, f"{TOLD} The source asked us to come back later."),
        ]
        assert (report.state, report.problems, (await store.papers()).total) == (State.FRESH, (), 8)

    @pytest.mark.parametrize("is_empty", [False, True])
    async def test_are_noticed_on_the_page_as_well(
        self,
        store: Store,
        clock: FakeClock,
        source: FakeSource,
        archive: FakeArchive,
        day: date,
        is_empty: bool,
    ) -> None:
        """Off for a week, and then the feed fails or is empty: the page brings the day, the archive those before it."""
        if is_empty:
            source.lists("cs.CL", day=day + timedelta(days=1))
            clock.set(datetime(2026, 2, 12, 5, 59, tzinfo=UTC))
        else:
            source.fails_with(BadFeed("No feed."))
        source.lists_otherwise("cs.CL", announcement(invented_paper(2), day=day), day=day)
        report = await ask(store, clock, source, archive)
        assert archive.requests == [("cs.CL", date(2026, 2, 5), date(2026, 2, 10), "")]
        assert (report.state, report.stored.new) == (State.FRESH if is_empty else State.FAILED, 7)

    async def test_before_an_empty_day_are_missed_as_well(
        self, store: Store, clock: FakeClock, source: FakeSource, archive: FakeArchive, day: date
    ) -> None:
        """A day without papers, which the page confirms, ends the days that nobody read."""
        source.lists("cs.CL", day=day)
        source.lists_otherwise("cs.CL", day=day)
        report = await ask(store, clock, source, archive)
        assert archive.requests == [("cs.CL", date(2026, 2, 5), date(2026, 2, 10), "")]
        assert report.stored.new == 6

    @pytest.mark.parametrize("is_read", [True, False], ids=["in both places", "on the page alone"])
    async def test_too_long_ago_are_told_once(
        self, store: Store, clock: FakeClock, source: FakeSource, archive: FakeArchive, day: date, is_read: bool
    ) -> None:
        """After a summer without refreshes the last month is read by itself, and the rest is not silently left out."""
        day = date(2026, 5, 6)
        clock.set(datetime(2026, 5, 6, 12, tzinfo=UTC))
        source.fails_with(BadFeed("No feed."))
        source.lists_otherwise("cs.CL", announcement(invented_paper(2, day=day), day=day), day=day)
        if is_read:
            source.recovers()
            source.lists("cs.CL", announcement(invented_paper(2, day=day), day=day), day=day, is_cut=True)
        report = await ask(store, clock, source, archive)
        assert archive.requests == [("cs.CL", date(2026, 4, 5), date(2026, 5, 5), "")]
        unread = [problem for problem in report.problems if isinstance(problem, UnreadDays)]
        assert unread == [UnreadDays(since=date(2026, 2, 5), until=date(2026, 4, 4))]

    async def test_wait_as_long_as_the_source(
        self, store: Store, clock: FakeClock, source: FakeSource, archive: FakeArchive
    ) -> None:
        """A source that sends us away is one service with its archive, which is left alone as well."""
        unread_span = Backfill(source="arxiv", scope="cs.CL", since=date(2026, 2, 2), until=TUESDAY)
        await store.save_backfill(unread_span, at=NOON)
        source.lists("cs.CL")
        source.lists_otherwise("cs.CL", announcement(invented_paper(1)))
        report = await ask(store, clock, source, archive)
        assert (report.state, archive.requests, await store.backfills("arxiv", "cs.CL")) == (
            State.THROTTLED,
            [],
            (unread_span,),
        )

    async def test_that_somebody_asked_for_are_theirs_to_go_on_with(
        self, store: Store, clock: FakeClock, source: FakeSource, archive: FakeArchive
    ) -> None:
        """A refresh reads no months that a backfill has begun with."""
        unread_span = Backfill(source="arxiv", scope="cs.CL", since=date(2025, 12, 1), until=TUESDAY)
        await store.save_backfill(unread_span, at=NOON)
        source.lists("cs.CL", announcement(invented_paper(1)))
        await ask(store, clock, source, archive)
        assert (archive.requests, await store.backfills("arxiv", "cs.CL")) == ([], (unread_span,))

    async def test_without_an_archive_are_nobody_s_work(
        self, store: Store, clock: FakeClock, source: FakeSource, day: date
    ) -> None:
        """Where nothing could read them, they are not put on record either."""
        source.lists("cs.CL", announcement(invented_paper(2, day=day), day=day), day=day)
        report = await ask(store, clock, source, None)
        assert (report.state, report.problems, await store.backfills("arxiv")) == (State.FRESH, (), ())
