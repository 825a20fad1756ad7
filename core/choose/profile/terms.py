"""The terms of a paper, as numbers: its words and pairs of words, the title twice.

A term is the CRC-32 of its text: the same everywhere, four bytes long, and no vocabulary has to be kept. Of 200,000
terms about five pairs share a number; among the 2,000 of a profile hardly ever one does.
"""

from __future__ import annotations

import re
from array import array
from collections import Counter
from collections.abc import Container, Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from typing import Final
from zlib import crc32

from core.papers.paper import Paper
from core.text.words import MARKS, STOP_WORDS, fold, stem

#: characters of an abstract that are read
_LONGEST: Final = 6_000
#: papers whose counts are kept for the next channel, a few days' worth: about 4 kB each
MOST_COUNTS: Final = 6_000
_WORD: Final = re.compile(rf"\w[\w{MARKS}-]+")


def number_of(text: str) -> int:
    """The number of a term, an author or a category."""
    return crc32(text.encode("utf-8", "replace"))


@dataclass(frozen=True, slots=True, eq=False)
class TermCounts:
    """How often each term stands in a paper."""

    #: each once, ascending
    numbers: array[int]
    #: how often each stands there
    amounts: array[float]


def count_terms(paper: Paper) -> TermCounts:
    """How often each term stands in the paper; what was counted lately is not counted again."""
    return _count(paper.title, paper.abstract[:_LONGEST])


@lru_cache(MOST_COUNTS)
def _count(title: str, abstract: str) -> TermCounts:
    counts = dict(sorted(Counter(number_of(text) for text in _texts(title, abstract)).items()))
    return TermCounts(array("I", counts.keys()), array("f", counts.values()))


def term_of(text: str) -> str:
    """What somebody typed as a term: one word or two, folded; empty where it is none."""
    words = _WORD.findall(fold(text))
    return " ".join(words) if 1 <= len(words) <= 2 and all(map(_tells, words)) else ""


def is_about(text: str, term: str) -> bool:
    """Has the text of a term all words of another, in whatever form?"""
    has = {stem(word) for word in text.split()}
    return all(stem(word) in has for word in term.split())


def terms_in(paper: Paper) -> frozenset[str]:
    """The texts of the paper's terms."""
    return frozenset(_texts(paper.title, paper.abstract[:_LONGEST]))


def telling_terms(paper: Paper, numbers: Container[int]) -> dict[int, str]:
    """The text of those of the wanted terms that tell a reader something: no small words, no bare numbers."""
    numbered_texts = ((number_of(text), text) for text in dict.fromkeys(_texts(paper.title, paper.abstract[:_LONGEST])))
    return {number: text for number, text in numbered_texts if number in numbers and all(map(_tells, text.split()))}


def _texts(title: str, abstract: str) -> Iterator[str]:
    for text in (title, title, abstract):
        words = _WORD.findall(fold(text))
        yield from words
        yield from map(" ".join, pairwise(words))


def _tells(word: str) -> bool:
    return word not in STOP_WORDS and not word.replace("-", "").isdigit()
