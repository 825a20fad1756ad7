"""CPU and memory of learned profiles: 1,200 real papers ranked for 10,000 channels, and one channel learned anew.

The profiles were learned from a hundred picks and three hundred other papers of a real month each; every channel has
one of twenty of them. For each (paper, term, channel) a weight of four bytes is read: the floor is one dense pass over
as many bytes, in an array that no cache holds (the bandwidth of the memory). Reading the weights at the places of the
terms takes five times that; the rest of the ranking is matching: each channel looks up its counts of every author.
What limits learning is the regression's passes over the examples' terms; the floor is one such pass.
`python -m tests.benchmarks.profiles`
"""

from __future__ import annotations

import gzip
import json
import pickle
import resource
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import numpy as np

from core.choose.profile.features import background_of, features_of, weigh_terms
from core.choose.profile.opinions import Lessons, form_opinions
from core.choose.profile.profile import Profile, read_profile
from core.choose.profile.score import score_all
from core.choose.profile.signs import Sign, SignKind
from core.papers.identifiers import PaperId
from core.papers.paper import Paper
from tests.benchmarks.figures import Row, cpu_s, show
from tests.shared import SHARED

PAPERS = 1_200
CHANNELS = 10_000
#: different profiles
PROFILES = 20
BOOKMARKS = 1_000
#: CPU seconds for all channels, megabytes, and CPU seconds for learning one anew
LIMIT_S, LIMIT_MB, LEARN_LIMIT_S = 60, 500, 1
#: numbers of four bytes that are read for the floor, 64 MB
_DENSE = 1 << 24
#: profiles that are weighed at once
_BATCH = 64
_NOW = datetime(2026, 2, 20, tzinfo=UTC)


def run(channels: int = CHANNELS) -> list[Row]:
    """Measure; needs ../shared. Ratios are to the floor before them."""
    new, past = real_papers("2026-02")[:PAPERS], real_papers("2026-01")
    draw = np.random.RandomState(0)
    taught = [_lessons(past, draw, saved=100, posted=300) for _ in range(PROFILES)]
    profiles = [_profile(lessons, new[:20]) for lessons in taught]
    read_s, fresh = cpu_s(lambda: features_of([replace(paper, comment="unread") for paper in new]))
    texts = weigh_terms(fresh, background_of(fresh, np.arange(len(fresh))))
    before_mb = _peak_mb()
    everybody = [profiles[number % PROFILES] for number in range(channels)]
    rank_s, _ = cpu_s(lambda: sum(float(one.total[0]) for one in score_all(everybody, fresh, texts)))
    rank_mb = _peak_mb() - before_mb
    dense = np.ones(_DENSE, dtype=np.float32)
    pass_s, _ = cpu_s(lambda: [dense.sum() for _ in range(10)])
    floor_s = pass_s / 10 / _DENSE * texts.nnz * channels
    weights = np.ones((len(fresh.columns), _BATCH), dtype=np.float32)
    weigh_s = cpu_s(lambda: [texts @ weights for _ in range(10)])[0] / 10 / _BATCH * channels
    one_s, lesson = cpu_s(lambda: form_opinions(taught[0], new, None))
    copies = [pickle.loads(pickle.dumps(new)) for _ in range(10)]
    kept_s, _ = cpu_s(lambda: [form_opinions(taught[0], papers, lesson.profile) for papers in copies])
    many = _lessons(past, draw, saved=BOOKMARKS, posted=BOOKMARKS)
    read = features_of(many.examples)
    matrix = weigh_terms(read, background_of(read, np.arange(len(read))))
    learn_s, _ = cpu_s(lambda: form_opinions(many, new[:20], None))
    vector = np.ones(matrix.shape[1], dtype=np.float32)
    once_s, _ = cpu_s(lambda: [matrix @ vector for _ in range(10)])
    name = f"learning one channel from {BOOKMARKS:,} bookmarks and as many others (limit {LEARN_LIMIT_S} s)"
    return [
        Row("floor: a dense pass over a weight for each paper, term and channel", floor_s, "s CPU", None),
        Row(f"features of {PAPERS:,} papers, once", read_s, "s CPU", read_s / floor_s),
        Row(f"ranking them for {channels:,} channels (limit {LIMIT_S} s)", rank_s, "s CPU", rank_s / floor_s),
        Row("of this, reading the weights (bandwidth)", weigh_s, "s CPU", weigh_s / floor_s),
        Row(f"memory that the ranking took (limit {LIMIT_MB} MB)", rank_mb, "MB", None),
        Row(
            "one channel alone, reasons and all, profile kept", kept_s * 100, "ms CPU", kept_s / 10 * channels / rank_s
        ),
        Row("the same, learned anew from 100 bookmarks and 300 others", one_s * 1e3, "ms CPU", None),
        Row("floor: a pass over the terms of the examples", once_s / 10 * 1e3, "ms CPU", None),
        Row(name, learn_s, "s CPU", learn_s / (once_s / 10)),
        Row("peak of the whole process", _peak_mb(), "MB", None),
    ]


def real_papers(month: str) -> list[Paper]:
    """The papers of one recorded month."""
    with gzip.open(SHARED / f"data/daily/arxiv/arxiv-{month}.jsonl.gz", "rt", encoding="utf-8") as lines:
        return [_paper(json.loads(line)) for line in lines]


def _paper(record: dict[str, Any]) -> Paper:
    return Paper(
        id=PaperId("arxiv", record["id"]),
        title=record["title"],
        abstract=record["summary"],
        authors=tuple(record["authors"]),
        categories=tuple(record["categories"]),
        announced=date.fromisoformat(record["day"]),
    )


def _lessons(papers: Sequence[Paper], draw: np.random.RandomState, *, saved: int, posted: int) -> Lessons:
    """What a channel said in two months."""
    rows = draw.choice(len(papers), saved + posted, replace=False).tolist()
    signs = [
        Sign(
            paper=papers[row].id,
            kind=SignKind.SAVED if number < saved else SignKind.POSTED,
            person="slack:T1/U1" if number < saved else "",
            at=_NOW - timedelta(days=3 + number % 60),
        )
        for number, row in enumerate(rows)
    ]
    return Lessons(signs=signs, examples=[papers[row] for row in rows])


def _profile(lessons: Lessons, new: Sequence[Paper]) -> Profile:
    profile = read_profile(form_opinions(lessons, new, None).profile.value)
    assert profile
    return profile


def _peak_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def main() -> None:
    """Show the figures."""
    show(f"Learned profiles (limits: {LIMIT_S} s, {LIMIT_MB} MB, {LEARN_LIMIT_S} s to learn)", run())


if __name__ == "__main__":
    main()
