from datetime import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import UsageError
from core.text.times import EVERY_DAY, parse_time, parse_weekdays, parse_zone, show_weekdays


@pytest.mark.parametrize(
    ("typed", "zone"), [("Europe/Berlin", "Europe/Berlin"), ("UTC", "UTC"), ("asia/shanghai", "Asia/Shanghai")]
)
def test_zones(typed: str, zone: str) -> None:
    """A zone is known by its IANA name, in any letter case."""
    assert parse_zone(typed) == zone


@pytest.mark.parametrize(
    ("typed", "hint"),
    [
        ("Europe/Berln", "Did you mean Europe/Berlin?"),
        ("berlin", "Did you mean Europe/Berlin?"),
        ("", "Use an IANA name"),
        ("Mars", "Use an IANA name"),
        ("../../etc/passwd", "Use an IANA name"),
        ("\x00", "Use an IANA name"),
        ("x" * 9999, "Use an IANA name"),
    ],
)
def test_unknown_zones(typed: str, hint: str) -> None:
    """What is no zone is one sentence with the nearest, or with examples."""
    with pytest.raises(UsageError) as error:
        parse_zone(typed)
    assert error.value.hint.startswith(hint)


@given(st.times())
def test_times_read_back(at: time) -> None:
    """A time of day reads back from how it is shown."""
    assert parse_time(f"{at:%H:%M}") == at.replace(second=0, microsecond=0)
    assert parse_time(f" {at.hour} ") == time(at.hour)


@pytest.mark.parametrize("typed", ["", "24:00", "9:60", "9:5", "noon", "-1", "09:00:00", "9" * 999])
def test_no_times(typed: str) -> None:
    """What is no time of day is one sentence with an example."""
    with pytest.raises(UsageError, match="is not a time of day"):
        parse_time(typed)


@given(st.frozensets(st.integers(0, 6), min_size=1))
def test_weekdays_read_back(days: frozenset[int]) -> None:
    """Weekdays read back from how they are shown."""
    assert parse_weekdays(show_weekdays(days)) == days


@pytest.mark.parametrize(
    ("typed", "days"),
    [
        ("mon-fri", range(5)),
        ("Mon – Fri", range(5)),
        ("weekdays", range(5)),
        ("weekends", (5, 6)),
        ("daily", EVERY_DAY),
        ("every day", EVERY_DAY),
        ("mon,wed,fri", (0, 2, 4)),
        ("Monday, Tues, thursday", (0, 1, 3)),
        ("sat-mon", (5, 6, 0)),
        ("mon-mon", (0,)),
        ("fri-sun,tue", (4, 5, 6, 1)),
    ],
)
def test_weekdays(typed: str, days: range) -> None:
    """Weekdays are read in the ways in which people write them."""
    assert parse_weekdays(typed) == frozenset(days)


@pytest.mark.parametrize("typed", ["", "monkey", "funday", "mon-", "-fri", "mon-wed-fri", "mo", "mon,,tue", "\u202e"])
def test_no_weekdays(typed: str) -> None:
    """What names no weekday is one sentence with examples."""
    with pytest.raises(UsageError, match="does not name weekdays"):
        parse_weekdays(typed)


def test_weekdays_are_shown_briefly() -> None:
    """Days in a row are shown as a range, all of them as daily."""
    assert show_weekdays(frozenset(range(5))) == "mon-fri"
    assert show_weekdays(EVERY_DAY) == "daily"
    assert show_weekdays(frozenset({0, 1})) == "mon,tue"
    assert show_weekdays(frozenset({5, 6, 0})) == "mon,sat,sun"
