"""What a digest shows, as values: before it is a post or a page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING

from core.channels import Subscription
from core.choose.reasons import Reason
from core.choose.verdicts import LeftOut, Ranked
from core.deliver.ledger import Counts
from core.ingest.state import SourceState
from core.papers.identifiers import PaperId
from core.papers.paper import Paper, Summary
from core.summarise.ports import Spending
from core.summarise.requests import Lack, can_better

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
    #: invented papers, to be labelled as such
    is_sample: bool = False


def items_of(chosen: Sequence[Ranked], summaries: Mapping[PaperId, PaperSummary]) -> tuple[Item, ...]:
    """The chosen papers with their summaries, in order."""
    found = [(one, summaries[one.paper.id]) for one in chosen]
    return tuple(
        Item(paper=one.paper, score=one.score, reasons=one.reasons, summary=its.summary, lack=its.lack)
        for one, its in found
    )


def is_sample(items: Sequence[Item]) -> bool:
    """Are papers among them invented?"""
    return any(item.paper.id.scheme == "sample" for item in items)
