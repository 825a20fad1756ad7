"""Lines of listings: what is kept of those that are told again."""

from __future__ import annotations

from datetime import timedelta
from types import SimpleNamespace
from typing import Any

from storage.papers.announcing import settle_lines
from tests.fakes.papers import AT, DAY

EARLY = DAY - timedelta(days=2)


def a_line(**changes: Any) -> dict[str, Any]:
    values = {"paper_id": 1, "source": "arxiv", "scope": "cs.CL", "type": "new", "version": 1, "name": "arxiv:1"}
    return {**values, "day": DAY, "history": False, "seen_at": AT, **changes}


def a_stored_line(**changes: Any) -> Any:
    return SimpleNamespace(**a_line(**changes), seq=7)


def test_earlier_day_counts() -> None:
    """The same line with an earlier day is of that day, and one with a later day changes nothing."""
    assert settle_lines([a_line(day=EARLY)], [a_stored_line()]) == ([], [], [{"line": 7, "earlier": EARLY}])
    assert settle_lines([a_line()], [a_stored_line(day=EARLY)]) == ([], [], [])


def test_twice_in_a_listing() -> None:
    """A line that stands twice in a listing is one, of the earlier day, and history only where both are."""
    told = [a_line(history=True), a_line(day=EARLY), a_line(history=True)]
    for some in (told, told[::-1]):
        assert settle_lines(some, []).new == [a_line(day=EARLY)]


def test_history_that_is_news() -> None:
    """A line of an archive that comes as news comes anew, of the earlier day; news that an archive tells stays."""
    assert settle_lines([a_line()], [a_stored_line(history=True, day=EARLY)]) == ([a_line(day=EARLY)], [7], [])
    assert settle_lines([a_line(history=True, day=EARLY)], [a_stored_line()]).earlier == [{"line": 7, "earlier": EARLY}]


def test_another_name_is_another_line() -> None:
    """A source that has two names for a paper announces it under both."""
    assert settle_lines([a_line(name="arxiv:2")], [a_stored_line()]).new == [a_line(name="arxiv:2")]
