"""CPU of deciding on a digest: judge 1,000 real candidates by a rule, order them by an interest, summarise the best 20.

The candidates are the last 1,000 papers of the recorded year. The baseline is what a simpler ranker would have to do at
least: snowballstemmer stems each different word of the same texts once. Our own caches are emptied before each
repetition, as in a process that has just begun. `python -m tests.benchmarks.choose`
"""

from __future__ import annotations

import gzip
import json
import re
import statistics
from collections.abc import Sequence
from datetime import date
from typing import Any

import snowballstemmer

from core.channels import ChannelRef, Subscription
from core.choose import ranking
from core.choose.interest import occurrences
from core.choose.rules import judging
from core.choose.rules.shelf import Shelf
from core.choose.verdicts import Candidate, Kept, Ranked
from core.papers import name_readings
from core.papers.identifiers import PaperId
from core.papers.paper import AnnounceType, Paper
from core.summarise import extract
from core.text import words
from tests.benchmarks.figures import Row, cpu_s, show
from tests.shared import SHARED

CANDIDATES = 1_000
SUMMARISED = 20
REPETITIONS = 7
#: CPU seconds for judging, ordering and summarising together; a whole digest has 1
LIMIT_S = 0.5

SUBSCRIPTION = Subscription(
    channel=ChannelRef("terminal", "", "bench"),
    rule=(
        '(graph OR retrieval OR "language model"^2 OR diffus* OR robot OR agent OR "in-context learning" OR vision)'
        ' AND NOT survey -"position paper"'
    ),
    interest="graph neural networks, retrieval-augmented generation; agents that use tools",
    authors=("Ada Ng", "Wei Zhang"),
)


def run(repetitions: int = REPETITIONS) -> list[Row]:
    """Measure; needs ../shared. Ratios are to the first row, the baseline."""
    candidates = real_candidates(CANDIDATES)
    steps: dict[str, list[float]] = {"baseline": [], "judge": [], "choose": [], "extract": []}
    for _ in range(repetitions):
        steps["baseline"].append(cpu_s(lambda: stem_all(candidates))[0])
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


def stem_all(candidates: Sequence[Candidate]) -> None:
    """The baseline: stem each different word once."""
    texts = (f"{candidate.paper.title} {candidate.paper.abstract}".lower() for candidate in candidates)
    different = {word for text in texts for word in re.findall(r"\w+", text)}
    snowballstemmer.stemmer("english").stemWords(sorted(different))


def _digest(candidates: Sequence[Candidate]) -> dict[str, float]:
    """CPU seconds of each step."""
    words.stem.cache_clear()
    name_readings.read_name.cache_clear()
    name_readings.needles_of.cache_clear()
    occurrences.known_text.cache_clear()
    ranking.links_code.cache_clear()
    judged_s, kept = cpu_s(lambda: _judged(candidates))
    chosen_s, ranked = cpu_s(lambda: ranking.choose(kept, SUBSCRIPTION))
    told_s, _ = cpu_s(lambda: _gists(ranked))
    return {"judge": judged_s, "choose": chosen_s, "extract": told_s}


def _judged(candidates: Sequence[Candidate]) -> list[tuple[Candidate, Kept]]:
    return list(judging.judge_all(candidates, SUBSCRIPTION, shelf=Shelf()).kept)


def _gists(ranked: Sequence[Ranked]) -> list[str]:
    return [extract.summarise(one.paper).gist for one in ranked[:SUMMARISED]]


def main() -> None:
    """Show the figures."""
    show("Choosing", run())


if __name__ == "__main__":
    main()
