"""Hours, weekdays, zones and days in people's own words."""

from __future__ import annotations

import re
from datetime import date, time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.channels import ChannelRef, Subscription
from core.converse.settings import subscribing
from core.converse.settings.naming import read_name
from core.converse.settings.schedule_words import parse_day_ahead, read_schedule, whole_schedule
from core.converse.settings.wish_words import is_in_words, read_words
from core.errors import BadSetting, PaperboyError

TODAY = date(2026, 11, 30)  # a Monday
READS = Subscription(channel=ChannelRef("terminal", "", "main"), categories=("cs.CL",))

#: what people write, and pieces of it that only look like it
_SAID = """robots no not without every monday at nine half past eight 25:99 9am in German top 5 papers a day from
robotics, ; . cs.CL cs.XX name: name:a Europe/Berlin and/or UTC tomorrow next week 2026-13-99 ** AND NOT ( ) “ ” ~ 学习
\u202e \0 weekdays mon-fri sun quarter to one o'clock until 999 days /subscribe"""
_PIECES = st.sampled_from(_SAID.split())
wishes = st.one_of(st.lists(_PIECES, max_size=12).map(" ".join), st.text(max_size=60))


@pytest.mark.parametrize(
    ("typed", "at"),
    [
        ("9", time(9)),
        ("09:00", time(9)),
        ("9am", time(9)),
        ("9 p.m.", time(21)),
        ("12am", time(0)),
        ("12:30 pm", time(12, 30)),
        ("half past eight", time(8, 30)),
        ("quarter to nine", time(8, 45)),
        ("quarter past 9", time(9, 15)),
        ("nine", time(9)),
        ("nine thirty", time(9, 30)),
        ("nine o'clock in the evening", time(21)),
        ("noon", time(12)),
        ("17", time(17)),
    ],
)
def test_hours(typed: str, at: time) -> None:
    """An hour is set as people say it."""
    assert subscribing.change(READS, "at", typed).at.at == at


@pytest.mark.parametrize("typed", ["25:00", "13pm", "9:99", "soonish", "9 papers", "half past", "weekdays at"])
def test_what_is_no_hour(typed: str) -> None:
    """What names no hour of a day is refused."""
    with pytest.raises(PaperboyError):
        subscribing.change(READS, "at", typed)


@pytest.mark.parametrize(
    ("typed", "days"),
    [
        ("weekdays", {0, 1, 2, 3, 4}),
        ("mon-fri", {0, 1, 2, 3, 4}),
        ("monday to wednesday", {0, 1, 2}),
        ("every monday", {0}),
        ("mondays, wednesdays and fridays", {0, 2, 4}),
        ("mon, thu", {0, 3}),
        ("every day", set(range(7))),
        ("daily", set(range(7))),
        ("weekends", {5, 6}),
        ("sat-mon", {5, 6, 0}),
    ],
)
def test_weekdays(typed: str, days: set[int]) -> None:
    """Weekdays are set as people say them."""
    assert subscribing.change(READS, "weekdays", typed).at.weekdays == days


def test_everything_at_once() -> None:
    """Days, hour and zone are set in one go, in any order, by the hour's name or the days'."""
    for name, typed in (
        ("at", "weekdays 9:00 Europe/Berlin"),
        ("at", "9:00 Europe/Berlin on weekdays"),
        ("weekdays", "9:00 Europe/Berlin"),
        ("at", "mon-fri at nine in Berlin time"),
    ):
        at = subscribing.change(READS, name, typed).at
        assert (at.at, at.zone, at.weekdays, at.is_zone_known) == (time(9), "Europe/Berlin", frozenset(range(5)), True)


@pytest.mark.parametrize(
    ("typed", "day"),
    [
        ("tomorrow", date(2026, 12, 1)),
        ("until friday", date(2026, 12, 4)),
        ("monday", date(2026, 12, 7)),
        ("3 days", date(2026, 12, 3)),
        ("for two weeks", date(2026, 12, 14)),
        ("a month", date(2026, 12, 30)),
        ("next week", date(2026, 12, 7)),
        ("2026-12-24", date(2026, 12, 24)),
    ],
)
def test_days_ahead(typed: str, day: date) -> None:
    """A day ahead is read as people say it."""
    assert parse_day_ahead(typed, TODAY) == day


@pytest.mark.parametrize(
    "typed", ["", "yesterday", "2026-11-30", "2020-01-01", "0 days", "999 days", "9999-12-31", "soon"]
)
def test_what_is_no_day_ahead(typed: str) -> None:
    """A day that has gone by, is far away or is none is refused."""
    with pytest.raises(BadSetting):
        parse_day_ahead(typed, TODAY)


@pytest.mark.parametrize(
    "typed",
    ["the sun corona", "agents and/or tools", "learning at scale", "one model", "3.5 percent at 3.5", "may day"],
)
def test_what_says_nothing_of_a_schedule(typed: str) -> None:
    """Words about papers stay words about papers."""
    assert read_schedule(typed, TODAY) == (read_schedule("")[0], typed)
    assert whole_schedule(typed) is None


@given(wishes)
def test_reading_never_fails(typed: str) -> None:
    """Whatever is typed, reading it raises nothing but a sentence for the person."""
    read_words(typed, TODAY).on(READS)
    is_in_words(typed, TODAY)
    read_schedule(typed, TODAY)
    for read in (
        read_name,
        lambda words: parse_day_ahead(words, TODAY),
        lambda words: subscribing.change(READS, "at", words),
        lambda words: subscribing.change(READS, "weekdays", words),
        lambda words: subscribing.change(READS, "pause", words),
        lambda words: subscribing.change(READS, "size", words),
        lambda words: subscribing.subscribe(READS, subscribing.read_wish(words)),
    ):
        try:
            read(typed)
        except PaperboyError as error:
            assert error.sentence()


@given(wishes)
def test_nothing_that_is_wanted_is_lost(typed: str) -> None:
    """What a wish keeps of somebody's words are words of theirs, in their order."""
    words = iter(re.findall(r"\w+", typed))
    assert all(one in words for one in re.findall(r"\w+", read_words(typed, TODAY).interest))


def test_an_endless_wish_is_bounded() -> None:
    """A wish of a hundred thousand words is read in its beginning, and what is not wanted of it is bounded."""
    wish = read_words("no surveys and robots " * 100_000, TODAY)
    assert len(wish.denials) <= 10 and len(wish.interest) <= 2_000
