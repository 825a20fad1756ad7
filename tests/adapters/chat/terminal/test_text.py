from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.chat.hostile import address, harmless

FORBIDDEN = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u200e\u200f\u061c\u200b\ufeff")


@given(st.text(st.characters(), max_size=60), st.booleans())
def test_nothing_a_terminal_obeys_is_left(content: str, one_line: bool) -> None:
    """No control character, half a character or bidi control comes through; newlines only where they may."""
    shown = harmless(content, one_line=one_line)
    allowed = "" if one_line else "\n"
    assert not [c for c in shown if unicodedata.category(c) in ("Cc", "Cs", "Zl", "Zp") and c not in allowed]
    assert not FORBIDDEN & set(shown)


@given(st.text(st.characters(categories=("L", "N", "P", "S")), max_size=60))
def test_what_people_write_stays(content: str) -> None:
    """Letters, digits, punctuation and symbols are left alone."""
    assert harmless(content) == content


@pytest.mark.parametrize(
    ("content", "shown"),
    [
        ("a\x1b[31mb", "a�[31mb"),
        ("a\tb", "a b"),
        ("a\r\nb\rc\u2028d", "a\nb\nc\nd"),
        ("pay\u202epal", "paypal"),
        ("soft\u00adhyphen", "softhyphen"),
        ("👩\u200d🔬", "👩\u200d🔬"),
        ("half \ud800", "half �"),
        ("Z" + "\u0301" * 40, "Z" + "\u0301" * 4),
        ("e\u0301", "e\u0301"),
    ],
)
def test_what_becomes_of_harm(content: str, shown: str) -> None:
    """Controls are made visible, invisible characters go, emoji and accents stay."""
    assert harmless(content) == shown


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("https://arxiv.org/abs/2602.00001?a=b&c=%20#x", "https://arxiv.org/abs/2602.00001?a=b&c=%20#x"),
        ("https://example.org/\x1b]8;;\x07 x", "https://example.org/%1B]8;;%07%20x"),
        ("https://例え.jp/", "https://%E4%BE%8B%E3%81%88.jp/"),
        ("javascript:alert(1)", ""),
        ("https://", ""),
        ("", ""),
    ],
)
def test_addresses_are_printable(url: str, shown: str) -> None:
    """Only web addresses are kept, and in them nothing that ends an escape sequence."""
    assert address(url) == shown


@given(st.text(st.characters(), max_size=60))
def test_no_address_breaks_out(rest: str) -> None:
    """Whatever an address holds, it is printable ASCII."""
    assert all("!" <= c <= "~" for c in address(f"https://x{rest}"))
