"""arXiv's feed, the polite client, ingestion and the store together, on real days from the replay server."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import pytest
import stamina

from adapters.sources.arxiv import ArxivFeed
from adapters.sources.arxiv_listing import ArxivListing
from adapters.sources.http import PoliteClient
from core.converse.ports import Store
from core.deliver.problems import sentences
from core.ingest.refresh import refresh
from core.ingest.state import Report, State
from core.papers.identity.changes import Stored
from tests.fakes.clock import FakeClock
from tests.fakes.stores import SqlStore
from tests.replay import ORDINARY_DAY, QUIET_DAY, Replay
from tests.shared import needs_shared

pytestmark = needs_shared

CATEGORIES = ("cs.CL", "cs.LG", "cs.AI", "stat.ML")
#: where more of them would show no more; stat.ML lists nothing on the ordinary day
FEW = ("cs.CL", "cs.AI", "stat.ML")


@pytest.fixture(scope="module")
def server() -> Iterator[Replay]:
    with Replay(ORDINARY_DAY) as replay:
        yield replay


class Reader:
    """A team that reads four categories, on a day of the test's choice."""

    def __init__(self, replay: Replay, store: Store, client: PoliteClient, form: Any) -> None:
        self.replay = replay
        self.store = store
        self.clock = FakeClock()
        self.source = ArxivFeed(client, base_url=replay.url, form=form)
        self.with_page = ArxivFeed(
            client, base_url=replay.url, form=form, listing=ArxivListing(client, base_url=replay.url)
        )

    def goes_to(self, day: str) -> None:
        """It is nine in the morning in New York."""
        self.replay.set_today(day)
        self.clock.set(datetime.combine(date.fromisoformat(day), time(14), UTC))

    async def refreshes(self, *categories: str) -> tuple[Report, ...]:
        wanted = [(self.source, category) for category in categories or CATEGORIES]
        return await refresh(wanted, self.store, self.clock, tell=lambda _: None)

    async def ids(self, day: str) -> list[str]:
        page = await self.store.papers(day=date.fromisoformat(day))
        assert page.total == len(page.papers)
        return sorted(paper.id.value for paper in page.papers)


@pytest.fixture(params=["rss", "atom"])
async def reader(server: Replay, request: pytest.FixtureRequest) -> AsyncIterator[Reader]:
    server.clear_faults()
    server.clear_log()
    with stamina.set_testing(True, attempts=2, cap=True):
        async with (
            SqlStore("sqlite://").open() as store,
            PoliteClient("tests@example.org", "0", pace_s=0.0, read_s=5.0) as client,
        ):
            reader = Reader(server, store, client, request.param)
            reader.goes_to(ORDINARY_DAY)
            yield reader


async def test_days_are_stored_exactly(reader: Reader) -> None:
    """On several real days what is stored is what was announced, and a second refresh stores nothing, by 304."""
    reader.source = reader.with_page
    for day in ("2026-01-30", "2026-02-02", QUIET_DAY, ORDINARY_DAY, "2026-02-05"):
        reader.goes_to(day)
        first = await reader.refreshes()
        truth = reader.replay.truth(day, CATEGORIES)
        assert await reader.ids(day) == truth
        assert {one.state for one in first} <= {State.FRESH, State.QUIET}
        assert (first[0].state is State.FRESH) == bool(truth)
        reader.replay.clear_log()
        again = await reader.refreshes()
        assert [(one.state, one.stored) for one in again] == [(State.QUIET, Stored())] * len(CATEGORIES)
        assert [entry["status"] for entry in reader.replay.log()] == [304] * len(CATEGORIES)
        assert all("tests@example.org" in entry["headers"]["User-Agent"] for entry in reader.replay.log())


async def test_a_day_without_a_listing_is_quiet(reader: Reader) -> None:
    """A weekday without a listing is quiet: no error, nothing stored."""
    reader.goes_to(QUIET_DAY)
    reports = await reader.refreshes()
    assert {(one.state, one.fetched, sentences(one.problems)) for one in reports} == {(State.QUIET, 0, "")}


@pytest.mark.parametrize(
    ("fault", "state"),
    [
        ({"status": 403}, State.THROTTLED),
        ({"status": 200, "body": "Rate exceeded."}, State.THROTTLED),
        ({"truncate_at": 0.5}, State.FAILED),
        ({"empty": True}, State.STALE),
        ({"stale_day": "2026-02-02"}, State.STALE),
    ],
    ids=lambda value: str(value)[:40],
)
async def test_trouble_is_told_and_made_up_for(reader: Reader, fault: dict[str, Any], state: State) -> None:
    """Whatever goes wrong with one category is its own state, the others are stored, and a later refresh has it all."""
    reader.goes_to("2026-02-02")
    await reader.refreshes(*FEW)
    reader.goes_to(ORDINARY_DAY)
    reader.replay.fault(path_prefix=f"/{'rss' if 'rss' in str(vars(reader.source)) else 'atom'}/cs.CL", **fault)
    reports = {one.scope: one for one in await reader.refreshes(*FEW)}
    assert reports["cs.CL"].state is state
    assert bool(sentences(reports["cs.CL"].problems)) == ("stale_day" not in fault)
    assert reports["cs.AI"].state is State.FRESH
    others = reader.replay.truth(ORDINARY_DAY, FEW[1:])
    assert await reader.ids(ORDINARY_DAY) == others
    reader.replay.clear_faults()
    reader.clock.move(timedelta(hours=2))
    assert "failed" not in {one.state for one in await reader.refreshes(*FEW)}
    assert await reader.ids(ORDINARY_DAY) == reader.replay.truth(ORDINARY_DAY, FEW)


async def test_a_strict_pace_is_kept(tmp_path: Path) -> None:
    """A server that refuses whatever comes too close refuses nothing, from one process after another."""
    with Replay(ORDINARY_DAY, strict_pace_s=0.3) as strict:
        for _ in range(2):
            async with (
                SqlStore("sqlite://").open() as store,
                PoliteClient("tests@example.org", "0", pace_s=0.3, pace_dir=tmp_path) as client,
            ):
                reports = await Reader(strict, store, client, "rss").refreshes("cs.CL", "stat.ML", "cs.LG")
                assert {sentences(one.problems) for one in reports} == {""}
        assert {entry["status"] for entry in strict.log()} == {200}
