"""A source that no module knows by name, through everything that is done with sources."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta

import pytest

from bot.operation import doctor
from bot.origins import Origins
from bot.refreshing import wanted_scopes
from bot.schedule import refresh_due
from bot.wire import App
from core.channels import ChannelRef, DeliveryTime, Subscription
from core.deliver import digest
from core.deliver.batches import batches_of
from core.deliver.nothing import with_reason
from core.deliver.schedule import Wait, decide
from core.errors import UsageError
from core.ingest.crosscheck import USUALLY_MANY
from core.ingest.state import State
from core.posts.tree import Post
from tests.fakes.clock import NOON, FakeClock
from tests.fakes.lanterns import LANTERNS, WITH_LANTERNS
from tests.fakes.schedules import a_look
from tests.fakes.sources import DAY, FakeSource, announcement, invented_paper
from tests.fakes.stores import SqlStore

OIL = ("lanterns", "lantern:oil")
HOUR = timedelta(hours=1)
NEXT_WEDNESDAY = date(2026, 2, 11)
READER = Subscription(
    channel=ChannelRef("terminal", "", "main"), categories=("lantern:oil",), at=DeliveryTime(at=time(9), zone="UTC")
)


@pytest.fixture
def source() -> FakeSource:
    source = FakeSource("lanterns")
    source.lists(
        "lantern:oil", *(announcement(invented_paper(number, "lantern:oil")) for number in range(USUALLY_MANY))
    )
    source.lists("lantern:wick")
    return source


@pytest.fixture
async def app(source: FakeSource) -> AsyncIterator[App]:
    origins = Origins(sources={"lanterns": source}, traits=WITH_LANTERNS)
    async with SqlStore("sqlite://", traits=WITH_LANTERNS).open() as store:
        await store.save_subscription(READER, at=NOON)
        yield App(store=store, clock=FakeClock(), load_origins=lambda: origins)


def words(post: Post) -> str:
    return " ".join(span.text for block in post.blocks for span in getattr(block, "spans", ()))


async def test_it_is_read_in_its_rhythm_and_on_its_days(app: App, source: FakeSource) -> None:
    """It is asked for what channels want in its own rhythm, and is stale once its own listing day had no listing."""
    (report,) = await refresh_due(app)
    assert (report.source, report.scope, report.state) == (*OIL, State.FRESH)
    assert isinstance(app.clock, FakeClock)
    app.clock.move(HOUR)
    assert await refresh_due(app) == ()
    app.clock.move(HOUR)
    assert [report.state for report in await refresh_due(app)] == [State.QUIET]
    app.clock.set(datetime.combine(NEXT_WEDNESDAY, time(2), UTC))
    assert [report.state for report in await refresh_due(app)] == [State.STALE]


async def test_digests_wait_for_its_listing(app: App) -> None:
    """A digest that is due on its listing day waits for what it should have brought."""
    await refresh_due(app)
    due_at = datetime.combine(NEXT_WEDNESDAY, time(9), UTC)
    batches = batches_of(await app.store.source_states(), due_at, app.store.traits)
    assert batches.missing == (OIL,)
    step = decide(a_look(READER, settled=due_at - HOUR), batches, due_at).step
    assert isinstance(step, Wait) and step.scopes == (OIL,)


async def test_it_is_called_by_its_title(app: App, source: FakeSource) -> None:
    """Footers, warnings and empty days say its name as people know it."""
    await refresh_due(app)
    post = digest.post_of(await digest.preview(READER, DAY, store=app.store))
    assert f"Sources: Lantern Press lantern:oil {USUALLY_MANY} listed 4 Feb" in words(post)
    thursday = DAY + timedelta(days=1)
    result = await digest.preview(READER, thursday, store=app.store, listing_day=thursday)
    result = await with_reason(result, is_one_listing=True, store=app.store, clock=FakeClock(NOON + timedelta(days=1)))
    assert "Lantern Press publishes nothing on Thursday, 5 February 2026" in words(digest.post_of(result))


async def test_it_is_believed_as_it_deserves(app: App) -> None:
    """Where it tells the same paper as arXiv, the more trusted of the two is believed."""
    paper = invented_paper(99, "lantern:oil")
    for name, title in (("arxiv", "Lanterns, as arXiv has it"), ("lanterns", "Lanterns, as their press has it")):
        teller = FakeSource(name)
        teller.lists("lantern:oil", announcement(replace(paper, title=title)))
        await app.store.add(await teller.fetch("lantern:oil", None), at=NOON)
    stored = await app.store.paper(paper.id)
    assert stored and (stored.title, stored.sources) == ("Lanterns, as their press has it", ("lanterns", "arxiv"))


async def test_the_doctor_asks_it(app: App, source: FakeSource) -> None:
    """The doctor asks for its small scope, once."""
    checks = [check async for check in doctor.checks_inside(app, None) if check.name == "lanterns"]
    assert [(check.ok, check.detail) for check in checks] == [(True, "answers (0 entries in lantern:wick)")]
    assert [scope for scope, _ in source.requests] == ["lantern:wick"]


async def test_it_is_read_as_a_whole_where_it_is_named(app: App) -> None:
    """Where no channel wants any of it, naming it reads its whole; a source without one says what to write instead."""
    await app.store.save_subscription(replace(READER, categories=("cs.CL",)), at=NOON)
    assert [scope for _, scope in await wanted_scopes(app, ("lanterns",))] == list(LANTERNS.whole)
    without_whole = replace(WITH_LANTERNS, traits=(replace(LANTERNS, whole=()),))
    origins = replace(app.origins, traits=without_whole)
    with pytest.raises(UsageError) as error:
        origins.scopes((), ("lanterns",))
    assert error.value.hint.endswith("--category lantern:oil")
