import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.text.nearest import nearest

NAMES = ("paper", "ask", "search", "digest", "subscribe", "unsubscribe", "settings", "bookmarks", "why", "help")


@pytest.mark.parametrize(
    ("typed", "name"),
    [
        ("serach", "search"),
        ("Papers", "paper"),
        ("unsubscibe", "unsubscribe"),
        ("sub", "subscribe"),
        ("book", "bookmarks"),
        ("foo", ""),
        ("as", "ask"),
        ("oks", ""),
        ("xyzzy", ""),
        ("", ""),
    ],
)
def test_what_was_probably_meant(typed: str, name: str) -> None:
    """A name is suggested where it is spelled nearly so or alone begins so, and none where that would be a guess."""
    assert nearest(typed, NAMES) == name


@given(st.sampled_from(NAMES), st.integers(0, 20))
def test_one_slip(name: str, place: int) -> None:
    """A letter typed twice still leads to the name."""
    place %= len(name)
    assert nearest(name[:place] + name[place] + name[place:], NAMES) == name
