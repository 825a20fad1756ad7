"""Text of papers made readable: TeX accents, simple mathematics, hostile characters, lengths.

Sources call `unicode_accents` on everything they read; whatever composes a message calls the rest on what it shows.
What is too complicated stays as it was written: nothing here raises, and nothing loses a letter.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from functools import lru_cache
from types import MappingProxyType
from typing import Final

import unicodeit

#: TeX's accents, and Unicode's for each, in the same order
_SIGNS: Final = "'`\"^~=.cvuHkrbd"
_MARKS: Final = "\u0301\u0300\u0308\u0302\u0303\u0304\u0307\u0327\u030c\u0306\u030b\u0328\u030a\u0331\u0323"
_COMBINING: Final[Mapping[str, str]] = MappingProxyType(dict(zip(_SIGNS, _MARKS, strict=True)))

#: TeX's letters, and Unicode's for each
_TEX_LETTERS: Final = "o O l L ss SS aa AA ae AE oe OE i j dh DH th TH ng NG dj DJ"
_UNICODE_LETTERS: Final = "ø Ø ł Ł ß ẞ å Å æ Æ œ Œ ı ȷ ð Ð þ Þ ŋ Ŋ đ Đ"
_LETTERS: Final[Mapping[str, str]] = MappingProxyType(
    dict(zip(_TEX_LETTERS.split(), _UNICODE_LETTERS.split(), strict=True))
)

#: a letter that takes an accent; dotless i and j as well
_BASE: Final = r"(?:\\[ij](?![A-Za-z])|[^\W\d_])"
_MATH: Final = r"\\\$|\$\$?[^$]{1,1000}\$\$?|\\\([^$]{1,300}?\\\)"
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
_HOSTILE: Final = re.compile(
    r"[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\u061c\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\ud800-\udfff\ufeff"
    r"\ufff9-\ufffb\U000e0000-\U000e007f]"
)
_SPECIAL: Final = re.compile(r"[\\$~`]|--")
_STYLED: Final = re.compile(
    r"\\(?:textbf|textit|textsc|texttt|textrm|textsf|textsl|textnormal|emph|underline|uline|mbox)\s?"
    r"\{((?:[^{}]|\{[^{}]*\})*)\}"
)
_MOST_NESTED: Final = 4
_SWITCHED: Final = re.compile(r"\{\\(?:it|bf|em|sc|tt|rm|sl)\s+([^{}]*)\}")
_QUOTED: Final = re.compile(r"``([^`]{1,400}?)''")
_MARKUP: Final = re.compile(
    # without TeX in it, it is mathematics only where the dollars touch it and no digit follows: "$5 and $10" is none
    r"(?P<escaped>\\[%&_#${}])"
    r"|(?P<math>\$\$?[^$\\^_]{0,40}[\\^_][^$]{0,400}\$\$?|\$\$?(?![\s$])[^$]{1,100}(?<!\s)\$\$?(?!\d)|\\\([^$]{1,300}?\\\))"
    r"|\\href\s?\{(?P<url>[^{}\s]{1,500})\}\s?\{(?P<label>[^{}]{1,500})\}|\\url\s?\{(?P<bare>[^{}\s]{1,500})\}"
    r"|(?P<space>\\[ ,;\\]|(?<=[\w.,)\]])~(?=[\w\\$(\[]))"
    r"|(?P<long>(?<!-)---(?!-))|(?P<short>(?<=\w)--(?=\w))"
)

_COMMAND: Final = re.compile(r"\\[A-Za-z]+(?:\{[^{}\\]\})?")
_MARK: Final = re.compile(r"\\(?:hat|tilde|bar|vec|dot|ddot|acute|grave|breve|overline|underline)\{[^\W\d_]\}")
#: what only changes the face of letters; bold and sans serif letters of their own are hard to read and to search
_FACE: Final = re.compile(
    r"\\(?:text|textrm|textit|textbf|mathrm|mathit|mathbf|mathsf|mathtt|boldsymbol|bm|operatorname)\s?\{([^{}]*)\}"
)
_GROUPED: Final = re.compile(r"(?:(?<![A-Za-z}^_])\{(\\[A-Za-z]+)|\{([,=<>]))\}")
_FUNCTION: Final = re.compile(
    r"\\(arg|cos|cosh|deg|det|dim|exp|gcd|inf|ker|lim|ln|log|max|min|mod|poly|Pr|rank|sin|sinh|sup|tan|tanh)(?![A-Za-z])"
)
_DEGREES: Final = re.compile(r"\^\s?(?:\\circ(?![A-Za-z])|\{\s?\\circ\s?\})")
_SIZES: Final = re.compile(r"\\(?:left|right|[bB]igg?[lr]?)(?![A-Za-z])\s?")
_THIN: Final = re.compile(r"\\[,;:! ]|\\q?quad(?![A-Za-z])|~")
#: a script that Unicode has no character for: better left as TeX
_STRANDED: Final = re.compile(r"[\^_](?![^\W_]|[*∗★⋆∞⊙†‡⊤⊥])")
#: braces that one can do without: `√{T}`, `C_{detect}`
_NAMED: Final = re.compile(r"(√|_(?=\{\w\w))\{([A-Za-z]\w*)\}")
_LONGEST_MATH: Final = 80
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
    return _ACCENTS.sub(_accented, text) if "\\" in text else text


def readable(text: str) -> str:
    """Text as it is shown: one line, TeX markup and simple math as Unicode, nothing that reorders or hides text."""
    clean = " ".join(_HOSTILE.sub("", text).split())
    if not _SPECIAL.search(clean):
        return clean
    clean = _QUOTED.sub(r"“\1”", _unstyled(unicode_accents(clean)))
    return " ".join(_MARKUP.sub(_shown, clean).split())


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
    found = (at for at in range(end, nearest, -1) if not _goes_on(text[at - 1], text[at]))
    return next(found, end)


def _goes_on(before: str, after: str) -> bool:
    if before == _JOINER or after == _JOINER or "\udc00" <= after <= "\udfff" or "\U0001f3fb" <= after <= "\U0001f3ff":
        return True
    return unicodedata.category(after).startswith("M")


def said(words: str, longest: int = LONGEST_SAID) -> str:
    """Somebody else's words, readable and not too many."""
    return shorten(readable(words), longest)


def counted(number: int, what: str) -> str:
    """`1 paper`, `1,200 papers`, `2 entries`."""
    if number == 1:
        return f"1 {what}"
    return f"{number:,} {what[:-1]}ies" if _CONSONANT_Y.search(what) else f"{number:,} {what}s"


def some(names: Sequence[str]) -> str:
    """The names, or the first of many and how many more there are."""
    if len(names) <= _MOST_NAMED + 1:
        return ", ".join(names)
    return f"{', '.join(names[:_MOST_NAMED])} and {len(names) - _MOST_NAMED:,} more"


def authors_line(authors: Sequence[str], shown: int = 3) -> str:
    """The first authors, and whether there are more: `Ann Lee, Bo Chen, Cy Diaz et al.`."""
    names = ", ".join(readable(name) for name in authors[:shown])
    return f"{names} et al." if len(authors) > shown else names


def _accented(found: re.Match[str]) -> str:
    if found["math"]:
        return found[0]
    char = _composed(found)
    if not char:
        return found[0]
    if found["open"] and found["close"]:
        return char
    return f"{found['open'] or ''}{char}{found['close'] or ''}"


def _composed(found: re.Match[str]) -> str:
    if found["done"]:
        return found["done"]
    if found["letter"]:
        return _LETTERS[found["letter"]]
    base = next(filter(None, (found[f"b{number}"] for number in range(1, 6))))
    char = unicodedata.normalize("NFC", base.lstrip("\\") + _COMBINING[found["sign"] or found["mark"]])
    # no such letter, as in `don\'t`: not an accent
    return char if len(char) == 1 else ""


def _unstyled(text: str) -> str:
    text = _SWITCHED.sub(r"\1", text)
    for _ in range(_MOST_NESTED):
        text, changes = _STYLED.subn(r"\1", text)
        if not changes:
            break
    return text


def _shown(found: re.Match[str]) -> str:
    if found["url"]:
        return f"{found['label']} ({found['url']})"
    if found["math"]:
        return _math(found[0])
    shown = {"escaped": found[0][1:], "space": " ", "long": "—", "short": "–", "bare": found["bare"]}
    return shown[found.lastgroup or "escaped"] or found[0]


@lru_cache(maxsize=1_024)
def _math(source: str) -> str:
    """Inline math as Unicode, or as it was where Unicode cannot say it."""
    inner = source[2:-2] if source.startswith(("$$", "\\(")) else source[1:-1]
    inner = _GROUPED.sub(r"\1\2", _FACE.sub(r"\1", inner))
    inner = _FUNCTION.sub(r"\1", _THIN.sub(" ", _SIZES.sub("", _DEGREES.sub("°", inner))))
    inner = inner.replace(r"\{", "\ue000").replace(r"\}", "\ue001").replace(r"\%", "%")
    if len(inner) > _LONGEST_MATH or not all(_is_known(command) for command in _COMMAND.findall(inner)):
        return source
    told = _NAMED.sub(r"\1\2", str(unicodeit.replace(inner)))
    if re.search(r"[\\{}$]", told) or _STRANDED.search(told):
        return source
    composed = unicodedata.normalize("NFC", told).strip()
    return composed.replace("\ue000", "{").replace("\ue001", "}") or source


def _is_known(command: str) -> bool:
    # unicodeit reads \log as \l and og, and \hat{xy} as \hat{x}: it may only see what it knows whole
    return (
        command in _known_commands() or command.partition("{")[0] in _known_commands() or bool(_MARK.fullmatch(command))
    )


@lru_cache(maxsize=1)
def _known_commands() -> frozenset[str]:
    return frozenset(latex.strip() for latex, _ in unicodeit.data.REPLACEMENTS)
