"""Fusion: several rankings as one."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.papers.fusion import fuse

rankings = st.lists(st.lists(st.integers(0, 30), max_size=12), max_size=4)


def test_what_both_have_comes_first() -> None:
    """Two middling places are better than one good one, and count as in the paper."""
    found = fuse(["a", "b", "c"], ["d", "b", "e"])
    assert list(found) == ["b", "a", "d", "c", "e"]
    assert found["b"] == pytest.approx(2 / 62)


@given(rankings)
def test_nothing_is_lost_or_made_up(ranked: list[list[int]]) -> None:
    """All things of all rankings are there once, the best first."""
    found = fuse(*ranked)
    assert set(found) == {one for ranking in ranked for one in ranking}
    assert list(found.values()) == sorted(found.values(), reverse=True)


@given(st.lists(st.integers(), max_size=12, unique=True))
def test_one_ranking_stays_as_it_is(ranked: list[int]) -> None:
    """With itself, alone, or beside an empty one, a ranking keeps its order."""
    assert list(fuse(ranked)) == list(fuse(ranked, ranked)) == list(fuse([], ranked)) == ranked


@given(rankings)
def test_the_order_of_rankings_does_not_matter(ranked: list[list[int]]) -> None:
    """Every ranking counts the same."""
    assert fuse(*ranked) == pytest.approx(fuse(*reversed(ranked)))
