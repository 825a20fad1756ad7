from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from datetime import UTC, date, datetime, timedelta

import pytest

from bot.origins import SOURCES, Origins
from bot.refreshing import due_of
from bot.schedule import HISTORY, keep_fresh, refresh_due
from bot.ticks import ringing
from bot.wire import App
from core.channels import ChannelRef, Subscription
from core.converse.ports import Store
from core.errors import StoreLocked, Unreachable
from core.ingest.listing import Listing
from core.ingest.state import Report, SourceState, State
from tests.fakes.clock import NOON, FakeClock
from tests.fakes.enriching import FakeIndex
from tests.fakes.sources import FakeSource, announcement, invented_paper
from tests.fakes.stores import SqlStore

CATEGORIES = ("cs.CL", "cs.LG")
DAILY = ("huggingface", "daily")
#: after arXiv's midnight of the next day
NEXT_DAY = datetime(2026, 2, 5, 6, 30, tzinfo=UTC)


@pytest.fixture
async def store() -> AsyncIterator[Store]:
    async with SqlStore("sqlite://").open() as opened:
        reader = Subscription(channel=ChannelRef("terminal", "", "main"), categories=CATEGORIES)
        await opened.save_subscription(reader, at=NOON)
        yield opened


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def arxiv() -> FakeSource:
    source = FakeSource("arxiv")
    for number, category in enumerate(CATEGORIES, 1):
        source.lists(category, announcement(invented_paper(number, category)))
    return source


@pytest.fixture
def votes() -> FakeSource:
    source = FakeSource("huggingface")
    source.lists("daily")
    return source


@pytest.fixture
def index() -> FakeIndex:
    return FakeIndex("openalex")


@pytest.fixture
def app(store: Store, clock: FakeClock, arxiv: FakeSource, votes: FakeSource, index: FakeIndex) -> App:
    origins = Origins(sources={"arxiv": arxiv, "huggingface": votes}, enrichers=(index,), always=(DAILY,))
    return App(store=store, clock=clock, load_origins=lambda: origins)


def parts(source: FakeSource) -> list[str]:
    return [scope for scope, _ in source.requests]


async def test_what_is_due_is_refreshed_once(app: App, arxiv: FakeSource, votes: FakeSource) -> None:
    """At the first look everything is asked once; at the next one, a minute later, nothing is."""
    reports = await refresh_due(app)
    assert [(one.source, one.scope) for one in reports if one.source != "openalex"] == [
        ("arxiv", "cs.CL"),
        ("arxiv", "cs.LG"),
        DAILY,
    ]
    assert await refresh_due(app) == ()
    assert (parts(arxiv), parts(votes)) == (["cs.CL", "cs.LG"], ["daily"])


async def test_each_source_has_its_own_rhythm(app: App, clock: FakeClock, arxiv: FakeSource, votes: FakeSource) -> None:
    """An hour later votes are read again, and arXiv's listing of the day, which is there, is not."""
    await refresh_due(app)
    clock.move(timedelta(minutes=63))
    assert [one.source for one in await refresh_due(app)] == ["huggingface"]
    clock.set(NEXT_DAY)
    assert {one.source for one in await refresh_due(app)} >= {"arxiv", "huggingface"}
    assert parts(arxiv) == ["cs.CL", "cs.LG"] * 2


async def test_a_source_that_fails_does_not_stop_the_others(
    app: App, store: Store, clock: FakeClock, arxiv: FakeSource, votes: FakeSource
) -> None:
    """One source's failure is its state, the others are read, and it is tried again within the hour."""
    arxiv.fails_with(Unreachable("No answer."))
    states = {(one.source, one.scope): one.state for one in await refresh_due(app) if one.source != "openalex"}
    assert states == {("arxiv", "cs.CL"): State.FAILED, ("arxiv", "cs.LG"): State.FAILED, DAILY: State.QUIET}
    arxiv.recovers()
    clock.move(timedelta(minutes=35))
    assert [one.state for one in await refresh_due(app) if one.source == "arxiv"] == [State.FRESH, State.FRESH]
    assert (await store.papers()).total == 2


async def test_indexes_are_asked_after_something_fresh_and_only_then(
    app: App, clock: FakeClock, votes: FakeSource, index: FakeIndex
) -> None:
    """New papers are asked about; a refresh that brought nothing leaves the indexes alone."""
    reports = await refresh_due(app)
    assert [one.source for one in reports][-1] == "openalex"
    asked = len(index.requests)
    assert asked
    clock.move(timedelta(minutes=63))
    assert await refresh_due(app)
    assert len(index.requests) == asked


async def test_old_history_is_dropped(app: App, store: Store, clock: FakeClock) -> None:
    """How refreshes went is kept for ninety days."""
    state = SourceState(source="arxiv", scope="cs.CL", state=State.QUIET, checked_at=NOON - HISTORY - timedelta(days=1))
    report = Report(source="arxiv", scope="cs.CL", state=State.QUIET)
    await store.save_source_state(state, report=report)
    kept = NOON - HISTORY + timedelta(days=1)
    await store.save_source_state(
        SourceState(source="arxiv", scope="cs.CL", state=State.QUIET, checked_at=kept), report=report
    )
    await refresh_due(app)
    oldest = (await store.refreshes(source="arxiv"))[-1]
    assert oldest.at == kept
    assert oldest.at < NOON - timedelta(days=88)


def asked_at(at: datetime, *scopes: str, source: str = "arxiv") -> list[SourceState]:
    fresh = date(2026, 2, 4)
    return [
        SourceState(source=source, scope=one, state=State.FRESH, checked_at=at, fresh_at=at, listing_day=fresh)
        for one in scopes
    ]


def test_due_keeps_the_order_and_asks_new_parts_at_once(arxiv: FakeSource, votes: FakeSource) -> None:
    """A category that was subscribed a minute ago is due, its neighbours that were just read are not."""
    wanted = ((arxiv, "cs.CL"), (arxiv, "cs.LG"), (votes, "daily"))
    states = [*asked_at(NOON, "cs.CL"), *asked_at(NOON, "daily", source="huggingface")]
    assert due_of(wanted, states, NOON + timedelta(minutes=1), SOURCES) == ((arxiv, "cs.LG"),)
    assert due_of(wanted, [], NOON, SOURCES) == wanted
    assert due_of((), states, NOON, SOURCES) == ()


async def until(told: Callable[[], bool]) -> None:
    for _ in range(3_000):
        if told():
            return
        await asyncio.sleep(0.01)
    raise TimeoutError


async def test_the_clock_goes_on_until_it_is_cancelled(
    app: App, clock: FakeClock, votes: FakeSource, index: FakeIndex
) -> None:
    """Asked at once and again at a later tick, and when it is cancelled nothing is left running."""
    before = asyncio.all_tasks()
    async with asyncio.TaskGroup() as group:
        running = group.create_task(keep_fresh(app, tick_s=1))
        await until(lambda: len(index.requests) == 1)  # the last to be asked
        clock.move(timedelta(minutes=63))
        await until(lambda: len(votes.requests) == 2)
        running.cancel()
    assert running.cancelled()
    assert asyncio.all_tasks() == before


async def test_news_rings_for_whoever_waits(app: App) -> None:
    """A refresh that brought papers is told at once to the duty that posts, which may wait for them."""
    news = asyncio.Event()
    async with asyncio.TaskGroup() as group, ringing(3_600, news) as bell:
        running = group.create_task(keep_fresh(app, tick_s=3_600, news=news))
        async with asyncio.timeout(30):
            await bell.next()
        running.cancel()
    assert (await app.store.papers()).total


async def test_it_is_cancelled_in_the_middle_of_a_refresh(app: App, store: Store, arxiv: FakeSource) -> None:
    """Shutting down does not wait for a source; what was not read is due at the next start."""
    stuck = StuckSource("arxiv")
    origins = Origins(sources={"arxiv": stuck})
    async with asyncio.TaskGroup() as group:
        running = group.create_task(
            keep_fresh(App(store=store, clock=app.clock, load_origins=lambda: origins), tick_s=1)
        )
        await until(lambda: stuck.is_asked)
        running.cancel()
        with suppress(asyncio.CancelledError):
            await running
    assert await store.source_states() == ()
    assert {one.source for one in await refresh_due(app)} >= {"arxiv"}


class StuckSource(FakeSource):
    """Never answers."""

    is_asked = False

    async def fetch(self, scope: str, last: SourceState | None) -> Listing:
        """Wait for ever."""
        self.is_asked = True
        await asyncio.Event().wait()
        return await super().fetch(scope, last)


async def test_a_locked_database_is_tried_again_at_the_next_tick(app: App, clock: FakeClock, votes: FakeSource) -> None:
    """What goes wrong with the database is logged, and the clock goes on."""
    votes.fails_with(StoreLocked("Somebody else writes."))
    async with asyncio.TaskGroup() as group:
        running = group.create_task(keep_fresh(app, tick_s=1))
        await until(lambda: len(votes.requests) == 1)
        votes.recovers()
        await until(lambda: len(votes.requests) == 2)
        running.cancel()


async def test_a_bug_does_not_stop_the_clock(app: App, votes: FakeSource) -> None:
    """Whatever else goes wrong in a refresh is logged, and the next tick comes."""
    broken = BrokenSource("arxiv")
    origins = Origins(sources={"arxiv": broken, "huggingface": votes}, always=(DAILY,))
    async with asyncio.TaskGroup() as group:
        running = group.create_task(
            keep_fresh(App(store=app.store, clock=app.clock, load_origins=lambda: origins), tick_s=1)
        )
        await until(lambda: broken.times >= 2)
        running.cancel()


class BrokenSource(FakeSource):
    """Has a bug."""

    times = 0

    async def fetch(self, scope: str, last: SourceState | None) -> Listing:
        """Stumble."""
        self.times += 1
        raise ZeroDivisionError
