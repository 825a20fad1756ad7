"""What a refresh remembers of a scope and its source, and what the next one does with it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import date, timedelta

import pytest

from core.converse.ports import Store
from core.errors import BadFeed, Throttled, Unreachable
from core.ingest.listing import Listing, Validators
from core.ingest.refresh import refresh
from core.ingest.state import Backfill, Phase, Report, SourceState, State
from tests.fakes.by_name import gap
from tests.fakes.clock import NOON, FakeClock
from tests.fakes.sources import DAY, FakeArchive, FakeSource, announced, invented
from tests.fakes.stores import SqlStore

TUESDAY = DAY - timedelta(days=1)


@pytest.fixture
async def store() -> AsyncIterator[Store]:
    async with SqlStore("sqlite://").open() as opened:
        yield opened


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def source() -> FakeSource:
    return FakeSource("arxiv")


async def ask(
    store: Store, clock: FakeClock, source: FakeSource, *scopes: str, archive: FakeArchive | None = None
) -> tuple[Report, ...]:
    archives = {"arxiv": archive} if archive else {}
    wanted = [(source, scope) for scope in scopes or ("cs.CL",)]
    return await refresh(wanted, store, clock, tell=lambda _: None, archives=archives)


async def source_state(store: Store, source: FakeSource, scope: str = "cs.CL") -> SourceState:
    state = await store.source_state(source.name, scope)
    assert state
    return state


def empty(day: date | None, etag: str, *, source: str = "arxiv") -> Listing:
    return Listing(source=source, scope="cs.CL", day=day, validators=Validators(etag=etag))


class TestWaits:
    async def test_grow_for_a_source_that_hides_its_papers(
        self, store: Store, clock: FakeClock, source: FakeSource
    ) -> None:
        """A feed that comes up empty day after day is left alone for longer each time."""
        waits = []
        for number in range(3):
            day = DAY + timedelta(days=number)
            source.serves(empty(day, f"{number}"))
            source.lists_otherwise("cs.CL", announced(invented(number), day=day), day=day)
            (report,) = await ask(store, clock, source)
            waits.append(report.retry_after_s)
            clock.move(timedelta(days=1))
        assert waits == [300.0, 900.0, 1800.0]

    async def test_begin_anew_after_an_answer(self, store: Store, clock: FakeClock, source: FakeSource) -> None:
        """What went wrong before the last good listing is not held against a source."""
        waits = []
        for number in range(2):
            source.fails_with(Throttled("Too many requests."))
            waits.append((await ask(store, clock, source))[0].retry_after_s)
            clock.move(timedelta(hours=2))
            source.recovers()
            source.lists("cs.CL", announced(invented(number)))
            assert (await ask(store, clock, source))[0].state is State.FRESH
        assert waits == [300.0, 300.0]

    async def test_spare_the_other_scopes_after_two_in_a_row(
        self, store: Store, clock: FakeClock, source: FakeSource
    ) -> None:
        """It is the last two that count: a source that answered first and then shut is not asked on."""
        source.lists("cs.CL", announced(invented(1)))
        for scope in ("cs.LG", "cs.AI", "cs.CV"):
            source.fails_with(Throttled("Too many requests."), scope)
        reports = await ask(store, clock, source, "cs.CL", "cs.LG", "cs.AI", "cs.CV")
        assert [one.state for one in reports] == [State.FRESH, *[State.THROTTLED] * 3]
        assert [scope for scope, _ in source.asked] == ["cs.CL", "cs.LG", "cs.AI"]

    async def test_leave_the_archive_alone_as_well(self, store: Store, clock: FakeClock, source: FakeSource) -> None:
        """Days that were missed wait, too, until their source lets itself be asked again."""
        todo = Backfill(source="arxiv", scope="cs.CL", since=date(2026, 2, 2), until=TUESDAY)
        await store.save_backfill(todo, at=NOON)
        source.fails_with(Throttled("Too many requests."))
        archive = FakeArchive("arxiv")
        await ask(store, clock, source, archive=archive)
        assert archive.asked == []
        assert await store.backfills("arxiv", "cs.CL") == (todo,)


class TestValidators:
    """Of an empty answer: `not modified` the next time would be taken for a listing that we never had."""

    async def test_are_kept_where_we_hold_the_day(self, store: Store, clock: FakeClock, source: FakeSource) -> None:
        """Where the day's papers are there, the empty answer after them may be remembered."""
        source.lists("cs.CL", announced(invented(1)))
        await ask(store, clock, source)
        source.serves(empty(DAY, "after"))
        await ask(store, clock, source)
        assert (await source_state(store, source)).validators == Validators(etag="after")

    async def test_are_forgotten_where_papers_may_be_missing(
        self, store: Store, clock: FakeClock, source: FakeSource
    ) -> None:
        """Where the day's papers are not, the whole feed is asked for again."""
        source.lists("cs.CL", announced(invented(1), day=TUESDAY), day=TUESDAY)
        await ask(store, clock, source)
        source.serves(empty(DAY, "doubtful"))
        source.fails_otherwise(Unreachable("No page."), "cs.CL")
        await ask(store, clock, source)
        assert (await source_state(store, source)).validators != Validators(etag="doubtful")


class TestDays:
    async def test_an_empty_answer_of_a_source_without_days_forgets_none(self, store: Store, clock: FakeClock) -> None:
        """A journal that lists nothing now still has the day of what it listed last."""
        journal = FakeSource("journal")
        journal.lists("cs.CL", announced(invented(1)))
        await ask(store, clock, journal)
        journal.serves(empty(None, "2", source="journal"))
        await ask(store, clock, journal)
        assert (await source_state(store, journal)).listing_day == DAY

    async def test_the_count_of_a_listing_grows_with_it(
        self, store: Store, clock: FakeClock, source: FakeSource
    ) -> None:
        """Of a day that is told again with more papers the last number is remembered."""
        for papers in (1, 3):
            source.lists("cs.CL", *(announced(invented(number)) for number in range(papers)))
            await ask(store, clock, source)
        assert (await source_state(store, source)).listed == 3

    async def test_fresh_is_when_something_came(self, store: Store, clock: FakeClock, source: FakeSource) -> None:
        """A refresh without anything new does not make a scope look fresher."""
        source.lists("cs.CL", announced(invented(1)))
        await ask(store, clock, source)
        clock.move(timedelta(hours=1))
        source.lists("cs.CL", announced(invented(1)))
        await ask(store, clock, source)
        state = await source_state(store, source)
        assert (state.state, state.fresh_at, state.checked_at) == (State.QUIET, NOON, NOON + timedelta(hours=1))

    async def test_the_page_makes_fresh_as_well(self, store: Store, clock: FakeClock, source: FakeSource) -> None:
        """What came from the other place came, though the feed itself failed."""
        source.fails_with(BadFeed("No feed."))
        source.lists_otherwise("cs.CL", announced(invented(1)))
        await ask(store, clock, source)
        assert (await source_state(store, source)).fresh_at == NOON


class TestSecondPlace:
    async def test_knows_no_category_that_does_not_exist(
        self, store: Store, clock: FakeClock, source: FakeSource
    ) -> None:
        """A category that the source does not know is not looked for on its page."""
        (report,) = await ask(store, clock, source, "cs.XX")
        assert report.state is State.FAILED
        assert source.asked_otherwise == []

    async def test_that_is_old_itself_brings_nothing(self, store: Store, clock: FakeClock, source: FakeSource) -> None:
        """A page of the day before is not stored as if it were today's; the feed's own papers are there."""
        source.lists("cs.CL", announced(invented(1), day=TUESDAY), day=TUESDAY)
        source.lists_otherwise("cs.CL", announced(invented(2), day=TUESDAY), day=TUESDAY)
        (report,) = await ask(store, clock, source)
        assert (report.state, report.fetched, report.stored.new) == (State.STALE, 1, 1)
        assert await store.paper(invented(2).id) is None


class TestWhatCameOtherwise:
    """Whether a digest may promise the papers of a listing in trouble for later."""

    async def test_came_from_the_page(self, store: Store, clock: FakeClock, source: FakeSource) -> None:
        """The feed failed and the page was read: nothing is missing, also where all of it was known."""
        source.fails_with(BadFeed("No feed."))
        source.lists_otherwise("cs.CL", announced(invented(1)))
        for _ in range(2):
            await ask(store, clock, source)
            assert (await source_state(store, source)).came_otherwise

    async def test_did_not_come_with_an_old_feed(self, store: Store, clock: FakeClock, source: FakeSource) -> None:
        """Yesterday's papers were new to us; those of today, which the page does not have either, are still to come."""
        source.lists("cs.CL", announced(invented(1), day=TUESDAY), day=TUESDAY)
        source.lists_otherwise("cs.CL", announced(invented(1), day=TUESDAY), day=TUESDAY)
        (report,) = await ask(store, clock, source)
        assert (report.state, report.stored.new) == (State.STALE, 1)
        assert not (await source_state(store, source)).came_otherwise

    async def test_is_forgotten_by_the_next_refresh(self, store: Store, clock: FakeClock, source: FakeSource) -> None:
        """A page that fails as well brings nothing of the day."""
        source.fails_with(BadFeed("No feed."))
        source.lists_otherwise("cs.CL", announced(invented(1)))
        await ask(store, clock, source)
        source.fails_otherwise(Unreachable("No page."), "cs.CL")
        await ask(store, clock, source)
        assert not (await source_state(store, source)).came_otherwise


class TestMissedDays:
    @pytest.mark.parametrize(
        ("todo", "why"),
        [
            (Backfill(source="arxiv", scope="cs.CL", since=date(2025, 12, 1), until=TUESDAY), "too long"),
            (
                Backfill(source="arxiv", scope="cs.CL", since=date(2026, 2, 2), until=TUESDAY, phase=Phase.COMPLETE),
                "complete",
            ),
        ],
        ids=lambda value: value if isinstance(value, str) else "",
    )
    async def test_what_somebody_asked_for_is_theirs_to_go_on_with(
        self, store: Store, clock: FakeClock, source: FakeSource, todo: Backfill, why: str
    ) -> None:
        """A refresh reads no months that a backfill has begun with, and forgets none that it is through with."""
        await store.save_backfill(todo, at=NOON)
        source.lists("cs.CL", announced(invented(1)))
        archive = FakeArchive("arxiv")
        await ask(store, clock, source, archive=archive)
        assert archive.asked == [], why
        assert await store.backfills("arxiv", "cs.CL") == (todo,)

    async def test_mend_no_trouble_of_today(self, store: Store, clock: FakeClock, source: FakeSource) -> None:
        """Where the feed of today failed, days that could be read meanwhile do not make it fresh."""
        await store.save_backfill(
            Backfill(source="arxiv", scope="cs.CL", since=date(2026, 2, 2), until=TUESDAY), at=NOON
        )
        source.fails_with(BadFeed("No feed."))
        (report,) = await ask(store, clock, source, archive=FakeArchive("arxiv"))
        assert (report.state, report.stored.new) == (State.FAILED, 2)

    def test_that_the_listing_itself_covers_are_not_missed(self) -> None:
        """A feed that tells of several days brings those between them itself."""
        held = SourceState(source="biorxiv", scope="biorxiv", state=State.FRESH, checked_at=NOON, listing_day=DAY)
        days = [DAY + timedelta(days=n) for n in (1, 3)]
        lines = tuple(announced(invented(day.day), day=day) for day in days)
        told = Listing(source="biorxiv", scope="biorxiv", announcements=lines, day=days[-1])
        between = DAY + timedelta(days=2)
        assert gap("biorxiv", held, told) == (between, between)
