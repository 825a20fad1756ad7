"""The keys by which papers are cited: `berg2026learning`, stable while a list grows, and each only once."""

from __future__ import annotations

import unicodedata
from collections import defaultdict
from collections.abc import Iterator, Sequence
from itertools import count, product
from string import ascii_lowercase
from typing import Final

from core.papers.citations.entry import year_of
from core.papers.citations.people import creator_of
from core.papers.paper import Paper
from core.text.readable import readable
from core.text.words import STOP_WORDS, fold, split_words

#: letters of a part of a key
_LONGEST: Final = 24
#: what stands for the surname where a paper has no authors
_NOBODY: Final = "anonymous"


def citation_keys(papers: Sequence[Paper]) -> tuple[str, ...]:
    """A key for each paper, in their order: of those with the same surname, year and word, later ones get a letter.

    The order should be the one in which papers were saved: the keys of those before do not change when more come.
    """
    used_keys: set[str] = set()
    suffixes: defaultdict[str, Iterator[str]] = defaultdict(_suffixes)
    keys: list[str] = []
    for paper in papers:
        base = _base(paper)
        key = next(key for key in (base + suffix for suffix in suffixes[base]) if key not in used_keys)
        used_keys.add(key)
        keys.append(key)
    return tuple(keys)


def _base(paper: Paper) -> str:
    """Surname, year and the title's first telling word, in plain letters; the identifier where there are none."""
    first = paper.authors[0] if paper.authors else ""
    surname = _plain(creator_of(first).surname) if first else _NOBODY
    words = [_plain(word) for word in split_words(fold(readable(paper.title)))]
    telling_words = (word for word in words if len(word) > 1 and word not in STOP_WORDS)
    word = next(telling_words, next(filter(None, words), ""))
    year = year_of(paper)
    if not surname or surname[0].isdigit():
        surname = _plain(paper.id.scheme) + _plain(paper.id.value)
    return f"{surname[:_LONGEST]}{year or ''}{word[:_LONGEST]}"


def _plain(word: str) -> str:
    """Small ASCII letters and digits of a word; other letters lose their accents or go."""
    letters = unicodedata.normalize("NFKD", fold(word))
    return "".join(char for char in letters if char.isascii() and char.isalnum())


def _suffixes() -> Iterator[str]:
    yield ""
    for length in count(1):
        yield from ("".join(letters) for letters in product(ascii_lowercase, repeat=length))
