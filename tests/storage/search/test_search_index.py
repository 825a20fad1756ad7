"""SQLite's full-text index as it grows: what a search has to look into stays little, whatever the listings are like."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from core.papers.search import parse_query
from tests.fakes.papers import AT, a_listing, a_paper
from tests.fakes.stores import SqlStore

#: fewer than sixteen on each of two levels, and what the last transactions wrote
FEW = 34


def segments(path: Path) -> int:
    """How many parts the index has; each search looks into all of them."""
    with closing(sqlite3.connect(path)) as connection:
        return int(connection.execute("SELECT count(DISTINCT segid) FROM papers_fts_idx").fetchone()[0])


@pytest.mark.parametrize(("listings", "papers"), [(240, 1), (40, 25)])
async def test_many_listings_leave_few_segments(tmp_path: Path, listings: int, papers: int) -> None:
    """One paper at a time or many: the index merges as it grows, and finds the first of them as the last."""
    path = tmp_path / "paperboy.db"
    async with SqlStore(f"sqlite:///{path}").open() as store:
        for number in range(listings):
            some = [a_paper(n, title=f"Lantern {n}") for n in range(number * papers, (number + 1) * papers)]
            await store.add(a_listing(some), at=AT)
        assert segments(path) <= FEW
        assert await _count(store, "lantern") == listings * papers
        assert await _count(store, '"Lantern 0"') == await _count(store, f'"Lantern {listings * papers - 1}"') == 1


async def test_changed_papers_are_merged_as_well(tmp_path: Path) -> None:
    """Papers that are told again with other words leave few segments, and are found by the new ones alone."""
    path = tmp_path / "paperboy.db"
    async with SqlStore(f"sqlite:///{path}").open() as store:
        for version in range(1, 100):
            await store.add(a_listing([a_paper(1, title=f"Edition number{version}x", version=version)]), at=AT)
        assert segments(path) <= FEW
        assert await _count(store, "number99x") == 1
        assert await _count(store, "number98x") == 0


async def _count(store: SqlStore, typed: str) -> int:
    return (await store.search(parse_query(typed, today=AT.date()))).total
