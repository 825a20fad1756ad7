from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.sources.text import lines, one_line

ANYTHING = st.text(st.characters(exclude_categories=()))


@pytest.mark.parametrize(
    ("told", "kept"),
    [
        ("  two\n\t words \u2028 here ", "two words here"),
        ("red\x1b[31m bell\x07", "red[31m bell"),
        ("\u202eright\u202c to \u2066left\u2069", "right to left"),
        ("half \ud800 a pair", "half a pair"),
        ("\ufefftags\U000e0041\U000e007f", "tags"),
        ("می‌خواهم 👩‍🔬 עברית", "می‌خواهم 👩‍🔬 עברית"),
        ("$x < 2$ & <b>", "$x < 2$ & <b>"),
    ],
)
def test_keeps_what_can_be_seen(told: str, kept: str) -> None:
    """White space becomes one space, what misleads unseen is removed, and joiners that scripts need stay."""
    assert one_line(told) == kept


@given(ANYTHING)
def test_a_line_is_one_line_and_stays_so(text: str) -> None:
    """Any text becomes one line that can be stored as UTF-8, and cleaning it again changes nothing."""
    line = one_line(text)
    line.encode()
    assert len(line.splitlines()) <= 1
    assert one_line(line) == line


@given(ANYTHING)
def test_lines_are_lines_with_text(text: str) -> None:
    """Line breaks stay, empty lines do not, and cleaning again changes nothing."""
    kept = lines(text)
    assert all(line == one_line(line) != "" for line in kept.split("\n") if kept)
    assert lines(kept) == kept
