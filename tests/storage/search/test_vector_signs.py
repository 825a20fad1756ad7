"""The signs of vectors: those that differ least are the nearest, in whatever order and by how few they were read."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import numpy as np
import pytest

from core.papers.embedding import PaperVector, text_sign
from core.papers.paper import Paper
from core.papers.search import parse_query
from storage.search import meaning
from storage.search.vector_signs import BLOCK, VectorSigns
from tests.fakes.papers import AT, a_listing, a_paper
from tests.fakes.stores import SqlStore

MODEL = "a/model"
QUERY = parse_query("whatever words", today=AT.date())


def vectors(many: int, size: int, seed: int = 1) -> np.ndarray:
    """Vectors of unit length in every direction."""
    found = np.random.default_rng(seed).normal(size=(many, size)).astype(np.float32)
    return found / np.linalg.norm(found, axis=1, keepdims=True)


@pytest.mark.parametrize("size", [1, 7, 64, 100, 384])
def test_few_are_all_likely(size: int) -> None:
    """As many as are wanted come, in order, each once, of any size of vectors."""
    signs, (asked, *found) = VectorSigns(size), vectors(6, size)
    assert signs.likely(asked, low=0, among=(), most=9).tolist() == []
    signs.add([5, 2, 9, 2, 7], np.stack(found).astype("<f2").tobytes())
    signs.newest = 9
    assert signs.likely(asked, low=0, among=(), most=9).tolist() == [2, 5, 7, 9]
    assert signs.likely(asked, low=5, among=([2, 5, 9, 11], [5, 9]), most=9).tolist() == [5, 9]


def test_the_nearest_of_several_blocks_are_likely() -> None:
    """Of many, those come that differ in the fewest signs, wherever they lie."""
    many, size = BLOCK + 100, 64
    signs, stored = VectorSigns(size), vectors(BLOCK + 100, size).astype("<f2")
    signs.add(range(1, 51), stored[:50].tobytes())
    signs.add(range(51, many + 1), stored[50:].tobytes())
    signs.newest = many
    for place in (0, BLOCK - 1, BLOCK):
        likely = signs.likely(stored[place].astype(np.float32), low=0, among=(), most=20)
        differ = ((stored < 0) != (stored[place] < 0)).sum(axis=1)
        assert likely.tolist() == [*np.flatnonzero(differ <= np.sort(differ)[19]) + 1]


async def test_searches_read_all_vectors_in_the_end(empty: SqlStore) -> None:
    """The first search looks among the newest papers, later ones among ever older ones, and among those that came."""
    papers, signs = [a_paper(number) for number in range(1, 9)], VectorSigns(2)
    await empty.add(a_listing(papers), at=AT)
    await empty.keep_vectors(MODEL, [_vector(paper) for paper in papers[:7]], at=AT)
    read = []
    for turn in range(5):
        async with empty.database.reading() as connection:
            found = await meaning.nearest(
                connection, QUERY, np.array([1.0, 0.0]), MODEL, signs, limit=9, first=3, later=2
            )
        read.append(len(found))
        if turn == 1:
            await empty.keep_vectors(MODEL, [_vector(papers[7])], at=AT)
    assert read == [3, 5, 8, 8, 8]


async def test_a_paper_that_says_something_else(empty: SqlStore) -> None:
    """A paper whose vector changes is found by the new one, however old the paper is."""
    old, new = a_paper(1), a_paper(2)
    await empty.add(a_listing([old, new]), at=AT)
    await empty.keep_vectors(MODEL, [_vector(old, -1.0), _vector(new)], at=AT)
    asked = np.array([1.0, 0.0], dtype=np.float32)
    assert [id for id, _ in await empty.nearest(QUERY, asked, MODEL, limit=9)] == [new.id, old.id]
    changed = replace(old, abstract="Something else.", version=2)
    await empty.add(a_listing([changed], day=AT.date() + timedelta(days=1)), at=AT + timedelta(days=1))
    assert [id for id, _ in await empty.nearest(QUERY, asked, MODEL, limit=9)] == [new.id]
    await empty.keep_vectors(MODEL, [_vector(changed, 1.0)], at=AT)
    near = dict(await empty.nearest(QUERY, asked, MODEL, limit=9))
    assert near[old.id] == pytest.approx(1.0)


def _vector(paper: Paper, first: float = 0.6) -> PaperVector:
    vector = np.array([first, (1 - first**2) ** 0.5], dtype=np.float32)
    return PaperVector(paper=paper.id, sign=text_sign(paper.title, paper.abstract), vector=vector)
