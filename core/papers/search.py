"""The query language of `/search`: words, phrases, prefixes and filters, read leniently.

`diffusion "in-context learning" transform* in:cs.CL author:"Ann Lee" since:7d`: all words count first, then any word.
A search box never scolds: whatever cannot be a filter is a word, and an open quote closes itself. Only a filter with a
senseless value is an error. The store turns a `SearchQuery` into its database's own full-text search.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from itertools import chain
from typing import Final

from core.errors import UsageError
from core.papers.categories import read_categories
from core.papers.identifiers import PaperId
from core.speech import _
from core.text.days import read_since
from core.text.terms import show_tex
from core.text.words import split_words, visible

_TOKEN: Final = re.compile(
    r'(?:(?P<filter>in|author|since|from):)?(?:"(?P<phrase>[^"]*)"?|(?P<word>[^\s"]+))', re.IGNORECASE
)
#: what an apostrophe adds to a word, `Alzheimer's`, `don't`: texts have the word with it and without
_APOSTROPHE_ENDING: Final = re.compile(
    r"(?:(?<=\w)(?<!ca)(?<!wo)n['’]t|(?<=\w)['’](?:s|t|d|m|re|ve|ll))(?=[\W_]*$)", re.IGNORECASE
)
#: words and phrases that are looked for; the rest of a pasted page is not
_MOST_TERMS: Final = 256


@dataclass(frozen=True, slots=True, kw_only=True)
class Term:
    """A word, or several words in a row, to look for in titles, abstracts and author names."""

    words: tuple[str, ...]
    #: the last word is only the beginning of one
    prefix: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchQuery:
    """What somebody searches for, taken apart."""

    #: as it was typed
    typed: str
    terms: tuple[Term, ...] = ()
    #: any of these categories or archives, in arXiv's spelling
    categories: tuple[str, ...] = ()
    #: each must be an author; the words of each stand together in a name
    authors: tuple[str, ...] = ()
    #: sources that know the paper, any of them
    sources: tuple[str, ...] = ()
    #: appeared on this day or later
    since: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Hit:
    """One result of a search."""

    id: PaperId
    title: str
    #: larger is better; comparable within one search only
    score: float
    #: when it appeared, UTC date
    published: date | None
    #: the passage that matched, plain text
    snippet: str
    url: str
    authors: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    #: it was taken back
    withdrawn: bool = False
    #: words of the query that it does not have
    missing: tuple[str, ...] = ()
    #: its meaning found it, not its words
    is_near: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Near:
    """The papers that are nearest to what a query means, the nearest first."""

    papers: tuple[PaperId, ...] = ()
    #: True where nobody could compare them
    is_unknown: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A page of results."""

    query: SearchQuery
    #: papers that match; a lower bound where `is_bounded`
    total: int
    hits: tuple[Hit, ...]
    #: True where more papers match than were counted
    is_bounded: bool = False
    #: True where no paper has all the words, so any word was enough
    any_word: bool = False
    #: those of `total` that have only some of the words; they come last
    partial: int = 0
    #: those of `partial` that are close in meaning, and that no word found
    near: int = 0
    #: True where meanings were to be compared, and words alone could be
    words_alone: bool = False
    #: of each source that was to be asked and could not be, a sentence
    troubles: tuple[str, ...] = ()

    @property
    def complete(self) -> int:
        """Papers of `total` that have all the words; a page has them first."""
        return self.total - self.partial


def parse_query(text: str, *, today: date) -> SearchQuery:
    """Take a typed query apart; `today` anchors `since:7d`.

    Raises UsageError (BadCategory for `in:`) for a filter with a senseless value.
    """
    terms: list[Term] = []
    filters: dict[str, list[str]] = {"in": [], "author": [], "since": [], "from": []}
    for match in _TOKEN.finditer(text):
        value = (match["phrase"] if match["phrase"] is not None else _APOSTROPHE_ENDING.sub("", match["word"])).strip()
        if name := match["filter"]:
            filters[name.lower()].append(value)
        elif len(terms) < _MOST_TERMS and (term := _term(value)):
            terms.append(term)
    since = [parse_since(value, today=today) for value in filters["since"]]
    return SearchQuery(
        typed=text,
        terms=tuple(terms),
        categories=tuple(dict.fromkeys(chain.from_iterable(map(read_categories, _parts(filters["in"]))))),
        authors=tuple(filter(None, filters["author"])),
        sources=tuple(value.lower() for value in filters["from"] if value),
        since=max(since, default=None),
    )


def words_query(text: str) -> SearchQuery:
    """A text as a question: its first words, without filters and phrases."""
    words = split_words(visible(show_tex(text)))[:_MOST_TERMS]
    return SearchQuery(typed=text, terms=tuple(Term(words=(word,)) for word in words))


def _parts(values: Iterable[str]) -> Iterator[str]:
    return (part for value in values for piece in value.split(",") if (part := piece.strip()))


def _term(value: str) -> Term | None:
    words = tuple(split_words(visible(show_tex(value))))
    return Term(words=words, prefix=value.endswith("*")) if words else None


def parse_since(value: str, *, today: date) -> date:
    """Read `7d`, `2w`, `yesterday`, `monday`, `last week`, `4 Feb` or an ISO date. Raises UsageError."""
    if (day := read_since(value.replace("_", " "), today=today)) is not None:
        return day
    hint = _("Write since:7d, since:yesterday or since:2026-02-04.")
    raise UsageError(_("'{text}' is not a date.", text=value[:40]), hint=hint)
