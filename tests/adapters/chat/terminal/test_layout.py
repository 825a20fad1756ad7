from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len
from rich.text import Text

from adapters.chat.terminal.layout import encodable, wrap

words = st.text(alphabet="ab ,.-中文，。（）「」e\u0301👍🏽한\xa0\n", max_size=120)


def lines(content: str, width: int) -> list[str]:
    return [line.plain for line in wrap(Text(content), width)]


@given(words | st.text(max_size=80).map(lambda t: "".join(c for c in t if c.isprintable())), st.integers(1, 40))
def test_wrapping_loses_nothing_but_space(content: str, width: int) -> None:
    """Every character that is not space comes back, in order."""
    assert "".join("".join(lines(content, width)).split()) == "".join(content.split())


@given(words, st.integers(2, 40))
def test_no_line_is_too_long(content: str, width: int) -> None:
    """Lines fit, measured in cells."""
    assert all(cell_len(line) <= width for line in lines(content, width))


def test_lines_break_at_spaces() -> None:
    """Words stay whole where they fit."""
    assert lines("one two three four", 9) == ["one two", "three", "four"]


def test_a_long_word_is_broken() -> None:
    """What fits no line is cut, and what follows goes on behind it."""
    assert lines("see abcdefghijkl now", 5) == ["see", "abcde", "fghij", "kl", "now"]


def test_chinese_breaks_between_characters() -> None:
    """A line of Chinese is filled, and a Latin word in it stays whole."""
    assert lines("我们用probing方法衡量", 13) == ["我们用probing", "方法衡量"]
    assert lines("我们的语言模型", 6) == ["我们的", "语言模", "型"]


def test_no_line_begins_with_a_closing_mark() -> None:
    """A comma stays with the character before it, an opening bracket with the one after it."""
    assert lines("我们，他们（你们）", 4) == ["我", "们，", "他们", "（你", "们）"]


def test_a_space_that_does_not_break_holds_words_together() -> None:
    """A number keeps its unit."""
    assert lines("takes 5\xa0GB of it", 8) == ["takes", "5\xa0GB of", "it"]


def test_line_breaks_stay() -> None:
    """A newline begins a line, two leave one empty."""
    assert lines("one\n\ntwo", 10) == ["one", "", "two"]


@pytest.mark.parametrize("encoding", ["ascii", "iso-8859-1", "gbk"])
def test_poor_encodings_get_what_they_know(encoding: str) -> None:
    """Bars, bullets and quotes have stand-ins; what nobody knows is a question mark; nothing grows or shrinks."""
    plain = "│ • “x” → 👍"
    assert len(encodable(plain, encoding)) == len(plain)
    assert encodable(plain, "ascii") == '| * "x" > ?'
