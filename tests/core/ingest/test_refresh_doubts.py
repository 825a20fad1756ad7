"""Refreshes of a source that has another place to look, and an archive: doubts, second looks, missed days."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, date, datetime, timedelta

import pytest

from core.converse.ports import Store
from core.deliver.problems import sentences
from core.errors import BadFeed, Throttled, Unreachable
from core.ingest.ports import PaperSource
from core.ingest.refresh import refresh
from core.ingest.state import Report, State
from tests.fakes.clock import NOON, FakeClock
from tests.fakes.sources import DAY, FakeArchive, FakeSource, GarbledArchive, announced, invented
from tests.fakes.stores import SqlStore

BEFORE_ONE = datetime(2026, 2, 4, 5, 59, tzinfo=UTC)
TUESDAY = date(2026, 2, 3)


@pytest.fixture
async def store() -> AsyncIterator[Store]:
    async with SqlStore("sqlite://").open() as opened:
        yield opened


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


async def ask(store: Store, clock: FakeClock, *wanted: tuple[PaperSource, str]) -> tuple[Report, ...]:
    return await refresh(wanted, store, clock, tell=lambda _: None)


class TestSecondLook:
    """arXiv's feed and its listing page, as two places of one source."""

    @pytest.fixture
    def source(self) -> FakeSource:
        return FakeSource("arxiv")

    async def test_a_feed_that_is_of_today_is_not_looked_at_twice(
        self, store: Store, clock: FakeClock, source: FakeSource
    ) -> None:
        """The ordinary day costs one request a category."""
        source.lists("cs.CL", announced(invented(1)))
        await ask(store, clock, (source, "cs.CL"))
        await ask(store, clock, (source, "cs.CL"))
        assert source.asked_otherwise == []

    async def test_an_old_feed_is_completed_and_called_stale(
        self, store: Store, clock: FakeClock, source: FakeSource
    ) -> None:
        """The papers of the day come from the other place; what is remembered is the day that we hold now."""
        source.lists("cs.CL", announced(invented(1), day=TUESDAY), day=TUESDAY)
        source.lists_otherwise("cs.CL", announced(invented(2)), announced(invented(3)))
        (report,) = await ask(store, clock, (source, "cs.CL"))
        assert (report.state, report.stored.new) == (State.STALE, 3)
        assert (await store.papers(day=DAY)).total == 2
        kept = await store.source_state("arxiv", "cs.CL")
        assert kept is not None
        assert (kept.state, kept.listing_day, kept.fresh_at) == (State.STALE, DAY, NOON)

    async def test_one_old_category_among_new_ones_is_stale_before_anything_is_due(
        self, store: Store, clock: FakeClock, source: FakeSource
    ) -> None:
        """Just after midnight nothing is overdue, but what other categories have already is missed in this one."""
        clock.set(BEFORE_ONE)
        source.lists("cs.CL", announced(invented(1)))
        source.lists("cs.LG", announced(invented(2, "cs.LG"), day=TUESDAY), day=TUESDAY)
        source.lists_otherwise("cs.LG", announced(invented(3, "cs.LG")))
        fresh, stale = await ask(store, clock, (source, "cs.CL"), (source, "cs.LG"))
        assert (fresh.state, stale.state, stale.stored.new) == (State.FRESH, State.STALE, 2)
        assert source.asked_otherwise == ["cs.LG"]

    async def test_an_empty_answer_is_throttling_where_the_page_has_papers(
        self, store: Store, clock: FakeClock, source: FakeSource
    ) -> None:
        """It is told, remembered with a wait that survives a restart, and nothing is missing."""
        source.lists("cs.CL")
        source.lists_otherwise("cs.CL", announced(invented(2)))
        (report,) = await ask(store, clock, (source, "cs.CL"))
        assert (report.state, report.stored.new, report.retry_after_s) == (State.THROTTLED, 1, 300.0)
        (again,) = await ask(store, clock, (source, "cs.CL"))
        assert again.state is State.THROTTLED
        assert len(source.asked) == 1

    async def test_a_failed_feed_is_read_from_the_page(
        self, store: Store, clock: FakeClock, source: FakeSource
    ) -> None:
        """The failure stays a failure, and the papers are there."""
        source.fails_with(BadFeed("The feed breaks off in the middle."), "cs.CL")
        source.lists_otherwise("cs.CL", announced(invented(2)))
        (report,) = await ask(store, clock, (source, "cs.CL"))
        assert (report.state, report.stored.new) == (State.FAILED, 1)
        assert "listing page was read as well" in sentences(report.problems)

    async def test_a_page_that_fails_as_well_makes_nothing_worse(
        self, store: Store, clock: FakeClock, source: FakeSource
    ) -> None:
        """The report is the feed's own; an empty feed that could not be checked is stale, not quiet."""
        source.fails_with(BadFeed("No feed."), "cs.CL")
        source.lists("cs.LG")
        for scope in ("cs.CL", "cs.LG"):
            source.fails_otherwise(Unreachable("No page."), scope)
        failed, unchecked = await ask(store, clock, (source, "cs.CL"), (source, "cs.LG"))
        assert (failed.state, sentences(failed.problems)) == (State.FAILED, "No feed.")
        assert unchecked.state is State.STALE
        assert "No page." in sentences(unchecked.problems)


class TestNoOtherPlace:
    """bioRxiv and Hugging Face, which have one place each."""

    async def asked_after_an_empty_answer(self, store: Store, clock: FakeClock, papers: int) -> Report:
        source = FakeSource("biorxiv")
        source.lists("biorxiv", *(announced(invented(number), day=DAY) for number in range(papers)))
        await ask(store, clock, (source, "biorxiv"))
        clock.move(timedelta(days=7))
        source.lists("biorxiv", day=None)
        (report,) = await ask(store, clock, (source, "biorxiv"))
        return report

    @pytest.mark.parametrize(("papers", "state"), [(10, State.STALE), (9, State.QUIET)])
    async def test_a_usually_full_listing_is_not_quietly_empty(
        self, store: Store, clock: FakeClock, papers: int, state: State
    ) -> None:
        """An answer without entries, where many are usual and a day is due, is a failure and is told as one."""
        report = await self.asked_after_an_empty_answer(store, clock, papers)
        assert (report.state, bool(sentences(report.problems))) == (state, state is State.STALE)
        kept = await store.source_state("biorxiv", "biorxiv")
        assert kept is not None
        assert (kept.state, sentences(kept.problems)) == (report.state, sentences(report.problems))

    @pytest.mark.parametrize("papers", [1, 10])
    async def test_an_empty_answer_does_not_forget_the_day_that_we_hold(
        self, store: Store, clock: FakeClock, papers: int
    ) -> None:
        """What the next refresh has to read begins after that day: forgotten, the days since would be lost."""
        await self.asked_after_an_empty_answer(store, clock, papers)
        kept = await store.source_state("biorxiv", "biorxiv")
        assert kept is not None
        assert kept.listing_day == DAY

    @pytest.mark.parametrize(("papers", "state"), [(10, State.STALE), (9, State.QUIET)])
    async def test_a_small_part_has_days_without_papers(
        self, store: Store, clock: FakeClock, papers: int, state: State
    ) -> None:
        """A subject area whose newest preprint is days old is quiet where it is small, and late where it is not."""
        source = FakeSource("biorxiv")
        lines = [announced(invented(number), day=DAY) for number in range(papers)]
        for _ in range(5):
            source.lists("medrxiv:toxicology", *lines)
            (report,) = await ask(store, clock, (source, "medrxiv:toxicology"))
            clock.move(timedelta(days=1))
        kept = await store.source_state("biorxiv", "medrxiv:toxicology")
        assert kept is not None
        assert (report.state, kept.state, kept.listing_day) == (state, state, DAY)


class TestMissedDays:
    """Days whose listing nobody read, and the archive."""

    @pytest.fixture
    def source(self) -> FakeSource:
        return FakeSource("arxiv")

    async def refreshed(self, store: Store, clock: FakeClock, source: FakeSource, archive: FakeArchive) -> Report:
        (report,) = await refresh([(source, "cs.CL")], store, clock, tell=lambda _: None, archives={"arxiv": archive})
        return report

    async def back_after_a_week(
        self, store: Store, clock: FakeClock, source: FakeSource, archive: FakeArchive
    ) -> Report:
        source.lists("cs.CL", announced(invented(1)))
        await self.refreshed(store, clock, source, archive)
        clock.move(timedelta(days=7))
        day = DAY + timedelta(days=7)
        source.lists("cs.CL", announced(invented(2, day=day), day=day), day=day)
        return await self.refreshed(store, clock, source, archive)

    async def test_are_read_from_the_archive(self, store: Store, clock: FakeClock, source: FakeSource) -> None:
        """What was listed while the machine was off is read with the next listing, and counted with it."""
        archive = FakeArchive("arxiv")
        report = await self.back_after_a_week(store, clock, source, archive)
        assert archive.asked == [("cs.CL", date(2026, 2, 5), date(2026, 2, 10), "")]
        assert (report.state, report.stored.new) == (State.FRESH, 7)
        assert await store.backfills("arxiv", "cs.CL") == ()

    async def test_are_read_later_where_the_archive_fails(
        self, store: Store, clock: FakeClock, source: FakeSource
    ) -> None:
        """They stay work to be done, are told as missing, and come with a later refresh."""
        archive = FakeArchive("arxiv")
        archive.failures[date(2026, 2, 7)] = Unreachable("No archive.")
        report = await self.back_after_a_week(store, clock, source, archive)
        assert (report.state, report.stored.new) == (State.FRESH, 1)
        assert "missed listing of 2026-02-05 to 2026-02-10 could not be read yet: No archive." in sentences(
            report.problems
        )
        later = await self.refreshed(store, clock, source, archive)
        assert (later.state, later.stored.new) == (State.FRESH, 6)
        assert (await store.papers()).total == 8

    async def test_are_nobody_s_to_run_again(self, store: Store, clock: FakeClock, source: FakeSource) -> None:
        """A channel reads why days are missing, and not how a command goes on that nobody there has typed."""
        archive = FakeArchive("arxiv")
        told = "The missed listing of 2026-02-05 to 2026-02-10 could not be read yet:"
        archive.failures[date(2026, 2, 7)] = Throttled("No more today.", retry_after_s=900.0)
        assert (
            sentences((await self.back_after_a_week(store, clock, source, archive)).problems)
            == f"{told} No more today."
        )
        resting = await self.refreshed(store, clock, source, archive)
        assert sentences(resting.problems) == f"{told} The source asked us to come back later."

    async def test_are_noticed_on_the_page_as_well(self, store: Store, clock: FakeClock, source: FakeSource) -> None:
        """Off for a week, and then the feed fails: the page brings the day, and the archive those before it."""
        source.lists("cs.CL", announced(invented(1)))
        archive = FakeArchive("arxiv")
        await self.refreshed(store, clock, source, archive)
        clock.move(timedelta(days=7))
        day = DAY + timedelta(days=7)
        source.fails_with(BadFeed("No feed."))
        source.lists_otherwise("cs.CL", announced(invented(2), day=day), day=day)
        report = await self.refreshed(store, clock, source, archive)
        assert archive.asked == [("cs.CL", date(2026, 2, 5), date(2026, 2, 10), "")]
        assert (report.state, report.stored.new) == (State.FAILED, 7)

    async def test_that_are_missing_stay_told_until_they_are_read(
        self, store: Store, clock: FakeClock, source: FakeSource
    ) -> None:
        """The state, from which digests and doctor tell it, says so too; nothing new beside them is no quiet day."""
        archive = FakeArchive("arxiv")
        told: list[tuple[State, str]] = []
        archive.failures[date(2026, 2, 5)] = Unreachable("No archive.")
        await self.back_after_a_week(store, clock, source, archive)
        for _ in range(3):
            kept = await store.source_state("arxiv", "cs.CL")
            assert kept is not None
            told.append((kept.state, sentences(kept.problems)))
            if len(told) == 1:
                archive.failures[date(2026, 2, 5)] = Unreachable("Still none.")
            await self.refreshed(store, clock, source, archive)
        missing = "The missed listing of 2026-02-05 to 2026-02-10 could not be read yet:"
        assert told == [
            (State.FRESH, f"{missing} No archive."),
            (State.FAILED, f"{missing} Still none."),
            (State.FRESH, ""),
        ]

    async def test_that_nobody_can_read_stay_told_for_a_month(
        self, store: Store, clock: FakeClock, source: FakeSource
    ) -> None:
        """An answer of the archive that was not understood is no day without papers; it is asked for once more."""
        archive = GarbledArchive("arxiv", entries=1)
        reports = [await self.back_after_a_week(store, clock, source, archive)]
        reports += [await self.refreshed(store, clock, source, archive) for _ in range(2)]
        missing = "The missed listing of 2026-02-05 to 2026-02-10 could not be read yet: 1 entry could not be read."
        assert [(one.state, sentences(one.problems)) for one in reports] == [
            (State.FRESH, missing),
            (State.FAILED, missing),
            (State.FAILED, missing),
        ]
        assert len(archive.asked) == 3
        clock.set(datetime(2026, 3, 14, 12, tzinfo=UTC))
        await self.refreshed(store, clock, source, archive)
        assert len(archive.asked) == 3

    async def test_too_long_ago_are_told_with_what_to_do(
        self, store: Store, clock: FakeClock, source: FakeSource
    ) -> None:
        """After a summer without refreshes the last month is read by itself, and the rest is not silently left out."""
        source.lists("cs.CL", announced(invented(1)))
        archive = FakeArchive("arxiv")
        await self.refreshed(store, clock, source, archive)
        day = date(2026, 5, 6)
        clock.set(datetime(2026, 5, 6, 12, tzinfo=UTC))
        source.lists("cs.CL", announced(invented(2, day=day), day=day), day=day)
        report = await self.refreshed(store, clock, source, archive)
        assert archive.asked == [("cs.CL", date(2026, 4, 5), date(2026, 5, 5), "")]
        assert "paperboy ingest --since 2026-02-05 --until 2026-04-04" in sentences(report.problems)

    async def test_saturday_is_the_day_of_no_listing(self, store: Store, clock: FakeClock, source: FakeSource) -> None:
        """Saturday's feed is empty and bears Saturday's date; the listing that we hold stays Friday's."""
        friday, saturday = date(2026, 2, 6), date(2026, 2, 7)
        clock.set(datetime(2026, 2, 6, 12, tzinfo=UTC))
        source.lists("cs.CL", announced(invented(1, day=friday), day=friday), day=friday)
        await self.refreshed(store, clock, source, FakeArchive("arxiv"))
        clock.set(datetime(2026, 2, 7, 12, tzinfo=UTC))
        source.lists("cs.CL", day=saturday)
        report = await self.refreshed(store, clock, source, FakeArchive("arxiv"))
        assert (report.state, source.asked_otherwise) == (State.QUIET, [])
        state = await store.source_state("arxiv", "cs.CL")
        assert state
        assert (state.listing_day, state.listed) == (friday, 1)

    async def test_whoever_starts_on_a_saturday_has_friday_s_papers(
        self, store: Store, clock: FakeClock, source: FakeSource
    ) -> None:
        """The other place still has Friday's listing, which is read and remembered as what it is, and read once."""
        friday, saturday = date(2026, 2, 6), date(2026, 2, 7)
        clock.set(datetime(2026, 2, 7, 12, tzinfo=UTC))
        source.lists("cs.CL", day=saturday)
        source.lists_otherwise("cs.CL", announced(invented(1)), announced(invented(2)), day=friday)
        archive = FakeArchive("arxiv")
        report = await self.refreshed(store, clock, source, archive)
        assert (report.state, report.fetched, report.stored.new, archive.asked) == (State.FRESH, 2, 2, [])
        state = await store.source_state("arxiv", "cs.CL")
        assert state
        assert (state.listing_day, state.listed) == (friday, 2)
        assert (await self.refreshed(store, clock, source, archive)).state is State.QUIET
        assert source.asked_otherwise == ["cs.CL"]

    async def test_a_free_weekday_has_no_entries_of_another_day(
        self, store: Store, clock: FakeClock, source: FakeSource
    ) -> None:
        """A holiday that no calendar knows, and that the other place confirms: nothing was listed on that day."""
        source.lists_otherwise("cs.CL", announced(invented(1)), day=DAY)
        source.lists("cs.CL", announced(invented(1)))
        await self.refreshed(store, clock, source, FakeArchive("arxiv"))
        clock.set(datetime(2026, 2, 5, 12, tzinfo=UTC))
        source.lists("cs.CL", day=date(2026, 2, 5))
        assert (await self.refreshed(store, clock, source, FakeArchive("arxiv"))).state is State.QUIET
        state = await store.source_state("arxiv", "cs.CL")
        assert state
        assert (state.listing_day, state.listed) == (date(2026, 2, 5), 0)

    async def test_a_weekend_misses_nothing(self, store: Store, clock: FakeClock, source: FakeSource) -> None:
        """From Friday to Monday no listing lies between, and the archive is not asked."""
        friday, monday = date(2026, 2, 6), date(2026, 2, 9)
        archive = FakeArchive("arxiv")
        for day in (friday, monday):
            source.lists("cs.CL", announced(invented(day.day, day=day), day=day), day=day)
            clock.set(datetime(2026, 2, day.day, 12, tzinfo=UTC))
            await self.refreshed(store, clock, source, archive)
        assert archive.asked == []
