"""Search over very many papers: the CPU that a query takes, beside tantivy alone on the same papers.

The papers are made by varying the real ones of ../shared: each has the words of two, so that common words are as common
and rare ones as rare as they are. `kept` grows them, a million by `python -m tests.benchmarks.search 1000000`. tantivy
gets their titles, abstracts and authors, stemmed, and is asked for the twenty best with all the words of a query (its
own BM25, titles weighing three times as much) and their titles; where no paper has all the words, for those with any.
Filters are left out and beginnings of words are words there. A search by meaning as well compares a vector with those
of all papers, made at random, beside the words.
"""

from __future__ import annotations

import asyncio
import gc
import gzip
import json
import sqlite3
import sys
import tempfile
import time
import tracemalloc
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import closing
from datetime import UTC, date, datetime, timedelta
from functools import partial
from itertools import islice
from pathlib import Path
from statistics import quantiles
from typing import Any

import numpy as np
import tantivy

from core.ingest.listing import Listing
from core.papers.fusion import MOST_FUSED
from core.papers.identifiers import PaperId
from core.papers.paper import Announcement, Paper
from core.papers.search import SearchQuery, parse_query
from storage.search.meaning import READ_LATER
from storage.search.vector_signs import VectorSigns
from tests.benchmarks import kept
from tests.benchmarks.figures import Row, show
from tests.fakes.stores import SqlStore
from tests.shared import SHARED

LISTING = 1_200
#: each query is asked this often, after a first time that warms the caches
ROUNDS = 3
LIMIT = 20
FIRST_DAY = date(2024, 1, 1)
#: among a million: CPU milliseconds for 95 of 100 searches, and how many times tantivy those with all words may take
LIMIT_MS = 100
TIMES_TANTIVY = 2
TITLE = f"Search (limits among a million: p95 {LIMIT_MS} ms; with all words {TIMES_TANTIVY} times tantivy's)"
#: groups whose words some papers have, all of them
ALL_WORDS = ("common words", "phrases", "rare words")
#: numbers of a vector
SIZE = 384
MODEL = "bench/random"

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


Ask = Callable[[str], Awaitable[object]]
Times = dict[str, list[float]]


def run(many: int | None = None) -> list[Row]:
    """Measure; needs ../shared. Ratios are to tantivy with the same queries."""
    path = kept.grown("paperboy-search", listings, many=many)
    return asyncio.run(_measured(path))


async def _measured(path: Path) -> list[Row]:
    with closing(sqlite3.connect(path)) as plain:
        (size,) = plain.execute("SELECT count(*) FROM papers").fetchone()
        _give_vectors(plain)
        taken, stored = _signs_bytes(plain)
    index = _tantivy(size)
    today, rows = day_of(size), list[Row]()
    theirs = await times_of(lambda typed: _ask_tantivy(index, typed))
    async with SqlStore(f"sqlite:///{path}").open() as store:
        ours = await times_of(lambda typed: store.search(parse_query(typed, today=today), limit=LIMIT))
        rows += _compared(ours, theirs)
        for _ in range(2 + size // READ_LATER):  # until all vectors are read
            await _by_meaning(store, parse_query("model", today=today))
        fused = await times_of(lambda typed: _by_meaning(store, parse_query(typed, today=today)))
        everything, alone = all_times(fused), all_times(ours)
        p95 = percentile(everything, 95)
        rows.append(Row("by meaning as well: p95, beside words alone", p95, "ms CPU", p95 / percentile(alone, 95)))
    rows.append(Row("memory of signs, beside the vectors", taken / 1e6, "MB", taken / stored))
    return [Row("papers", size, "", None), *rows]


def _compared(ours: Times, theirs: Times) -> Iterator[Row]:
    """Each group, and the groups with all words, and all."""
    together = {"all words": [one for group in ALL_WORDS for one in ours[group]], "all": all_times(ours)}
    beside = {"all words": [one for group in ALL_WORDS for one in theirs[group]], "all": all_times(theirs)}
    for group, times in (ours | together).items():
        baseline, p95 = percentile((theirs | beside)[group], 95), percentile(times, 95)
        yield Row(f"{group}: tantivy, p95", baseline, "ms CPU", None)
        yield Row(f"{group}: p50", percentile(times, 50), "ms CPU", None)
        yield Row(f"{group}: p95", p95, "ms CPU", p95 / baseline)


def all_times(times: Times) -> list[float]:
    """The times of all groups."""
    return [one for several in times.values() for one in several]


def percentile(times_ms: Sequence[float], percent: int) -> float:
    """The time that so many of a hundred take at most."""
    return quantiles(times_ms, n=100, method="inclusive")[percent - 1]


async def times_of(ask: Ask, clock: Callable[[], float] = time.process_time) -> Times:
    """Milliseconds of every query of every group, of CPU unless the clock is another one."""
    times: Times = {group: [] for group in QUERIES}
    gc.collect()
    for round_ in range(ROUNDS + 1):
        for group, queries in QUERIES.items():
            for typed in _typed(queries):
                begun = clock()
                await ask(typed)
                if round_:
                    times[group].append((clock() - begun) * 1000)
    return times


def _typed(queries: str) -> list[str]:
    return [typed.strip() for line in queries.strip().splitlines() for typed in line.split("|") if typed.strip()]


def _tantivy(size: int) -> tantivy.Index:
    """Its index of the same papers, kept beside them."""
    fields = ("title", "abstract", "authors")
    builder = tantivy.SchemaBuilder()
    for field in fields:
        builder.add_text_field(field, stored=field == "title", tokenizer_name="en_stem")
    path = Path(tempfile.gettempdir()) / f"paperboy-search-{size}-tantivy"
    path.mkdir(exist_ok=True)
    index = tantivy.Index(builder.build(), path=str(path))
    if index.searcher().num_docs != size:
        writer = index.writer(heap_size=200_000_000, num_threads=1)
        writer.delete_all_documents()
        for paper in _papers(size):
            values = (paper.title, paper.abstract, " ; ".join(paper.authors))
            writer.add_document(tantivy.Document(**dict(zip(fields, values, strict=True))))
        writer.commit()
        writer.wait_merging_threads()
        index.reload()
    return index


async def _ask_tantivy(index: tantivy.Index, typed: str) -> None:
    """All the words, then any of them; without filters."""
    terms = parse_query(typed, today=FIRST_DAY).terms
    words = " ".join(f'"{" ".join(term.words)}"' for term in terms)
    searcher = index.searcher()
    for is_every in (True, False):
        query = index.parse_query(
            words, ["title", "abstract", "authors"], field_boosts={"title": 3.0}, conjunction_by_default=is_every
        )
        hits = searcher.search(query, LIMIT).hits
        if hits or not words:
            assert all(searcher.doc(address)["title"] for _, address in hits)
            return


def _give_vectors(plain: sqlite3.Connection) -> None:
    """Give each paper a vector, where none has one."""
    if plain.execute("SELECT 1 FROM vectors LIMIT 1").fetchone():
        return
    draw = np.random.default_rng(1)
    numbers = [number for (number,) in plain.execute("SELECT id FROM papers ORDER BY id")]
    for start in range(0, len(numbers), 10_000):
        some = numbers[start : start + 10_000]
        stored = _unit(draw.normal(size=(len(some), SIZE))).astype("<f2")
        values = (
            (number, MODEL, vector.tobytes(), str(FIRST_DAY)) for number, vector in zip(some, stored, strict=True)
        )
        plain.executemany("INSERT INTO vectors (paper_id, model, vector, made_at) VALUES (?, ?, ?, ?)", values)
    plain.commit()


def _unit(vectors: Any) -> Any:
    return vectors / np.linalg.norm(vectors, axis=-1, keepdims=True)


async def _by_meaning(store: SqlStore, query: SearchQuery) -> None:
    """What a search asks of the store where a model embeds, with a vector that is like no other."""
    vector = _unit(np.random.default_rng(len(query.typed)).normal(size=SIZE)).astype(np.float32)
    near = await store.nearest(query, vector, MODEL, limit=MOST_FUSED) if query.terms else ()
    await store.search(query, limit=LIMIT, near=[id for id, _ in near])


def _signs_bytes(plain: sqlite3.Connection) -> tuple[int, int]:
    """What the signs of all vectors take in memory, and those vectors themselves."""
    signs, stored = VectorSigns(SIZE), 0
    tracemalloc.start()
    for numbers in iter(partial(plain.execute("SELECT paper_id, vector FROM vectors").fetchmany, 10_000), []):
        signs.add([number for number, _ in numbers], b"".join(vector for _, vector in numbers))
        stored += sum(len(vector) for _, vector in numbers)
    del numbers
    taken, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return taken, stored


def _real() -> list[dict[str, Any]]:
    entries: list[dict[str, Any]] = []
    for file in sorted((SHARED / "data/replay/arxiv").glob("arxiv-*.jsonl.gz")):
        with gzip.open(file, "rt", encoding="utf-8") as lines:
            entries += map(json.loads, lines)
    return entries


def _varied(number: int, one: dict[str, Any], other: dict[str, Any]) -> Paper:
    """A paper with the first half of one's words and the second half of another one's."""
    day = day_of(number)
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


def listings(size: int) -> Iterator[tuple[Listing, datetime]]:
    """So many papers, a day after the other."""
    papers = _papers(size)
    while some := list(islice(papers, LISTING)):
        day = some[0].announced or FIRST_DAY
        lines = (Announcement(paper=paper, source="arxiv", scope="cs.LG", day=day) for paper in some)
        listing = Listing(source="arxiv", scope="cs.LG", day=day, announcements=tuple(lines))
        yield listing, datetime.combine(day, datetime.min.time(), UTC)


def day_of(number: int) -> date:
    """When the paper with this number was announced."""
    return FIRST_DAY + timedelta(days=number // LISTING)


def _papers(size: int) -> Iterator[Paper]:
    real = _real()
    for number in range(size):
        yield _varied(number, real[number % len(real)], real[number * 7_919 % len(real)])


def main() -> None:
    """Show the figures."""
    many = int(sys.argv[1]) if len(sys.argv) > 1 else None
    show(TITLE, run(many))


if __name__ == "__main__":
    main()
