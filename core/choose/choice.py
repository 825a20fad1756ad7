"""The choice of a digest: candidates -> rule -> rank -> re-rank -> floor -> diversity -> exploring. Pure.

`core.deliver.choosing` calls `choose_papers`. Its answer depends on what it is given alone.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Final

from core.channels import Subscription
from core.choose import diversity, exploring, floor, ranking
from core.choose.profile.opinions import Opinion
from core.choose.reranking import NO_GRADES, Grades, rerank
from core.choose.rules import judging
from core.choose.verdicts import (
    Candidates,
    Decision,
    Dropped,
    Fate,
    Fit,
    LeftOut,
    Ranked,
    Standing,
    digest_order,
    is_chosen,
)
from core.papers.identifiers import PaperId
from core.text.readable import shorten

#: what becomes of a paper that does not fit
BELOW_FLOOR: Final = Standing(fate=Fate.FLOOR, fit=Fit.FAR)
#: what the scores of so many papers are made of is remembered, and of all that were chosen
_MOST_REMEMBERED: Final = 100
#: how many parts of a rule that were left out are kept, and how many characters of each
_MOST_LEFT_OUT: Final = 3
_LONGEST_CLAUSE: Final = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """What became of every candidate."""

    #: what the rule kept, best first
    kept: tuple[Ranked, ...]
    #: what became of each of them, in their order
    standings: tuple[Standing, ...]
    #: what the rule dropped and why, in the order of the candidates
    dropped: Sequence[tuple[PaperId, Dropped]]
    #: the digest has room for so many papers
    size: int
    #: parts of the rule without which papers were judged
    left_out: tuple[LeftOut, ...] = ()

    @property
    def shown_papers(self) -> tuple[Ranked, ...]:
        """What the digest shows, in its order."""
        return tuple(entry for entry, _ in self.entries)

    @property
    def entries(self) -> tuple[tuple[Ranked, Standing], ...]:
        """The papers that the digest shows, each with what decided, in its order."""
        entries = [(entry, standing) for entry, standing in self._pairs() if is_chosen(standing)]
        return tuple(sorted(entries, key=lambda pair: digest_order(pair[1], pair[0].place)))

    @property
    def fitting(self) -> tuple[Ranked, ...]:
        """Everything that fits, best first, whether there is room for it or not."""
        return tuple(entry for entry, standing in self._pairs() if standing.fate is not Fate.FLOOR)

    def decisions(self) -> Iterator[Decision]:
        """What the ledger keeps: every kept paper with its place, its reasons, and what became of it."""
        left_out = tuple(shorten(part.clause, _LONGEST_CLAUSE) for part in self.left_out[:_MOST_LEFT_OUT])
        for entry, standing in self._pairs():
            is_shown = is_chosen(standing)
            yield Decision(
                paper=entry.paper.id,
                score=entry.score,
                reasons=entry.reasons,
                place=entry.place,
                chosen=is_shown,
                standing=standing,
                contributions=entry.contributions if is_shown or entry.place <= _MOST_REMEMBERED else (),
                left_out=left_out,
            )

    def _pairs(self) -> Iterator[tuple[Ranked, Standing]]:
        return zip(self.kept, self.standings, strict=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class Knowledge:
    """What a choice rests on beside the candidates and the subscription; nothing of it need be known."""

    #: the lists that the rule may name
    lists: judging.Lists = field(default_factory=dict)
    #: terms that go with each term of the interest in the papers that are stored
    related_terms: Mapping[str, Sequence[str]] = field(default_factory=dict)
    #: what the channel's people have taught says of each candidate
    opinions: Mapping[PaperId, Opinion] = field(default_factory=dict)
    #: what a language model thinks of the best of them
    grades: Grades = NO_GRADES
    #: the digest's day, by which something else is drawn
    day: date | None = None
    #: how close in meaning to the interest the candidates are that have a vector, from 0 to 1
    closeness: Mapping[PaperId, float] = field(default_factory=dict)


NOTHING_KNOWN: Final = Knowledge()


def choose_papers(candidates: Candidates, subscription: Subscription, knowledge: Knowledge = NOTHING_KNOWN) -> Choice:
    """Judge every candidate by the subscription's rule, rank what it keeps, and take what fits best and differs.

    Pages of an issue are no candidates. The same candidates give the same choice in whatever order they come.
    """
    judgements = judging.judge_all(candidates.items, subscription, lists=knowledge.lists)
    own_order = ranking.choose(
        judgements.kept, subscription, knowledge.related_terms, knowledge.opinions, knowledge.closeness
    )
    papers = rerank(own_order, knowledge.grades)
    fits = floor.fits_of(papers, subscription, knowledge.opinions)
    fitting = [(entry, fit) for entry, fit in zip(papers, fits, strict=True) if fit is not Fit.FAR]
    standings = diversity.select(fitting, subscription.size)
    kept_papers, standings = exploring.with_something_else(
        papers, fits, standings, subscription, knowledge.opinions, knowledge.day
    )
    return Choice(
        kept=kept_papers,
        standings=tuple(standings.get(entry.paper.id, BELOW_FLOOR) for entry in kept_papers),
        dropped=judgements.dropped,
        size=subscription.size,
        left_out=judgements.left_out,
    )
