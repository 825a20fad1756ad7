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
from core.speech import N_, _
from core.text.readable import clip_text

#: contributions to a score that are told
_MOST_TOLD: Final = 4
_LONGEST_TITLE: Final = 100
_LONGEST_WORDS: Final = 160
_FEATURES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "interest": N_("interest"),
        "rule": N_("the rule"),
        "followed": N_("followed author"),
        "learned": N_("what people here liked"),
        "category": N_("category"),
        "fresh": N_("newness"),
        "prior": N_("authors and code"),
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """One step between a source's listing and a channel."""

    #: `stored`, `announced`, `rule`, `rank`, `fit`, `diversity`, `size`, `explored`, `posted`
    name: str
    is_passed: bool
    #: what happened, in one sentence
    detail: str


def place_in_words(delivery: Delivery, decision: Decision) -> str:
    """`Place 3 of 37 in the digest of 2026-02-04, which shows 10`."""
    return _(
        "Place {place} of {papers} in the digest of {day}, which shows {size}",
        place=decision.place,
        papers=delivery.counts.kept,
        day=delivery.day,
        size=delivery.subscription.size,
    )


def score_in_words(decision: Decision) -> str:
    """What the score is made of, the largest first: `score 0.41, of it interest 0.31 (...), ...`; empty if unknown."""
    parts = "; ".join(_contribution(contribution) for contribution in decision.contributions[:_MOST_TOLD])
    return _("score {score}, of it {parts}.", score=f"{decision.score:.2f}", parts=parts) if parts else ""


def _contribution(contribution: Contribution) -> str:
    words = f" ({clip_text(contribution.words, _LONGEST_WORDS)})" if contribution.words else ""
    return f"{_(_FEATURES.get(contribution.feature, contribution.feature))} {contribution.amount:.2f}{words}"


def standing_stages(delivery: Delivery, decision: Decision, rivals: Mapping[PaperId, Paper]) -> tuple[Stage, ...]:
    """How it fits, whether others like it were chosen, and whether there was room; nothing of an older version.

    `rivals` are papers that it may be like, as far as they are known.
    """
    standing = decision.standing
    if standing is None:
        return ()
    if standing.fate is Fate.EXPLORED:
        detail = _("It has the one place that goes to something else, outside of what this channel usually saves.")
        return (Stage(name=N_("explored"), is_passed=True, detail=detail),)
    stages = [_fit(standing, decision)] if standing.fit else []
    if standing.fate in (Fate.DIVERSITY, Fate.SIBLING):
        stages.append(_diversity(standing, rivals))
    elif standing.fate is Fate.SIZE:
        detail = _("{place}: there was no room for it.", place=place_in_words(delivery, decision))
        stages.append(Stage(name=N_("size"), is_passed=False, detail=detail))
    elif standing.fate is Fate.CHOSEN:
        stages.append(Stage(name=N_("size"), is_passed=True, detail=_("There was room for it.")))
    return tuple(stages)


def _fit(standing: Standing, decision: Decision) -> Stage:
    value = next(
        (contribution.value for contribution in decision.contributions if contribution.feature == "interest"), 0.0
    )
    fits = {
        Fit.ALWAYS: _("It is by somebody whom this channel follows, and comes in whatever its score."),
        Fit.MATCH: _("It matches what this channel wants."),
        Fit.NEAR: _("It is near what this channel wants, and comes after what matches."),
        Fit.FAR: _("It is too far from what this channel wants, and only what is at least near is posted."),
    }
    is_measured = standing.fit is not Fit.ALWAYS and value != 0
    interest_text = _("It has {value} of the interest, of at most 1.", value=f"{value:.2f}") if is_measured else ""
    assert standing.fit is not None  # who calls has looked
    return Stage(
        name=N_("fit"), is_passed=standing.fit is not Fit.FAR, detail=f"{fits[standing.fit]} {interest_text}".strip()
    )


def _diversity(standing: Standing, rivals: Mapping[PaperId, Paper]) -> Stage:
    rival = rivals.get(standing.like) if standing.like else None
    rival_name = f"“{clip_text(rival.title, _LONGEST_TITLE)}” ({rival.id})" if rival else str(standing.like)
    if standing.fate is Fate.SIBLING:
        detail = _("{paper} is very like it and was chosen: the digest names this one below it.", paper=rival_name)
    else:
        detail = _("{paper} is on the same thing and was chosen: the digest names this one below it.", paper=rival_name)
    return Stage(name=N_("diversity"), is_passed=False, detail=detail)
