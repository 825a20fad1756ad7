"""Which papers rise: what their votes gained within a few days. Pure.

`/trending` and the command line ask. Votes are told as totals at moments; what was gained is the last total less the
one before the days that count.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from core.papers.paper import Paper, Reading

#: a paper that appeared so long before its votes were first told may have had them for long
_YOUNG: Final = timedelta(days=7)


@dataclass(frozen=True, slots=True, kw_only=True)
class VotedPaper:
    """A paper and all that was told of its votes, oldest first."""

    paper: Paper
    readings: tuple[Reading, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rise:
    """What a paper's votes gained."""

    paper: Paper
    gained: int
    #: the latest total, over all sources
    votes: int


def rises(papers: Iterable[VotedPaper], *, since: datetime, limit: int) -> tuple[Rise, ...]:
    """The papers that gained votes, most gained first; equals are in the order of their votes, then of their ids."""
    all_rises = (
        Rise(paper=candidate.paper, gained=_votes_gained(candidate, since), votes=_votes(candidate.readings))
        for candidate in papers
    )
    rising = (rise for rise in all_rises if rise.gained > 0)
    return tuple(sorted(rising, key=lambda rise: (-rise.gained, -rise.votes, rise.paper.id))[:limit])


def _votes_gained(candidate: VotedPaper, since: datetime) -> int:
    """Over all sources; the first total of an old paper was not gained within the days."""
    paper = candidate.paper
    born = paper.published.date() if paper.published else paper.announced
    total = 0
    for votes in _by_source(candidate.readings).values():
        before = [count for at, count in votes if at < since]
        first_at, first = votes[0]
        is_young = born is not None and first_at.date() - born <= _YOUNG
        start = before[-1] if before else 0 if is_young else first
        total += max(votes[-1][1] - start, 0)
    return total


def _votes(readings: Sequence[Reading]) -> int:
    return sum(votes[-1][1] for votes in _by_source(readings).values())


def _by_source(readings: Sequence[Reading]) -> Mapping[str, list[tuple[datetime, int]]]:
    votes: dict[str, list[tuple[datetime, int]]] = {}
    for reading in readings:
        if reading.signals.upvotes is not None:
            votes.setdefault(reading.source, []).append((reading.at, reading.signals.upvotes))
    return votes
