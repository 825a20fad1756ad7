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
    of_terms = [correction for correction in corrections if correction.term]
    if not of_terms:
        return profile
    texts = frozenset[str]().union(*map(terms_in, papers[:_READ]))
    weights = dict(zip(profile.terms.tolist(), profile.weights.tolist(), strict=True))
    liked_words, disliked_words = list(profile.liked_terms), list(profile.disliked_terms)
    strength = max(_TIMES * max(map(abs, weights.values()), default=0.0), _LEAST)
    for correction in reversed(of_terms):  # the newest has the last word
        forms = {text for text in texts if is_about(text, correction.term)} | _forms(correction.term)
        for text in forms:
            weights.pop(number_of(text), None)
        liked_words, disliked_words = (
            [text for text in words if text not in forms] for words in (liked_words, disliked_words)
        )
        if correction.wanted is Wanted.NEITHER:
            continue
        sign = 1 if correction.wanted is Wanted.MORE else -1
        length = len(correction.term.split())
        weights |= {number_of(text): sign * strength for text in forms if len(text.split()) == length}
        (liked_words if sign > 0 else disliked_words).insert(0, correction.term)
    terms = np.array(sorted(weights), dtype=np.uint32)
    values = np.array([weights[term] for term in terms.tolist()], dtype=np.float32)
    return replace(
        profile, terms=terms, weights=values, liked_terms=tuple(liked_words), disliked_terms=tuple(disliked_words)
    )


def _forms(term: str) -> set[str]:
    """The term, and its last word in the singular and the plural."""
    return {term, f"{term}s", term.removesuffix("s")}
