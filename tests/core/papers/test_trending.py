"""Which papers rise."""

from __future__ import annotations

from datetime import timedelta

from core.papers.paper import Reading, Signals
from core.papers.trending import VotedPaper, rises
from tests.fakes.papers import AT, a_paper

SINCE = AT - timedelta(days=7)


def voted(number: int, *totals: tuple[int, int | None], age_days: int = 3, source: str = "huggingface") -> VotedPaper:
    """A paper with totals told so many days ago."""
    readings = tuple(
        Reading(source=source, at=AT - timedelta(days=ago), signals=Signals(upvotes=votes)) for ago, votes in totals
    )
    return VotedPaper(paper=a_paper(number, published=AT - timedelta(days=age_days)), readings=readings)


def gains(*told: VotedPaper, limit: int = 9) -> list[tuple[str, int, int]]:
    return [(one.paper.id.value[-1], one.gained, one.votes) for one in rises(told, since=SINCE, limit=limit)]


def test_what_was_gained_counts() -> None:
    """Votes from before the days do not count, and a young paper gained all that it has."""
    known, young = voted(1, (20, 90), (1, 95), age_days=30), voted(2, (2, 3), (0, 8))
    assert gains(known, young) == [("2", 8, 8), ("1", 5, 95)]


def test_the_first_total_of_an_old_paper_is_no_gain() -> None:
    """A paper of last year whose votes are told for the first time had them before."""
    assert gains(voted(1, (3, 500), age_days=400)) == []
    assert gains(voted(1, (3, 500), (1, 512), age_days=400)) == [("1", 12, 512)]


def test_nothing_gained_does_not_rise() -> None:
    """Votes that were taken back, and readings without votes, raise nobody."""
    assert gains(voted(1, (5, 9), (9, 9), (1, 4), age_days=90), voted(2, (1, None)), voted(3)) == []


def test_equals_have_an_order() -> None:
    """Of equal gains the one with more votes comes first, then the one of the smaller id; at most so many are named."""
    told = (voted(3, (1, 5)), voted(2, (1, 5)), voted(1, (20, 9), (1, 14), age_days=40))
    assert gains(*told) == gains(*reversed(told)) == [("1", 5, 14), ("2", 5, 5), ("3", 5, 5)]
    assert len(gains(*told, limit=2)) == 2


def test_each_source_is_counted_by_itself() -> None:
    """Two sources that tell of one paper's votes are added up."""
    one, other = voted(1, (2, 3), source="huggingface"), voted(1, (2, 4), source="elsewhere")
    both = VotedPaper(paper=one.paper, readings=(*one.readings, *other.readings))
    assert gains(both) == [("1", 7, 7)]
