"""CPU and memory of learned profiles: 1,200 real papers ranked for 10,000 channels, and one channel learned anew.

The profiles were learned from a hundred picks and three hundred other papers of a real month each; every channel has
one of a hundred of them. The baseline is what nobody can avoid who looks at each word of each paper for each channel:
numpy adds as many numbers as there are (paper, term, channel) triples, which is the bandwidth of the memory.
`python -m tests.benchmarks.profiles`
"""

from __future__ import annotations

import gzip
import json
import resource
from datetime import UTC, date, datetime, timedelta
from typing import Any

import numpy as np

from core.choose.profile.features import Features, background_of, features_of, weighed
from core.choose.profile.learn import Examples, learn
from core.choose.profile.opinions import Lessons, form_opinions
from core.choose.profile.score import score_all
from core.choose.profile.signs import Sign, SignKind
from core.papers.identifiers import PaperId
from core.papers.paper import Paper
from tests.benchmarks.figures import Row, cpu_s, show
from tests.shared import SHARED

PAPERS = 1_200
CHANNELS = 10_000
#: different profiles
PROFILES = 100
BOOKMARKS = 1_000
AT = datetime(2026, 2, 20, tzinfo=UTC)
#: CPU seconds for all channels, megabytes, and CPU seconds for learning one anew
LIMIT_S, LIMIT_MB, LEARN_LIMIT_S = 60, 500, 1


def run(channels: int = CHANNELS) -> list[Row]:
    """Measure; needs ../shared. Ratios are to the first row, the baseline."""
    past, new = real_papers("2026-01"), real_papers("2026-02")[:PAPERS]
    features = features_of(past)
    background = background_of(features, np.arange(len(features)))
    texts = weighed(features, background)
    draw = np.random.RandomState(0)
    profiles = [_learned(features, texts, draw, picked=100, passed=300) for _ in range(PROFILES)]
    learn_s, _ = cpu_s(lambda: _learned(features, texts, draw, picked=BOOKMARKS, passed=2 * BOOKMARKS))
    read_s, fresh = cpu_s(lambda: features_of(new))
    fresh_texts = weighed(fresh, background)
    everybody = [profiles[number % PROFILES] for number in range(channels)]
    rank_s, _ = cpu_s(lambda: sum(float(one.total[0]) for one in score_all(everybody, fresh, fresh_texts)))
    row = np.ones(fresh_texts.nnz, dtype=np.float32)
    add_s, _ = cpu_s(lambda: [row.sum() for _ in range(channels // 10)])
    baseline = 10 * add_s
    said, saved = _signs(past, draw)
    lessons = Lessons(signs=said, examples=saved)
    kept = form_opinions(lessons, new, None, at=AT).profile
    opinion_s, _ = cpu_s(lambda: [form_opinions(lessons, new, kept, at=AT) for _ in range(10)])
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return [
        Row("adding a number for each paper, term and channel", baseline, "s CPU", None),
        Row(f"features of {PAPERS:,} papers, once", read_s, "s CPU", read_s / baseline),
        Row(f"ranking them for {channels:,} channels", rank_s, "s CPU", rank_s / baseline),
        Row("opinions of one more channel on them, with reasons", opinion_s / 10, "s CPU", None),
        Row(f"learning one channel from {BOOKMARKS:,} bookmarks", learn_s, "s CPU", None),
        Row("peak of the whole process", peak, "MB", None),
    ]


def _signs(papers: list[Paper], draw: np.random.RandomState) -> tuple[list[Sign], list[Paper]]:
    """Twenty papers that people saved, and a hundred that were posted and never mentioned."""
    some = [papers[row] for row in draw.choice(len(papers), 120, replace=False)]
    signs = [
        Sign(paper=paper.id, kind=SignKind.SAVED if number < 20 else SignKind.POSTED, at=AT - timedelta(days=5))
        for number, paper in enumerate(some)
    ]
    return signs, some


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


def _learned(features: Features, texts: Any, draw: np.random.RandomState, *, picked: int, passed: int) -> Any:
    rows = draw.choice(len(features), picked + passed, replace=False)
    day = date(2026, 2, 1)
    is_picked = np.arange(len(rows)) < picked
    examples = Examples(
        rows=rows,
        shown=np.full(len(rows), day.toordinal() - 9),
        known=np.where(is_picked, day.toordinal() - 8, 0),
        weights=np.where(is_picked, 1.0, 0.1).astype(np.float32),
        text_scores=draw.randn(len(rows)).astype(np.float32),
    )
    return learn(examples, features, texts, until=day)


def main() -> None:
    """Show the figures."""
    show(f"Learned profiles (limits: {LIMIT_S} s, {LIMIT_MB} MB, {LEARN_LIMIT_S} s to learn)", run())


if __name__ == "__main__":
    main()
