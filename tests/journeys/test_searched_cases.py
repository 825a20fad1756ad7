"""Feeds of users' reports: their papers are found by the words that people typed."""

from __future__ import annotations

import pytest

from adapters.sources.saved import read
from core.papers.search import parse_query
from tests.fakes.papers import AT, DAY
from tests.fakes.stores import SqlStore
from tests.shared import SHARED, needs_shared

TYPED_COMMANDS = {
    "06-cjk-search": {
        "脑电信号": {"1"},
        "卷积网络": {"1"},
        "深度学习": {"1"},
        "固有表現": {"2"},
        "딥러닝": {"3"},
        "วิเคราะห์": {"7"},
        "müller": {"6"},
        "Mueller": {"6"},
        "beta-catenin": {"6"},
    },
    "10-title-as-shown": {
        "Li2MnO3": {"9"},
        "H2O": {"4", "9"},
        "fine flow": {"6"},
        "Learning from Li₂MnO₃ and H₂O with p-adic L-functions": {"9"},
    },
}


@needs_shared
@pytest.mark.parametrize("case", TYPED_COMMANDS)
async def test_papers_are_found_as_they_are_typed(case: str) -> None:
    """Every search of the report finds what it should, and nothing else."""
    listing = read(SHARED / "data/cases" / case / "s.xml", "feed", day=None, today=DAY)
    async with SqlStore("sqlite://").open() as store:
        await store.add(listing, at=AT)
        for typed, expected in TYPED_COMMANDS[case].items():
            found = await store.search(parse_query(typed, today=DAY))
            assert {hit.url.rpartition("/")[2] for hit in found.hits} == expected, typed
            assert not found.any_word
