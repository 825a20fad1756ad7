"""Words to look for in folded text: in any form, literally, or as beginnings of words.

Rules and ranking make a `Pattern` once and try it on a thousand papers: a plain search for its longest literal goes
first, which is what makes it fast.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from core.text.words import fold, stem

#: `C++` and `C#` are words too
_WORD: Final = re.compile(r"\w+(?:\+\+|#)?")
#: what may stand between the words of a phrase: `in-context`, `$k$-means`
_BETWEEN: Final = r"[\W_]{1,3}"
_BEGIN: Final = r"(?<!\w)"
_END: Final = r"(?!\w|\+\+|#)"


@dataclass(frozen=True, slots=True)
class Pattern:
    """One word or several in a row, compiled."""

    #: occurs in every text that matches
    needle: str
    regex: re.Pattern[str]
    #: the stems that the groups of `regex` must have, in order
    stems: tuple[str, ...] = ()

    def is_in(self, folded: str) -> bool:
        """Does the folded text have it?"""
        return self.needle in folded and next(self._found(folded), None) is not None

    def count(self, folded: str) -> int:
        """How often the folded text has it."""
        return sum(1 for _ in self._found(folded)) if self.needle in folded else 0

    def _found(self, folded: str) -> Iterator[re.Match[str]]:
        matches = self.regex.finditer(folded)
        return (match for match in matches if tuple(map(stem, match.groups())) == self.stems)


def words_of(text: str) -> list[str]:
    """The words of a raw text as patterns see them, folded."""
    return _WORD.findall(fold(text))


def exact(text: str, *, prefix: bool = False) -> Pattern:
    """The words just so; with `prefix`, the last one is only the beginning of one."""
    return _literal(words_of(text), r"\w*" if prefix else "")


def phrase(text: str) -> Pattern:
    """The words just so, but several of them may end in a plural: `world model` is in "world models"."""
    words = words_of(text)
    return _literal(words, "s?" if len(words) > 1 else "")


def stemmed(text: str) -> Pattern:
    """The words in any of their forms: `graph` is in "graphs". There must be at least one, as in all of these."""
    words = words_of(text)
    pieces = [_forms(word) for word in words]
    regex = re.compile(_BEGIN + _BETWEEN.join(regex for _, regex, _ in pieces) + _END)
    needle = max((begin for begin, _, _ in pieces), key=len)
    return Pattern(needle, regex, tuple(want for _, _, want in pieces if want))


def _literal(words: list[str], ending: str) -> Pattern:
    regex = _BEGIN + _BETWEEN.join(map(re.escape, words)) + ending + ("" if ending == r"\w*" else _END)
    return Pattern(max(words, key=len), re.compile(regex))


def _forms(word: str) -> tuple[str, str, str]:
    """What all forms of a word begin with, a regex for them, and their stem; no stem for a word without forms."""
    if len(word) < 3 or not word.isalpha():
        return word, re.escape(word) + ("s?" if len(word) == 2 and word.isalpha() else ""), ""
    root = stem(word)
    # the stemmer may have made the last letter: `happi` of `happy`, `use` of `using`, `lie` of `lying`
    begin = root[:-1] if len(root) > 3 or root[-1:] in ("e", "i", "y") else root
    while not word.startswith(begin):
        begin = begin[:-1]
    return begin, rf"({re.escape(begin)}\w*)", root
