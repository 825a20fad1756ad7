"""Lines of listings: what is kept of those that are told again."""

from __future__ import annotations

from datetime import date, timedelta

from core.papers.identifiers import PaperId
from core.papers.identity.lines import Line, LineKey, settle_lines
from core.papers.paper import AnnounceType
from tests.fakes.papers import DAY

EARLY = DAY - timedelta(days=2)


def a_line(*, day: date = DAY, history: bool = False, name: str = "1") -> Line:
    return Line(LineKey(("arxiv", PaperId("arxiv", name)), "cs.CL", AnnounceType.NEW, 1), day, history)


def test_earlier_day_counts() -> None:
    """The same line with an earlier day is of that day, and one with a later day changes nothing."""
    assert settle_lines([a_line(day=EARLY)], {7: a_line()}) == ((), (), {7: EARLY})
    assert settle_lines([a_line()], {7: a_line(day=EARLY)}) == ((), (), {})


def test_twice_in_a_listing() -> None:
    """A line that stands twice in a listing is one, of the earlier day, and history only where both are."""
    told = [a_line(history=True), a_line(day=EARLY), a_line(history=True)]
    for some in (told, told[::-1]):
        assert settle_lines(some, {}).new == (a_line(day=EARLY),)


def test_history_that_is_news() -> None:
    """A line of an archive that comes as news comes anew, of the earlier day; news that an archive tells stays."""
    assert settle_lines([a_line()], {7: a_line(history=True, day=EARLY)}) == ((a_line(day=EARLY),), (7,), {})
    assert settle_lines([a_line(history=True, day=EARLY)], {7: a_line()}) == ((), (), {7: EARLY})


def test_another_name_is_another_line() -> None:
    """A source that has two names for a paper announces it under both."""
    assert settle_lines([a_line(name="2")], {7: a_line()}).new == (a_line(name="2"),)
