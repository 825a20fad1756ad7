"""What profiles say of papers: `score` for one profile, `score_all` for thousands, on features made once."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from core.choose.profile.features import NUMBERS, Features, Floats, Matrix
from core.choose.profile.profile import STACK_PARTS, Profile
from core.choose.profile.rates import counts_of, describe_authors, describe_categories

#: profiles whose weights lie in memory at the same time: 64 x 150,000 terms are 40 MB
_AT_ONCE: Final = 64


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Scores:
    """What a profile says of some papers, in their order."""

    #: higher is better; the log odds of being picked where the stack was learned
    total: Floats
    #: what the text alone says; to be kept with the paper, for the stack learns from it
    text: Floats


def score(profile: Profile, features: Features, texts: Matrix) -> Scores:
    """What the profile says of each paper; `texts` are the features' `weigh_terms` terms."""
    return next(score_all([profile], features, texts))


def score_all(profiles: Sequence[Profile], features: Features, texts: Matrix) -> Iterator[Scores]:
    """What each of many profiles says of each paper, in the order of the profiles."""
    for start in range(0, len(profiles), _AT_ONCE):
        some = profiles[start : start + _AT_ONCE]
        weights = np.zeros((len(features.columns), len(some)), dtype=np.float32)
        for place, profile in enumerate(some):
            _place(profile, features, weights[:, place])
        scores = texts @ weights
        for place, profile in enumerate(some):
            text = np.ascontiguousarray(scores[:, place])
            yield Scores(total=_total(profile, features, text), text=text)


def _place(profile: Profile, features: Features, column: Floats) -> None:
    """Write the weights of the terms that the papers have."""
    if not len(features.columns):
        return
    places = np.minimum(np.searchsorted(features.columns, profile.terms), len(features.columns) - 1)
    is_known = features.columns[places] == profile.terms
    column[places[is_known]] = profile.weights[is_known]


def _total(profile: Profile, features: Features, text: Floats) -> Floats:
    used = len(STACK_PARTS) - len(NUMBERS)
    authors, categories = features.authors, features.categories
    descriptions = np.column_stack(
        [
            text,
            describe_authors(authors, *counts_of(profile.authors, authors), profile.base),
            describe_categories(categories, *counts_of(profile.categories, categories), profile.base),
        ]
    )
    return np.asarray(
        descriptions @ profile.stack[:used] + features.numbers @ profile.stack[used:] + profile.intercept,
        dtype=np.float32,
    )
