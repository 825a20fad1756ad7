"""Search over 100,000 papers: how long a query takes, beside the plain full-text query that it replaces.

The papers are made by varying the real ones of ../shared: each has the words of two, so that common words are as common
and rare ones as rare as they are. The baseline is FTS5 as its documentation shows it, on the same index and the same
queries: `MATCH all words ORDER BY bm25 LIMIT 20`, then any word where no paper has all, unbounded. Run it alone with
`python -m tests.benchmarks.search`; `tests.benchmarks` runs it with the others. Among 786,000 papers made the same way
no query of it took more than 100 ms of CPU, and 95 % took less than 80.
"""

from __future__ import annotations

import asyncio
import gzip
import json
import sqlite3
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from itertools import islice
from pathlib import Path
from statistics import quantiles
from typing import Any

from core.ingest.listing import Listing
from core.papers.identifiers import PaperId
from core.papers.paper import Announcement, Paper
from core.papers.search import parse_query
from storage.store import SqlStore
from tests.benchmarks.figures import Row, show
from tests.shared import SHARED

PAPERS = 100_000
LISTING = 1_200
#: each query is asked this often
ROUNDS = 3
LIMIT = 20
FIRST_DAY = date(2024, 1, 1)

QUERIES = {
    "common words": """
        language model | large language models reasoning | neural network training data | image generation
        deep learning method | learning model results performance | model | we propose a new method
        data analysis framework | state of the art performance | diffusion model image | graph neural network
        reinforcement learning policy | attention is all you need | vision language model benchmark
    """,
    "phrases": """
        "large language models" | "in-context learning" | "graph neural networks" | "state of the art"
        "chain of thought" reasoning | "retrieval augmented generation" | "we propose" "neural network"
    """,
    "prefixes": """
        transform* | optimiz* bayes* | con* | diffus* segment* | quanti* model | rea* learning | "language mod*"
    """,
    "filters": """
        model in:cs.CL | learning author:wang | diffusion since:90d | in:cs.RO | author:"wei wang" | since:30d
        language model in:cs since:200d | robot in:cs.RO from:arxiv | in:math-ph | model since:1000d in:eess.SP
    """,
    "any word": """
        quantum zebra transformer tokenizer | why do language models hallucinate facts about cities
        a survey of zebrafish connectomes with transformers | protein folding violin robots
        how can I make my diffusion model sample faster on a phone | reasoning xylophone
        large language model model learning data performance results xyzzy
    """,
    "long questions": """
        what is known about how large language models hallucinate facts and how can that be measured in practice
        | I am interested in articles that discuss sample efficient reinforcement learning for robots with touch
    """,
    "rare words": """
        kazakh | zebrafish | mahjong | sonar bathymetry | "speech emotion recognition" urdu | violin | beekeeping
    """,
}


def run() -> list[Row]:
    """Measure; needs ../shared. Ratios are to plain FTS5 with the same queries."""
    with tempfile.TemporaryDirectory() as folder:
        return asyncio.run(_measured(Path(folder) / "papers.db"))


async def _measured(path: Path) -> list[Row]:
    store = SqlStore(f"sqlite:///{path}")
    async with store.opened():
        stored_s = await _fill(store)
        ours = await _timed(lambda typed: store.search(parse_query(typed, today=_day(PAPERS)), limit=LIMIT))
    with sqlite3.connect(path) as plain:
        theirs = await _timed(lambda typed: _plain(plain, typed))
    everything = ([time_ms for times in side.values() for time_ms in times] for side in (ours, theirs))
    return [
        Row("papers stored and indexed", PAPERS / stored_s, "per CPU s", None),
        *(row for group in QUERIES for row in _compared(group, ours[group], theirs[group])),
        *_compared("all", *everything),
    ]


def _compared(group: str, ours: Sequence[float], theirs: Sequence[float]) -> tuple[Row, ...]:
    baseline, p95 = _percentile(theirs, 95), _percentile(ours, 95)
    return (
        Row(f"{group}: plain FTS5, ranked by bm25 without a bound, p95", baseline, "ms", None),
        Row(f"{group}: p50", _percentile(ours, 50), "ms", None),
        Row(f"{group}: p95", p95, "ms", p95 / baseline),
    )


def _percentile(times_ms: Sequence[float], percent: int) -> float:
    return quantiles(times_ms, n=100, method="inclusive")[percent - 1]


async def _timed(ask: Callable[[str], Awaitable[Any]]) -> dict[str, list[float]]:
    """Milliseconds of every query of every group, the first round aside, which warms the caches."""
    times: dict[str, list[float]] = {group: [] for group in QUERIES}
    for round_ in range(ROUNDS + 1):
        for group, queries in QUERIES.items():
            for typed in _typed(queries):
                begun = time.perf_counter()
                await ask(typed)
                if round_:
                    times[group].append((time.perf_counter() - begun) * 1000)
    return times


def _typed(queries: str) -> list[str]:
    return [typed.strip() for line in queries.strip().splitlines() for typed in line.split("|")]


async def _plain(connection: sqlite3.Connection, typed: str) -> None:
    """The query as one would first write it; filters become words of their columns."""
    query = parse_query(typed, today=_day(PAPERS))
    words = [f'"{" ".join(term.words)}"{"*" if term.prefix else ""}' for term in query.terms]
    words += [f'authors : "{name}"' for name in query.authors]
    words += [f'categories : "{name.replace(".", chr(0xE001))}"*' for name in query.categories]
    for joint in (" AND ", " OR "):
        ranked = "SELECT rowid FROM papers_fts WHERE papers_fts MATCH ? ORDER BY bm25(papers_fts) LIMIT ?"
        if not words or connection.execute(ranked, (joint.join(words), LIMIT)).fetchall():
            return


async def _fill(store: SqlStore) -> float:
    """Store the papers listing by listing; the CPU seconds that it took."""
    spent_s = 0.0
    for day, papers in enumerate(_by_listing(_papers())):
        listing = _listing(papers, FIRST_DAY + timedelta(days=day))
        begun = time.process_time()
        await store.add(listing, at=datetime.combine(FIRST_DAY, datetime.min.time(), UTC))
        spent_s += time.process_time() - begun
    return spent_s


def _by_listing(papers: Iterator[Paper]) -> Iterator[list[Paper]]:
    while listing := list(islice(papers, LISTING)):
        yield listing


def _listing(papers: Sequence[Paper], day: date) -> Listing:
    lines = (Announcement(paper=paper, source="arxiv", scope="cs.LG", day=day) for paper in papers)
    return Listing(source="arxiv", scope="cs.LG", day=day, announcements=tuple(lines))


def _day(number: int) -> date:
    return FIRST_DAY + timedelta(days=number // LISTING)


def _papers() -> Iterator[Paper]:
    real = _real()
    for number in range(PAPERS):
        one, other = real[number % len(real)], real[number * 7_919 % len(real)]
        yield _varied(number, one, other)


def _real() -> list[dict[str, Any]]:
    entries: list[dict[str, Any]] = []
    for file in sorted((SHARED / "data/replay/arxiv").glob("arxiv-*.jsonl.gz")):
        with gzip.open(file, "rt", encoding="utf-8") as lines:
            entries += map(json.loads, lines)
    return entries


def _varied(number: int, one: dict[str, Any], other: dict[str, Any]) -> Paper:
    """A paper with the first half of one's words and the second half of another one's."""
    day = _day(number)
    value = f"{2000 + number // 90_000}.{number % 90_000:05d}"
    return Paper(
        id=PaperId("arxiv", value),
        title=_halves(one["title"], other["title"]),
        abstract=_halves(one["summary"], other["summary"]),
        authors=(*one["authors"][:3], *other["authors"][3:]),
        categories=tuple(one["categories"]),
        announced=day,
        published=datetime(day.year, day.month, day.day, 4, tzinfo=UTC),
        url=f"https://arxiv.org/abs/{value}",
        sources=("arxiv",),
    )


def _halves(one: str, other: str) -> str:
    first, second = one.split(), other.split()
    return " ".join((*first[: (len(first) + 1) // 2], *second[len(second) // 2 :]))


def main() -> None:
    """Show the figures."""
    show("Search over 100,000 papers", run())


if __name__ == "__main__":
    main()
