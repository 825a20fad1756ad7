"""Search and whole databases on PostgreSQL beside SQLite: the time that a query takes on the same papers.

The papers are those of `search`, moved to a server of its own by what `paperboy db move` does. Times are by the wall
clock, since the server works in other processes: measure on a machine that has nothing else to do.
"""

from __future__ import annotations

import asyncio
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from core.papers.search import parse_query
from storage.operation import upkeep
from tests.benchmarks import kept
from tests.benchmarks.figures import Row, show
from tests.benchmarks.search import LIMIT, Times, all_times, day_of, listings, percentile, times_of
from tests.fakes.stores import SqlStore
from tests.storage.postgres import running

#: among 200,000 papers: how many times the milliseconds of SQLite 95 of 100 searches may take
TIMES_SQLITE = 4
TITLE = f"Search on PostgreSQL, by the wall clock (limit: p95 {TIMES_SQLITE} times SQLite's)"


def run(many: int | None = None) -> list[Row]:
    """Measure; needs ../shared. Ratios are to SQLite with the same queries."""
    path = kept.grown("paperboy-search", listings, many=many)
    with running(is_in_memory=False) as server, server.empty() as url:
        return asyncio.run(_measured(path, url))


async def _measured(path: Path, url: str) -> list[Row]:
    on_sqlite, began = f"sqlite:///{path}", time.perf_counter()
    transfer = await upkeep.move(on_sqlite, url, is_running=lambda service: False)
    took_s, size = time.perf_counter() - began, transfer.contents["papers"].rows
    ours, theirs = await _search_times(url, size), await _search_times(on_sqlite, size)
    return [
        Row("papers", size, "", None),
        Row("moved, each row compared", transfer.rows / took_s, "rows/s", None),
        *_compared(ours, theirs),
    ]


async def _search_times(url: str, size: int) -> Times:
    today = day_of(size)
    async with SqlStore(url).open() as store:
        return await times_of(
            lambda typed: store.search(parse_query(typed, today=today), limit=LIMIT), time.perf_counter
        )


def _compared(ours: Times, theirs: Times) -> Iterator[Row]:
    for group, times in {**ours, "all": all_times(ours)}.items():
        baseline = theirs.get(group) or all_times(theirs)
        for percent in (50, 95):
            here, there = percentile(times, percent), percentile(baseline, percent)
            yield Row(f"{group}: SQLite, p{percent}", there, "ms", None)
            yield Row(f"{group}: p{percent}", here, "ms", here / there)


def main() -> None:
    """Show the figures."""
    show(TITLE, run(int(sys.argv[1]) if len(sys.argv) > 1 else None))


if __name__ == "__main__":
    main()
