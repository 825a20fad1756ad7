"""The values that people type in commands: days, spans of days, names, and filters in running words."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.converse.values import parse_day, parse_days, parse_names, with_filters
from core.errors import PaperboyError, UsageError
from tests.fakes.desk_driver import DeskDriver, words

#: a Wednesday
TODAY = date(2026, 2, 4)


@pytest.mark.parametrize(
    ("typed", "days"),
    [("", 7), ("14", 14), ("2w", 14), ("last week", 7), ("since monday", 3), ("yesterday", 2), ("since 4 Feb", 1)],
)
def test_numbers_of_days(typed: str, days: int) -> None:
    """Numbers, spans, and the day with which the days begin; the usual number where nothing is typed."""
    assert parse_days(typed, today=TODAY) == days


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [("soon", "'soon' is not a number of days."), ("99", "'99' is too many days."), ("0", "'0' is no day at all.")],
)
def test_senseless_numbers_of_days(typed: str, sentence: str) -> None:
    """What is no number of days is told with an example."""
    with pytest.raises(UsageError) as error:
        parse_days(typed, today=TODAY)
    assert str(error.value) == sentence
    assert "since monday" in error.value.hint


def test_names() -> None:
    """Names stand between commas, or in quotation marks where they have one."""
    assert parse_names('"Lee, Ann", Bob  Ray,Bob Ray', example="x") == ("Lee, Ann", "Bob Ray")
    with pytest.raises(UsageError, match="Name one to 20 people"):
        parse_names(" , ", example="`/authors Ann Lee`")


@pytest.mark.parametrize(
    ("typed", "search"),
    [
        ("graphs since monday", "graphs since:2026-02-02"),
        ("graphs since: yesterday in:cs.CL", "graphs since:2026-02-03 in:cs.CL"),
        ("since last week graphs", "since:2026-01-28 graphs"),
        ("advances since 2012", "advances since 2012"),
        ("since transformers", "since transformers"),
        ("graphs since:7d", "graphs since:7d"),
    ],
)
def test_filters_in_running_words(typed: str, search: str) -> None:
    """A day after `since` is a filter; other words after it are looked for."""
    assert with_filters(typed, today=TODAY) == search


@given(st.text(max_size=60))
def test_hostile_values(typed: str) -> None:
    """Whatever is typed, nothing but a UsageError comes out."""
    with_filters(typed, today=TODAY)
    for read in (
        lambda: parse_days(typed, today=TODAY),
        lambda: parse_day(typed, today=TODAY, hint="x"),
        lambda: parse_names(typed, example="x"),
    ):
        try:
            read()
        except PaperboyError as error:
            assert isinstance(error, UsageError)


async def test_a_mistyped_command_before_a_title(driver: DeskDriver) -> None:
    """Words that no paper has, and that begin nearly as a command, are answered with that command."""
    answer = words(await driver.asks("paper", "serch quantum gravity whispers"))
    assert "Did you mean " in answer
    assert "/search" in answer


async def test_a_paper_is_named_in_any_spelling(driver: DeskDriver) -> None:
    """`/why` and the bookmark take an address, a DOI's form or a title, as `/paper` does."""
    for spelling in (
        "2602.00004",
        "https://arxiv.org/abs/2602.00004v1",
        "<https://arxiv.org/pdf/2602.00004>",
        "10.48550/arXiv.2602.00004",
        "graph whispers",
    ):
        assert "whispers" in words(await driver.asks("why", spelling)), spelling
        assert "On your reading list" in words(await driver.asks("bookmark", spelling)), spelling
        assert "Taken off" in words(await driver.asks("bookmark", spelling)), spelling
    assert "was never in any listing" in words(await driver.asks("why", "2501.00001"))
    assert "No stored paper has the title" in words(await driver.asks("why", "quantum zebras of the night"))


async def test_categories_are_set_by_name(driver: DeskDriver) -> None:
    """`/settings categories` takes codes and names in words; a word that names none is refused with the nearest."""
    await driver.asks("settings", "categories cs.CL, machine learning, Robotics")
    (saved,) = await driver.store.subscriptions()
    assert saved.categories == ("cs.CL", "cs.LG", "stat.ML", "cs.RO")
    assert "Did you mean cs.RO" in words(await driver.asks("settings", "categories robotiks"))
    assert "has no category 'nonsense'" in words(await driver.asks("settings", "categories cs.CL nonsense"))
