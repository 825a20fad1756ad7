"""The passage of an abstract that shows why a search found the paper: plain text in, plain text out.

`search` calls `passage` for each hit it returns. Words are compared by their stems, roughly: a passage that is a little
off costs nothing, and the exact answer would cost the stemming of every word.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from functools import lru_cache
from typing import Final

from core.papers.search import Term

#: letters of a passage, about two lines of a chat
LETTERS: Final = 240
#: letters before the match that tell what it is about
_LEAD: Final = 60
#: letters of a text that are looked at; real abstracts have 200 to 3,000
_MOST_TEXT: Final = 12_000


def passage(text: str, terms: Sequence[Term]) -> str:
    """About LETTERS of the text where most of the terms stand close together; its beginning where none does.

    The text's own words on one line, cut between words, `…` where something was cut away.
    """
    line = " ".join(text[:_MOST_TEXT].split())
    if len(line) <= LETTERS:
        return line
    found = [(match.start(), index) for index, term in enumerate(terms) for match in _pattern(term).finditer(line)]
    return _cut(line, _best_start(sorted(found)))


def stem(word: str) -> str:
    """A word's stem, as the full-text index has it (M. F. Porter, An algorithm for suffix stripping, 1980)."""
    from snowballstemmer import stemmer  # loaded with the first search

    # A stemmer holds the word it works on: each call has its own, so that threads share none.
    return str(stemmer("porter").stemWord(word.lower()))


@lru_cache(maxsize=256)
def _pattern(term: Term) -> re.Pattern[str]:
    *before, last = term.words
    words = [_rough(word) for word in before] + [re.escape(last) + r"\w*" if term.prefix else _rough(last)]
    return re.compile(r"\b" + r"\W+".join(words), re.IGNORECASE)


def _rough(word: str) -> str:
    """Any word with about the same stem: studies, study and studied for studi."""
    root = stem(word)
    return re.escape(root[:-1] if len(root) > 3 and root[-1] in "eiy" else root) + r"\w*"


def _best_start(found: Sequence[tuple[int, int]]) -> int:
    """Where the window begins that holds the most different terms, the first of several."""
    best, most, end = 0, 0, 0
    within: Counter[int] = Counter()
    for start, index in found:
        while end < len(found) and found[end][0] < start + LETTERS - _LEAD:
            within[found[end][1]] += 1
            end += 1
        if len(within) > most:
            best, most = start, len(within)
        within[index] -= 1
        if not within[index]:
            del within[index]
    return max(best - _LEAD, 0)


def _cut(line: str, start: int) -> str:
    start = min(start, len(line) - LETTERS)
    first = line.find(" ", start) + 1 if start else 0
    last = len(line) if first + LETTERS >= len(line) else max(line.rfind(" ", first, first + LETTERS), 0)
    last = last if last > first else first + LETTERS
    return ("…" if first else "") + line[first:last] + ("…" if last < len(line) else "")
