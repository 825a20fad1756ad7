"""The contract of `VectorStore` over every store there is: what papers mean, kept once per paper and model."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Final

import numpy as np
import pytest

from core.converse.ports import Store
from core.papers.embedding import EmbedderState, PaperVector, text_sign
from core.papers.identifiers import PaperId
from core.papers.paper import Paper
from core.papers.search import parse_query
from tests.fakes.papers import AT, a_listing, a_paper

MODEL = "a/model"
FIRST, SECOND = a_paper(1), a_paper(2)
WEST: Final = np.array([1.0, 0.0], dtype=np.float32)
YESTERDAY: Final = AT.date() - timedelta(days=1)


def vector_of(paper: Paper, *numbers: float) -> PaperVector:
    found = np.array(numbers or (0.6, 0.8), dtype=np.float32)
    return PaperVector(paper=paper.id, sign=text_sign(paper.title, paper.abstract), vector=found)


async def test_a_vector_is_kept_for_its_model(store: Store) -> None:
    """A paper's vector is read as it was kept, to a thousandth, under its own model alone; the later one wins."""
    await store.add(a_listing([FIRST, SECOND]), at=AT)
    await store.keep_vectors(MODEL, [vector_of(FIRST, 0.0, 1.0)], at=AT)
    await store.keep_vectors(MODEL, [vector_of(FIRST)], at=AT)
    assert await store.vectors([FIRST.id], "another/model") == {}
    found = await store.vectors([SECOND.id, FIRST.id], MODEL)
    assert set(found) == {FIRST.id}
    assert found[FIRST.id].dtype == np.float32
    assert found[FIRST.id] == pytest.approx([0.6, 0.8], abs=1e-3)


async def test_papers_without_a_vector(store: Store) -> None:
    """The latest papers without a vector of that model are told, and how far that has come."""
    await store.add(a_listing([FIRST, SECOND]), at=AT)
    assert len(await store.papers_to_embed(MODEL, limit=1)) == 1
    await store.keep_vectors(MODEL, [vector_of(FIRST)], at=AT)
    assert [one.id for one in await store.papers_to_embed(MODEL, limit=9)] == [SECOND.id]
    assert len(await store.papers_to_embed("another/model", limit=9)) == 2
    (progress,) = await store.embedding_progress()
    assert (progress.model, progress.papers, progress.of) == (MODEL, 1, 2)


async def test_another_text_has_no_vector(store: Store) -> None:
    """A paper whose abstract changes has no vector until the new text's is kept; that of the old text is not taken."""
    await store.add(a_listing([FIRST]), at=AT)
    await store.keep_vectors(MODEL, [vector_of(FIRST)], at=AT)
    changed = replace(FIRST, version=2, abstract="It is about something else now.")
    await store.add(a_listing([changed]), at=AT + timedelta(days=1))
    assert await store.vectors([FIRST.id], MODEL) == {}
    await store.keep_vectors(MODEL, [vector_of(FIRST)], at=AT)
    assert await store.vectors([FIRST.id], MODEL) == {}
    await store.keep_vectors(MODEL, [vector_of(changed)], at=AT)
    assert set(await store.vectors([FIRST.id], MODEL)) == {FIRST.id}


async def test_what_changes_beside_the_text_keeps_the_vector(store: Store) -> None:
    """Another comment or category is no other text."""
    await store.add(a_listing([FIRST]), at=AT)
    await store.keep_vectors(MODEL, [vector_of(FIRST)], at=AT)
    await store.add(a_listing([replace(FIRST, version=2, comment="12 pages")]), at=AT + timedelta(days=1))
    assert set(await store.vectors([FIRST.id], MODEL)) == {FIRST.id}


async def test_papers_that_become_one_have_one_vector(store: Store) -> None:
    """Where two stored papers turn out to be one, nothing of the other's vector is left."""
    other = replace(SECOND, id=PaperId("doi", "10.1000/2"), identifiers=(), title="Before it was published")
    await store.add(a_listing([FIRST, other]), at=AT)
    await store.keep_vectors(MODEL, [vector_of(FIRST), vector_of(other, 1.0, 0.0)], at=AT)
    joined = replace(FIRST, version=2, doi="10.1000/2")
    await store.add(a_listing([joined]), at=AT + timedelta(days=1))
    assert (await store.papers()).total == 1
    paper = (await store.papers()).papers[0]
    kept = await store.vectors([FIRST.id, other.id], MODEL)
    waiting = await store.papers_to_embed(MODEL, limit=9)
    assert all(vector == pytest.approx([0.6, 0.8], abs=1e-3) for vector in kept.values())
    assert bool(kept) != (waiting == (paper,))


async def test_unknown_papers_are_left_out(store: Store) -> None:
    """A vector of a paper that is not stored, or is gone, is nobody's."""
    await store.keep_vectors(MODEL, [vector_of(FIRST)], at=AT)
    assert await store.vectors([FIRST.id], MODEL) == {}
    assert (await store.recent_vectors(MODEL, limit=9)).papers == ()


async def test_the_latest_vectors(store: Store) -> None:
    """The vectors of the papers that were stored last come first."""
    await store.add(a_listing([FIRST]), at=AT)
    await store.add(a_listing([SECOND]), at=AT)
    await store.keep_vectors(MODEL, [vector_of(FIRST, 1.0, 0.0), vector_of(SECOND)], at=AT)
    assert (await store.recent_vectors(MODEL, limit=9)).papers == (SECOND.id, FIRST.id)
    assert (await store.recent_vectors(MODEL, limit=1)).papers == (SECOND.id,)


async def test_the_nearest_within_filters(store: Store) -> None:
    """The nearest papers come first, of those that pass every filter of the query; its words do not matter."""
    first = replace(FIRST, categories=("cs.CL",), authors=("Ann Holt",), published=AT - timedelta(days=9))
    second = replace(SECOND, categories=("cs.RO",), authors=("Bo A. Lee",), published=AT)
    await store.add(a_listing([first, second]), at=AT)
    await store.keep_vectors(MODEL, [vector_of(first, 1.0, 0.0), vector_of(second)], at=AT)
    expected = {
        "whatever words": [FIRST.id, SECOND.id],
        "x in:cs.CL": [FIRST.id],
        "in:cs": [FIRST.id, SECOND.id],
        "in:feed:zoo": [],
        "author:Lee": [SECOND.id],
        'author:"A. Lee"': [SECOND.id],
        'author:"Lee, C."': [],
        "from:arxiv": [FIRST.id, SECOND.id],
        "from:biorxiv": [],
        f"since:{YESTERDAY}": [SECOND.id],
        f"author:Lee in:cs.RO since:{YESTERDAY}": [SECOND.id],
        f"in:cs.CL since:{YESTERDAY}": [],
    }
    for typed, ids in expected.items():
        found = await store.nearest(parse_query(typed, today=AT.date()), WEST, MODEL, limit=9)
        assert [id for id, _ in found] == ids, typed
        assert [near for _, near in found] == pytest.approx(
            [{FIRST.id: 1.0, SECOND.id: 0.6}[id] for id in ids], abs=1e-3
        )


async def test_the_nearest_are_few_and_of_one_model(store: Store) -> None:
    """No more come than were asked for; a vector of another model or size is near nothing."""
    await store.add(a_listing([FIRST, SECOND]), at=AT)
    await store.keep_vectors(MODEL, [vector_of(FIRST, 1.0, 0.0), vector_of(SECOND)], at=AT)
    query = parse_query("words", today=AT.date())
    assert [id for id, _ in await store.nearest(query, WEST, MODEL, limit=1)] == [FIRST.id]
    assert await store.nearest(query, WEST, "another/model", limit=9) == ()
    assert await store.nearest(query, np.ones(3, dtype=np.float32), MODEL, limit=9) == ()


async def test_a_model_of_another_size(store: Store) -> None:
    """Where a model's vectors come with another size, those before are forgotten, and those of other models are not."""
    await store.add(a_listing([FIRST, SECOND]), at=AT)
    await store.keep_vectors(MODEL, [vector_of(FIRST)], at=AT)
    await store.keep_vectors("another/model", [vector_of(FIRST)], at=AT)
    await store.keep_vectors(MODEL, [vector_of(SECOND, 1.0, 0.0, 0.0)], at=AT)
    assert set(await store.vectors([FIRST.id, SECOND.id], MODEL)) == {SECOND.id}
    assert set(await store.vectors([FIRST.id, SECOND.id], "another/model")) == {FIRST.id}


async def test_how_a_model_is_doing(store: Store) -> None:
    """What is wrong with a model is on record until it works again, whatever is kept meanwhile."""
    await store.add(a_listing([FIRST]), at=AT)
    broken = EmbedderState(model=MODEL, problem="a/model does not answer.", since=AT)
    await store.record_embedder(broken)
    await store.keep_vectors(MODEL, [vector_of(FIRST)], at=AT)
    (progress,) = await store.embedding_progress(MODEL)
    assert progress.state == broken
    await store.record_embedder(replace(broken, problem=""))
    assert [one.state and one.state.problem for one in await store.embedding_progress()] == [""]
    assert [(one.papers, one.state) for one in await store.embedding_progress("never/asked")] == [(0, None)]
