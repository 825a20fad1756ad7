"""`paperboy eval ranking --protocol daily`: would people have found what they picked, of each day's new papers, on top?

The data are a year of listings and which papers appeared in Hugging Face's Daily Papers later. For each test day the
product's own profile learns of what was known before that day: papers of earlier days, and picks that became known
earlier. The scores that a paper got when it was new are kept, and the stack trains on them, as in the service.
"""

from __future__ import annotations

import gzip
import json
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from statistics import fmean
from typing import Any, Final

import numpy as np

from bot.evaluate.summaries import interval
from core.choose.profile.features import NUMBERS, Background, Features, Floats, background_of, features_of, weighed
from core.choose.profile.learn import Examples, learn, learn_stack
from core.choose.profile.profile import STACKED, Profile
from core.choose.profile.rates import OF_AUTHORS, OF_CATEGORIES
from core.choose.profile.score import score
from core.errors import UsageError
from core.papers.identifiers import PaperId
from core.papers.paper import Paper

FIGURES: Final = ("p_at_10", "ndcg_at_10", "auc")
#: what is left out of the stack, each in its turn
ABLATIONS: Final[Mapping[str, tuple[str, ...]]] = {
    "without text": ("text",),
    "without authors": OF_AUTHORS,
    "without categories": OF_CATEGORIES,
    "without the rest": NUMBERS,
    "text alone": tuple(name for name in STACKED if name != "text"),
}
#: listing days between two lessons
EVERY: Final = 5
#: listing days that nothing is learned of at first
_FIRST: Final = 15
#: papers of so many days before are no examples yet unless they were picked: who picks takes a day or two
_PENDING: Final = 2
#: days with fewer papers are left out
_FEWEST: Final = 30
_TOP: Final = 10


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Listings:
    """A year of listings, by day and identifier."""

    papers: tuple[Paper, ...]
    #: day number of each paper's listing
    shown: Any
    #: day number on which its pick became known, 0 where it was not picked
    known: Any
    features: Features


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """What was measured on the test days."""

    days: tuple[date, ...]
    #: by the names of `FIGURES`, for each day
    figures: Mapping[str, tuple[float, ...]]
    #: the same of each of `ABLATIONS`; empty where that was not asked for
    ablation: Mapping[str, Mapping[str, tuple[float, ...]]]
    #: of the last profile
    profile: Profile
    #: what all papers of the test days got, by identifier
    scores: Mapping[str, float]

    def means(self) -> dict[str, tuple[float, float, float]]:
        """Each figure's mean, and between what the mean of 95 % of resampled days lies."""
        return {name: (fmean(values), *interval(values)) for name, values in self.figures.items()}


def read_listings(folder: Path, tell: Callable[[int, int], None] = lambda done, total: None) -> Listings:
    """Read papers and picks; raises UsageError where the folder is not of that shape."""
    files, labels = sorted(folder.glob("arxiv/arxiv-*.jsonl.gz")), folder / "labels.tsv.gz"
    if not files or not labels.is_file():
        raise UsageError(
            f"{folder} has no listings with labels",
            hint="the folder has arxiv/arxiv-YYYY-MM.jsonl.gz and labels.tsv.gz",
        )
    papers: dict[str, Paper] = {}
    for done, file in enumerate(files):
        tell(done, len(files))
        for record in _records(file):
            paper = _paper(record, file)
            papers.setdefault(paper.id.value, paper)
    picks = _read_picks(labels)
    ordered = sorted(papers.values(), key=lambda paper: (paper.announced or date.min, paper.id.value))
    return Listings(
        papers=tuple(ordered),
        shown=np.array([(paper.announced or date.min).toordinal() for paper in ordered], dtype=np.int64),
        known=np.array([picks.get(paper.id.value, 0) for paper in ordered], dtype=np.int64),
        features=features_of(ordered),
    )


def measure(
    listings: Listings,
    *,
    test_from: date,
    test_until: date,
    with_ablation: bool = False,
    seed: int = 0,
    tell: Callable[[int, int], None] = lambda done, total: None,
) -> Measured:
    """Go through the days, learn every `EVERY` of them, and score each test day by what was known before it."""
    days = [int(day) for day in np.unique(listings.shown) if day <= test_until.toordinal()]
    text_scores = np.full(len(listings.papers), np.nan, dtype=np.float32)
    profiles: dict[str, Profile] = {}
    background: Background | None = None
    measured: list[tuple[date, dict[str, tuple[float, ...]]]] = []
    found: dict[str, float] = {}
    for place, day in enumerate(days):
        tell(place, len(days))
        if place < _FIRST:
            continue
        is_test = day >= test_from.toordinal()
        if place % EVERY == 0 or background is None:
            # the profiles of this lesson serve until the next one
            serves_tests = days[min(place + EVERY, len(days)) - 1] >= test_from.toordinal()
            profiles, background = _learn_until(
                listings, text_scores, days, place, with_ablation and serves_tests, seed
            )
        rows = np.flatnonzero(listings.shown == day)
        features = listings.features.of(rows)
        texts = weighed(features, background)
        scored = {name: score(profile, features, texts) for name, profile in profiles.items()}
        text_scores[rows] = scored[""].text
        picked = (listings.known[rows] > 0).astype(int)
        if is_test:
            found |= zip((listings.papers[row].id.value for row in rows), scored[""].total.tolist(), strict=True)
            if len(rows) >= _FEWEST and picked.any():
                figures: dict[str, tuple[float, ...]] = {
                    name: _figures(one.total, picked) for name, one in scored.items()
                }
                measured.append((date.fromordinal(day), figures))
    if not measured:
        raise UsageError(
            f"no day from {test_from} to {test_until} can be measured",
            hint=f"a test day has {_FEWEST} papers, a pick, and {_FIRST} listing days before it",
        )
    variants = [name for name in ("", *ABLATIONS) if all(name in figures for _, figures in measured)]
    columns = {
        name: dict(zip(FIGURES, zip(*(figures[name] for _, figures in measured), strict=True), strict=True))
        for name in variants
    }
    return Measured(
        days=tuple(day for day, _ in measured),
        figures=columns.pop(""),
        ablation=columns,
        profile=profiles[""],
        scores=found,
    )


def _learn_until(
    listings: Listings, text_scores: Floats, days: Sequence[int], place: int, with_ablation: bool, seed: int
) -> tuple[dict[str, Profile], Background]:
    """What is known before the day at this place, learned."""
    day = days[place]
    known = np.where(listings.known < day, listings.known, 0)
    is_example = (listings.shown < days[place - _PENDING]) | ((listings.shown < day) & (known > 0))
    rows = np.flatnonzero(is_example)
    examples = Examples(
        rows=rows,
        shown=listings.shown[rows],
        known=known[rows],
        weights=np.ones(len(rows), dtype=np.float32),
        text_scores=text_scores[rows],
    )
    background = background_of(listings.features, rows)
    texts = weighed(listings.features, background)
    profile = learn(examples, listings.features, texts, until=date.fromordinal(day), seed=seed)
    profiles = {"": profile}
    if with_ablation:
        profiles |= {name: learn_stack(profile, examples, listings.features, out) for name, out in ABLATIONS.items()}
    return profiles, background


def _figures(scores: Floats, picked: Any) -> tuple[float, float, float]:
    """Precision of the first ten, nDCG of the first ten, and the area under the curve; equals keep their order."""
    order = np.argsort(-scores, kind="stable")
    top = picked[order[:_TOP]]
    gains = [1 / math.log2(place + 2) for place in range(_TOP)]
    best = math.fsum(gains[: min(_TOP, int(picked.sum()))])
    return (
        float(top.mean()),
        math.fsum(g * int(p) for g, p in zip(gains, top, strict=False)) / best,
        _auc(scores, picked),
    )


def _auc(scores: Floats, picked: Any) -> float:
    """The chance that a picked paper stands before one that was not; a half where two are equal."""
    from scipy.stats import rankdata

    hits = int(picked.sum())
    if hits == len(picked):
        return 0.5
    ranks = rankdata(scores)
    return float((ranks[picked > 0].sum() - hits * (hits + 1) / 2) / (hits * (len(picked) - hits)))


def _records(file: Path) -> Iterator[dict[str, Any]]:
    try:
        with gzip.open(file, "rt", encoding="utf-8") as lines:
            for line in lines:
                yield json.loads(line)
    except (OSError, ValueError) as error:
        raise UsageError(
            f"{file.name} cannot be read: {error}", hint="it is gzip, with a JSON object on each line"
        ) from error


def _paper(record: dict[str, Any], file: Path) -> Paper:
    try:
        return Paper(
            id=PaperId("arxiv", str(record["id"])),
            title=str(record["title"]),
            abstract=str(record["summary"]),
            authors=tuple(map(str, record["authors"])),
            categories=tuple(map(str, record["categories"])),
            announced=date.fromisoformat(record["day"]),
            comment=str(record.get("comment") or ""),
            url="",
        )
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise UsageError(
            f"a line of {file.name} is no paper", hint="it has id, day, title, summary, authors and categories"
        ) from error


def _read_picks(file: Path) -> dict[str, int]:
    """The day number on which each pick became known, by identifier."""
    try:
        with gzip.open(file, "rt", encoding="utf-8") as lines:
            names = next(lines).rstrip("\n").split("\t")
            entries = [dict(zip(names, line.rstrip("\n").split("\t"), strict=True)) for line in lines]
        return {one["arxiv_id"]: date.fromisoformat(one["hf_day"]).toordinal() for one in entries if one["hf_day"]}
    except (OSError, ValueError, KeyError, StopIteration) as error:
        raise UsageError(
            f"{file.name} cannot be read", hint="its columns are arxiv_id, first_listed, primary, in_hf, hf_day"
        ) from error
