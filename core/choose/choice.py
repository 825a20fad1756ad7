"""The choice of a digest: candidates -> rule -> rank -> the best. Pure; every verdict keeps its reason.

`core.deliver.digest` calls `choose_papers`. Its answer depends on what it is given alone.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from core.channels import Subscription
from core.choose import ranking, rules
from core.choose.verdicts import Candidates, Decision, Dropped, Ranked
from core.papers.front_matter import is_front_matter
from core.papers.identifiers import PaperId


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """What became of every candidate."""

    #: what the rule kept, best first
    kept: tuple[Ranked, ...]
    #: what the rule dropped and why, in the order of the candidates
    dropped: tuple[tuple[PaperId, Dropped], ...]
    #: the digest has room for so many papers
    size: int

    @property
    def chosen(self) -> tuple[Ranked, ...]:
        """What the digest shows, best first."""
        return self.kept[: self.size]

    def decisions(self) -> Iterator[Decision]:
        """What the ledger keeps: every kept paper with its place and reasons."""
        for one in self.kept:
            is_chosen = one.place <= self.size
            yield Decision(paper=one.paper.id, score=one.score, reasons=one.reasons, place=one.place, chosen=is_chosen)


def choose_papers(
    candidates: Candidates, subscription: Subscription, related: Mapping[str, Sequence[str]] | None = None
) -> Choice:
    """Judge every candidate by the subscription's rule, and rank what it keeps; pages of an issue are no candidates.

    `related` are terms that go with those of its interest in the stored papers, as `relations` finds them.
    """
    verdict_on = rules.judge_for(subscription)
    verdicts = [(one, verdict_on(one.paper, [one.scope])) for one in candidates.items if not is_front_matter(one.paper)]
    kept = [(one, verdict) for one, verdict in verdicts if not isinstance(verdict, Dropped)]
    dropped = tuple((one.paper.id, verdict) for one, verdict in verdicts if isinstance(verdict, Dropped))
    return Choice(kept=ranking.choose(kept, subscription, related), dropped=dropped, size=subscription.size)
