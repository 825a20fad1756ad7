"""The passage of an abstract that shows why a search found the paper: plain text in, plain text out.

The store calls `passage` for each hit of a search. Words are compared by their stems, roughly: a passage that is a
little off costs nothing, and the exact answer would cost the stemming of every word.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from functools import lru_cache
from typing import Final

from core.papers.search import Term
from core.text.terms import UNSPACED_CHARACTERS, show_tex, spellings
from core.text.words import fold, split_words

#: letters of a passage, about two lines of a chat
LETTERS: Final = 240
#: letters before the match that tell what it is about
_LEAD: Final = 60
#: letters of a text that are looked at; real abstracts have 200 to 3,000
_MOST_TEXT: Final = 12_000
_RUN: Final = re.compile(f"[{UNSPACED_CHARACTERS}]+")
#: only texts with such a character can have runs
_FAR: Final = re.compile("[\u0e00-\u1dff\u2e80-\U0010ffff]")
#: a word begins here: after no letter, or after one of a script without spaces; slower than `\b`
_AFTER_A_RUN: Final = rf"(?<![^\W{UNSPACED_CHARACTERS}])"


def passage(text: str, terms: Sequence[Term]) -> str:
    """About LETTERS of the text where most of the terms stand close together; its beginning where none does.

    The text's own words on one line, cut between words, `…` where something was cut away. Where only TeX hides the
    terms, it is the text as it is shown.
    """
    line = " ".join(text[:_MOST_TEXT].split())
    if len(line) <= LETTERS:
        return line
    places = _find_terms(line, terms)
    if not places and (readable_line := show_tex(line)) != line:
        line = readable_line
        if len(line) <= LETTERS:
            return line
        places = _find_terms(line, terms)
    return _excerpt(line, _best_start(sorted((start, index) for start, _, index, _ in places)))


def marks(text: str, terms: Sequence[Term]) -> tuple[tuple[int, int, int], ...]:
    """The places of terms in a text that is shown: (start, end, place in `terms`), in order, without overlaps.

    Single words count with any ending that has their stem; where terms overlap, the one that begins first counts.
    """
    matches = (
        (start, -end, index) for start, end, index, word in _find_terms(text, terms) if _has_stem(word, terms[index])
    )
    spans: list[tuple[int, int, int]] = []
    for start, minus_end, index in sorted(matches):
        if start < -minus_end and (not spans or start >= spans[-1][1]):
            spans.append((start, -minus_end, index))
    return tuple(spans)


def _find_terms(text: str, terms: Sequence[Term]) -> list[tuple[int, int, int, str]]:
    """The places where a term may stand: (start, end, place in `terms`, the folded words there)."""
    letters, places = _fold_line(text)
    has_runs = not letters.isascii() and _FAR.search(letters) is not None
    return [
        (places[match.start()], places[match.end()], index, match.group())
        for index, term in enumerate(terms)
        for match in _pattern(term, has_runs).finditer(letters)
    ]


def _has_stem(word: str, term: Term) -> bool:
    """Has a word the term's stem? The patterns are rough: `in` finds `inside`."""
    if term.prefix or len(term.words) > 1 or not word.isascii():
        return True
    return stem(word) in {stem(spelling) for spelling in spellings(term.words[0])}


# the words of some hundred abstracts that begin like those that are looked for
@lru_cache(maxsize=8_192)
def stem(word: str) -> str:
    """A word's stem, as the full-text index has it (M. F. Porter, An algorithm for suffix stripping, 1980)."""
    from snowballstemmer import stemmer  # loaded with the first search

    # A stemmer holds the word it works on: each call has its own, so that threads share none.
    return str(stemmer("porter").stemWord(word.lower()))


@lru_cache(maxsize=256)
def _pattern(term: Term, has_runs: bool) -> re.Pattern[str]:
    """The term in any of its spellings, within a folded line."""
    begin = _AFTER_A_RUN if has_runs else r"\b"
    regexes = (_words(spelling, begin, prefix=term.prefix) for spelling in spellings(" ".join(term.words)))
    return re.compile("|".join(filter(None, regexes)) or "(?!)")


def _words(text: str, begin: str, *, prefix: bool) -> str:
    """A regex of words in a row; those of scripts without spaces may be a part of what stands there."""
    regex = ""
    words = split_words(_RUN.sub(r" \g<0> ", text))
    was_run = False
    for place, word in enumerate(words):
        is_run = bool(_RUN.match(word))
        is_begin = prefix and place == len(words) - 1
        piece = re.escape(word) if is_run else re.escape(word) + r"\w*" if is_begin else _rough(word)
        if not regex:
            regex = piece if is_run else begin + piece
        else:
            regex += (r"\W*" if is_run or was_run else r"\W+") + piece
        was_run = is_run
    return regex


def _fold_line(line: str) -> tuple[str, Sequence[int]]:
    """The line folded, and where each of its letters, and its end, stands in the line."""
    if line.isascii():
        return line.lower(), range(len(line) + 1)
    pieces = list(map(_letter, line))
    return "".join(pieces), [*(place for place, piece in enumerate(pieces) for _ in piece), len(line)]


_letter = lru_cache(maxsize=4_096)(fold)


def _rough(word: str) -> str:
    """Any word with about the same stem: studies, study and studied for studi."""
    root = stem(word)
    return re.escape(root[:-1] if len(root) > 3 and root[-1] in "eiy" else root) + r"\w*"


def _best_start(places: Sequence[tuple[int, int]]) -> int:
    """Where the window begins that holds the most different terms, the first of several."""
    best, most, end = 0, 0, 0
    within: Counter[int] = Counter()
    for start, index in places:
        while end < len(places) and places[end][0] < start + LETTERS - _LEAD:
            within[places[end][1]] += 1
            end += 1
        if len(within) > most:
            best, most = start, len(within)
        within[index] -= 1
        if not within[index]:
            del within[index]
    return max(best - _LEAD, 0)


def _excerpt(line: str, start: int) -> str:
    start = min(start, len(line) - LETTERS)
    # a text without spaces is cut anywhere
    first = (line.find(" ", start, start + _LEAD) + 1 or start) if start else 0
    end = first + LETTERS
    last = len(line) if end >= len(line) else max(line.rfind(" ", end - _LEAD, end), 0) or end
    return ("…" if first else "") + line[first:last] + ("…" if last < len(line) else "")
