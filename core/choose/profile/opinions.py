"""What a channel has taught its digest: an opinion on each candidate, from what people there said of earlier papers.

`core.deliver.learning` calls `form_opinions` in a thread. numpy, scipy and scikit-learn load with the first channel
that has said anything; a channel that has not costs nothing.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from core.choose.profile.signs import KeptProfile, Sign, SignKind, basis_of
from core.choose.reasons import Reason, ReasonKind
from core.papers.identifiers import PaperId
from core.papers.paper import Paper
from core.text.readable import said

if TYPE_CHECKING:
    from core.choose.profile.features import Matrix

#: with so many opinions what was learned has half of its full say
_HALF_TRUST: Final = 5
#: two papers are alike from here on (cosine)
_ALIKE: Final = 0.2
_LONGEST_TITLE: Final = 80
_NUMBERS: Final = ("", "somebody", "two people", "three people", "four people", "five people")


@dataclass(frozen=True, slots=True, kw_only=True)
class Opinion:
    """What was learned says of one paper."""

    #: from 0 to 1, a half is neither for nor against it
    value: float
    #: from 0 to 1: how much was learned
    trust: float
    #: None where there is nothing that a reader would nod at
    reason: Reason | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Lesson:
    """What was learned, and what it says."""

    profile: KeptProfile
    opinions: Mapping[PaperId, Opinion]


NOTHING_LEARNED: Final[Mapping[PaperId, Opinion]] = MappingProxyType({})


@dataclass(frozen=True, slots=True, kw_only=True)
class Taste:
    """What a profile says in words."""

    #: papers that were liked, and that were unwanted or passed by
    picked: int
    passed: int
    #: the strongest first; they are words of papers
    liked: tuple[str, ...]
    disliked: tuple[str, ...]


def taste_of(profile: KeptProfile | None) -> Taste | None:
    """What was learned, in words, read without numpy; None where there is nothing, or it cannot be read."""
    try:
        stored = json.loads(profile.value) if profile else {}
        return Taste(
            picked=int(stored["picked"]),
            passed=int(stored["passed"]),
            liked=tuple(map(str, stored["liked"])),
            disliked=tuple(map(str, stored["disliked"])),
        )
    except (ValueError, KeyError, TypeError, RecursionError):
        return None


def has_opinions(signs: Sequence[Sign]) -> bool:
    """Has anybody said anything? What was posted and not mentioned alone teaches nothing."""
    return any(sign.kind is not SignKind.POSTED for sign in signs)


def form_opinions(
    signs: Sequence[Sign],
    examples: Sequence[Paper],
    candidates: Sequence[Paper],
    kept: KeptProfile | None,
    *,
    at: datetime,
) -> Lesson:
    """Learn from the signs, unless `kept` was learned from the same, and judge the candidates.

    `examples` are the papers of the signs, as far as they are known.
    """
    import numpy as np

    from core.choose.profile.examples import examples_of
    from core.choose.profile.features import background_of, features_of, weighed
    from core.choose.profile.learn import judge_by_the_past, learn, tell_words
    from core.choose.profile.profile import read_profile, write_profile
    from core.choose.profile.score import score

    papers = [*examples, *candidates]
    features = features_of(papers)
    background = background_of(features, np.arange(len(papers)))
    texts = weighed(features, background)
    basis = basis_of(signs)
    profile = read_profile(kept.value) if kept and kept.basis == basis else None
    if profile is None:
        told = examples_of(signs, [paper.id for paper in examples], at=at)
        told = judge_by_the_past(told, features, texts)
        profile = tell_words(learn(told, features, texts, until=at.date()), examples)
        kept = KeptProfile(basis=basis, value=write_profile(profile), at=at)
    assert kept is not None  # where there was none, one was made just now
    new = features.of(np.arange(len(examples), len(papers)))
    totals = score(profile, new, weighed(new, background)).total
    middle, spread = (float(totals.mean()), float(totals.std())) if len(totals) > 1 else (0.0, 1.0)
    opinionated = len({(sign.paper, sign.person) for sign in signs if sign.kind is not SignKind.POSTED})
    trust = opinionated / (opinionated + _HALF_TRUST)
    reasons = _reasons(signs, examples, candidates, texts)
    opinions = {}
    for paper, total in zip(candidates, totals.tolist(), strict=True):
        value = 1 / (1 + math.exp(-max(-20.0, min(20.0, (total - middle) / max(spread, 1e-6)))))
        reason = reasons.get(paper.id) if value > 0.5 else None
        opinions[paper.id] = Opinion(value=value, trust=trust, reason=reason)
    return Lesson(profile=kept, opinions=opinions)


def _reasons(
    signs: Sequence[Sign], examples: Sequence[Paper], candidates: Sequence[Paper], texts: Matrix
) -> dict[PaperId, Reason]:
    """For each candidate the paper that it is most like, of those that people saved or want more of."""
    people: dict[PaperId, set[str]] = {}
    for sign in signs:
        if sign.kind in {SignKind.SAVED, SignKind.MORE}:
            people.setdefault(sign.paper, set()).add(sign.person)
    rows = [row for row, paper in enumerate(examples) if paper.id in people]
    if not rows or not candidates:
        return {}
    likeness = (texts[len(examples) :] @ texts[rows].T).toarray()
    reasons = {}
    for candidate, alike in zip(candidates, likeness, strict=True):
        nearest = int(alike.argmax())
        saved = examples[rows[nearest]]
        if alike[nearest] >= _ALIKE and saved.id != candidate.id:
            title = said(saved.title, _LONGEST_TITLE)
            count = len(people[saved.id])
            who = _NUMBERS[count] if count < len(_NUMBERS) else f"{count} people"
            text = f"like “{title}”, which {who} here liked"
            reasons[candidate.id] = Reason(kind=ReasonKind.LEARNED, text=text, subject=title)
    return reasons
