"""What a digest shows, as values: before it is a post or a page."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import TYPE_CHECKING, Final

from core.channels import Subscription
from core.choose.reasons import Reason
from core.choose.verdicts import Decision, Fate, Fit, LeftOut, Ranked, Standing, digest_order
from core.deliver.empty import Because, EmptyDay
from core.deliver.ledger import Counts
from core.ingest.state import SourceState
from core.ingest.traits import NO_SOURCES, Sources
from core.papers.identifiers import PaperId
from core.papers.paper import Paper, Summary
from core.summarise.ports import Spending
from core.summarise.requests import Lack, can_better

#: how many papers are named that fit and have no room
MOST_NAMED: Final = 20

if TYPE_CHECKING:  # loads what checks models, which most digests do without
    from core.deliver.reranking import Reranking
    from core.summarise.briefing import Briefing
    from core.summarise.summaries import PaperSummary


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One paper of a digest, ready to be shown."""

    paper: Paper
    score: float
    reasons: tuple[Reason, ...]
    summary: Summary
    #: why no model wrote the summary; None where nothing is wanting, or nobody knows any more
    lack: Lack | None = None
    #: what became of it in the choice; None where an older version chose
    standing: Standing | None = None
    #: papers like it that were left out for it
    siblings: tuple[Paper, ...] = ()

    @property
    def is_explored(self) -> bool:
        """True where it is something else than the channel usually saves."""
        return self.standing is not None and self.standing.fate is Fate.EXPLORED

    @property
    def is_near(self) -> bool:
        """True where it is beside what the channel wants, and no good match."""
        return self.standing is not None and self.standing.fit is Fit.NEAR and not self.is_explored

    @property
    def is_stand_in(self) -> bool:
        """True where a better summary may come."""
        return can_better(self.lack)


@dataclass(frozen=True, slots=True, kw_only=True)
class Digest:
    """A digest as values, before it is a post or a page."""

    subscription: Subscription
    day: date
    counts: Counts
    sources: tuple[SourceState, ...]
    items: tuple[Item, ...]
    #: its themes, at the head of a weekly digest whose channel wants that
    briefing: Briefing | None = None
    #: what its order and summaries cost just now
    spending: Spending = Spending()
    #: the first day that it covers, where that is not `day` alone; days without a listing before it do not count
    since: date | None = None
    #: True where other papers of its listing were posted before
    is_more: bool = False
    #: True where nothing of its listing is new: it is shown once more, under the settings of now
    is_again: bool = False
    #: when it was due, UTC, where it comes late; None where it is in time, or was ordered
    late_for: datetime | None = None
    #: parts of the channel's rule without which papers were judged
    left_out: tuple[LeftOut, ...] = ()
    #: what came of having papers graded by a model; None where the channel does not want that, or nobody knows any more
    reranking: Reranking | None = None
    #: True where the channel had none before, and is told what reactions do
    is_first: bool = False
    #: invented papers, to be labelled as such
    is_sample: bool = False
    #: how many fit; None where the channel says nothing that papers could fit
    fits: Fits | None = None
    #: the best of the papers that fit and have no room, at most `MOST_NAMED`
    more: tuple[Paper, ...] = ()
    #: how many those are
    more_total: int = 0
    #: what its sources are like
    traits: Sources = NO_SOURCES


@dataclass(frozen=True, slots=True, kw_only=True)
class Fits:
    """How many of a day's papers fit what a channel says it wants."""

    matching: int
    near: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Mentions:
    """What a digest names of the kept papers beside those that it shows."""

    fits: Fits | None = None
    #: by the chosen paper that they are like
    siblings: Mapping[PaperId, tuple[PaperId, ...]] = field(default_factory=dict)
    #: papers that fit and have no room, the best first, at most `MOST_NAMED`
    more: tuple[PaperId, ...] = ()
    #: how many those are
    more_total: int = 0

    def papers(self) -> tuple[PaperId, ...]:
        """All that are named."""
        return (*(id for ids in self.siblings.values() for id in ids), *self.more)

    def siblings_among(self, papers: Mapping[PaperId, Paper]) -> Mapping[PaperId, tuple[Paper, ...]]:
        """The siblings of each chosen paper, as far as they are known."""
        return {paper: _papers_in(ids, papers) for paper, ids in self.siblings.items()}

    def more_among(self, papers: Mapping[PaperId, Paper]) -> tuple[Paper, ...]:
        """The papers that have no room, as far as they are known."""
        return _papers_in(self.more, papers)


def _papers_in(ids: Sequence[PaperId], papers: Mapping[PaperId, Paper]) -> tuple[Paper, ...]:
    return tuple(papers[id] for id in ids if id in papers)


def mentions_in(decisions: Sequence[Decision], subscription: Subscription) -> Mentions:
    """What a digest names by these decisions, which are in the order of their places.

    Of a channel that says nothing but where it reads, no paper without room is named: all of the listing would be.
    """
    standings = [(decision.paper, decision.standing) for decision in decisions if decision.standing]
    siblings: dict[PaperId, tuple[PaperId, ...]] = {}
    for paper, standing in standings:
        if standing.like:
            siblings[standing.like] = (*siblings.get(standing.like, ()), paper)
    more = sorted(
        (digest_order(decision.standing, decision.place), decision.paper)
        for decision in decisions
        if decision.standing and decision.standing.fate is Fate.SIZE and decision.standing.fit
    )
    fits = Counter(standing.fit for _, standing in standings)
    has_floor = bool(standings) and (bool(subscription.interest.strip()) or bool(fits[Fit.NEAR] + fits[Fit.FAR]))
    return Mentions(
        fits=Fits(matching=fits[Fit.ALWAYS] + fits[Fit.MATCH], near=fits[Fit.NEAR]) if has_floor else None,
        siblings=siblings,
        more=tuple(paper for _, paper in more[:MOST_NAMED]),
        more_total=len(more),
    )


def none_chosen(digest: Digest) -> EmptyDay:
    """Why a digest with candidates shows none of them."""
    is_of_rule = digest.fits is None or not digest.counts.kept
    because = Because.NOTHING_KEPT if is_of_rule else Because.NOTHING_FITS
    return EmptyDay(because=because, day=digest.day, announced=digest.counts.candidates)


def items_of(
    entries: Sequence[tuple[Ranked, Standing | None]],
    summaries: Mapping[PaperId, PaperSummary],
    siblings: Mapping[PaperId, tuple[Paper, ...]],
) -> tuple[Item, ...]:
    """The chosen papers with their summaries, in order."""
    return tuple(
        Item(
            paper=entry.paper,
            score=entry.score,
            reasons=entry.reasons,
            summary=summaries[entry.paper.id].summary,
            lack=summaries[entry.paper.id].lack,
            standing=standing,
            siblings=siblings.get(entry.paper.id, ()),
        )
        for entry, standing in entries
    )


def is_sample(items: Sequence[Item]) -> bool:
    """Are papers among them invented?"""
    return any(item.paper.id.scheme == "sample" for item in items)
