"""Is this the same paper? By title, first author and year, where no identifier tells.

Pure. The store looks papers up by `title_key` and asks `is_same` before it merges; `paperboy eval matching` measures
the same two functions on labelled data.
"""

from __future__ import annotations

import re
import unicodedata
from typing import Final

from core.papers import Paper

#: shorter titles ("Editorial", "Author reply") are borne by many papers, in letters and digits
SHORTEST_TITLE: Final = 20
#: a preprint and its journal version appear at most this many years apart
YEARS_APART: Final = 1

_NOT_WORD: Final = re.compile(r"[\W_]+")


def title_key(paper: Paper) -> str:
    """What two accounts of one paper have in common; empty where the title or the author is too common to tell."""
    title = _letters(paper.title)
    if len(title) < SHORTEST_TITLE or not paper.authors:
        return ""
    return f"{title}|{surname(paper.authors[0])}"


def is_same(one: Paper, other: Paper) -> bool:
    """True where two papers with the same title key are one; their years may differ by one, and may be unknown."""
    if not (one.published and other.published):
        return True
    return abs(one.published.year - other.published.year) <= YEARS_APART


def surname(name: str) -> str:
    """An author's surname in plain letters: of `Ada B. Example` and of `Example, Ada`."""
    last, comma, _ = name.partition(",")
    words = (last if comma else name).split()
    return _letters(words[-1]) if words and not comma else _letters(last)


def _letters(text: str) -> str:
    plain = unicodedata.normalize("NFKD", text).casefold()
    return _NOT_WORD.sub("", "".join(one for one in plain if not unicodedata.combining(one)))
