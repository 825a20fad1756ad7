"""What became of a paper after the rule kept it, stage by stage and in words: its score, its fit, its place. Pure.

`core.converse.explain` asks, with the decision as the ledger has it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from core.choose.verdicts import Contribution, Decision, Fate, Fit, Standing
from core.deliver.ledger import Delivery
from core.papers.identifiers import PaperId
from core.papers.paper import Paper
from core.text.readable import clip_text

#: contributions to a score that are told
_MOST_TOLD: Final = 4
_LONGEST_TITLE: Final = 100
_LONGEST_WORDS: Final = 160
_FEATURES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "interest": "interest",
        "rule": "the rule",
        "followed": "followed author",
        "learned": "what people here liked",
        "category": "category",
        "fresh": "newness",
        "prior": "authors and code",
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """One step between a source's listing and a channel."""

    #: `stored`, `announced`, `rule`, `rank`, `fit`, `diversity`, `size`, `explored`, `posted`
    name: str
    passed: bool
    #: what happened, in one sentence
    detail: str


def place_in_words(delivery: Delivery, decision: Decision) -> str:
    """`Place 3 of 37 in the digest of 2026-02-04, which shows 10`."""
    size = delivery.subscription.size
    return f"Place {decision.place} of {delivery.counts.kept} in the digest of {delivery.day}, which shows {size}"


def score_in_words(decision: Decision) -> str:
    """What the score is made of, the largest first: `score 0.41, of it interest 0.31 (...), ...`; empty if unknown."""
    told = "; ".join(_contribution(one) for one in decision.contributions[:_MOST_TOLD])
    return f"score {decision.score:.2f}, of it {told}." if told else ""


def _contribution(one: Contribution) -> str:
    words = f" ({clip_text(one.words, _LONGEST_WORDS)})" if one.words else ""
    return f"{_FEATURES.get(one.feature, one.feature)} {one.amount:.2f}{words}"


def standing_stages(delivery: Delivery, decision: Decision, others: Mapping[PaperId, Paper]) -> tuple[Stage, ...]:
    """How it fits, whether others like it were chosen, and whether there was room; nothing of an older version.

    `others` are papers that it may be like, as far as they are known.
    """
    standing = decision.standing
    if standing is None:
        return ()
    if standing.fate is Fate.EXPLORED:
        detail = "It has the one place that goes to something else, outside of what this channel usually saves."
        return (Stage(name="explored", passed=True, detail=detail),)
    stages = [_fit(standing, decision)] if standing.fit else []
    if standing.fate in (Fate.DIVERSITY, Fate.SIBLING):
        stages.append(_diversity(standing, others))
    elif standing.fate is Fate.SIZE:
        detail = f"{place_in_words(delivery, decision)}: there was no room for it."
        stages.append(Stage(name="size", passed=False, detail=detail))
    elif standing.fate is Fate.CHOSEN:
        stages.append(Stage(name="size", passed=True, detail="There was room for it."))
    return tuple(stages)


def _fit(standing: Standing, decision: Decision) -> Stage:
    value = next((one.value for one in decision.contributions if one.feature == "interest"), 0.0)
    fits = {
        Fit.ALWAYS: "It is by somebody whom this channel follows, and comes in whatever its score.",
        Fit.MATCH: "It matches what this channel wants.",
        Fit.NEAR: "It is near what this channel wants, and comes after what matches.",
        Fit.FAR: "It is too far from what this channel wants, and only what is at least near is posted.",
    }
    is_measured = standing.fit is not Fit.ALWAYS and value != 0
    measured = f" It has {value:.2f} of the interest, of at most 1." if is_measured else ""
    assert standing.fit is not None  # who calls has looked
    return Stage(name="fit", passed=standing.fit is not Fit.FAR, detail=f"{fits[standing.fit]}{measured}")


def _diversity(standing: Standing, others: Mapping[PaperId, Paper]) -> Stage:
    other = others.get(standing.like) if standing.like else None
    named = f"“{clip_text(other.title, _LONGEST_TITLE)}” ({other.id})" if other else str(standing.like)
    what = "is very like it" if standing.fate is Fate.SIBLING else "is on the same thing"
    detail = f"{named} {what} and was chosen: the digest names this one below it."
    return Stage(name="diversity", passed=False, detail=detail)
