"""The floor of a digest: how well each kept paper fits what the channel says it wants. Pure.

`core.choose.choice` asks after the ranking. Where a channel says nothing but where it reads, there is no floor, and the
best of the day are as good as any. Followed authors have no part in that: their papers come in whatever their score,
and who follows somebody in a category wants to see the others there as well.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from core.channels import Subscription
from core.choose.interest.weighing import weigh
from core.choose.profile.opinions import NOTHING_LEARNED, Opinion
from core.choose.verdicts import Fit, Ranked
from core.papers.identifiers import PaperId
from core.papers.paper import Paper

#: of the interest: papers of a real day from here on are about it or beside it, nine of ten (docs/judged-interests.md)
MATCHES: Final = 0.45
#: from here on half of them are; below it one of ten is
IS_NEAR: Final = 0.3
#: the same for an interest in common words alone (`language models`), of which nothing has much: as parts of what a
#: paper has whose title and abstract are the interest itself
_MATCHING_PART: Final = 0.55
_NEAR_PART: Final = 0.37
#: more than a paper has that is in a category of the interest and has none of its words
_LEAST: Final = 0.17
#: with so much trust in what was learned it says alone what fits; about five opinions
_ENOUGH_TRUST: Final = 0.5
#: what was learned ranks a paper among the best few of a day, or above most of them: two deviations, and one
_LEARNED_MATCHES: Final = 0.88
_LEARNED_IS_NEAR: Final = 0.73
#: how much of a followed author a paper has that is theirs for certain
_CERTAIN: Final = 1.0


def fits_of(
    papers: Sequence[Ranked],
    subscription: Subscription,
    opinions: Mapping[PaperId, Opinion] = NOTHING_LEARNED,
) -> tuple[Fit | None, ...]:
    """How well each paper fits, in their order; None where the channel says nothing that a paper could fit."""
    bounds = bounds_of(subscription.interest) if subscription.interest.strip() else None
    trusted_values = {
        id: opinion.value
        for id, opinion in opinions.items()
        if math.isfinite(opinion.value) and opinion.trust >= _ENOUGH_TRUST
    }
    return tuple(_fit(entry, subscription, trusted_values.get(entry.paper.id), bounds) for entry in papers)


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """From which values of an interest on papers fit."""

    matches: float
    is_near: float
    #: the value of a paper that says the interest itself
    reach: float


def bounds_of(interest: str) -> Bounds:
    """From which value of the interest on a paper matches, and is near."""
    itself = Paper(id=PaperId("url", ""), title=interest, abstract=interest, authors=(), categories=())
    (reach,) = weigh(interest, [itself])
    most = reach.value if math.isfinite(reach.value) and reach.value > 0 else 1.0
    return Bounds(
        matches=min(MATCHES, max(_MATCHING_PART * most, _LEAST)),
        is_near=min(IS_NEAR, max(_NEAR_PART * most, _LEAST)),
        reach=reach.value,
    )


def _fit(entry: Ranked, subscription: Subscription, learned_value: float | None, bounds: Bounds | None) -> Fit | None:
    followed_value = entry.value("followed")
    if followed_value >= _CERTAIN:
        return Fit.ALWAYS
    if bounds is None:
        if subscription.rule:
            return Fit.MATCH
        return (
            None
            if learned_value is None
            else _by_value(learned_value, _LEARNED_MATCHES, _LEARNED_IS_NEAR, followed_value)
        )
    fit = _by_value(entry.value("interest"), bounds.matches, bounds.is_near, followed_value)
    is_near = entry.value("rule") > 0 or (learned_value is not None and learned_value >= _LEARNED_MATCHES)
    return Fit.NEAR if fit is Fit.FAR and is_near and entry.value("interest") >= 0 else fit


def _by_value(value: float, matches: float, is_near: float, followed_value: float) -> Fit:
    """By how much there is; somebody who is only probably followed makes a paper near."""
    if value >= matches:
        return Fit.MATCH
    return Fit.NEAR if value >= is_near or followed_value > 0 else Fit.FAR
