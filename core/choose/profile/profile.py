"""What was learned, as a value, and as JSON that a database keeps: arrays in base64, nothing that can run.

A profile of another `VERSION` is not read: whoever finds one learns anew from the examples.
"""

from __future__ import annotations

import base64
import json
import math
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from core.choose.profile.features import NUMBERS, Floats, Numbers
from core.choose.profile.rates import OF_AUTHORS, OF_CATEGORIES, Rates

#: of the features and of the form; a profile by another one is learned anew
VERSION: Final = 1
#: what the last step weighs, in this order
STACK_PARTS: Final = ("text", *OF_AUTHORS, *OF_CATEGORIES, *NUMBERS)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Profile:
    """What a channel or a person picks; of bounded size."""

    #: examples that it was learned from
    pick_count: int
    pass_count: int
    #: examples until this day were known
    until: date
    seed: int
    #: share of the examples that were picked
    base: float
    #: the strongest terms, ascending, and their weights
    terms: Numbers
    weights: Floats
    authors: Rates
    categories: Rates
    #: by `STACK_PARTS`
    stack: Floats
    intercept: float
    #: the terms that speak most for a paper and most against it, in words, the strongest first
    liked_terms: tuple[str, ...] = ()
    disliked_terms: tuple[str, ...] = ()


def write_profile(profile: Profile) -> str:
    """The profile as JSON; the same profile is the same text."""
    return json.dumps(
        {
            "version": VERSION,
            "picked": profile.pick_count,
            "passed": profile.pass_count,
            "until": profile.until.isoformat(),
            "seed": profile.seed,
            "base": profile.base,
            "terms": _pack(profile.terms),
            "weights": _pack(profile.weights),
            "authors": _packed_rates(profile.authors),
            "categories": _packed_rates(profile.categories),
            "stack": _pack(profile.stack),
            "intercept": profile.intercept,
            "liked": profile.liked_terms,
            "disliked": profile.disliked_terms,
        },
        sort_keys=True,
    )


def read_profile(text: str) -> Profile | None:
    """The profile that `write_profile` wrote; None where it is of another version or damaged."""
    try:
        values: dict[str, Any] = json.loads(text)
        if values["version"] != VERSION:
            return None
        profile = Profile(
            pick_count=int(values["picked"]),
            pass_count=int(values["passed"]),
            until=date.fromisoformat(values["until"]),
            seed=int(values["seed"]),
            base=float(values["base"]),
            terms=_numbers(values["terms"]),
            weights=_floats(values["weights"]),
            authors=_rates(values["authors"]),
            categories=_rates(values["categories"]),
            stack=_floats(values["stack"]),
            intercept=float(values["intercept"]),
            liked_terms=tuple(map(str, values["liked"])),
            disliked_terms=tuple(map(str, values["disliked"])),
        )
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return None
    return profile if _is_sound(profile) else None


def _is_sound(profile: Profile) -> bool:
    """Do the arrays fit one another, and is every number one that can be added?"""
    rates = (profile.authors, profile.categories)
    return (
        len(profile.terms) == len(profile.weights)
        and len(profile.stack) == len(STACK_PARTS)
        and all(len(rate.numbers) == len(rate.picked_counts) == len(rate.seen_counts) for rate in rates)
        and 0 < profile.base < 1
        and math.isfinite(profile.intercept)
        and all(
            bool(np.isfinite(array).all())
            for array in (
                profile.weights,
                profile.stack,
                *(part for rate in rates for part in (rate.picked_counts, rate.seen_counts)),
            )
        )
    )


def _pack(array: npt.NDArray[Any]) -> str:
    kind = "<u4" if array.dtype == np.uint32 else "<f4"
    return base64.b64encode(array.astype(kind).tobytes()).decode("ascii")


def _packed_rates(rates: Rates) -> list[str]:
    return [_pack(rates.numbers), _pack(rates.picked_counts), _pack(rates.seen_counts)]


def _numbers(text: str) -> Numbers:
    return np.frombuffer(base64.b64decode(text, validate=True), dtype="<u4").astype(np.uint32)


def _floats(text: str) -> Floats:
    return np.frombuffer(base64.b64decode(text, validate=True), dtype="<f4").astype(np.float32)


def _rates(texts: list[str]) -> Rates:
    numbers, picked_counts, seen_counts = texts
    return Rates(numbers=_numbers(numbers), picked_counts=_floats(picked_counts), seen_counts=_floats(seen_counts))
