"""The terms of a paper, as numbers: its words and pairs of words, the title twice.

A term is the CRC-32 of its text: the same everywhere, four bytes long, and no vocabulary has to be kept. Of 200,000
terms about five pairs share a number; among the 2,000 of a profile hardly ever one does.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Container, Iterator
from itertools import pairwise
from typing import Final
from zlib import crc32

from core.papers.paper import Paper
from core.text.words import MARKS, STOP_WORDS, fold

#: characters of an abstract that are read
_LONGEST: Final = 6_000
_WORD: Final = re.compile(rf"\w[\w{MARKS}-]+")


def number_of(text: str) -> int:
    """The number of a term, an author or a category."""
    return crc32(text.encode("utf-8", "replace"))


def count_terms(paper: Paper) -> dict[int, int]:
    """How often each term stands in the paper."""
    counts = Counter(_texts(paper))
    return {number_of(text): count for text, count in counts.items()}


def telling_terms(paper: Paper, wanted: Container[int]) -> dict[int, str]:
    """The text of those of the wanted terms that tell a reader something: no small words, no bare numbers."""
    known = ((number_of(text), text) for text in dict.fromkeys(_texts(paper)))
    return {number: text for number, text in known if number in wanted and all(map(_tells, text.split()))}


def _texts(paper: Paper) -> Iterator[str]:
    for text in (paper.title, paper.title, paper.abstract[:_LONGEST]):
        words = _WORD.findall(fold(text))
        yield from words
        yield from map(" ".join, pairwise(words))


def _tells(word: str) -> bool:
    return word not in STOP_WORDS and not word.replace("-", "").isdigit()
