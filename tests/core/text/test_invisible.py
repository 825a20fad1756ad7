"""Each place that removes or escapes what nobody sees, judged by the table it had before there was one for all."""

from __future__ import annotations

import json
import re
from collections.abc import Callable

import pytest

from adapters.chat import hostile
from adapters.sources.mathml import Element, tex
from adapters.sources.text import plain_line
from bot.output.contract import dump
from core.deliver.pages import escape_markdown
from core.summarise import prompts
from core.text.keyboard import straighten
from core.text.readable import on_one_line
from core.text.words import visible

HIDING = "\u061c\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\ufeff"
ANNOTATIONS = "\ufff9-\ufffb"
NOTATIONS = "\U0001bca0-\U0001bca3\U0001d173-\U0001d17a"
READABLE = (
    f"\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f{HIDING}\ud800-\udfff{ANNOTATIONS}\ufdd0-\ufdef\ufffe\uffff"
    "\U000e0000-\U000e007f"
)
WORDS = (
    f"{HIDING}\u00ad\u034f\u0640\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200c\u200d\u3164\ufe00-\ufe0f\uffa0"
    "\U000e0000-\U000e0fff"
)
SOURCES = (
    "\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f\u202a-\u202e\u2066-\u2069\ufdd0-\ufdef\ufeff\ufffe\uffff\ud800-\udfff"
    "\U000e0000-\U000e007f"
)

#: all that a table named, and what stands beside it; each between two letters, in a word that is found again
CODES = {
    *range(0x250),
    *(
        code
        for begin in (0x340, 0x610, 0x640, 0x1150, 0x17B0, 0x1800, 0x3160, 0xFE00)
        for code in range(begin, begin + 32)
    ),
    *range(0x2000, 0x2080),
    *range(0xD7F0, 0xE010),
    *range(0xFDC0, 0x10010),
    *range(0x1BC90, 0x1BCB0),
    *range(0x1D160, 0x1D190),
    *range(0xDFFF0, 0xE1010),
}
TEXT = " ".join(f"q{code}a{chr(code)}b" for code in CODES)


def become(clean: Callable[[str], str], between: str = "") -> set[str]:
    """The characters that `clean` leaves out, or turns into `between`."""
    words = set(clean(TEXT).split(" "))
    return {chr(code) for code in CODES if f"q{code}a{between}b" in words}


def named(characters: str) -> set[str]:
    """The characters of a table."""
    return set(re.findall(f"[{characters}]", "".join(map(chr, CODES))))


def formula(text: str) -> str:
    """The text as a letter of a formula."""
    return tex(Element("mi", children=[text]))


@pytest.mark.parametrize(
    ("clean", "before", "now_also"),
    [
        pytest.param(plain_line, SOURCES, "", id="sources"),
        pytest.param(on_one_line, READABLE, NOTATIONS, id="readable"),
        pytest.param(
            hostile.harmless, f"\xad\u180e{HIDING}{ANNOTATIONS}{NOTATIONS}\U000e0000-\U000e0fff", "", id="chat"
        ),
        pytest.param(prompts.harmless, f"\xad\u180e\u200b-\u200d\u2060{READABLE}", NOTATIONS, id="prompts"),
        pytest.param(visible, WORDS, f"{ANNOTATIONS}{NOTATIONS}", id="words"),
        pytest.param(
            straighten,
            "\u200b\u200e\u200f\u202a-\u202e\u2060\u2066-\u2069\ufeff\xad",
            f"\u061c\u2061-\u2065\u206a-\u206f\u180e{ANNOTATIONS}{NOTATIONS}",
            id="keyboard",
        ),
        pytest.param(formula, "\u200b\u2061-\u2064", "\u2060\ufeff", id="formulas"),
    ],
)
def test_removes_what_it_always_did(clean: Callable[[str], str], before: str, now_also: str) -> None:
    """Every character that a place removed is removed, no letter is, and what is new has no shape either."""
    assert become(clean) == named(before + now_also)


def test_chats_show_what_is_no_character() -> None:
    """Controls, halves and what is no character are seen as such; those in Arabic's block are new."""
    assert become(hostile.harmless, "\ufffd") >= named(
        "\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff\ufffe\uffff\ufdd0-\ufdef\ufffd"
    )


def test_printed_json_escapes_what_hides() -> None:
    """A terminal sees none of it raw, and what is read back is the same."""
    printed = dump({"text": f" {TEXT} "})
    assert json.loads(printed)["text"].strip(" ") == TEXT
    words = set(printed.split(" "))
    escaped = {chr(code) for code in CODES if f"q{code}a{chr(code)}b" not in words} - {" "}
    assert escaped == named(f'\x00-\x1f"\\\\\x7f-\x9f{HIDING}\ud800-\udfff{ANNOTATIONS}{NOTATIONS}')


def test_pages_escape_what_hides() -> None:
    """The page writes these by number."""
    by_number = {chr(code) for code in CODES if f"&#{code};" in escape_markdown(f"a{chr(code)}b")}
    assert by_number == named("\x00-\x09\x0b-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ufeff\ud800-\udfff")
