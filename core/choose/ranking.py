"""The order of a digest: how much each kept paper has for it, and why, in words a reader understands.

`core.choose.choice` calls `choose` with what the rule kept. Six features, each up to 1, are added with fixed weights
that sum to 1. Nothing is learned here, and nothing is dropped.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Final

from core.channels import Subscription
from core.choose.interest.meaning import NOTHING_CLOSE
from core.choose.interest.weighing import NOTHING_RELATED, Interest, weigh
from core.choose.profile.opinions import NOTHING_LEARNED, Opinion
from core.choose.reasons import Reason, ReasonKind, author_reason, weak_reason
from core.choose.rules.facts import promises_code
from core.choose.verdicts import Candidate, Contribution, Kept, Ranked
from core.papers.categories import covers
from core.papers.identifiers import PaperId
from core.papers.names import Sameness, find_author
from core.papers.paper import AnnounceType, Paper
from core.speech import _, plural
from core.text.readable import all_of

#: what the subscription says comes first; what is true of any paper only orders what it leaves equal
WEIGHTS: Final[Mapping[str, float]] = {
    "interest": 0.38,
    "rule": 0.24,
    "followed": 0.16,
    "prior": 0.08,
    "category": 0.08,
    "fresh": 0.06,
}

# The prior, where nothing else tells papers apart. On a year of listings the number of authors predicts best which
# papers people pick (AUC 0.72 to 0.76), linked code and a late submission add a little (see reference/benchmarks.md).
_AUTHORS_COUNT: Final = 0.9
_CODE_COUNTS: Final = 0.1
#: more authors than this say no more
_MANY_AUTHORS: Final = 100
#: from here on the number of authors is worth telling
_LARGE_TEAM: Final = 10

#: what somebody counts who is only probably whom the channel follows
_PROBABLY: Final = 0.5
_MOST_REASONS: Final = 3
#: how a reason that was learned is placed among the others
_REASON_COUNTS: Final = 0.15
#: the part of the score that comes from what was learned, where very much was
_MOST_LEARNED: Final = 0.5
#: channels that are served one after another have many papers in common
links_code: Final = lru_cache(maxsize=2_048)(promises_code)


@dataclass(frozen=True, slots=True)
class _Feature:
    """One thing that speaks for a paper."""

    name: str
    #: from 0 to 1; below 0 it speaks against the paper
    value: float
    #: each worth telling, the strongest first
    reasons: tuple[Reason, ...] = ()
    #: told only where there is nothing better: true of nearly every paper of the digest
    is_common: bool = False
    #: what the paper has of it, where the reasons do not tell that
    words: str = ""

    @property
    def counts(self) -> float:
        """What it adds to the paper's score."""
        return WEIGHTS.get(self.name, _REASON_COUNTS) * self.value


@dataclass(frozen=True, slots=True)
class _Field:
    """What every candidate is compared with."""

    subscription: Subscription
    #: the highest score that the rule gave
    best_rule_score: float
    newest_day: date
    #: the place of each arXiv identifier among them, 0 the earliest and 1 the latest submission
    lateness: Mapping[str, float]


def choose(
    kept_candidates: Sequence[tuple[Candidate, Kept]],
    subscription: Subscription,
    related_terms: Mapping[str, Sequence[str]] = NOTHING_RELATED,
    opinions: Mapping[PaperId, Opinion] = NOTHING_LEARNED,
    closeness: Mapping[PaperId, float] = NOTHING_CLOSE,
) -> tuple[Ranked, ...]:
    """All kept papers, best first; place counts from 1, score is from 0 to 1, equals are in the order of their ids.

    The same candidates give the same answer in whatever order they come. What is no finite number counts as 0.
    """
    if not kept_candidates:
        return ()
    field = _field(kept_candidates, subscription)
    interests = weigh(
        subscription.interest, [candidate.paper for candidate, _verdict in kept_candidates], related_terms, closeness
    )
    rows = []
    for (candidate, verdict), interest in zip(kept_candidates, interests, strict=True):
        features = _features(candidate, verdict, interest, field)
        opinion = _usable(opinions.get(candidate.paper.id))
        rows.append((_with_opinion(_score(features), opinion), candidate.paper, features, opinion))
    ranking = sorted(rows, key=lambda row: (-row[0], row[1].id))
    return tuple(
        Ranked(
            paper=paper,
            score=score,
            reasons=_reasons(features, opinion),
            place=place,
            contributions=_contributions(features, opinion),
        )
        for place, (score, paper, features, opinion) in enumerate(ranking, 1)
    )


def _field(kept_candidates: Sequence[tuple[Candidate, Kept]], subscription: Subscription) -> _Field:
    arxiv_ids = sorted(
        candidate.paper.id.value for candidate, _verdict in kept_candidates if candidate.paper.id.scheme == "arxiv"
    )
    return _Field(
        subscription=subscription,
        best_rule_score=max(_finite(verdict.score) for _candidate, verdict in kept_candidates),
        newest_day=max(candidate.day for candidate, _verdict in kept_candidates),
        lateness={value: place / max(len(arxiv_ids) - 1, 1) for place, value in enumerate(arxiv_ids)},
    )


def _usable(opinion: Opinion | None) -> Opinion | None:
    return opinion if opinion and math.isfinite(opinion.value + opinion.trust) else None


def _finite(number: float) -> float:
    """The number; 0 in the place of what is none."""
    return number if math.isfinite(number) else 0.0


def _score(features: Sequence[_Feature]) -> float:
    # rounded, so that the order of adding cannot part equals
    return round(max(min(sum(feature.counts for feature in features), 1.0), 0.0), 9)


def _with_opinion(score: float, opinion: Opinion | None) -> float:
    """The score, and what was learned beside it: the more was learned, the more it counts, up to `_MOST_LEARNED`."""
    share = _learned_share(opinion)
    return round((1 - share) * score + share * opinion.value, 9) if opinion else score


def _learned_share(opinion: Opinion | None) -> float:
    return _MOST_LEARNED * opinion.trust if opinion else 0.0


def _contributions(features: Sequence[_Feature], opinion: Opinion | None) -> tuple[Contribution, ...]:
    """What each feature adds, the largest first; what adds nothing is left out."""
    share = _learned_share(opinion)
    contributions = [
        Contribution(
            feature=feature.name,
            value=round(feature.value, 4),
            amount=round((1 - share) * feature.counts, 4),
            words=feature.words or "; ".join([reason.text for reason in feature.reasons]),
        )
        for feature in features
        if feature.value
    ]
    if opinion:
        words = opinion.reason.text if opinion.reason else ""
        amount = round(share * opinion.value, 4)
        contributions.append(Contribution(feature="learned", value=round(opinion.value, 4), amount=amount, words=words))
    return tuple(sorted(contributions, key=lambda contribution: (-abs(contribution.amount), contribution.feature)))


def _features(candidate: Candidate, verdict: Kept, interest: Interest, field: _Field) -> tuple[_Feature, ...]:
    paper, subscription = candidate.paper, field.subscription
    return (
        _author(paper, subscription.authors),
        _rule(verdict, field.best_rule_score),
        _interest(interest, paper),
        _category(candidate, subscription.categories),
        _fresh(candidate, field),
        _prior(paper),
    )


def _author(paper: Paper, authors: Sequence[str]) -> _Feature:
    author = find_author(authors, paper.authors)
    if author is None:
        return _Feature("followed", 0.0)
    value = 1.0 if author.sameness is Sameness.CERTAIN else _PROBABLY
    return _Feature("followed", value, (author_reason(str(author)),))


def _rule(verdict: Kept, best: float) -> _Feature:
    value = _finite(verdict.score) / best if best > 0 else 0.0
    return _Feature("rule", value, verdict.reasons[:2])


def _interest(interest: Interest, paper: Paper) -> _Feature:
    """From -1: a paper with what is not wanted goes behind those with nothing."""
    value = _finite(interest.value * (1 - interest.exclusion) - interest.exclusion)
    own, related_words = ", ".join(interest.words), ", ".join(interest.related_terms)
    reasons = []
    if own:
        reasons.append(Reason(kind=ReasonKind.INTEREST, text=_("your interest: {words}", words=own), subject=own))
    if related_words:
        text = _("related to your interest: {words}", words=related_words)
        reasons.append(Reason(kind=ReasonKind.RELATED, text=text, subject=related_words))
    if interest.is_close:
        reasons.append(Reason(kind=ReasonKind.CLOSE, text=_("close in meaning to your interest")))
    title = paper.title.casefold()
    places = (
        _("“{word}” in the title", word=word) if word.casefold() in title else f"“{word}”" for word in interest.words
    )
    parts = (
        ", ".join(places),
        _("related to it: {words}", words=related_words) if related_words else "",
        _("it has something that is not wanted") if interest.exclusion > 0 else "",
    )
    return _Feature("interest", value, tuple(reasons) if value > 0 else (), words="; ".join(filter(None, parts)))


def _category(candidate: Candidate, wanted_categories: Sequence[str]) -> _Feature:
    """0.9 for the first wanted category as the primary one, 0.8 for the last; 0.3 for a cross-list; 0.1 for several.

    The order of categories is a hint only: nobody who lists three wants the first alone.
    """
    categories = candidate.paper.categories
    own_matches = [category for category in categories if any(covers(want, category) for want in wanted_categories)]
    if not own_matches:
        return _Feature("category", 0.0)
    several = 0.1 if len(own_matches) > 1 else 0.0
    if own_matches[0] != categories[0]:
        reason = weak_reason(_("cross-listed in {categories}", categories=all_of(own_matches[:2])))
        return _Feature("category", 0.3 + several, (reason,), len(wanted_categories) == 1)
    place = next(place for place, want in enumerate(wanted_categories) if covers(want, categories[0]))
    value = 0.9 - 0.1 * place / max(len(wanted_categories) - 1, 1)
    if several:
        words = _("primary {category}, also {other}", category=categories[0], other=own_matches[1])
    else:
        words = _("primary {category}", category=categories[0])
    return _Feature("category", value + several, (weak_reason(words),), len(wanted_categories) == 1)


def _fresh(candidate: Candidate, field: _Field) -> _Feature:
    """Half for a paper that is new in itself, the rest for a late listing and a late submission."""
    days_old = (field.newest_day - candidate.day).days
    late = field.lateness.get(candidate.paper.id.value, 0.5)
    is_new = candidate.type is AnnounceType.NEW
    value = 0.5 * is_new + 0.2 / (1 + days_old) + 0.3 * late
    return _Feature("fresh", value, (weak_reason(_("newly listed")),), is_common=True)


def _prior(paper: Paper) -> _Feature:
    people = len(paper.authors)
    authors = min(math.log(max(people, 1)) / math.log(_MANY_AUTHORS), 1.0)
    code = paper.signals.code_url is not None or links_code(paper.abstract)
    reasons = [weak_reason(_("code linked"))] if code else []
    if people >= _LARGE_TEAM:
        reasons.append(weak_reason(plural("{count} author", "{count} authors", people)))
    return _Feature("prior", _AUTHORS_COUNT * authors + _CODE_COUNTS * code, tuple(reasons))


def _reasons(features: Sequence[_Feature], opinion: Opinion | None) -> tuple[Reason, ...]:
    """One to three, the strongest first; what was learned comes after whom the channel follows."""
    if opinion and opinion.reason and opinion.value > 0.5:
        features = [*features, _Feature("learned", opinion.value, (opinion.reason,))]
    strongest = sorted(features, key=lambda feature: (feature.is_common, -feature.counts))
    telling = dict.fromkeys(reason for feature in strongest if not feature.is_common for reason in feature.reasons)
    common = (reason for feature in strongest if feature.is_common for reason in feature.reasons)
    return tuple(telling)[:_MOST_REASONS] or (next(common),)
