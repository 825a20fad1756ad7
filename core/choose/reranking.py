"""What a language model's grades change about the order of a digest: little, and never which papers are in it. Pure.

`core.deliver.reranking` has the best papers graded by the criteria that are made here; `core.choose.choice` orders them
anew. Graded papers change places among themselves alone: one without a grade keeps its place, and the place its score.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from core.channels import Subscription
from core.choose.reasons import Reason, ReasonKind
from core.choose.verdicts import Ranked
from core.papers.grades import BEST, Grade, GradedFrom
from core.papers.identifiers import PaperId
from core.speech import N_, _
from core.text.readable import clip_text, shorten

#: how many of the kept papers are graded by their titles, and how many of those by their abstracts
MOST_GRADED: Final = 60
MOST_READ: Final = 20
#: the part of the model's grade in a paper's new place; the rest is the place that it had. On five judged
#: days (docs/judged-interests.md) grades without a fault gain no more beyond 0.4, and faulty ones cost more
MODEL_COUNTS: Final = 0.4
#: from this grade on a reader is told that the model thinks that a paper fits
_FITS: Final = 2

_MOST_CRITERIA: Final = 8
_MOST_NAMES: Final = 10
#: characters of a criterion, and of it within a reason
_LONGEST_CRITERION: Final = 300
_LONGEST_IN_REASON: Final = 80
_CLAUSES: Final = re.compile(r"[;\n]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Grades:
    """What a model thinks of some papers, and what it went by."""

    #: numbered from 1
    criteria: tuple[str, ...] = ()
    by_paper: Mapping[PaperId, Grade] = field(default_factory=dict)


NO_GRADES: Final = Grades()


def criteria_of(subscription: Subscription, liked_terms: Sequence[str] = ()) -> tuple[str, ...]:
    """What papers are graded by, in words: interest, rule, followed authors, and terms of papers that people liked."""
    clauses = [clause.strip() for clause in _CLAUSES.split(subscription.interest)]
    if subscription.rule.strip():
        clauses.append(f"what this filter is meant for: {subscription.rule}")  # not said: for the model
    if subscription.authors:
        clauses.append(f"work like that of {', '.join(subscription.authors[:_MOST_NAMES])}")  # not said: for the model
    if liked_terms:
        clauses.append(f"what people here liked: {', '.join(liked_terms)}")  # not said: for the model
    criteria = (shorten(" ".join(clause.split()), _LONGEST_CRITERION) for clause in clauses)
    return tuple(dict.fromkeys(filter(None, criteria)))[:_MOST_CRITERIA]


def setting_note(subscription: Subscription, *, has_model: bool) -> str:
    """What keeps a channel's re-ranking from being done; empty where nothing does, or it is off."""
    if not subscription.has_reranking:
        return ""
    if not has_model:
        return _("Re-ranking needs a language model, and none is configured: papers stay in Paperboy's own order.")
    if not criteria_of(subscription):
        return _(
            "Re-ranking goes by an interest, a rule, authors or bookmarks: without any, papers stay in their order."
        )
    return ""


def rerank(papers: Sequence[Ranked], grades: Grades) -> tuple[Ranked, ...]:
    """The papers with those that have a grade reordered among themselves; equals keep their order.

    A paper passes another only where its grade is better by more than 1.5 times the share of the graded papers that it
    stood behind it: the last of sixty, with the best grade, passes none of the first twenty, whatever they got.
    Scores and places stay where they are: they tell how well the digest is filled, and a model does not change that.
    """
    by_paper = grades.by_paper
    places = [place for place, entry in enumerate(papers) if entry.paper.id in by_paper]
    worth = {
        place: (1 - MODEL_COUNTS) * (1 - number / len(places)) + MODEL_COUNTS * by_paper[papers[place].paper.id].value
        for number, place in enumerate(places)
    }
    best = sorted(places, key=lambda place: (-round(worth[place], 9), place))
    new_order = list(papers)
    for place, taken_from in zip(places, best, strict=True):
        entry, there = papers[taken_from], papers[place]
        reasons = _reasons(entry.reasons, by_paper[entry.paper.id], grades.criteria)
        new_order[place] = replace(entry, score=there.score, place=there.place, reasons=reasons)
    return tuple(new_order)


def _reasons(reasons: Sequence[Reason], grade: Grade, criteria: Sequence[str]) -> tuple[Reason, ...]:
    """With what the model thinks: after the first where it speaks for the paper, else at the end, for `why` alone."""
    place = 1 if grade.fit >= _FITS else len(reasons)
    return (*reasons[:place], _opinion(grade, criteria), *reasons[place:])


def _opinion(grade: Grade, criteria: Sequence[str]) -> Reason:
    if not (grade.fit and 1 <= grade.criterion <= len(criteria)):
        text = _("the model: fits nothing that this channel wants ({grade} of {best})", grade=0, best=BEST)
        return Reason(kind=ReasonKind.MODEL, text=text)
    words = clip_text(criteria[grade.criterion - 1], _LONGEST_IN_REASON)
    marks = _("{grade} of {best}", grade=grade.fit, best=BEST)
    if grade.basis is GradedFrom.ABSTRACT:
        marks = _("{marks}; new: {grade} of {best}", marks=marks, grade=grade.novelty, best=BEST)
    fits, touches = (
        N_("the model: fits criterion {number}, “{words}” ({marks})"),
        N_("the model: touches criterion {number}, “{words}” ({marks})"),
    )
    text = _(fits if grade.fit >= _FITS else touches, number=grade.criterion, words=words, marks=marks)
    return Reason(kind=ReasonKind.MODEL, text=text, subject=words if grade.fit >= _FITS else "")
