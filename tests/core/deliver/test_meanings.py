"""Papers are embedded once, a digest waits a little, and no failure of a model stops it."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta

import numpy as np
import pytest

from core.channels import ChannelRef, Subscription
from core.converse.ports import Store
from core.deliver import choosing
from core.deliver.meanings import BATCH, Meanings
from core.errors import BadAnswer, ModelRefused, ModelThrottled, ModelUnavailable, OverBudget
from core.papers.embedding import paper_text, unit_vectors
from core.papers.paper import Paper
from core.papers.search import Near, parse_query
from core.summarise.budget import Caps
from core.summarise.ports import Purpose, Usage
from tests.fakes.clock import FakeClock
from tests.fakes.embedding import FakeEmbedder
from tests.fakes.papers import AT, DAY, a_listing, a_paper
from tests.fakes.stores import SqlStore

PAPERS = 40
READS = Subscription(
    channel=ChannelRef("terminal", "", "main"), categories=("cs.CL",), interest="walruses in the sea", size=3
)
#: it shares words with the interest that count for nothing by themselves
NEAR = a_paper(1, title="Walruses in the sea", abstract="Walruses swim in the sea.")
OTHERS = [
    a_paper(number, title=f"Cabbage number {number}", abstract=f"Kings of {number} say things about {number % 7} owls.")
    for number in range(10, 10 + PAPERS)
]


@pytest.fixture
async def store() -> AsyncIterator[Store]:
    async with SqlStore("sqlite://").open() as opened:
        await opened.save_subscription(READS, at=AT)
        await opened.add(a_listing([NEAR, *OTHERS]), at=AT)
        yield opened


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock(AT)


def meanings_of(store: Store, clock: FakeClock, embedder: FakeEmbedder, **more: object) -> Meanings:
    return Meanings(embedder, store=store, spending=store, clock=clock, **more)  # type: ignore[arg-type]  # fields by name


async def test_papers_are_embedded_once(store: Store, clock: FakeClock) -> None:
    """All papers are embedded in batches, by title and abstract alone, and none is sent twice."""
    embedder = FakeEmbedder()
    meanings = meanings_of(store, clock, embedder)
    assert await meanings.embed_new() == PAPERS + 1
    assert await meanings.embed_new() == 0
    sent = [text for batch in embedder.batches for text in batch]
    assert sorted(sent) == sorted(map(paper_text, [NEAR, *OTHERS]))
    assert max(map(len, embedder.batches)) == BATCH
    close = await meanings.close_to(READS.interest, [NEAR, *OTHERS])
    assert embedder.batches[-1] == ("walruses in the sea",)
    assert close[NEAR.id] == max(close.values()) == 1.0


async def test_a_digest_embeds_what_is_missing(store: Store, clock: FakeClock) -> None:
    """Candidates without a vector are embedded on the way, and their meaning counts; the interest is embedded once."""
    embedder = FakeEmbedder()
    meanings = meanings_of(store, clock, embedder)
    candidates = await store.candidates(READS)
    for _ in range(2):
        choice = await choosing.choose(candidates, READS, day=DAY, store=store, meanings=meanings)
        assert choice.kept[0].paper.id == NEAR.id
    assert len(await store.vectors([one.paper.id for one in candidates.items], embedder.name)) == PAPERS + 1
    assert sum(len(batch) for batch in embedder.batches) == PAPERS + 2


async def test_a_slow_model_is_not_waited_for(store: Store, clock: FakeClock) -> None:
    """Where the time is over, papers are chosen as without a model."""
    embedder = FakeEmbedder()
    embedder.takes_s = 3_600
    meanings = meanings_of(store, clock, embedder, patience_s=0.01)
    candidates = await store.candidates(READS)
    found = await choosing.choose(candidates, READS, day=DAY, store=store, meanings=meanings)
    assert found.kept == (await choosing.choose(candidates, READS, day=DAY, store=store)).kept


@pytest.mark.parametrize(
    "error",
    [
        ModelThrottled("It asks us to wait.", retry_after_s=7.0),
        ModelUnavailable("It is down."),
        ModelRefused("No.", hint="Set embeddings.api_key."),
        BadAnswer("It answered with zeros."),
        ValueError("a bug"),
    ],
    ids=lambda error: type(error).__name__,
)
async def test_no_failure_stops_a_digest(store: Store, clock: FakeClock, error: Exception) -> None:
    """Whatever a model raises, papers are chosen as without it."""
    embedder = FakeEmbedder()
    embedder.fails_with(error)
    candidates = await store.candidates(READS)
    found = await choosing.choose(candidates, READS, day=DAY, store=store, meanings=meanings_of(store, clock, embedder))
    assert found.kept == (await choosing.choose(candidates, READS, day=DAY, store=store)).kept


async def test_a_failure_is_told_once(store: Store, clock: FakeClock, caplog: pytest.LogCaptureFixture) -> None:
    """A failure is on record, and in the log once; the model is left alone for a while, and well again after."""
    caplog.set_level(logging.INFO)
    embedder = FakeEmbedder()
    embedder.fails_with(ModelUnavailable("fake/words is down."))
    meanings = meanings_of(store, clock, embedder)
    for _ in range(3):
        with pytest.raises((ModelUnavailable, ModelThrottled)):
            await meanings.embed_new()
    assert len(embedder.batches) == 1
    (progress,) = await store.embedding_progress()
    assert progress.state and progress.state.problem == "fake/words is down."
    embedder.fails_with(None)
    clock.move(timedelta(minutes=5))
    assert await meanings.embed_new() > 0
    (progress,) = await store.embedding_progress()
    assert progress.state and progress.state.problem == ""
    assert [record.message for record in caplog.records if "fake/words" in record.message] == [
        "Papers are chosen and searched by their words alone for now. fake/words is down.",
        "fake/words embeds again.",
    ]


async def test_the_budget_holds(store: Store, clock: FakeClock) -> None:
    """What a paid model costs is on record, and it is not called beyond the budget; one on this machine is."""
    embedder = FakeEmbedder(cost_usd=0.4)
    meanings = meanings_of(store, clock, embedder, caps=Caps(monthly_usd=0.7))
    with pytest.raises(OverBudget):
        await meanings.embed_new()
    assert len(embedder.batches) == 2
    spending = await store.spending(since=AT.date().replace(day=1))
    assert spending.cost_usd == pytest.approx(0.8)
    (progress,) = await store.embedding_progress()
    assert progress.state and "budget" in progress.state.problem
    here = FakeEmbedder(name="here", is_paid=False)
    assert await meanings_of(store, clock, here, caps=Caps(monthly_usd=0.7)).embed_new() == PAPERS + 1


async def test_what_costs_nothing_is_no_spending(store: Store, clock: FakeClock) -> None:
    """A model on this machine leaves no line among what models cost."""
    await meanings_of(store, clock, FakeEmbedder(is_paid=False)).embed_new()
    assert (await store.spending(since=AT.date())).calls == 0
    usage = Usage(model="a", input_tokens=1, cached_tokens=0, output_tokens=0, cost_usd=None)
    await store.record_usage(usage, purpose=Purpose.EMBEDDING, channel=None, at=AT)
    assert (await store.spending(since=AT.date())).calls == 1


async def test_a_model_that_changes_its_size(store: Store, clock: FakeClock) -> None:
    """Where a model answers with vectors of another size, all papers are embedded anew, and digests go on."""
    embedder = FakeEmbedder()
    meanings = meanings_of(store, clock, embedder)
    everything = [NEAR, *OTHERS]
    await meanings.embed_new()
    await meanings.close_to(READS.interest, everything)
    embedder.numbers = 48
    changed = replace(NEAR, version=2, abstract="Walruses of the sea swim.")
    await store.add(a_listing([changed]), at=AT)
    while await meanings.embed_new():
        pass
    close = await meanings.close_to(READS.interest, [changed, *OTHERS])
    assert close[changed.id] == max(close.values())
    assert len(close) == PAPERS + 1


async def test_few_papers_tell_nothing(clock: FakeClock) -> None:
    """Among a few papers nobody knows what is usual: they are chosen by their words."""
    async with SqlStore("sqlite://").open() as store:
        few: list[Paper] = [NEAR, OTHERS[0]]
        await store.add(a_listing(few), at=AT)
        assert await meanings_of(store, clock, FakeEmbedder()).close_to(READS.interest, few) == {}


@pytest.mark.parametrize(
    "numbers",
    [
        [[0.0, 0.0], [1.0, 0.0]],
        [[float("nan"), 1.0], [1.0, 0.0]],
        [[float("inf"), 1.0], [1.0, 0.0]],
        [[1.0, 0.0]],
        [[1.0], [1.0, 2.0]],
        [[], []],
        [["a", "b"], [1.0, 0.0]],
        "text",
        None,
        [[None, 1.0], [1.0, 0.0]],
        [[1.0] * 10_000] * 2,
    ],
    ids=["zeros", "nan", "infinite", "missing", "sizes", "empty", "words", "text", "nothing", "null", "huge"],
)
def test_nonsense_is_no_vector(numbers: object) -> None:
    """Zeros, what is no number, a vector too few, and vectors of several sizes are no answer."""
    with pytest.raises(BadAnswer, match="a/model"):
        unit_vectors(numbers, texts=2, model="a/model")  # type: ignore[arg-type]  # the test gives what a model may


def test_vectors_are_scaled() -> None:
    """Vectors of any length come to a length of 1."""
    found = unit_vectors([[3.0, 4.0], [1e30, 0.0]], texts=2, model="a/model")
    assert np.allclose(found, [[0.6, 0.8], [1.0, 0.0]])


SEARCH = parse_query("walruses swim", today=DAY)


async def test_a_search_by_meaning(store: Store, clock: FakeClock) -> None:
    """The words of a search are embedded once, without its filters; a beginning of a word or a filter means nothing."""
    embedder = FakeEmbedder()
    meanings = meanings_of(store, clock, embedder)
    await meanings.embed_new()
    embedder.batches.clear()
    for _ in range(2):
        assert (await meanings.nearest(replace(SEARCH, categories=("cs.CL",)), 3)).papers[0] == NEAR.id
    assert embedder.batches == [("walruses swim",)]
    for typed in ("walrus*", "in:cs.CL"):
        assert await meanings.nearest(parse_query(typed, today=DAY), 3) == Near()
    assert len(embedder.batches) == 1


async def test_papers_like_one(store: Store, clock: FakeClock) -> None:
    """What is near a paper is found by the vector that is kept of it, whether the model works or not; a paper without
    one is embedded once, where that takes no longer than somebody waits."""
    embedder = FakeEmbedder()
    meanings = meanings_of(store, clock, embedder)
    await meanings.embed_new()
    like = a_paper(2, title="Walruses", abstract="Walruses in the sea swim.")
    await store.add(a_listing([like]), at=AT)
    embedder.batches.clear()
    embedder.fails_with(ModelUnavailable("Gone."))
    assert (await meanings.near_paper(NEAR, 2)).papers[0] == NEAR.id
    assert await meanings.near_paper(like, 2) == Near(is_unknown=True)
    embedder.fails_with(None)
    clock.move(timedelta(hours=1))
    for _ in range(2):
        assert set((await meanings.near_paper(like, 2)).papers) == {NEAR.id, like.id}
    assert embedder.batches == [(paper_text(like),)] * 2  # once in vain


@pytest.mark.parametrize("error", [BadAnswer("Nonsense."), ModelRefused("No."), ModelUnavailable("Gone.")])
async def test_a_search_without_a_model(
    store: Store, clock: FakeClock, error: Exception, caplog: pytest.LogCaptureFixture
) -> None:
    """A model that fails leaves words alone; the log tells it once, and the model is left alone for a while."""
    embedder = FakeEmbedder()
    meanings = meanings_of(store, clock, embedder)
    embedder.fails_with(error)
    for _ in range(3):
        assert await meanings.nearest(SEARCH, 3) == Near(is_unknown=True)
    assert len(embedder.batches) == 1
    assert sum(one.levelno == logging.WARNING for one in caplog.records) == 1


async def test_a_search_does_not_wait_for_a_slow_model(
    store: Store, clock: FakeClock, caplog: pytest.LogCaptureFixture
) -> None:
    """A model that is too slow for one search is not waited for by the next ones, until a minute has passed."""
    embedder = FakeEmbedder()
    embedder.takes_s = 60.0
    meanings = meanings_of(store, clock, embedder, query_patience_s=0.0)
    for _ in range(3):
        assert (await meanings.nearest(SEARCH, 3)).is_unknown
    assert len(embedder.batches) == len(caplog.records) == 1
    clock.move(timedelta(minutes=2))
    assert (await meanings.nearest(SEARCH, 3)).is_unknown
    assert len(embedder.batches) == 2 and len(caplog.records) == 1


async def test_a_search_is_within_the_budget(store: Store, clock: FakeClock) -> None:
    """Where the budget is spent, no paid model is asked for a search."""
    embedder = FakeEmbedder()
    usage = Usage(model="x", input_tokens=1, cached_tokens=0, output_tokens=0, cost_usd=2.0)
    await store.record_usage(usage, purpose=Purpose.EMBEDDING, channel=None, at=AT)
    meanings = meanings_of(store, clock, embedder, caps=Caps(daily_usd=1.0))
    assert (await meanings.nearest(SEARCH, 3)).is_unknown
    assert not embedder.batches
