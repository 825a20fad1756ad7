"""Learn a profile of examples: what was picked, what was passed by, and what was said to be unwanted.

Two steps. Text: a logistic regression on tf-idf, of which the strongest terms stay. Stack: another one on what the text
says, on how often the paper's authors and categories were picked before, and on `NUMBERS`. The stack trains on the
scores that papers had *when they were new*, by profiles that did not know them; with the scores of today it would trust
text that was learned by heart. While there are few of those, `FIRST_STACK` stands in.

The same examples, features and seed give the same profile, in whatever order the examples come.
"""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, Final

import numpy as np

from core.choose.profile.features import Features, Floats, Matrix, Places
from core.choose.profile.profile import STACK_PARTS, Profile
from core.choose.profile.rates import (
    count,
    counts_when_new,
    describe_authors,
    describe_categories,
)
from core.choose.profile.terms import telling_terms
from core.papers.paper import Paper

#: terms that a profile keeps
MOST_TERMS: Final = 2_000
MOST_AUTHORS: Final = 10_000
_MOST_CATEGORIES: Final = 500
#: what a profile weighs before it has seen enough to learn it, as a year of picks by many people has it
FIRST_STACK: Final[Mapping[str, float]] = {"text": 1.0, "best author": 0.4, "mean author": 0.2, "primary category": 0.2}
#: examples with a score from when they were new that a stack needs, and how many of them picked
_FEW, _FEW_PICKED = 500, 50
#: steps of time in which examples are judged by the past
_BLOCKS: Final = 4
#: from so many examples on a term counts where so many of them have it
_COMMON: Final = ((2_000, 4), (200, 2), (0, 1))
#: inverse strength of regularisation
_TEXT_C: Final = 3.0
_STACK_C: Final = 0.1
#: how fast an example loses weight, days, and what always remains
HALF_LIFE: Final = 365.0
_LEAST: Final = 0.2
#: terms that are told in words, and papers that are read for the words
_MOST_TERMS: Final = 30
_READ: Final = 200
#: between what the share of picks is believed: who only says what is good passes most papers by all the same
_RAREST, _COMMONEST = 0.005, 0.1


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Examples:
    """Papers that were shown, and what became of them; an entry of each array for one example."""

    #: rows of the features
    rows: Places
    #: day number (`date.toordinal`) on which it was shown
    shown_days: Places
    #: day number on which the pick became known; 0 where it was not picked
    known_days: Places
    #: how much it says, above 0 and at most 1, before age counts
    weights: Floats
    #: what the text alone said when the paper was new; NaN where no profile judged it then
    text_scores: Floats

    @property
    def picks(self) -> Places:
        """1 for what was picked, 0 for the rest."""
        return (self.known_days > 0).astype(np.int64)

    def __len__(self) -> int:
        return len(self.rows)


def learn(
    examples: Examples,
    features: Features,
    texts: Matrix,
    *,
    until: date,
    seed: int = 0,
    most_terms: int = MOST_TERMS,
    most_authors: int = MOST_AUTHORS,
) -> Profile:
    """The profile of these examples; `texts` are the features' `weigh_terms` terms.

    The service learns with this (`core.choose.profile.opinions`), and `paperboy eval ranking` measures it.
    """
    examples = judge_by_the_past(examples, features, texts, seed=seed)
    picks = examples.picks
    base = float(np.clip(picks.mean() if len(picks) else _COMMONEST, _RAREST, _COMMONEST))
    weights = _weights(examples, until)
    terms, text_weights = _learn_text(texts[examples.rows], features, picks, weights, seed, most_terms)
    profile = Profile(
        pick_count=int(picks.sum()),
        pass_count=int(len(picks) - picks.sum()),
        until=until,
        seed=seed,
        base=base,
        terms=terms,
        weights=text_weights,
        authors=count(features.authors.of(examples.rows), picks, most=most_authors),
        categories=count(features.categories.of(examples.rows), picks, most=_MOST_CATEGORIES),
        stack=np.zeros(len(STACK_PARTS), dtype=np.float32),
        intercept=0.0,
    )
    return learn_stack(profile, examples, features)


def learn_stack(profile: Profile, examples: Examples, features: Features, without: Sequence[str] = ()) -> Profile:
    """The profile with a stack learned anew that makes no use of `without`, names of `STACK_PARTS`."""
    examples = _in_order(examples)
    used = np.array([name not in without for name in STACK_PARTS])
    picks, weights = examples.picks, _weights(examples, profile.until)
    has_score = np.isfinite(examples.text_scores)
    if has_score.sum() < _FEW or not _FEW_PICKED <= picks[has_score].sum() <= has_score.sum() - _FEW_PICKED:
        first = np.array([FIRST_STACK.get(name, 0.0) for name in STACK_PARTS], dtype=np.float32)
        return replace(profile, stack=first * used, intercept=0.0)
    authors, categories = features.authors.of(examples.rows), features.categories.of(examples.rows)
    descriptions = np.column_stack(
        [
            examples.text_scores,
            describe_authors(
                authors, *counts_when_new(authors, examples.shown_days, examples.known_days), profile.base
            ),
            describe_categories(
                categories, *counts_when_new(categories, examples.shown_days, examples.known_days), profile.base
            ),
            features.numbers[examples.rows],
        ]
    )[has_score]
    mean, spread = descriptions.mean(axis=0), descriptions.std(axis=0)
    spread[spread < 1e-6] = 1.0
    inputs = (descriptions - mean) / spread * used
    coefficients, intercept = _regression(inputs, picks[has_score], weights[has_score], _STACK_C, profile.seed)
    stack = coefficients / spread * used
    return replace(profile, stack=stack.astype(np.float32), intercept=float(intercept - stack @ mean))


def judge_by_the_past(examples: Examples, features: Features, texts: Matrix, *, seed: int = 0) -> Examples:
    """The examples with the scores that their texts would have got when they were new, where none is on record.

    In `_BLOCKS` steps of time, each judged by what was known before it began; the first block stays without. Nothing
    is done where there are too few for a stack.
    """
    examples = _in_order(examples)
    if len(examples) < _FEW or examples.picks.sum() < _FEW_PICKED:
        return examples
    scores = examples.text_scores.copy()
    for block in np.array_split(np.arange(len(examples)), _BLOCKS)[1:]:
        unknown = block[np.isnan(scores[block])]
        if not len(unknown):
            continue
        begin = examples.shown_days[block[0]]
        past = np.flatnonzero(examples.shown_days < begin)
        picks = ((examples.known_days[past] > 0) & (examples.known_days[past] < begin)).astype(np.int64)
        if not 0 < picks.sum() < len(past):
            continue
        weights = _weights(_some(examples, past), date.fromordinal(int(begin)))
        rows = examples.rows[past]
        terms, coefficients = _learn_text(texts[rows], features, picks, weights, seed, MOST_TERMS)
        column = np.zeros(len(features.columns), dtype=np.float32)
        column[np.searchsorted(features.columns, terms)] = coefficients
        scores[unknown] = texts[examples.rows[unknown]] @ column
    return replace(examples, text_scores=scores)


def tell_words(profile: Profile, papers: Sequence[Paper]) -> Profile:
    """The profile with its strongest terms in words, as the first of some papers write them."""
    texts: dict[int, str] = {}
    weights = dict(zip(profile.terms.tolist(), profile.weights.tolist(), strict=True))
    for paper in papers[:_READ]:
        texts |= telling_terms(paper, weights)
    pairs = sorted(((weights[term], text) for term, text in texts.items()), key=lambda pair: pair[1])
    return replace(
        profile,
        liked_terms=tuple(text for weight, text in sorted(pairs, key=lambda pair: -pair[0]) if weight > 0)[
            :_MOST_TERMS
        ],
        disliked_terms=tuple(text for weight, text in sorted(pairs, key=lambda pair: pair[0]) if weight < 0)[
            :_MOST_TERMS
        ],
    )


def _weights(examples: Examples, until: date) -> Floats:
    age = np.maximum(until.toordinal() - examples.shown_days, 0)
    amounts: Floats = examples.weights * np.maximum(np.exp2(-age / HALF_LIFE), _LEAST)
    return np.clip(amounts, 1e-4, 1.0).astype(np.float32)


def _learn_text(
    matrix: Matrix, features: Features, picks: Places, weights: Floats, seed: int, most: int
) -> tuple[Any, Floats]:
    """The strongest terms, ascending, and their weights; of one kind of examples alone, what they have in common."""
    having = np.bincount(matrix.indices, minlength=matrix.shape[1])
    columns = np.flatnonzero(having >= next(least for many, least in _COMMON if len(picks) >= many))
    matrix = matrix[:, columns]
    if not len(columns):
        coefficients = np.zeros(0)
    elif 0 < picks.sum() < len(picks):
        coefficients, _ = _regression(matrix, picks, weights, _TEXT_C, seed)
    else:
        mean = np.asarray(matrix.T @ weights).ravel() / weights.sum()
        coefficients = (1 if picks.any() else -1) * mean / max(float(np.linalg.norm(mean)), 1e-9)
    usual = np.sqrt(np.bincount(matrix.indices, weights=matrix.data**2, minlength=len(columns)))
    strongest = np.lexsort((columns, -np.abs(coefficients) * usual))[:most]
    places = np.sort(strongest[coefficients[strongest] != 0])
    return features.columns[columns[places]], coefficients[places].astype(np.float32)


def _in_order(examples: Examples) -> Examples:
    return _some(examples, np.lexsort((examples.rows, examples.shown_days)))


def _some(examples: Examples, places: Places) -> Examples:
    return Examples(
        rows=examples.rows[places],
        shown_days=examples.shown_days[places],
        known_days=examples.known_days[places],
        weights=examples.weights[places],
        text_scores=examples.text_scores[places],
    )


def _regression(matrix: Any, picks: Places, weights: Floats, strength: float, seed: int) -> tuple[Any, float]:
    from sklearn.linear_model import LogisticRegression

    is_sparse = not isinstance(matrix, np.ndarray)
    solver = "liblinear" if is_sparse else "lbfgs"
    model = LogisticRegression(C=strength, solver=solver, max_iter=300, random_state=seed)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # one that has not quite converged is as good
        model.fit(matrix, picks, sample_weight=weights)
    return model.coef_[0].astype(np.float64), float(model.intercept_[0])
