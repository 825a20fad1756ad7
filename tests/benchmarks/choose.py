"""CPU of deciding on a digest: judge 1,000 real candidates by a rule, order them by an interest, summarise the best 20.

The candidates are the last 1,000 papers of the recorded year. The baseline is what a simpler ranker would have to do at
least: snowballstemmer stems each different word of the same texts once. Our own caches are emptied before each
repetition, as in a process that has just begun. `python -m tests.benchmarks.choose`
"""

from __future__ import annotations

import gc
import gzip
import json
import re
import statistics
import time
from collections.abc import Callable, Sequence
from datetime import date
from typing import Any, NamedTuple, TypeVar

import snowballstemmer
from rich.console import Console
from rich.table import Table

from core import extract, names, ranking, rules, words
from core.channels import ChannelRef, Subscription
from core.deliveries import Candidate, Kept, Ranked
from core.papers import AnnounceType, Paper, PaperId
from tests.shared import SHARED

Value = TypeVar("Value")

CANDIDATES = 1_000
SUMMARISED = 20
REPETITIONS = 7
#: CPU seconds for judging, ordering and summarising together; a whole digest has 1
LIMIT_S = 0.5

SUBSCRIPTION = Subscription(
    channel=ChannelRef("terminal", "bench"),
    rule=(
        '(graph OR retrieval OR "language model"^2 OR diffus* OR robot OR agent OR "in-context learning" OR vision)'
        ' AND NOT survey -"position paper"'
    ),
    interest="graph neural networks, retrieval-augmented generation; agents that use tools",
    authors=("Ada Ng", "Wei Zhang"),
)


class Row(NamedTuple):
    """One figure: what was measured, how much, in what unit, and as a ratio to the baseline of the same run."""

    name: str
    value: float
    unit: str
    ratio: float | None


def run(repetitions: int = REPETITIONS) -> list[Row]:
    """Measure; needs ../shared. Ratios are to the first row, the baseline."""
    candidates = real_candidates(CANDIDATES)
    steps: dict[str, list[float]] = {"baseline": [], "judge": [], "choose": [], "extract": []}
    for _ in range(repetitions):
        steps["baseline"].append(_cpu_s(lambda: _stem_all(candidates))[0])
        for name, took in _digest(candidates).items():
            steps[name].append(took)
    baseline, judge, choose, summarise = (statistics.median(taken) for taken in steps.values())
    measured = {
        f"judge {CANDIDATES:,} candidates by a rule of 10 terms": judge,
        "order the kept by an interest of 8 words": choose,
        f"summarise the first {SUMMARISED}": summarise,
        "together": judge + choose + summarise,
    }
    return [
        Row("snowballstemmer, each different word of the same texts once", baseline * 1000, "ms CPU", None),
        *(Row(name, value * 1000, "ms CPU", value / baseline) for name, value in measured.items()),
    ]


def real_candidates(count: int) -> list[Candidate]:
    """The last papers of the recorded year, as a subscription to everything would meet them."""
    with gzip.open(SHARED / "data/replay/arxiv/arxiv-2026-02.jsonl.gz", "rt", encoding="utf-8") as lines:
        return [_candidate(json.loads(line)) for line in lines][-count:]


def _candidate(record: dict[str, Any]) -> Candidate:
    authors = (author if isinstance(author, str) else author["name"] for author in record["authors"])
    paper = Paper(
        id=PaperId("arxiv", record["id"]),
        title=record["title"],
        abstract=record["summary"],
        authors=tuple(authors),
        categories=tuple(record["categories"]),
    )
    day = date.fromisoformat(record["day"])
    return Candidate(paper=paper, type=AnnounceType.NEW, scope=paper.primary_category, day=day)


def _stem_all(candidates: Sequence[Candidate]) -> None:
    texts = (f"{candidate.paper.title} {candidate.paper.abstract}".lower() for candidate in candidates)
    different = {word for text in texts for word in re.findall(r"\w+", text)}
    snowballstemmer.stemmer("english").stemWords(sorted(different))


def _digest(candidates: Sequence[Candidate]) -> dict[str, float]:
    """CPU seconds of each step."""
    words.stem.cache_clear()
    names.parts.cache_clear()
    judged_s, kept = _cpu_s(lambda: _judged(candidates))
    chosen_s, ranked = _cpu_s(lambda: ranking.choose(kept, SUBSCRIPTION))
    told_s, _ = _cpu_s(lambda: _told(ranked))
    return {"judge": judged_s, "choose": chosen_s, "extract": told_s}


def _judged(candidates: Sequence[Candidate]) -> list[tuple[Candidate, Kept]]:
    judge = rules.judge_for(SUBSCRIPTION)
    verdicts = ((candidate, judge(candidate.paper)) for candidate in candidates)
    return [(candidate, verdict) for candidate, verdict in verdicts if isinstance(verdict, Kept)]


def _told(ranked: Sequence[Ranked]) -> list[str]:
    return [extract.summarise(one.paper).gist for one in ranked[:SUMMARISED]]


def _cpu_s(work: Callable[[], Value]) -> tuple[float, Value]:
    gc.collect()
    began = time.process_time()
    value = work()
    return time.process_time() - began, value


def main() -> None:
    """Show the figures as a table."""
    if not SHARED.is_dir():
        Console().print("This benchmark needs ../shared (real days of arXiv), which is not here.")
        return
    table = Table(
        "what", "value", "ratio to stemming", title=f"Deciding on a digest, limit {LIMIT_S * 1000:.0f} ms CPU"
    )
    for row in run():
        table.add_row(row.name, f"{row.value:,.0f} {row.unit}", "" if row.ratio is None else f"{row.ratio:.2f}")
    Console().print(table)


if __name__ == "__main__":
    main()
