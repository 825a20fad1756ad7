"""Is an interest too wide, too narrow, or in words that say nothing? Tried on papers of the last month. Pure.

A digest weighs a word less the more of the day's papers have it, so that a wide interest still tells the best of them.
Here each paper is weighed by itself: what nearly all papers match leaves nothing to choose by.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from core.choose.floor import bounds_of
from core.choose.interest.weighing import weigh
from core.choose.rules.linting import ENOUGH, WIDE
from core.papers.paper import Paper


@dataclass(frozen=True, slots=True, kw_only=True)
class Width:
    """How many of some papers match an interest."""

    papers: int
    matches: int
    #: True where its words are too common to tell any paper from another
    says_nothing: bool = False

    @property
    def share(self) -> float:
        """The part of the papers that match, from 0 to 1."""
        return self.matches / self.papers if self.papers else 0.0

    @property
    def is_wide(self) -> bool:
        """True where so many match that hardly anything is left to choose by."""
        return self.papers >= ENOUGH and self.share > WIDE


def width_of(interest: str, papers: Sequence[Paper]) -> Width:
    """Try an interest on papers."""
    bounds = bounds_of(interest)
    values = [paper.value for paper in weigh(interest, papers, are_apart=True)]
    matches = sum(value >= bounds.matches for value in values)
    return Width(papers=len(papers), matches=matches, says_nothing=bounds.reach < bounds.matches)
