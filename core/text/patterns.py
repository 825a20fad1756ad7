"""Words to look for in a text: in any form, literally, or as beginnings of words.

Rules and ranking make a `Pattern` once and try it on a thousand papers: a plain search for its longest literal goes
first, which is what makes it fast.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final

from core.text.terms import UNSPACED_CHARACTERS, separate_words, spell_out
from core.text.words import stem

#: `C++` and `C#` are words too
_WORD: Final = re.compile(r"\w+(?:\+\+|#)?")
_RUN: Final = re.compile(f"[{UNSPACED_CHARACTERS}]+")
#: what may stand between the words of a phrase: `in-context`, `$k$-means`
_BETWEEN: Final = r"[\W_]{1,3}"
#: between words of scripts without spaces there may be nothing
_WITHIN: Final = r"[\W_]{0,3}"
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
    #: the same in another spelling
    alternative: Pattern | None = None
    #: it is a single word between spaces and signs: a text has it where one of its words alone has it
    is_word: bool = False
    #: of each word between spaces and signs, what every form of it begins with
    needles: tuple[str, ...] = ()
    #: what every match begins with; empty where that is not known
    head: str = ""

    def is_in(self, text: str) -> bool:
        """Does the text, as `terms.search_text` has it, have it?"""
        is_here = self.needle in text and next(self._matches(text), None) is not None
        return is_here or (self.alternative is not None and self.alternative.is_in(text))

    def count(self, text: str) -> int:
        """How often such a text has it."""
        times = sum(1 for _ in self._matches(text)) if self.needle in text else 0
        return max(times, self.alternative.count(text)) if self.alternative else times

    def spans(self, text: str) -> Iterator[tuple[int, int]]:
        """Where such a text has it, from character to character, in its own spelling and then in the other."""
        if self.needle in text:
            yield from (match.span() for match in self._matches(text))
        if self.alternative:
            yield from self.alternative.spans(text)

    def _matches(self, text: str) -> Iterator[re.Match[str]]:
        matches = self._matches_at_heads(text) if self.head else self.regex.finditer(text)
        return (match for match in matches if tuple(map(stem, match.groups())) == self.stems)

    def _matches_at_heads(self, text: str) -> Iterator[re.Match[str]]:
        """What `finditer` finds, in a tenth of the time: a regex is tried only where a match may begin."""
        place = text.find(self.head)
        while place >= 0:
            match = self.regex.match(text, place)
            if match:
                yield match
            place = text.find(self.head, match.end() if match else place + 1)


def words_of(text: str) -> list[str]:
    """The words of a raw text as patterns see them."""
    return _WORD.findall(separate_words(text))


def words_in(text: str) -> list[str]:
    """The words of a text, as `terms.search_text` has it, in order."""
    return _WORD.findall(text)


def words_between(text: str, begin: int, end: int) -> int:
    """How many words a part of such a text has; a character of a script without spaces is one."""
    part = text[begin:end]
    return sum(len(word) if _RUN.match(word) else 1 for word in _WORD.findall(part))


def exact(text: str, *, prefix: bool = False) -> Pattern:
    """The words just so; with `prefix`, the last one is only the beginning of one."""
    return _in_all_spellings(text, lambda words: _literal(words, r"\w*" if prefix else ""))


def phrase(text: str) -> Pattern:
    """The words just so, but several of them may end in a plural: `world model` is in "world models"."""
    return _in_all_spellings(text, lambda words: _literal(words, "s?" if len(words) > 1 else ""))


def any_form(text: str) -> Pattern:
    """The words in any of their forms: `graph` is in "graphs". There must be at least one, as in all of these."""
    return _in_all_spellings(text, _any_form)


def _in_all_spellings(text: str, pattern_of: Callable[[list[str]], Pattern]) -> Pattern:
    """The pattern of the words in each of their spellings."""
    pattern, *spellings = (_with_needles(words_of(spelling), pattern_of) for spelling in reversed(spell_out(text)))
    for spelling in spellings:
        pattern = replace(spelling, alternative=pattern)
    return pattern


def _with_needles(words: list[str], pattern_of: Callable[[list[str]], Pattern]) -> Pattern:
    is_word = len(words) == 1 and not _RUN.match(words[0])
    needles = tuple(_forms(word)[0] if pattern_of is _any_form else word for word in words if not _RUN.match(word))
    head = _forms(words[0])[0] if pattern_of is _any_form else words[0]
    return replace(pattern_of(words), is_word=is_word, needles=needles, head=head)


def _any_form(words: list[str]) -> Pattern:
    pieces = [_forms(word) for word in words]
    needle = max((begin for begin, _, _ in pieces), key=len)
    return Pattern(needle, _row(words, [regex for _, regex, _ in pieces]), tuple(want for _, _, want in pieces if want))


def _literal(words: list[str], ending: str) -> Pattern:
    *before, last = map(re.escape, words)
    return Pattern(max(words, key=len), _row(words, [*before, last if _RUN.match(words[-1]) else last + ending]))


def _row(words: Sequence[str], pieces: Sequence[str]) -> re.Pattern[str]:
    """A regex of words in a row, each matched by its piece: one without spaces around it may be part of another."""
    are_runs = [bool(_RUN.match(word)) for word in words]
    regex = pieces[0] if are_runs[0] else _BEGIN + pieces[0]
    for place, piece in enumerate(pieces[1:], start=1):
        regex += (_WITHIN if are_runs[place - 1] and are_runs[place] else _BETWEEN) + piece
    return re.compile(regex if are_runs[-1] or regex.endswith(r"\w*") else regex + _END)


def _forms(word: str) -> tuple[str, str, str]:
    """What all forms of a word begin with, a regex for them, and their stem; no stem for a word without forms."""
    if _RUN.match(word):
        return word, re.escape(word), ""
    if len(word) < 3 or not word.isalpha():
        return word, re.escape(word) + ("s?" if len(word) == 2 and word.isalpha() else ""), ""
    root = stem(word)
    # the stemmer may have made the last letter: `happi` of `happy`, `use` of `using`, `lie` of `lying`
    begin = root[:-1] if len(root) > 3 or root[-1:] in ("e", "i", "y") else root
    while not word.startswith(begin):
        begin = begin[:-1]
    return begin, rf"({re.escape(begin)}\w*)", root
