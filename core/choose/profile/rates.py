"""How often papers of an author, or of a category, were picked, and what that says of a paper.

Counts are what was known at a moment: an example counts as seen from the day after its listing on, and as picked from
the day after the pick became known. So an example that trains is described as it would have been when it was new.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import numpy as np

from core.choose.profile.features import Floats, Names, Numbers, Places

#: what `describe` tells of a paper's authors
OF_AUTHORS: Final = (
    "best author", "mean author", "first author", "last author", "best three authors", "picks of authors",
    "most picks of an author", "picks of the last author", "picked authors", "seen authors",
)  # fmt: skip
#: what `describe` tells of a paper's categories
OF_CATEGORIES: Final = ("best category", "mean category", "primary category")
#: how many papers at the base rate everybody begins with
_PRIOR: Final = 3.0
#: authors and categories of some sets of candidates
_MOST_FIELDS: Final = 8
_RARE, _SURE = 1e-4, 1 - 1e-4


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Rates:
    """Counts by author or category."""

    #: ascending
    numbers: Numbers
    #: papers that were picked
    picked_counts: Floats
    #: papers that were seen, the picked ones among them
    seen_counts: Floats


def count(names: Names, picks: Places, *, most: int) -> Rates:
    """Count all examples; `picks` is 1 or 0 for each row. Of more than `most` names the most telling stay."""
    sizes = np.diff(names.starts)
    numbers, places = np.unique(names.numbers, return_inverse=True)
    seen_counts = np.bincount(places, minlength=len(numbers)).astype(np.float32)
    hits = np.bincount(places, weights=np.repeat(picks, sizes), minlength=len(numbers)).astype(np.float32)
    strongest = np.sort(np.lexsort((numbers, -seen_counts, -hits))[:most])
    return Rates(numbers=numbers[strongest], picked_counts=hits[strongest], seen_counts=seen_counts[strongest])


def counts_when_new(names: Names, shown_days: Places, known_days: Places) -> tuple[Floats, Floats]:
    """For each name of each example, how many earlier ones were picked and seen by the day it was shown.

    `shown_days` is a day number; `known_days` the day a pick was known, 0 where there was none.
    """
    sizes = np.diff(names.starts)
    _, persons = np.unique(names.numbers, return_inverse=True)
    persons = persons.astype(np.int64) << 32
    when, pick_days = np.repeat(shown_days, sizes), np.repeat(known_days, sizes)
    begin, now = persons, persons + when
    show_keys = np.sort(persons + when)
    pick_keys = np.sort((persons + pick_days)[pick_days > 0])
    return (
        (np.searchsorted(pick_keys, now) - np.searchsorted(pick_keys, begin)).astype(np.float32),
        (np.searchsorted(show_keys, now) - np.searchsorted(show_keys, begin)).astype(np.float32),
    )


def counts_of(rates: Rates, names: Names) -> tuple[Floats, Floats]:
    """For each name of each paper, how many were picked and seen."""
    distinct, places = _distinct(names)
    if not len(distinct):
        return np.zeros(0, dtype=np.float32), np.zeros(0, dtype=np.float32)
    at = np.minimum(np.searchsorted(distinct, rates.numbers), len(distinct) - 1)
    is_there = distinct[at] == rates.numbers
    counts = np.zeros((2, len(distinct)), dtype=np.float32)
    counts[:, at[is_there]] = rates.picked_counts[is_there], rates.seen_counts[is_there]
    picked_counts, seen_counts = counts[:, places]
    return picked_counts, seen_counts


@lru_cache(_MOST_FIELDS)
def _distinct(names: Names) -> tuple[Numbers, Places]:
    """Each name once, ascending, and the place of each paper's: the same for all profiles, which know far fewer."""
    distinct, places = np.unique(names.numbers, return_inverse=True)
    return distinct, places


def describe_authors(names: Names, picked_counts: Floats, seen_counts: Floats, base: float) -> Floats:
    """Papers x `OF_AUTHORS`: log odds of smoothed rates, and logarithms of counts."""
    begins, sizes = names.starts[:-1], np.diff(names.starts)
    rate = (picked_counts + base * _PRIOR) / (np.maximum(seen_counts, picked_counts) + _PRIOR)
    row = np.repeat(np.arange(len(sizes)), sizes)
    order = np.argsort(2 * row - rate.astype(np.float64))  # by row, and within a row the highest first
    place = np.arange(len(order)) - np.repeat(begins, sizes)
    best = np.bincount(row[order], weights=np.where(place < 3, rate[order], 0), minlength=len(sizes))
    rates = (
        np.maximum.reduceat(rate, begins),
        np.add.reduceat(rate, begins) / sizes,
        rate[begins],
        rate[names.starts[1:] - 1],
        best / np.minimum(sizes, 3),
    )
    counts = (
        np.add.reduceat(picked_counts, begins),
        np.maximum.reduceat(picked_counts, begins),
        picked_counts[names.starts[1:] - 1],
        np.add.reduceat((picked_counts > 0).astype(np.float32), begins),
        np.add.reduceat(seen_counts, begins) / sizes,
    )
    return np.column_stack([*map(_log_odds, rates), *map(np.log1p, counts)]).astype(np.float32)


def describe_categories(names: Names, picked_counts: Floats, seen_counts: Floats, base: float) -> Floats:
    """Papers x `OF_CATEGORIES`: log odds of smoothed rates."""
    begins, sizes = names.starts[:-1], np.diff(names.starts)
    rate = (picked_counts + base * 10) / (np.maximum(seen_counts, picked_counts) + 10)
    rates = (np.maximum.reduceat(rate, begins), np.add.reduceat(rate, begins) / sizes, rate[begins])
    return np.column_stack(list(map(_log_odds, rates))).astype(np.float32)


def _log_odds(rate: Floats) -> Floats:
    share = np.clip(rate, _RARE, _SURE)
    return np.asarray(np.log(share / (1 - share)), dtype=np.float32)
