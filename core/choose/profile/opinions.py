"""What a channel has taught its digest: an opinion on each candidate, from what people there said of earlier papers.

`core.deliver.learning` calls `form_opinions` in a thread. What was said is the channel's own `Lessons`: signs, seeds
among them, and corrections; beside them stands, with little weight, what people of the same workspace saved openly.
numpy, scipy and scikit-learn load with the first channel that has said anything; a channel that has not costs nothing.

What is learned follows from the lessons alone, to the bit: not from the candidates, from the day, or from who learns it
and when. So it may be learned before a digest is due, and the digest is the same.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Final, NamedTuple

from core.choose.profile.signs import Correction, KeptProfile, Sign, SignKind, Wanted, basis_of, drop_forgotten
from core.choose.profile.terms import is_about
from core.choose.reasons import Reason
from core.papers.identifiers import PaperId
from core.papers.paper import Paper

if TYPE_CHECKING:
    from core.choose.profile.features import Floats
    from core.choose.profile.field import Field
    from core.choose.profile.profile import Profile

#: with so many opinions what was learned has half of its full say
_HALF_TRUST: Final = 5
#: candidates for which a reason is looked for, the most wanted; a digest shows fifty at most
_MOST_REASONED: Final = 200


class Opinion(NamedTuple):
    """What was learned says of one paper; a tuple, for each channel has one of each candidate."""

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


@dataclass(frozen=True, slots=True, kw_only=True)
class Lessons:
    """What a channel's people said, and the papers that it is about."""

    #: newest first
    signs: Sequence[Sign]
    #: the papers of the signs, as far as they are known
    examples: Sequence[Paper]
    corrections: Sequence[Correction] = ()
    #: what people of the workspace saved openly
    saves: Sequence[Sign] = ()
    #: the papers of the saves that are no examples
    saved_papers: Sequence[Paper] = ()
    #: one person alone reads the channel
    is_private: bool = False


NOTHING_LEARNED: Final[Mapping[PaperId, Opinion]] = MappingProxyType({})


@dataclass(frozen=True, slots=True, kw_only=True)
class Taste:
    """What a profile says in words."""

    #: papers that were liked, and that were unwanted or passed by
    pick_count: int
    pass_count: int
    #: the strongest first; they are words of papers
    liked_terms: tuple[str, ...]
    disliked_terms: tuple[str, ...]


def taste_of(profile: KeptProfile | None, corrections: Sequence[Correction] = ()) -> Taste | None:
    """What was learned, in words, read without numpy; None where there is nothing, or it cannot be read.

    Words that were corrected since are left out.
    """
    words = {correction.term for correction in corrections if correction.term}
    try:
        values = json.loads(profile.value) if profile else {}
        return Taste(
            pick_count=int(values["picked"]),
            pass_count=int(values["passed"]),
            liked_terms=tuple(text for text in map(str, values["liked"]) if not _is_about(text, words)),
            disliked_terms=tuple(text for text in map(str, values["disliked"]) if not _is_about(text, words)),
        )
    except (ValueError, KeyError, TypeError, RecursionError):
        return None


def _is_about(text: str, terms: Collection[str]) -> bool:
    return bool(terms) and any(is_about(text, term) for term in terms)


def has_opinions(signs: Sequence[Sign], corrections: Sequence[Correction] = ()) -> bool:
    """Has anybody said anything? What was posted and not mentioned alone teaches nothing."""
    is_wished = any(correction.term and correction.wanted is not Wanted.NEITHER for correction in corrections)
    return is_wished or any(sign.kind is not SignKind.POSTED for sign in drop_forgotten(signs, corrections))


def learn_profile(lessons: Lessons, stored_profile: KeptProfile | None) -> KeptProfile:
    """Learn from what was said; `stored_profile` itself where that was learned from the same."""
    return _learn(lessons, stored_profile)[0]


def _learn(lessons: Lessons, stored_profile: KeptProfile | None) -> tuple[KeptProfile, Profile]:
    """The profile as it is stored, and as a value."""
    import numpy as np

    from core.choose.profile.correcting import correct_profile
    from core.choose.profile.examples import examples_of
    from core.choose.profile.features import background_of, features_of, weigh_terms
    from core.choose.profile.learn import learn, tell_words
    from core.choose.profile.profile import read_profile, write_profile

    examples, corrections = lessons.examples, lessons.corrections
    signs = drop_forgotten(lessons.signs, corrections)
    basis = basis_of(signs, corrections, examples)
    if stored_profile and stored_profile.basis == basis and (profile := read_profile(stored_profile.value)):
        return stored_profile, profile
    at = max([*(sign.at for sign in lessons.signs), *(correction.at for correction in corrections)])
    features = features_of(examples)
    texts = weigh_terms(features, background_of(features, np.arange(len(features))))
    training_examples = examples_of(signs, [paper.id for paper in examples], at=at)
    profile = tell_words(learn(training_examples, features, texts, until=at.date()), examples)
    profile = correct_profile(profile, corrections, examples)
    return KeptProfile(basis=basis, value=write_profile(profile), at=at), profile


def form_opinions(lessons: Lessons, candidates: Sequence[Paper], stored_profile: KeptProfile | None) -> Lesson:
    """Learn from what was said, unless `stored_profile` was learned from the same, and judge the candidates."""
    import numpy as np

    from core.choose.profile.because import reasons_for
    from core.choose.profile.field import field_of
    from core.choose.profile.score import score

    stored_profile, profile = _learn(lessons, stored_profile)
    corrections = lessons.corrections
    signs = drop_forgotten(lessons.signs, corrections)
    field = field_of(candidates, lessons.examples)
    totals = _spread(score(profile, field.features, field.texts).total)
    opinion_count = len({(sign.paper, sign.person) for sign in signs if sign.kind is not SignKind.POSTED})
    opinion_count += sum(bool(correction.term) for correction in corrections)
    trust = opinion_count / (opinion_count + _HALF_TRUST)
    totals += _of_company(lessons, signs, field)
    values = (1 / (1 + np.exp(-np.clip(totals, -20, 20)))).tolist()
    best = sorted(range(len(values)), key=lambda row: -values[row])[:_MOST_REASONED]
    rows = sorted(row for row in best if values[row] > 0.5)
    reasons = reasons_for(lessons, signs, candidates, rows, field, profile)
    opinions = {
        paper.id: Opinion(value=value, trust=trust, reason=reasons.get(row))
        for row, (paper, value) in enumerate(zip(candidates, values, strict=True))
    }
    return Lesson(profile=stored_profile, opinions=opinions)


def _of_company(lessons: Lessons, signs: Sequence[Sign], field: Field) -> Floats | float:
    """What the workspace's people saved says of each candidate, beside what the channel itself said."""
    if not lessons.saves:
        return 0.0
    from core.choose.profile.because import KINDS_OF_LIKING
    from core.choose.profile.company import SHARE, by_company

    liked_ids = {sign.paper for sign in signs if sign.kind in KINDS_OF_LIKING}
    ids = liked_ids | {save.paper for save in lessons.saves}
    papers = [paper for paper in (*lessons.examples, *lessons.saved_papers) if paper.id in ids]
    scores = by_company(lessons.saves, liked_ids, papers, field)
    return 0.0 if scores is None else SHARE * _spread(scores)


def _spread(values: Floats) -> Floats:
    """The values around 0, about between -2 and 2; all 0 where they are equal."""
    if len(values) < 2:
        return values
    spread = float(values.std())
    return values * 0 if spread < 1e-6 else (values - values.mean()) / spread
