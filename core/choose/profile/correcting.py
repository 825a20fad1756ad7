"""A profile as people corrected it: what they want more or less of counts much, what they had forgotten nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

import numpy as np

from core.choose.profile.profile import Profile
from core.choose.profile.signs import Correction, Wanted
from core.choose.profile.terms import is_about, number_of, terms_in
from core.papers.paper import Paper

#: a wish weighs so many times what the strongest term does, and at least so much
_TIMES: Final = 2.0
_LEAST: Final = 3.0
#: papers whose terms are read, the newest
_READ: Final = 500


def correct_profile(profile: Profile, corrections: Sequence[Correction], papers: Sequence[Paper]) -> Profile:
    """The profile after the corrections of terms; the terms of these papers are known in words.

    Other forms of a word are meant as well, and so are pairs of words with it.
    """
    of_terms = [one for one in corrections if one.term]
    if not of_terms:
        return profile
    texts = frozenset[str]().union(*map(terms_in, papers[:_READ]))
    weights = dict(zip(profile.terms.tolist(), profile.weights.tolist(), strict=True))
    liked, disliked = list(profile.liked), list(profile.disliked)
    strength = max(_TIMES * max(map(abs, weights.values()), default=0.0), _LEAST)
    for one in reversed(of_terms):  # the newest has the last word
        forms = {text for text in texts if is_about(text, one.term)} | _forms(one.term)
        for text in forms:
            weights.pop(number_of(text), None)
        liked, disliked = ([text for text in told if text not in forms] for told in (liked, disliked))
        if one.wanted is Wanted.NEITHER:
            continue
        sign = 1 if one.wanted is Wanted.MORE else -1
        length = len(one.term.split())
        weights |= {number_of(text): sign * strength for text in forms if len(text.split()) == length}
        (liked if sign > 0 else disliked).insert(0, one.term)
    terms = np.array(sorted(weights), dtype=np.uint32)
    values = np.array([weights[term] for term in terms.tolist()], dtype=np.float32)
    return replace(profile, terms=terms, weights=values, liked=tuple(liked), disliked=tuple(disliked))


def _forms(term: str) -> set[str]:
    """The term, and its last word in the singular and the plural."""
    return {term, f"{term}s", term.removesuffix("s")}
