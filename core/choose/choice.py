"""The choice of a digest: candidates -> rule -> rank -> re-rank -> the best. Pure; every verdict keeps its reason.

`core.deliver.choosing` calls `choose_papers`. Its answer depends on what it is given alone.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from core.channels import Subscription
from core.choose import ranking
from core.choose.profile.opinions import Opinion
from core.choose.reranking import NO_GRADES, Grades, rerank
from core.choose.rules import judging
from core.choose.verdicts import Candidates, Decision, Dropped, LeftOut, Ranked
from core.papers.identifiers import PaperId


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """What became of every candidate."""

    #: what the rule kept, best first
    kept: tuple[Ranked, ...]
    #: what the rule dropped and why, in the order of the candidates
    dropped: Sequence[tuple[PaperId, Dropped]]
    #: the digest has room for so many papers
    size: int
    #: parts of the rule without which papers were judged
    left_out: tuple[LeftOut, ...] = ()

    @property
    def chosen(self) -> tuple[Ranked, ...]:
        """What the digest shows, best first."""
        return self.kept[: self.size]

    def decisions(self) -> Iterator[Decision]:
        """What the ledger keeps: every kept paper with its place and reasons."""
        for one in self.kept:
            is_chosen = one.place <= self.size
            yield Decision(paper=one.paper.id, score=one.score, reasons=one.reasons, place=one.place, chosen=is_chosen)


@dataclass(frozen=True, slots=True, kw_only=True)
class Knowledge:
    """What a choice rests on beside the candidates and the subscription; nothing of it need be known."""

    #: the lists that the rule may name
    lists: judging.Lists = field(default_factory=dict)
    #: terms that go with each term of the interest in the papers that are stored
    related: Mapping[str, Sequence[str]] = field(default_factory=dict)
    #: what the channel's people have taught says of each candidate
    opinions: Mapping[PaperId, Opinion] = field(default_factory=dict)
    #: what a language model thinks of the best of them
    grades: Grades = NO_GRADES


NOTHING_KNOWN: Final = Knowledge()


def choose_papers(candidates: Candidates, subscription: Subscription, known: Knowledge = NOTHING_KNOWN) -> Choice:
    """Judge every candidate by the subscription's rule, and rank what it keeps; pages of an issue are no candidates."""
    judged = judging.judge_all(candidates.items, subscription, lists=known.lists)
    return Choice(
        kept=rerank(ranking.choose(judged.kept, subscription, known.related, known.opinions), known.grades),
        dropped=judged.dropped,
        size=subscription.size,
        left_out=judged.left_out,
    )
