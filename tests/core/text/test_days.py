"""Days and spans of days in people's words."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.text.days import read_day, read_day_ahead, read_since, read_span

#: a Wednesday
TODAY = date(2026, 2, 4)


@pytest.mark.parametrize(
    ("typed", "day"),
    [
        ("today", TODAY),
        ("Yesterday", date(2026, 2, 3)),
        ("the day before yesterday", date(2026, 2, 2)),
        ("tomorrow", date(2026, 2, 5)),
        ("3 days ago", date(2026, 2, 1)),
        ("a week ago", date(2026, 1, 28)),
        ("wednesday", TODAY),
        ("on Monday", date(2026, 2, 2)),
        ("thu", date(2026, 1, 29)),
        ("last wednesday", date(2026, 1, 28)),
        ("2026-02-03", date(2026, 2, 3)),
        ("2026/2/3", date(2026, 2, 3)),
        ("20260203", date(2026, 2, 3)),
        ("03.02.2026", date(2026, 2, 3)),
        ("3.2.", date(2026, 2, 3)),
        ("4 Feb", TODAY),
        ("Feb 4", TODAY),
        ("February 4th, 2025", date(2025, 2, 4)),
        ("5 Feb", date(2025, 2, 5)),
        ("31. december", date(2025, 12, 31)),
        ("4th of sept", date(2025, 9, 4)),
        ("29 Feb", date(2024, 2, 29)),
    ],
)
def test_days(typed: str, day: date) -> None:
    """One day can be named in many ways; without a year it is the latest one that is not ahead."""
    assert read_day(typed, today=TODAY) == day
    assert read_since(typed, today=TODAY) == day


@pytest.mark.parametrize("typed", ["", "soon", "02/04/2026", "30 Feb", "2026-13-01", "ma 4", "4 xyz", "last", "mo"])
def test_other_words_are_no_day(typed: str) -> None:
    """What could be two days, or is none, is not guessed."""
    assert read_day(typed, today=TODAY) is None


@pytest.mark.parametrize(
    ("typed", "days"),
    [
        ("7", 7),
        ("7d", 7),
        ("14 days", 14),
        ("2w", 14),
        ("a week", 7),
        ("last week", 7),
        ("fortnight", 14),
        ("the last three days", 3),
        ("last 2 weeks", 14),
        ("month", 30),
        ("3m", 90),
        ("1y", 365),
        ("a couple of days", 2),
    ],
)
def test_spans(typed: str, days: int) -> None:
    """Spans of days are numbers, units and words."""
    assert read_span(typed) == days
    if not typed.isdecimal():
        assert read_since(typed, today=TODAY) == TODAY - timedelta(days=days)


@pytest.mark.parametrize("typed", ["", "soon", "-3", "99999", "7x", "few days", "³"])
def test_other_words_are_no_span(typed: str) -> None:
    """Other words are none."""
    assert read_span(typed) is None


@given(st.text(max_size=30), st.dates())
def test_any_words_are_a_day_or_not(typed: str, today: date) -> None:
    """Nothing is raised, whatever the words and the day."""
    read_day(typed, today=today)
    read_since(typed, today=today)
    read_day_ahead(typed, today=today)
    read_span(typed)


@given(st.dates(), st.dates())
def test_a_day_reads_as_it_is_written(day: date, today: date) -> None:
    """ISO dates and dates in words read back on any day."""
    assert read_day(day.isoformat(), today=today) == day
    assert read_day(f"{day.day} {day:%b} {day.year:04}", today=today) == day
