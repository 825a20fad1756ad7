r"""Inline mathematics of TeX as people would write it in a message: `$M_{\odot}$` -> `M_⊙`, `x^{2}` -> `x²`.

`core.text.readable` calls it. A formula is converted as a whole or not at all: whatever Unicode cannot say (a fraction,
a script with a comma, a macro of the authors' own) leaves all of it as its author wrote it. Pure; one pass.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from functools import lru_cache
from types import MappingProxyType
from typing import Final

from unicodeit import data as unicodeit

#: Characters that stand for themselves: no later step may read TeX into them. `core.text.readable` resolves them.
DOLLAR, OPEN_BRACE, CLOSE_BRACE, TILDE = "\ufdd0", "\ufdd1", "\ufdd2", "\ufdd3"
#: a space where letters or digits would touch; the end of a script that is spelled out, which must not grow
_APART, _SCRIPT_END = "\ufdd4", "\ufdd5"

#: a longer formula reads better as TeX than as a line of symbols
_LONGEST: Final = 300
_DEEPEST: Final = 12
_TOKEN: Final = re.compile(r"\\(?:[A-Za-z]+|.)|\s+|[^\\\s]", re.DOTALL)
#: words of a sentence between the dollars of prices, not letters of a formula
_PROSE: Final = re.compile(r"(?:(?<![\\A-Za-z])[A-Za-z]{3,}[,.]? +){3}")
_IN_BRACES: Final = re.compile(r"\{[^{}]*\}")


def names(line: str) -> frozenset[str]:
    """The words of a line."""
    return frozenset(line.split())


def table(line: str) -> dict[str, str]:
    """The words of a line in pairs: what stands for what."""
    words = line.split()
    return dict(zip(words[::2], words[1::2], strict=True))


#: what unicodeit lacks, or gives another character than people expect
_MORE_SYMBOLS: Final = table(
    "deg ° degree ° textdegree ° AA Å angstrom Å dots … dotsc … dotsb ⋯ langle ⟨ rangle ⟩ star ⋆ ast * lbrack ["
    " rbrack ] backslash ∖ dag † ddag ‡ i ı j ȷ top ⊤ slash / textregistered ® textunderscore _ ss ß"
    f" lbrace {OPEN_BRACE} rbrace {CLOSE_BRACE}"
)
SYMBOLS: Final[Mapping[str, str]] = MappingProxyType(
    {
        **{
            latex.strip()[1:]: char
            for latex, char in unicodeit.REPLACEMENTS
            if re.fullmatch(r"\\[A-Za-z]{2,}", latex.strip()) and char.strip()
        },
        **_MORE_SYMBOLS,
        "space": " ",
    }
)
#: letters of an alphabet of their own: `\mathbb{R}`
_ALPHABETS: Final = table(
    "mathbb mathbb mathcal mathcal mathfrak mathfrak Bbb mathbb frak mathfrak cal mathcal mathscr mathcal"
)
_LETTERS: Final = dict(unicodeit.REPLACEMENTS) | {r"\mathcal{I}": "ℐ"}
_PUNCTUATION: Final = {
    **dict.fromkeys(" ,;:>", " "),
    **dict.fromkeys("!/-", ""),
    **dict(zip("%&#_${}|", f"%&#_{DOLLAR}{OPEN_BRACE}{CLOSE_BRACE}‖", strict=True)),
}
#: amsmath has them with capitals too
_ACCENTS: Final = {
    spelling: chr(int(mark, 16))
    for name, mark in table(
        "hat 302 widehat 302 tilde 303 widetilde 303 bar 304 vec 20d7 dot 307 ddot 308 acute 301 grave 300 breve 306"
        " check 30c mathring 30a overline 305"
    ).items()
    for spelling in (name, name.capitalize())
}
#: what only changes the face of letters; bold and sans serif letters of their own are hard to read and to search
_FACES: Final = names(
    "text textrm textit textbf textsf texttt textsc textsl textup textnormal emph mathrm mathit mathbf mathsf mathtt"
    " mathnormal boldsymbol bm pmb underline operatorname mbox hbox mathop mathbin mathrel mathord ensuremath"
)
_OLD_FONTS: Final = names("rm it bf tt sf sc sl em")
#: the same from here to the end of the group
SWITCHES: Final = _OLD_FONTS | names(
    "mit normalfont bfseries itshape scshape ttfamily sffamily rmfamily upshape slshape displaystyle textstyle"
    " scriptstyle tiny scriptsize footnotesize small normalsize large Large limits nolimits boldmath unboldmath xspace"
    " protect"
)
_SIZES: Final = names("left right middle big Big bigg Bigg bigl bigr Bigl Bigr biggl biggr Biggl Biggr")
_SPACES: Final = names("quad qquad enspace enskip thinspace nobreakspace")
_FUNCTIONS: Final = names(
    "arg cos cosh cot coth csc det dim exp gcd hom inf ker lg lim ln log max min mod poly Pr rank sec sin sinh sup tan"
    " tanh arcsin arccos arctan argmax argmin"
)
_ROOTS: Final = {"": "√", "3": "∛", "4": "∜"}
#: Unicode's scripts; what fonts lack, or what looks like something else, is left out
_SCRIPTS: Final[Mapping[str, Mapping[str, str]]] = {
    kind: {
        latex[1:]: char
        for latex, char in unicodeit.SUBSUPERSCRIPTS
        if latex[0] == kind and latex[1:] not in ("<", ">", ".", "V", "∫", "*")
    }
    for kind in "^_"
}
_ALL_SCRIPTS: Final = frozenset(char for script in _SCRIPTS.values() for char in script.values()) | {"ⱽ"}
#: between a letter and a letter that is no script: `n \log n`, `\log_2 n`
_BETWEEN: Final = re.compile(rf"(?<=[^\W_]){_APART}+(?=[^\W_{''.join(_ALL_SCRIPTS)}√]|\(mod )")
#: superscripts that stand as high without a sign
_HIGH: Final = table("∘ ° ° ° ⊤ ᵀ ∗ * ⋆ * V ⱽ ′ ′ ″ ″ ‴ ‴ * * † † ‡ ‡ ® ® ™ ™")
#: a script that can be spelled out behind its sign: a word, a number, one symbol
_SPELLABLE: Final = re.compile(r"[<>≤≥]?[^\W_]+|[^\W_]+\*?|[^\w\s^{}$\\,;.:/()\[\]]")
_CODE: Final = re.compile(r"x[0-9A-Fa-f]{2,5}|[0-9]{2,6}")


class _UnsaidError(Exception):
    """Unicode has no characters for this."""


@lru_cache(maxsize=4_096)
def formula(source: str) -> str:
    """The inside of a formula in Unicode; empty where Unicode cannot say all of it. Never raises."""
    if len(source) > _LONGEST or (_is_price(source) and _PROSE.search(_IN_BRACES.sub("{}", source))):
        return ""
    try:
        text = _Reader(_TOKEN.findall(source)).group(depth=0)
    except _UnsaidError:
        return ""
    text = _BETWEEN.sub(" ", text.replace(f"{_SCRIPT_END}{_APART}", f"{_SCRIPT_END} ")).replace(_APART, "")
    parts = text.split(_SCRIPT_END)
    if any(part[:1].isalnum() and part[0] not in _ALL_SCRIPTS for part in parts[1:]):
        return ""
    return " ".join(unicodedata.normalize("NFC", "".join(parts)).split())


def _is_price(source: str) -> bool:
    return "\\" not in source or source[:1].isdigit() or source[-1:].isspace()


def script(kind: str, content: str) -> str:
    """A superscript (`^`) or subscript (`_`); empty where Unicode lacks one of its characters."""
    bare = content.replace(" ", "")
    if not bare or not all(char in _SCRIPTS[kind] for char in bare):
        return _HIGH.get(bare, "") if kind == "^" else ""
    return "".join(_SCRIPTS[kind][char] for char in bare)


class _Reader:
    """Reads tokens of a formula from left to right. Every method raises _UnsaidError for what it cannot say."""

    def __init__(self, tokens: list[str]) -> None:
        self._tokens = tokens
        self._at = 0
        #: within the letters of a word, where a hyphen is no minus
        self._is_word = False

    def group(self, depth: int) -> str:
        """Up to the brace that closes the group, or to the end where the depth is 0."""
        if depth > _DEEPEST:
            raise _UnsaidError
        parts: list[str] = []
        was_word = self._is_word
        while (piece := self._next()) and piece != "}":
            if piece[1:] in _ALPHABETS and depth and self._peek() != "{":
                # in the fonts of old: to the end of the group
                self._skip_space()
                parts.append(_in_alphabet(_ALPHABETS[piece[1:]], self.group(depth)))
                return "".join(parts)
            parts.append(self._part(piece, depth, parts[-1] if parts else " "))
        if bool(piece) != bool(depth):
            raise _UnsaidError
        self._is_word = was_word
        return "".join(parts)

    def _part(self, piece: str, depth: int, before: str) -> str:
        if piece in "^_":
            return self._script(piece, depth)
        text = self._atom(piece, depth)
        # TeX reads over a space behind a command: `x\in X`
        if (
            piece[0] == "\\"
            and piece[1:].isalpha()
            and len(text) == 1
            and not text.isalnum()
            and not before[-1:].isspace()
        ):
            self._skip_space()
        return text

    def _atom(self, piece: str, depth: int) -> str:
        if piece == "{":
            return self.group(depth + 1)
        if piece[0] == "\\":
            name = piece[1:]
            return self._command(name, depth) if name.isalpha() else _symbol(_PUNCTUATION, name)
        if piece in "$&":
            raise _UnsaidError
        if piece == "-":
            return "-" if self._is_word else "−"
        return " " if piece == "~" or piece.isspace() else piece

    def _command(self, name: str, depth: int) -> str:
        if name in _FACES:
            return self._face(name, depth)
        if name in _ACCENTS:
            return _add_mark(self._argument(depth), _ACCENTS[name])
        if name in _ALPHABETS:
            return _in_alphabet(_ALPHABETS[name], self._argument(depth))
        if name in SWITCHES or name in _SIZES:
            self._is_word = self._is_word or name in _OLD_FONTS
            self._skip_space()
            if name in _SIZES and self._peek() == ".":
                self._next()
            return ""
        if name in _FUNCTIONS:
            return f"{_APART}{name}{_APART}"
        return " " if name in _SPACES else self._special(name, depth)

    def _special(self, name: str, depth: int) -> str:
        match name:
            case "sqrt":
                return self._root(depth)
            case "not":
                return _add_mark(self._argument(depth), "\u0338")
            case "pmod":
                return f"{_APART}(mod {self._argument(depth)})"
            case "bmod":
                return " mod "
            case "color":
                self._argument(depth)
                return ""
            case "textcolor":
                self._argument(depth)
                return self._argument(depth)
            case "unicode":
                return _character(self._argument(depth))
            case _:
                return _symbol(SYMBOLS, name)

    def _face(self, name: str, depth: int) -> str:
        was_word, self._is_word = self._is_word, True
        if self._peek() == "*":
            self._next()
        text = self._argument(depth)
        self._is_word = was_word
        return f"{_APART}{text}{_APART}" if name == "operatorname" else text

    def _root(self, depth: int) -> str:
        index = ""
        if self._peek() == "[":
            index = "".join(self._tokens[self._at + 1 : self._at + 2])
            self._at += 2
            if self._next() != "]":
                raise _UnsaidError
        root, radicand = _symbol(_ROOTS, index), self._argument(depth).strip()
        is_plain = len(radicand) == 1 and not self._peek()[:1].isalnum() and self._peek()[:1] not in ("\\", "{")
        return f"{root}{radicand}" if is_plain else f"{root}({radicand})"

    def _script(self, kind: str, depth: int) -> str:
        content = self._argument(depth).replace(_APART, "").strip()
        if script_text := script(kind, content):
            return script_text
        if _SPELLABLE.fullmatch(content) and _ALL_SCRIPTS.isdisjoint(content):
            return f"{kind}{content}{_SCRIPT_END}"
        raise _UnsaidError

    def _argument(self, depth: int) -> str:
        self._skip_space()
        while (piece := self._next())[1:] in SWITCHES:
            self._skip_space()
        if not piece or piece in "}^_":
            raise _UnsaidError
        return self._atom(piece, depth + 1) if piece != "{" else self.group(depth + 1)

    def _next(self) -> str:
        self._at += 1
        return self._tokens[self._at - 1] if self._at <= len(self._tokens) else ""

    def _peek(self) -> str:
        return self._tokens[self._at] if self._at < len(self._tokens) else ""

    def _skip_space(self) -> None:
        while self._peek().isspace():
            self._at += 1


def _symbol(table: Mapping[str, str], name: str) -> str:
    if name not in table:
        raise _UnsaidError
    return table[name]


def _add_mark(letter: str, mark: str) -> str:
    r"""One character with a mark on it: `\hat{xy}` has a hat as wide as two."""
    base = {"ı": "i", "ȷ": "j"}.get(letter, letter)
    if len(base) != 1 or base.isspace():
        raise _UnsaidError
    return unicodedata.normalize("NFC", base + mark)


def _in_alphabet(name: str, letters: str) -> str:
    return "".join(_symbol(_LETTERS, f"\\{name}{{{char}}}") if char.isalnum() else char for char in letters)


def _character(code: str) -> str:
    """The character of a code, `x2013` or `8211`; raises where there is none that can be seen."""
    if not _CODE.fullmatch(code):
        raise _UnsaidError
    char = chr(int(code[1:], 16) if code[0] == "x" else int(code))
    if not char.isprintable() or char in "\\{}$":
        raise _UnsaidError
    return char
