"""Text of papers made readable: TeX accents, simple mathematics, hostile characters, lengths.

Sources call `unicode_accents` on everything they read; whatever composes a message calls the rest on what it shows.
What is too complicated stays as it was written: nothing here raises, and nothing loses a letter.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Final

from core.speech import _, plural
from core.text.formulas import CLOSE_BRACE, DOLLAR, OPEN_BRACE, TILDE
from core.text.invisible import CONTROLS, HALVES, HIDING, NONCHARACTERS, TAGS, any_character
from core.text.tex import untangle

#: TeX's accents, and Unicode's for each, in the same order
_SIGNS: Final = "'`\"^~=.cvuHkrbd"
_MARKS: Final = "\u0301\u0300\u0308\u0302\u0303\u0304\u0307\u0327\u030c\u0306\u030b\u0328\u030a\u0331\u0323"
_COMBINING: Final[Mapping[str, str]] = MappingProxyType(dict(zip(_SIGNS, _MARKS, strict=True)))

#: TeX's letters, and Unicode's for each
_TEX_LETTERS: Final = "o O l L ss SS aa AA ae AE oe OE i j dh DH th TH ng NG dj DJ"  # not said: letters
_UNICODE_LETTERS: Final = "ø Ø ł Ł ß ẞ å Å æ Æ œ Œ ı ȷ ð Ð þ Þ ŋ Ŋ đ Đ"
_LETTERS: Final[Mapping[str, str]] = MappingProxyType(
    dict(zip(_TEX_LETTERS.split(), _UNICODE_LETTERS.split(), strict=True))
)

#: a letter that takes an accent; dotless i and j as well
_BASE: Final = r"(?:\\[ij](?![A-Za-z])|[^\W\d_])"
_MATH: Final = r"\\\$|\$\$?[^$\ufdd0]{1,1000}\$\$?|\\\([^$]{1,300}?\\\)"
_ACCENTS: Final = re.compile(
    rf"(?P<math>{_MATH})"
    rf"|(?P<open>\{{)?\\(?:"
    rf"(?P<sign>['`\"^~=.])\s*(?:\{{\s*(?P<b1>{_BASE})\s*\}}|(?P<b2>{_BASE}))"
    # a stray `\\b word` is no accent
    rf"|(?![rbd]\s+[^\W\d_]{{2}})(?P<mark>[cvuHkrbd])"
    rf"(?:\s*\{{\s*(?P<b3>{_BASE})\s*\}}|\s+(?P<b4>{_BASE})|(?P<b5>\\[ij](?![A-Za-z])))"
    rf"|(?P<letter>{'|'.join(sorted(_LETTERS, key=len, reverse=True))})(?![A-Za-z])(?:\{{\}}|\s)?"
    # what a half-hearted conversion leaves behind: `St\ütz`
    rf"|(?P<done>[^\x00-\x7F])"
    rf")(?P<close>\}})?"
)

#: control characters, lone surrogates, and characters that reorder or hide the text around them
_HOSTILE: Final = any_character(CONTROLS, HALVES, NONCHARACTERS, HIDING, TAGS)
_SPECIAL: Final = re.compile(r"[\\$~`{]|--")
#: layers of TeX that are resolved; people use two or three
_MOST_LAYERS: Final = 12
#: characters that stood for themselves in the TeX, as they are shown, and as TeX has them
_LITERAL: Final = str.maketrans({DOLLAR: "$", OPEN_BRACE: "{", CLOSE_BRACE: "}", TILDE: "~"})
_ESCAPES: Final = str.maketrans({DOLLAR: r"\$", OPEN_BRACE: r"\{", CLOSE_BRACE: r"\}", TILDE: r"\textasciitilde{}"})
_CONSONANT_Y: Final = re.compile(r"[^aeiou]y$")
#: code points of one character of a reader's: a family of emoji has some ten
_LONGEST_CHARACTER: Final = 32
_JOINER: Final = "\u200d"
#: characters of what others wrote and nobody bounded: an error, a comment, a line of names
LONGEST_SAID: Final = 300
#: of names in one line; further ones are counted
_MOST_NAMED: Final = 8


def unicode_accents(text: str) -> str:
    r"""Text-mode TeX accents and letters as Unicode: `Andr\'e` -> `André`, `{\L}ukasz` -> `Łukasz`; math untouched."""
    return _ACCENTS.sub(_show_accent, text) if "\\" in text else text


def on_one_line(text: str) -> str:
    """The text as it was written, on one line and without what reorders or hides text; TeX stays TeX."""
    return " ".join(_HOSTILE.sub("", text).split())


def readable(text: str) -> str:
    """Text as it is shown: one line, TeX markup and simple math as Unicode, nothing that reorders or hides text."""
    clean = on_one_line(text)
    for _layer in range(_MOST_LAYERS):
        if not _SPECIAL.search(clean):
            break
        before, clean = clean, untangle(unicode_accents(clean))
        if clean == before:
            break
    plain = clean.translate(_LITERAL)
    if plain == clean or untangle(unicode_accents(plain)) == plain:
        return plain
    # two prices may not become a formula: they keep their backslashes
    literal = clean.translate(_ESCAPES)
    return literal if len(literal) >= len(text) else readable(literal)


def shorten(text: str, limit: int) -> str:
    """At most `limit` characters of a text, cut at the end of a word where one is near, with an ellipsis.

    Never within a character that several make up: a letter with its accents, an emoji with its skin tone.
    """
    if len(text) <= limit:
        return text
    cut = text[: _end_of_character(text, max(limit - 1, 0))]
    at_word = cut if text[len(cut) : len(cut) + 1].isspace() else cut.rpartition(" ")[0]
    whole_words = at_word.rstrip(" ,;:.–—-(")
    # one long word, or Chinese, has no border near
    return f"{whole_words if len(whole_words) >= limit // 2 else cut.rstrip()}…"[:limit]


def _end_of_character(text: str, end: int) -> int:
    """The nearest place at or before `end` where a character of a reader's ends; `end` itself where none is near."""
    nearest = max(end - _LONGEST_CHARACTER, 0)
    ends = (at for at in range(end, nearest, -1) if not _goes_on(text[at - 1], text[at]))
    return next(ends, end)


def _goes_on(before: str, after: str) -> bool:
    if before == _JOINER or after == _JOINER or "\udc00" <= after <= "\udfff" or "\U0001f3fb" <= after <= "\U0001f3ff":
        return True
    return unicodedata.category(after).startswith("M")


def clip_text(words: str, longest: int = LONGEST_SAID) -> str:
    """Somebody else's words, readable and not too many."""
    return shorten(readable(words), longest)


def quantity(number: int, what: str) -> str:
    """`1 paper`, `1,200 papers`, `2 entries`."""
    if number == 1:
        return f"1 {what}"
    return f"{number:,} {what[:-1]}ies" if _CONSONANT_Y.search(what) else f"{number:,} {what}s"


def some(names: Sequence[str]) -> str:
    """The names, or the first of many and how many more there are."""
    if len(names) <= _MOST_NAMED + 1:
        return ", ".join(names)
    first, more = ", ".join(names[:_MOST_NAMED]), len(names) - _MOST_NAMED
    return plural("{names} and {count} more", "{names} and {count} more", more, names=first)


def all_of(names: Sequence[str]) -> str:
    """`this, that and more`; empty for none."""
    if len(names) < 2:
        return "".join(names)
    return _("{names} and {last}", names=", ".join(names[:-1]), last=names[-1])


def any_of(names: Sequence[str]) -> str:
    """`this or that or more`; empty for none."""
    if len(names) < 2:
        return "".join(names)
    return _("{names} or {last}", names=any_of(names[:-1]), last=names[-1])


def authors_line(authors: Sequence[str], most: int = 3) -> str:
    """The first authors, and whether there are more: `Ann Lee, Bo Chen, Cy Diaz et al.`."""
    names = ", ".join(readable(name) for name in authors[:most])
    return _("{names} et al.", names=names) if len(authors) > most else names


def _show_accent(match: re.Match[str]) -> str:
    if match["math"]:
        return match[0]
    char = _compose_letter(match)
    if not char:
        return match[0]
    if match["open"] and match["close"]:
        return char
    return f"{match['open'] or ''}{char}{match['close'] or ''}"


def _compose_letter(match: re.Match[str]) -> str:
    if match["done"]:
        return match["done"]
    if match["letter"]:
        return _LETTERS[match["letter"]]
    base = next(filter(None, (match[f"b{number}"] for number in range(1, 6))))
    char = unicodedata.normalize("NFC", base.lstrip("\\") + _COMBINING[match["sign"] or match["mark"]])
    # no such letter, as in `don\'t`: not an accent
    return char if len(char) == 1 else ""
