"""What a rule asks of a paper beside its words: numbers, what it has, where it is from, how it was announced. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Final

from core.papers.categories import covers
from core.papers.paper import AnnounceType, Paper

#: an address of code, or words that promise it
_CODE: Final = re.compile(
    r"\b(?:github\.com|github\.io|gitlab\.com|bitbucket\.org|huggingface\.co|zenodo\.org)\b"
    r"|\b(?:code|project page)\b[^.]{0,40}https?://|\bcode (?:is|are|will be) (?:\w+ )?(?:available|released)\b",
    re.IGNORECASE,
)
#: whatever links code has one of these: looking for them takes a tenth of the time
_CODE_HINTS: Final = (
    *("http", "github.", "gitlab.com", "bitbucket.org", "huggingface.co", "zenodo.org"),
    *("code is ", "code are ", "code will be "),
)


def promises_code(text: str) -> bool:
    """Does a text give an address of code, or say that there will be code?"""
    lower_text = text.lower()
    return any(hint in lower_text for hint in _CODE_HINTS) and _CODE.search(text) is not None


#: what can be compared with a number; None where nobody told
NUMBERS: Final[Mapping[str, Callable[[Paper], int | None]]] = MappingProxyType(
    {
        "upvotes": lambda paper: paper.signals.upvotes,
        "comments": lambda paper: paper.signals.comments,
        "stars": lambda paper: paper.signals.stars,
        "citations": lambda paper: paper.signals.citations,
        "authors": lambda paper: len(paper.authors) or None,
    }
)
#: what a paper can have
THINGS: Final[Mapping[str, Callable[[Paper], bool]]] = MappingProxyType(
    {
        "code": lambda paper: bool(paper.signals.code_url or promises_code(f"{paper.abstract} {paper.comment}")),
        "abstract": lambda paper: bool(paper.abstract.strip()),
        "pdf": lambda paper: bool(paper.pdf_url),
        "doi": lambda paper: bool(paper.doi),
        "venue": lambda paper: bool(paper.journal),
    }
)
#: how a paper can be announced, and what of it counts as that
TYPES: Final[Mapping[str, frozenset[AnnounceType]]] = MappingProxyType(
    {
        "new": frozenset({AnnounceType.NEW}),
        "cross": frozenset({AnnounceType.CROSS}),
        "replace": frozenset({AnnounceType.REPLACE, AnnounceType.REPLACE_CROSS}),
    }
)
OPERATORS: Final[Mapping[str, Callable[[int, int], bool]]] = MappingProxyType(
    {
        ">=": int.__ge__,
        "<=": int.__le__,
        ">": int.__gt__,
        "<": int.__lt__,
        "=": int.__eq__,
        "!=": int.__ne__,
    }
)


def is_category(pattern: str, category: str) -> bool:
    """Is a category the wanted one, in the wanted archive, or spelled so, where the wanted one has stars?"""
    if "*" not in pattern:
        return covers(pattern, category)
    first, *middle, last = pattern.lower().split("*")
    remainder = category.lower()
    if not remainder.startswith(first):
        return False
    remainder = remainder[len(first) :]
    for part in middle:
        _, match, remainder = remainder.partition(part) if part else ("", "*", remainder)
        if not match:
            return False
    return remainder.endswith(last)


def sources_of(paper: Paper) -> tuple[str, ...]:
    """The names of the sources that told of a paper, and of its feeds, in lower case."""
    feeds = (category.removeprefix("feed:") for category in paper.categories if category.lower().startswith("feed:"))
    return tuple(map(str.lower, (*paper.sources, *feeds)))


def venue_of(paper: Paper) -> str:
    """Where a paper was published, and what its authors say of it beside: "accepted at …"."""
    return " ; ".join(filter(None, (paper.journal, paper.comment)))
