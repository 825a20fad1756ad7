"""What a refresh costs the store: one state read and one written for each scope, and in which order."""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator
from contextlib import suppress
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from core.errors import BadFeed, PaperboyError, Throttled, Unreachable
from core.ingest.listing import Listing
from core.ingest.refresh import refresh
from core.ingest.state import Backfill, Report, SourceState, State
from core.papers.identity.changes import Stored
from tests.fakes.clock import NOON, FakeClock
from tests.fakes.sources import DAY, FakeArchive, FakeSource, announcement, invented_paper
from tests.fakes.stores import SqlStore

TUESDAY = DAY - timedelta(days=1)
SCOPES = ("cs.CL", "cs.LG")


class RecordingStore(SqlStore):
    """A real store that keeps the name of every call that ingestion makes, with the scope where there is one."""

    def __init__(self, url: str) -> None:
        super().__init__(url)
        self.calls: list[tuple[str, str]] = []

    async def source_state(self, source: str, scope: str) -> SourceState | None:
        """The last state of one scope."""
        self.calls.append(("read state", scope))
        return await super().source_state(source, scope)

    async def save_source_state(self, state: SourceState, *, report: Report | None = None) -> None:
        """Replace the state of one scope."""
        self.calls.append(("write state" if report else "write state without history", state.scope))
        await super().save_source_state(state, report=report)

    async def add(self, listing: Listing, *, at: datetime) -> Stored:
        """Store a listing."""
        self.calls.append(("add", listing.scope))
        return await super().add(listing, at=at)

    async def save_backfill(self, backfill: Backfill, *, at: datetime) -> None:
        """Remember how far it has come."""
        self.calls.append(("write backfill", backfill.scope))
        await super().save_backfill(backfill, at=at)

    async def forget_backfill(self, backfill: Backfill, *, was_read: bool = True) -> None:
        """It is complete."""
        self.calls.append(("forget backfill", backfill.scope))
        await super().forget_backfill(backfill, was_read=was_read)

    def quantity(self) -> Counter[tuple[str, str]]:
        """How often states were read and written."""
        return Counter(call for call in self.calls if "state" in call[0])


@pytest.fixture
async def store() -> AsyncIterator[RecordingStore]:
    async with RecordingStore("sqlite://").open() as opened:
        assert isinstance(opened, RecordingStore)
        yield opened


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def source() -> FakeSource:
    return FakeSource("arxiv")


async def ask(store: RecordingStore, clock: FakeClock, source: FakeSource, **archives: Any) -> tuple[Report, ...]:
    store.calls.clear()
    return await refresh([(source, scope) for scope in SCOPES], store, clock, tell=lambda _: None, archives=archives)


ONCE = Counter({(verb, scope): 1 for verb in ("read state", "write state") for scope in SCOPES})


def lists_both(source: FakeSource, day: date = DAY) -> None:
    for number, scope in enumerate(SCOPES):
        source.lists(
            scope, announcement(invented_paper(day.toordinal() % 10_000 + number, scope, day=day), day=day), day=day
        )


class TestOneReadAndOneWrite:
    async def test_of_an_ordinary_day(self, store: RecordingStore, clock: FakeClock, source: FakeSource) -> None:
        """Something new, and then nothing new."""
        lists_both(source)
        for _ in range(2):
            await ask(store, clock, source)
            assert store.quantity() == ONCE

    @pytest.mark.parametrize(
        "error", [BadFeed("No feed."), Unreachable("No answer."), Throttled("Come back later.")], ids=repr
    )
    async def test_of_a_failure(
        self, store: RecordingStore, clock: FakeClock, source: FakeSource, error: PaperboyError
    ) -> None:
        """With a second look, or without one where the source sent us away."""
        source.fails_with(error)
        source.lists_otherwise("cs.CL", announcement(invented_paper(1)))
        await ask(store, clock, source)
        assert store.quantity() == ONCE

    async def test_of_doubtful_listings(self, store: RecordingStore, clock: FakeClock, source: FakeSource) -> None:
        """One empty, one old; the other place of the source completes one of them."""
        source.lists("cs.CL")
        source.lists("cs.LG", announcement(invented_paper(2, "cs.LG"), day=TUESDAY), day=TUESDAY)
        source.lists_otherwise("cs.LG", announcement(invented_paper(3, "cs.LG")))
        await ask(store, clock, source)
        assert store.quantity() == ONCE

    async def test_of_missed_days(self, store: RecordingStore, clock: FakeClock, source: FakeSource) -> None:
        """The archive reads them, in vain for one of the scopes."""
        lists_both(source)
        archive = FakeArchive("arxiv")
        await ask(store, clock, source, arxiv=archive)
        clock.move(timedelta(days=7))
        lists_both(source, DAY + timedelta(days=7))
        archive.failures[date(2026, 2, 7)] = Unreachable("No archive.")
        await ask(store, clock, source, arxiv=archive)
        assert store.quantity() == ONCE

    async def test_and_none_while_a_wait_goes_on(
        self, store: RecordingStore, clock: FakeClock, source: FakeSource
    ) -> None:
        """What is not asked is no news, and leaves no line in the history."""
        source.fails_with(Throttled("Come back later.", retry_after_s=600.0))
        await ask(store, clock, source)
        await ask(store, clock, source)
        assert store.quantity() == Counter({("read state", scope): 1 for scope in SCOPES})


async def test_a_scope_is_opened_again_where_a_later_one_is_newer(
    store: RecordingStore, clock: FakeClock, source: FakeSource
) -> None:
    """Just after midnight the first of two feeds was still of the day before: it is concluded twice, then as stale."""
    clock.set(datetime(2026, 2, 4, 5, 59, tzinfo=UTC))
    source.lists("cs.CL", announcement(invented_paper(1), day=TUESDAY), day=TUESDAY)
    source.lists("cs.LG", announcement(invented_paper(2, "cs.LG")))
    source.lists_otherwise("cs.CL", announcement(invented_paper(3)))
    old, _ = await ask(store, clock, source)
    assert (old.state, old.stored.new) == (State.STALE, 2)
    assert store.quantity() == ONCE + Counter({("write state", "cs.CL"): 1})
    state = await store.source_state("arxiv", "cs.CL")
    assert state and (state.state, state.listing_day, state.came_otherwise) == (State.STALE, DAY, True)


async def test_nothing_is_forgotten_before_it_is_on_record(
    store: RecordingStore, clock: FakeClock, source: FakeSource
) -> None:
    """Missed days are work to be done, and the listing is stored, before the state moves past them."""
    lists_both(source)
    archive = FakeArchive("arxiv")
    await ask(store, clock, source, arxiv=archive)
    clock.move(timedelta(days=7))
    lists_both(source, DAY + timedelta(days=7))
    await ask(store, clock, source, arxiv=archive)
    for scope in SCOPES:
        verbs = [verb for verb, of in store.calls if of == scope]
        assert verbs[:3] == ["read state", "write backfill", "add"]
        assert verbs[-1] == "write state"


async def test_a_wait_is_on_record_before_another_scope_is_asked(
    store: RecordingStore, clock: FakeClock, source: FakeSource
) -> None:
    """Whatever ends the process after that, the source is left alone as long as it asked for, its archive as well."""
    lists_both(source)
    source.fails_with(Throttled("Come back later.", retry_after_s=600.0), "cs.CL")
    missed_day = Backfill(source="arxiv", scope="cs.CL", since=TUESDAY, until=TUESDAY)
    await store.save_backfill(missed_day, at=NOON)
    await ask(store, clock, source, arxiv=FakeArchive("arxiv"))
    assert store.calls[:3] == [("read state", "cs.CL"), ("write state", "cs.CL"), ("read state", "cs.LG")]
    state = await store.source_state("arxiv", "cs.CL")
    assert state and state.wait_until == NOON + timedelta(seconds=600)


async def test_every_refresh_is_one_line_of_the_history(
    store: RecordingStore, clock: FakeClock, source: FakeSource
) -> None:
    """A failure that took a second look is told once, as it ended."""
    source.fails_with(BadFeed("No feed."))
    source.lists_otherwise("cs.CL", announcement(invented_paper(1)))
    reports = await ask(store, clock, source)
    assert {one.report for one in await store.refreshes()} == set(reports)


class Death(BaseException):
    """The process ends here."""


class MortalStore(RecordingStore):
    """A store whose process ends after so many calls; None where it lives on."""

    def __init__(self, url: str) -> None:
        super().__init__(url)
        self.lives: int | None = None

    def __getattribute__(self, name: str) -> Any:
        """Count the calls that write."""
        if name in ("save_source_state", "add", "save_backfill", "forget_backfill") and self.lives is not None:
            self.lives -= 1
            if self.lives < 0:
                raise Death
        return super().__getattribute__(name)


async def lived(lives: int | None) -> tuple[int, list[tuple[str, date | None, bool]]]:
    """Papers, and where each scope stands, after a process that died after so many writes and one that did not."""
    clock, source, archive = FakeClock(), FakeSource("arxiv"), FakeArchive("arxiv")
    async with MortalStore("sqlite://").open() as store:
        assert isinstance(store, MortalStore)
        lists_both(source)
        await ask(store, clock, source, arxiv=archive)
        clock.move(timedelta(days=7))
        day = DAY + timedelta(days=7)
        lists_both(source, day)
        source.lists_otherwise("cs.CL", announcement(invented_paper(7, day=day), day=day), day=day)
        source.fails_with(BadFeed("No feed."), "cs.CL")
        store.lives = lives
        with suppress(Death):
            await ask(store, clock, source, arxiv=archive)
        assert lives is None or store.lives in (-1, 0), "it died too late to prove anything"
        store.lives = None
        await ask(store, clock, source, arxiv=archive)
        assert await store.backfills("arxiv") == ()
        states = [(one.scope, one.listing_day, one.came_otherwise) for one in await store.source_states()]
        return (await store.papers()).total, states


async def test_a_death_between_any_two_writes_loses_nothing() -> None:
    """A feed that fails, its page, missed days and their archive: the next refresh has what an undisturbed one has."""
    undisturbed = await lived(None)
    for lives in range(15):
        assert await lived(lives) == undisturbed, lives
