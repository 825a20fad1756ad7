"""The contract of `DayStore`, over every store there is."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from core.converse.ports import Store
from core.ingest.state import Backfill, Report, SourceState, State
from core.papers.paper import AnnounceType
from tests.fakes.ledger import READER, finished, listed, subscribed
from tests.fakes.papers import AT, DAY

CL = ("arxiv", "cs.CL")


async def refreshed(store: Store, state: State, *, days: int = 0, scope: str = "cs.CL") -> None:
    at = AT + timedelta(days=days)
    await store.save_source_state(
        SourceState(source="arxiv", scope=scope, state=state, checked_at=at),
        report=Report(source="arxiv", scope=scope, state=state),
    )


class TestDayReading:
    async def test_nothing_is_known(self, store: Store) -> None:
        """Of an empty store nothing was read."""
        found = await store.day_reading(READER, DAY)
        assert (found.announced, found.posted, found.heard, found.first_read) == (0, 0, frozenset(), {})
        assert (found.archived, found.open, found.latest) == (frozenset(), frozenset(), None)

    async def test_papers_of_the_day(self, store: Store) -> None:
        """Papers are counted once, of the own listings and of that day alone; replacements are none."""
        reader = await subscribed(store, replace(READER, categories=("cs.CL", "cs.LG")))
        await listed(store, [1, 2], categories=("cs.CL", "cs.LG"))
        await listed(store, [1], scope="cs.LG", type=AnnounceType.CROSS, categories=("cs.CL", "cs.LG"))
        await listed(store, [3], type=AnnounceType.REPLACE, version=2)
        await listed(store, [4], days=1)
        await listed(store, [5], scope="cs.RO", days=2, categories=("cs.RO", "cs.CL"))
        await finished(store, [1], subscription=reader)
        found = await store.day_reading(reader, DAY)
        assert (found.announced, found.posted, found.heard) == (2, 1, {CL, ("arxiv", "cs.LG")})
        assert found.latest == DAY + timedelta(days=1)

    async def test_first_refresh_that_went_well(self, store: Store) -> None:
        """A scope is read from its first refresh without trouble on; those of other channels do not count."""
        for days, state in ((-2, State.FAILED), (-1, State.QUIET), (0, State.FRESH)):
            await refreshed(store, state, days=days)
        await refreshed(store, State.FRESH, scope="cs.RO")
        assert (await store.day_reading(READER, DAY)).first_read == {CL: AT - timedelta(days=1)}
        anything = await store.day_reading(replace(READER, categories=()), DAY)
        assert anything.first_read == {CL: AT - timedelta(days=1), ("arxiv", "cs.RO"): AT}

    async def test_archives(self, store: Store) -> None:
        """Days that wait for an archive are open, those of a complete span are archived, both ends included."""
        span = Backfill(source="arxiv", scope="cs.CL", since=DAY, until=DAY + timedelta(days=2))
        await store.save_backfill(span, at=AT)
        days = [DAY + timedelta(days=days) for days in (-1, 0, 2, 3)]
        assert [bool((await store.day_reading(READER, day)).open) for day in days] == [False, True, True, False]
        for _ in range(2):
            await store.forget_backfill(span)
        found = [await store.day_reading(READER, day) for day in days]
        assert [one.archived for one in found] == [frozenset(), {CL}, {CL}, frozenset()]
        assert not any(one.open for one in found)

    async def test_what_no_archive_has(self, store: Store) -> None:
        """A span that is given up was not read."""
        span = Backfill(source="arxiv", scope="cs.CL", since=DAY, until=DAY)
        await store.forget_backfill(span, was_read=False)
        assert (await store.day_reading(READER, DAY)).archived == frozenset()
