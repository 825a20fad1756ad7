"""`paperboy eval ranking --protocol daily`: would people have found what they picked, of each day's new papers, on top?

The data are a year of listings and which papers appeared in Hugging Face's Daily Papers later. For each test day
`learn` and `score` of `core.choose.profile`, which the service's `form_opinions` calls too, get what was known before
that day: papers of earlier days, and picks that became known earlier.
"""

from __future__ import annotations

import gzip
import json
import math
import zlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from statistics import fmean
from typing import Any, Final

import numpy as np

from bot.evaluate.summaries import interval
from core.choose.profile.examples import MOST_VALUE, VALUES
from core.choose.profile.features import (
    NUMBERS,
    Features,
    Floats,
    Matrix,
    Places,
    background_of,
    features_of,
    weigh_terms,
)
from core.choose.profile.field import ENOUGH
from core.choose.profile.learn import Examples, judge_by_the_past, learn, learn_stack
from core.choose.profile.profile import STACK_PARTS, Profile
from core.choose.profile.rates import OF_AUTHORS, OF_CATEGORIES
from core.choose.profile.score import score
from core.choose.profile.signs import SignKind
from core.deliver.learning import MOST_SIGNS
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
    "text alone": tuple(name for name in STACK_PARTS if name != "text"),
}
#: learned from as many papers as the service remembers of a channel, each weighed as a bookmark, or as a paper that was
#: posted and left alone
CHANNEL_MEMORY: Final = "as a channel remembers"
#: test days that one lesson serves
EVERY: Final = 5
#: papers of so many listing days before are no examples yet unless they were picked: who picks takes a day or two
_PENDING: Final = 2
#: days with fewer papers are left out
_FEWEST: Final = 30
#: later than any test day
_UNKNOWN_DAY: Final = date.max.toordinal()
_TOP: Final = 10


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Listings:
    """A year of listings, by day and identifier."""

    papers: tuple[Paper, ...]
    #: day number of each paper's listing
    listing_days: Any
    #: day number on which its pick became known, 0 where it was not picked
    pick_days: Any
    features: Features

    def __str__(self) -> str:
        """From when until when they are."""
        first, last = (date.fromordinal(int(self.listing_days[place])) for place in (0, -1))
        return f"the listings are from {first} to {last}"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class DayScores:
    """A test day, before anybody looks who was picked."""

    day: date
    #: of its papers, in the order of their identifiers
    rows: Places
    #: of these papers; by the names of `ABLATIONS`, the whole ranker's under ""
    scores: Mapping[str, Floats]


@dataclass(frozen=True, slots=True, kw_only=True)
class Measurement:
    """What was measured on the test days."""

    days: tuple[date, ...]
    #: by the names of `FIGURES`, for each day
    figures: Mapping[str, tuple[float, ...]]
    #: the same of each of `ABLATIONS`; empty where that was not asked for
    ablation: Mapping[str, Mapping[str, tuple[float, ...]]]

    def means(self) -> dict[str, tuple[float, float, float]]:
        """Each figure's mean, and between what the mean of 95 % of resampled days lies."""
        return {name: (fmean(values), *interval(values)) for name, values in self.figures.items()}

    def changes(self) -> dict[str, dict[str, tuple[float, float, float]]]:
        """What each ablation adds to each figure, day by day (paired), in the same manner."""
        return {
            variant: {
                name: (fmean(differences), *interval(differences))
                for name, values in figures.items()
                if (differences := [new - old for new, old in zip(values, self.figures[name], strict=True)])
            }
            for variant, figures in self.ablation.items()
        }


def read_listings(folder: Path, tell: Callable[[int, int], None] = lambda count, total: None) -> Listings:
    """Read papers and picks; raises UsageError where the folder is not of that shape.

    A paper counts on the first day that lists it. One that has no label was not picked; one that was picked on an
    unknown day is relevant, and nothing is learned of it.
    """
    files, labels = sorted(folder.glob("arxiv/arxiv-*.jsonl.gz")), folder / "labels.tsv.gz"
    if not files or not labels.is_file():
        raise UsageError(
            f"{folder} has no listings with labels",
            hint="the folder has arxiv/arxiv-YYYY-MM.jsonl.gz and labels.tsv.gz",
        )
    papers: dict[str, Paper] = {}
    for count, file in enumerate(files):
        tell(count, len(files))
        for number, line in _lines(file):
            paper = _paper(line, file, number)
            earlier = papers.get(paper.id.value)
            if earlier is None or _listing_day(paper) < _listing_day(earlier):
                papers[paper.id.value] = paper
    if not papers:
        raise UsageError(f"the listings in {folder} are empty", hint="a line of arxiv/arxiv-*.jsonl.gz is a paper")
    picks = dict(_picks(labels))
    by_day = sorted(papers.values(), key=lambda paper: (_listing_day(paper), paper.id.value))
    return Listings(
        papers=tuple(by_day),
        listing_days=np.array(list(map(_listing_day, by_day)), dtype=np.int64),
        pick_days=np.array([picks.get(paper.id.value, 0) for paper in by_day], dtype=np.int64),
        features=features_of(by_day),
    )


def measure(
    listings: Listings,
    *,
    test_from: date,
    test_until: date,
    with_ablation: bool = False,
    seed: int = 0,
    tell: Callable[[int, int], None] = lambda count, total: None,
) -> Measurement:
    """Rank each test day by what was known before it, and compare with what was picked. Raises UsageError."""
    days: list[tuple[date, dict[str, tuple[float, ...]]]] = []
    for day in judge_days(
        listings, test_from=test_from, test_until=test_until, with_ablation=with_ablation, seed=seed, tell=tell
    ):
        picks = (listings.pick_days[day.rows] > 0).astype(int)
        if len(picks) >= _FEWEST and picks.any():
            days.append((day.day, {name: figures_of(scores, picks) for name, scores in day.scores.items()}))
    if not days:
        raise UsageError(
            f"no day from {test_from} to {test_until} can be measured",
            hint=f"a test day has {_FEWEST} papers and a pick; {listings}",
        )
    columns = {
        name: dict(zip(FIGURES, zip(*(figures[name] for _, figures in days), strict=True), strict=True))
        for name in days[0][1]
    }
    return Measurement(days=tuple(day for day, _ in days), figures=columns.pop(""), ablation=columns)


def judge_days(
    listings: Listings,
    *,
    test_from: date,
    test_until: date,
    with_ablation: bool = False,
    seed: int = 0,
    tell: Callable[[int, int], None] = lambda count, total: None,
) -> Iterator[DayScores]:
    """What the profile says of each test day's papers, learned anew every `EVERY` days, as it was known before."""
    days = [
        int(day) for day in np.unique(listings.listing_days) if test_from.toordinal() <= day <= test_until.toordinal()
    ]
    profiles: dict[str, Profile] = {}
    for place, day in enumerate(days):
        tell(place, len(days))
        rows = np.flatnonzero(listings.listing_days == day)
        # as `core.choose.profile.field` counts terms
        counting_rows = rows if len(rows) >= ENOUGH else np.flatnonzero(listings.listing_days <= day)
        background = background_of(listings.features, counting_rows)
        if place % EVERY == 0:
            profiles = _learn_until(listings, day, with_ablation, seed)
        features = listings.features.of(rows)
        texts = weigh_terms(features, background)
        scores = {name: score(profile, features, texts).total for name, profile in profiles.items()}
        yield DayScores(day=date.fromordinal(day), rows=rows, scores=scores)


def _learn_until(listings: Listings, day: int, with_ablation: bool, seed: int) -> dict[str, Profile]:
    """What is known before the day, learned as `core.choose.profile.opinions` learns what a channel says."""
    past = listings.listing_days < day
    pick_days = np.where(listings.pick_days < day, listings.pick_days, 0)
    # who picks takes a day or two
    last_days = np.unique(listings.listing_days[past])[-_PENDING:]
    rows = np.flatnonzero(past & ((pick_days > 0) | ~np.isin(listings.listing_days, last_days)))
    features = listings.features
    examples = Examples(
        rows=rows,
        shown_days=listings.listing_days[rows],
        known_days=pick_days[rows],
        weights=np.ones(len(rows), dtype=np.float32),
        text_scores=np.full(len(rows), np.nan, dtype=np.float32),
    )
    texts = _texts_of(examples, features)
    examples = judge_by_the_past(examples, features, texts, seed=seed)
    profile = learn(examples, features, texts, until=date.fromordinal(day), seed=seed)
    profiles = {"": profile}
    if with_ablation:
        profiles |= {name: learn_stack(profile, examples, features, out) for name, out in ABLATIONS.items()}
        newest = _newest(examples)
        profiles[CHANNEL_MEMORY] = learn(newest, features, _texts_of(newest, features), until=profile.until, seed=seed)
    return profiles


def _texts_of(examples: Examples, features: Features) -> Matrix:
    """The weighed terms of all papers until the last example, as frequent as they are among the examples."""
    until_last = replace(features, terms=features.terms[: int(examples.rows.max(initial=-1)) + 1])
    return weigh_terms(until_last, background_of(features, examples.rows))


def _newest(examples: Examples) -> Examples:
    """The newest ones of each kind, as many as the service learns from, with the weights of its signs."""
    is_picked = examples.picks > 0
    places = np.concatenate([np.flatnonzero(kind)[-MOST_SIGNS:] for kind in (is_picked, ~is_picked)])
    weights = [
        abs(VALUES[SignKind.SAVED if was_picked else SignKind.POSTED]) / MOST_VALUE for was_picked in is_picked[places]
    ]
    return Examples(
        rows=examples.rows[places],
        shown_days=examples.shown_days[places],
        known_days=examples.known_days[places],
        weights=np.array(weights, dtype=np.float32),
        text_scores=np.full(len(places), np.nan, dtype=np.float32),
    )


def figures_of(scores: Floats, picks: Any) -> tuple[float, float, float]:
    """Precision of the first ten, nDCG of the first ten, and the area under the curve; equals keep their order."""
    order = np.argsort(-scores, kind="stable")
    top = picks[order[:_TOP]]
    gains = [1 / math.log2(place + 2) for place in range(_TOP)]
    best = math.fsum(gains[: min(_TOP, int(picks.sum()))])
    return (
        float(top.mean()),
        math.fsum(g * int(p) for g, p in zip(gains, top, strict=False)) / best,
        _auc(scores, picks),
    )


def _auc(scores: Floats, picks: Any) -> float:
    """The chance that a picked paper stands before one that was not; a half where two are equal."""
    from scipy.stats import rankdata

    hits = int(picks.sum())
    if hits == len(picks):
        return 0.5
    ranks = rankdata(scores)
    return float((ranks[picks > 0].sum() - hits * (hits + 1) / 2) / (hits * (len(picks) - hits)))


def _listing_day(paper: Paper) -> int:
    """The number of its listing day."""
    return (paper.announced or date.min).toordinal()


def _lines(file: Path) -> Iterator[tuple[int, str]]:
    """The lines of a gzip file that have anything on them, with their numbers from 1."""
    try:
        with gzip.open(file, "rt", encoding="utf-8") as lines:
            for number, line in enumerate(lines, 1):
                if line.strip():
                    yield number, line.rstrip("\r\n")
    except (OSError, EOFError, zlib.error, UnicodeDecodeError) as error:
        raise UsageError(f"{file.name} cannot be read: {error}", hint="it is gzip of UTF-8, and whole") from error


def _paper(line: str, file: Path, number: int) -> Paper:
    try:
        record = json.loads(line)
        authors, categories = record["authors"], record["categories"]
        texts = [record["id"], record["day"], record["title"], record["summary"] or "", record.get("comment") or ""]
        has_types = isinstance(authors, list) and isinstance(categories, list)
        if has_types and texts[0] and all(isinstance(text, str) for text in (*texts, *authors, *categories)):
            return Paper(
                id=PaperId("arxiv", texts[0]),
                title=texts[2],
                abstract=texts[3],
                authors=tuple(authors),
                categories=tuple(categories),
                announced=date.fromisoformat(texts[1]),
                comment=texts[4],
            )
        reason = None
    except (KeyError, TypeError, ValueError, AttributeError, RecursionError) as error:
        reason = error
    raise UsageError(
        f"line {number} of {file.name} is no paper",
        hint="it is a JSON object with id, day, title, summary, authors and categories",
    ) from reason


def _picks(file: Path) -> Iterator[tuple[str, int]]:
    """The day number on which each pick became known, with its identifier."""
    hint = "its columns are arxiv_id, first_listed, primary, in_hf, hf_day"
    lines = _lines(file)
    names = next(lines, (1, ""))[1].split("\t")
    if not {"arxiv_id", "hf_day"} <= {*names}:
        raise UsageError(f"{file.name} names no columns arxiv_id and hf_day", hint=hint)
    for number, line in lines:
        try:
            label = dict(zip(names, line.split("\t"), strict=True))
            if label["hf_day"]:
                yield label["arxiv_id"], date.fromisoformat(label["hf_day"]).toordinal()
            elif label.get("in_hf") == "1":
                yield label["arxiv_id"], _UNKNOWN_DAY
        except ValueError as error:
            raise UsageError(f"line {number} of {file.name} is no label", hint=hint) from error
