"""CPU from the bytes of arXiv's feeds to stored, searchable papers, against feedparser only parsing the same bytes.

The day is 2025-05-27, the largest listing of the recorded year (649 papers), served by the replay server. Three manners
of reading it are measured: the seven categories of a busy team, one feed each; every category with a paper that day,
one feed each; and everything in a single feed. The first manner is the required one: at most 2.5 times feedparser.

Each repetition stores into a new database file; making it is not counted, and neither is reading the bytes. CPU is that
of the whole process, so that SQLite's own thread counts. `python -m tests.benchmarks.ingest`
"""

from __future__ import annotations

import asyncio
import gc
import io
import statistics
import time
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory

import feedparser

from adapters.sources import arxiv
from bot.clock import SystemClock
from core.converse.ports import Store
from core.papers.search import parse_query
from tests.benchmarks.figures import Row, cpu_s, show
from tests.fakes.stores import SqlStore
from tests.replay import RECORDED, Replay

DAY = "2025-05-27"
BUSY_TEAM = ("cs.CL", "cs.LG", "cs.AI", "cs.CV", "cs.IR", "cs.RO", "stat.ML")
REPETITIONS = 7
#: at most this many times the CPU of feedparser
LIMIT = 2.5

#: (scope, body) of each feed
Feeds = Sequence[tuple[str, bytes]]


def run(repetitions: int = REPETITIONS) -> list[Row]:
    """Measure; needs ../shared. The ratio of a row is to the row of feedparser before it."""
    rows: list[Row] = []
    for manner, feeds in _manners().items():
        baseline, ours = _medians(feeds, repetitions)
        entries = sum(body.count(b"<item>") for _, body in feeds)
        what = f"{manner}: {len(feeds)} feeds, {entries} entries"
        rows.append(Row(f"{what}; feedparser, parsing only", baseline * 1000, "ms CPU", None))
        rows.append(Row(f"{what}; Paperboy, stored and searchable", ours * 1000, "ms CPU", ours / baseline))
    return rows


def _manners() -> dict[str, Feeds]:
    with Replay(DAY, data=RECORDED) as replay:
        listed = replay.announced(DAY, ())["categories"]
        archives = sorted({name.partition(".")[0] for name in listed})
        scopes = {
            "a busy team": BUSY_TEAM,
            "every category": tuple(sorted(listed)),
            "one feed of all": ("+".join(archives),),
        }
        return {name: [(scope, replay.fetch(f"rss/{scope}")) for scope in some] for name, some in scopes.items()}


def _medians(feeds: Feeds, repetitions: int) -> tuple[float, float]:
    """CPU seconds of feedparser and of us, taken in turns so that the machine's moods strike both."""
    theirs, ours = [], []
    for _ in range(repetitions):
        theirs.append(cpu_s(lambda: [feedparser.parse(io.BytesIO(body)) for _, body in feeds])[0])
        ours.append(asyncio.run(_ours(feeds)))
    return statistics.median(theirs), statistics.median(ours)


async def _ours(feeds: Feeds) -> float:
    now = SystemClock().now()
    with TemporaryDirectory() as folder:
        async with SqlStore(f"sqlite:///{Path(folder) / 'bench.db'}").open() as store:
            gc.collect()
            began = time.process_time()
            for scope, body in feeds:
                await store.add(arxiv.parse(body, scope), at=now)
            took = time.process_time() - began
            await _check(store)
    return took


async def _check(store: Store) -> None:
    """What was measured must have happened: the day is stored and can be searched."""
    stored = await store.papers(day=date.fromisoformat(DAY), limit=1)
    found = await store.search(parse_query("language model", today=date.fromisoformat(DAY)))
    if stored.total < 500 or not found.hits:
        raise AssertionError(f"only {stored.total} papers were stored, {len(found.hits)} were found")


def main() -> None:
    """Show the figures."""
    show(f"Ingest of {DAY}, limit {LIMIT}", run())


if __name__ == "__main__":
    main()
