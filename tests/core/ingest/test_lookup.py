from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from datetime import timedelta

import pytest

from core.converse.ports import Store
from core.errors import NotFound, Throttled, Unreachable
from core.ingest.listing import Listing
from core.ingest.lookup import Lookup
from core.ingest.ports import PaperFinder
from core.papers.identifiers import PaperId
from core.papers.paper import Paper
from core.papers.search import Near, SearchQuery, parse_query
from tests.fakes.clock import NOON, FakeClock
from tests.fakes.sources import FakeFinder, announcement, invented_paper
from tests.fakes.stores import SqlStore

LANTERNS = invented_paper(7)
FLUTES = replace(invented_paper(8), title="On the tuning of invented flutes in cold rooms")

NEAR = (
    FLUTES,
    replace(invented_paper(9), title="Nearer"),
    replace(invented_paper(10), title="Far", abstract="Something."),
)


@pytest.fixture
async def store() -> AsyncIterator[Store]:
    async with SqlStore("sqlite://").open() as opened:
        await opened.add(
            Listing(source="fake", scope="cs.CL", announcements=(announcement(LANTERNS),), day=NOON.date()), at=NOON
        )
        yield opened


def looking(store: Store, *finders: PaperFinder) -> Lookup:
    return Lookup(store=store, clock=FakeClock(), finders=lambda: finders)


async def test_what_is_stored_is_not_asked_for(store: Store) -> None:
    """A paper of the store answers by identifier and by title, and no source is asked."""
    finder = FakeFinder(FLUTES)
    assert (await looking(store, finder).paper("2602.00007v3")).id == LANTERNS.id
    assert (await looking(store, finder).paper(LANTERNS.title)).id == LANTERNS.id
    assert finder.requests == []


@pytest.mark.parametrize("asked", ["arXiv:2602.00008", "tuning of invented flutes in cold rooms"])
async def test_what_is_not_stored_is_asked_for_once(store: Store, asked: str) -> None:
    """An unknown paper is found at a source, stored without being news, and known from then on."""
    finder = FakeFinder(FLUTES)
    found = await looking(store, finder).paper(asked)
    assert (found.id, found.title) == (FLUTES.id, FLUTES.title)
    await looking(store, finder).paper(asked)
    assert len(finder.requests) == 1
    assert (await store.papers(day=NOON.date())).total == 1


async def test_the_next_source_is_asked_where_one_does_not_know(store: Store) -> None:
    """Sources are asked in order until one knows the paper."""
    empty, full = FakeFinder(), FakeFinder(FLUTES)
    assert (await looking(store, empty, full).paper("2602.00008")).id == FLUTES.id
    assert empty.requests == full.requests == ["arxiv:2602.00008"]


async def test_a_source_in_trouble_is_named(store: Store) -> None:
    """Nobody is told that a paper does not exist because a source did not answer."""
    with pytest.raises(NotFound) as raised:
        await looking(store, FakeFinder(error=Unreachable("arXiv cannot be reached."))).paper("2602.00009")
    assert "has not seen arxiv:2602.00009" in str(raised.value)
    assert raised.value.hint == "arXiv cannot be reached."


async def test_a_source_that_asked_us_to_wait_is_left_alone(store: Store) -> None:
    """However many people ask, it is asked once, and again when its time has come."""
    clock, busy = FakeClock(), FakeFinder(FLUTES, error=Throttled("fake is busy.", retry_after_s=90.0))
    lookup = Lookup(store=store, clock=clock, finders=lambda: (busy,))
    for told in ("fake is busy.", "fake asked us to come back later."):
        with pytest.raises(NotFound) as raised:
            await lookup.paper("2602.00008")
        assert raised.value.hint == told
    assert len(busy.requests) == 1
    busy.error = None
    clock.move(timedelta(seconds=90))
    assert (await lookup.paper("2602.00008")).id == FLUTES.id


async def test_a_wait_begins_with_the_answer_that_asks_for_it(store: Store) -> None:
    """A source that thinks for ten seconds before it sends us away is left alone for all of the time after that."""
    clock = FakeClock()

    class Thinking(FakeFinder):
        async def find(self, ids: Sequence[PaperId]) -> Listing:
            clock.move(timedelta(seconds=10))
            return await super().find(ids)

    busy = Thinking(error=Throttled("fake is busy.", retry_after_s=90.0))
    lookup = Lookup(store=store, clock=clock, finders=lambda: (busy,))
    for _ in range(2):
        with pytest.raises(NotFound):
            await lookup.paper("2602.00008")
        clock.move(timedelta(seconds=89))
    assert len(busy.requests) == 1


async def test_a_slow_source_is_not_waited_for(store: Store) -> None:
    """A person gets an answer in a bounded time, whatever a source does."""

    class Hanging(FakeFinder):
        async def find(self, ids: Sequence[PaperId]) -> Listing:
            await asyncio.sleep(60)
            return await super().find(ids)

    hurried = replace(looking(store, Hanging()), patience_s=0.01)
    with pytest.raises(NotFound) as raised:
        await hurried.paper("2602.00009")
    assert "did not answer in time" in raised.value.hint


async def test_a_source_s_near_miss_is_not_the_paper(store: Store) -> None:
    """A source's best hit for a title is the paper only where the title is nearly the same."""
    other: Paper = replace(FLUTES, title="Flutes and drums, compared by a committee of the deaf")
    with pytest.raises(NotFound):
        await looking(store, FakeFinder(other)).paper("flutes compared")


async def test_a_search_asks_the_source_that_it_names(store: Store) -> None:
    """`from:arxiv` has arXiv asked first; a search without it looks at what is stored."""
    finder = FakeFinder(replace(FLUTES, sources=("arxiv",)), name="arxiv")
    here = looking(store, finder)
    today = NOON.date()
    assert (await here.search(parse_query("flutes", today=today), limit=5)).hits == ()
    assert finder.requests == []
    found = await here.search(parse_query("flutes from:arxiv", today=today), limit=5)
    assert [hit.id for hit in found.hits] == [FLUTES.id]
    assert finder.requests == ["flutes"]


async def test_two_rankings_are_fused(store: Store) -> None:
    """What is near in meaning joins what has the words; what both find comes first, and pages do not overlap."""
    await store.add(Listing(source="fake", scope="cs.CL", announcements=tuple(map(announcement, NEAR))), at=NOON)
    asked: list[str] = []

    async def nearest(query: SearchQuery, _: int) -> Near:
        asked.append(query.typed)
        return Near(papers=(FLUTES.id, NEAR[1].id))

    fused = replace(looking(store), nearest=nearest)
    query = parse_query("invented", today=NOON.date())
    first, second = [await fused.search(query, limit=2, offset=start) for start in (0, 2)]
    found = [hit.id for hit in (*first.hits, *second.hits)]
    assert found == [FLUTES.id, LANTERNS.id, NEAR[1].id]
    assert (first.total, first.partial) == (second.total, second.partial) == (3, 1)
    (added,) = second.hits
    assert added.is_near and not any(hit.is_near for hit in first.hits) and second.near == 1
    assert (added.title, added.snippet, added.missing) == (NEAR[1].title, NEAR[1].abstract, ("invented",))
    nothing = await fused.search(parse_query("okapi", today=NOON.date()), limit=5)
    assert nothing.any_word and [hit.id for hit in nothing.hits] == [FLUTES.id, NEAR[1].id]
    assert all(hit.missing == ("okapi",) for hit in nothing.hits)
    assert (await fused.search(parse_query("in:cs.CL", today=NOON.date()), limit=5)).total == 4
    assert asked == ["invented", "invented", "okapi"]


async def test_papers_like_one(store: Store) -> None:
    """What says what a paper says comes with what means the same, without the paper itself."""
    await store.add(Listing(source="fake", scope="cs.CL", announcements=tuple(map(announcement, NEAR))), at=NOON)

    async def near_paper(paper: Paper, _: int) -> Near:
        return Near(papers=(paper.id, FLUTES.id))

    found = await replace(looking(store), near_paper=near_paper).similar(LANTERNS, limit=1)
    assert [(hit.id, hit.is_near) for hit in found.hits] == [(FLUTES.id, False)]
    by_words = await looking(store).similar(LANTERNS, limit=5)
    assert LANTERNS.id not in {hit.id for hit in by_words.hits} and by_words.hits


async def test_a_search_names_the_source_that_could_not_be_asked(store: Store) -> None:
    """No answer of a source is never the same as no paper: the result says so, with what the store has."""
    here = looking(store, FakeFinder(name="arxiv", error=Unreachable("arXiv cannot be reached.")))
    found = await here.search(parse_query("lanterns from:arxiv", today=NOON.date()), limit=5)
    assert found.troubles == ("arXiv cannot be reached.",)
    assert (await here.search(parse_query("lanterns", today=NOON.date()), limit=5)).troubles == ()


async def test_words_alone(store: Store) -> None:
    """Where nobody can compare meanings, words alone are compared, and the result says so."""

    async def nearest(_query: SearchQuery, _limit: int) -> Near:
        return Near(is_unknown=True)

    await store.add(Listing(source="fake", scope="cs.CL", announcements=tuple(map(announcement, NEAR))), at=NOON)
    found = await replace(looking(store), nearest=nearest).search(parse_query("invented", today=NOON.date()), limit=5)
    assert found.words_alone and found.hits and not found.near


async def test_a_page_of_words_is_looked_through_to_an_end(store: Store) -> None:
    """A paper that a sentence names is found by its identifier; of a pasted page only the beginning is read for one."""
    await store.add(Listing(source="fake", scope="cs.CL", announcements=(announcement(LANTERNS),)), at=NOON)
    assert (await looking(store).paper(f"please show {LANTERNS.id}")).id == LANTERNS.id
    with pytest.raises(NotFound):
        await looking(store).paper(f"{'zebra ' * 20_000}{LANTERNS.id}")
