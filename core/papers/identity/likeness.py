"""How alike are two records that may be one paper? Evidence of title, authors, year and venue, weighed.

Pure. `matching` has the exact rule by which records are merged; this is for two records that a search has brought
together and whose titles need not agree in every letter: `recognition` asks it which paper a typed title means.
The weights are a logistic regression's, learned by `tests/benchmarks/matching.py` from the training pairs
of DBLP-ACM and DBLP-Scholar (Köpcke, Thor, Rahm: Evaluation of entity resolution approaches, VLDB 2010), never from a
test split: a few numbers that one can read.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from types import MappingProxyType
from typing import Final

from rapidfuzz import fuzz
from rapidfuzz.distance import Indel

from core.papers.identity.matching import (
    SERIES,
    YEARS_APART,
    are_twins,
    is_same,
    place_shared,
    surname,
    title_key,
    title_words,
    years_apart,
)
from core.papers.paper import Paper
from core.text.words import fold, split_words

#: at least as likely as not
THRESHOLD: Final = 0.5
#: titles of one paper under one identifier agree at least so much, of 1
SAME_IDENTIFIER: Final = 0.5
#: surnames are one in spite of a slip of the pen, of 100
SAME_SURNAME: Final = 80
#: letters of a title that many papers may bear
SHORT: Final = 25

#: in the name of what comes out in issues
_JOURNAL: Final = frozenset(
    {"journal", "j", "transactions", "trans", "record", "letters", "magazine", "bulletin", "tods", "tkde"}
)
_NUMERAL: Final = re.compile(r"\d{1,2}|i{1,3}|iv|v|vi{1,3}|ix|x")


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """What speaks for and against; each from 0 to 1."""

    #: the titles' words, in any order; one title within the other counts whole: a subtitle that one leaves out
    within: float
    #: the titles' letters in order, spaces aside
    letters: float
    #: years that follow one another
    next_year: float
    #: more than a year between them
    far: float
    #: authors known of both
    have_authors: float
    #: surnames in common, of all of the longer list
    authors: float
    #: surnames in common, of all of the shorter list
    shared_authors: float
    #: the first authors' surname
    first: float
    #: another number in the titles: part, version, year
    numbers: float
    #: titles and authors together, in any order: fields that slipped into one another
    whole: float
    #: one title is short
    short: float
    #: one in a journal, the other at a conference
    venue: float


#: what each piece of evidence weighs, in log odds, and the odds without any: where both years are known, and where not;
#: learned, see above
WEIGHTS: Final[Mapping[str, tuple[float, float]]] = MappingProxyType(
    {
        "bias": (-17.57, -18.84),
        "within": (12.85, 5.46),
        "letters": (3.60, 10.10),
        "next_year": (-4.59, 0.00),
        "far": (-4.81, 0.00),
        "have_authors": (-2.25, -0.80),
        "authors": (1.99, -1.00),
        "shared_authors": (1.02, 3.85),
        "first": (-0.19, 0.57),
        "numbers": (-1.58, 0.03),
        "whole": (5.50, 5.80),
        "short": (-2.76, -2.00),
        "venue": (-1.84, -0.61),
    }
)


def is_match(first: Paper, second: Paper) -> bool:
    """True where two records are more likely one paper than two.

    Identifiers come first, then the place (volume and page in `journal`): a place that is another one, or that agrees
    in part under another title, makes two of them, as the abstracts of one supplement. The rest is weighed.
    """
    place = place_shared(first, second)
    is_exact = title_key(first) == title_key(second) != ""
    if share_identifier(first, second):
        # a translated title at the same place is no other paper of a supplement
        return not are_twins(first, second) and (place == 1 or evidence(first, second).within >= SAME_IDENTIFIER)
    if years_apart(first, second) > YEARS_APART or _other_part(first, second):
        return False
    if place is not None and (place == 0 or (place < 1 and not is_exact)):
        return False
    if is_exact and place == 1:
        return is_same(first, second)
    return not are_twins(first, second) and likelihood(first, second) >= THRESHOLD


def likelihood(first: Paper, second: Paper) -> float:
    """How likely it is that two records are one paper, from 0 to 1, by title, authors, year and venue."""
    column = 0 if are_dated(first, second) else 1
    odds = sum(WEIGHTS[name][column] * value for name, value in evidence_figures(evidence(first, second)).items())
    return 1 / (1 + math.exp(-odds - WEIGHTS["bias"][column]))


def share_identifier(first: Paper, second: Paper) -> bool:
    """True where both go by one of their identifiers."""
    return not _identifiers(first).isdisjoint(_identifiers(second))


def are_dated(first: Paper, second: Paper) -> bool:
    """True where the years of both are known."""
    return bool(first.published and second.published)


def evidence_figures(evidence: Evidence) -> dict[str, float]:
    """The evidence by name."""
    return {name: getattr(evidence, name) for name in Evidence.__dataclass_fields__}


def evidence(first: Paper, second: Paper) -> Evidence:
    """What two records have in common."""
    (within, letters, short, numbers), years = _titles(first, second), years_apart(first, second)
    have_authors, authors, shared_authors, same_first = _authors(first, second)
    return Evidence(
        within=within,
        letters=letters,
        next_year=float(years == 1),
        far=float(years > 1),
        have_authors=have_authors,
        authors=authors,
        shared_authors=shared_authors,
        first=same_first,
        numbers=numbers,
        whole=fuzz.token_sort_ratio(_whole(first), _whole(second)) / 100,
        short=short,
        venue=_venues(first, second),
    )


def _titles(first: Paper, second: Paper) -> tuple[float, float, float, float]:
    first_words, second_words = title_words(first.title), title_words(second.title)
    first_text, second_text = " ".join(first_words), " ".join(second_words)
    return (
        fuzz.token_set_ratio(first_text, second_text) / 100,
        Indel.normalized_similarity("".join(first_words), "".join(second_words)),
        float(min(len(first_text), len(second_text)) < SHORT),
        float(_numerals(first_words) != _numerals(second_words)),
    )


def _authors(first: Paper, second: Paper) -> tuple[float, float, float, float]:
    first_surnames, second_surnames = _surnames(first.authors), _surnames(second.authors)
    if not first_surnames or not second_surnames:
        return 0.0, 0.0, 0.0, 0.0
    common = sum(
        any(name == surname or fuzz.ratio(name, surname) >= SAME_SURNAME for surname in second_surnames)
        for name in set(first_surnames)
    )
    least, most = sorted((len(set(first_surnames)), len(set(second_surnames))))
    return 1.0, min(common / most, 1.0), min(common / least, 1.0), float(first_surnames[0] == second_surnames[0])


def _venues(first: Paper, second: Paper) -> float:
    first_venue, second_venue = _venue(first.journal or ""), _venue(second.journal or "")
    are_known = bool(first_venue and second_venue)
    return float(are_known and first_venue.isdisjoint(_JOURNAL) != second_venue.isdisjoint(_JOURNAL))


def _other_part(first: Paper, second: Paper) -> bool:
    first_parts, second_parts = series_parts(first.title), series_parts(second.title)
    return bool(first_parts and second_parts) and first_parts != second_parts


@lru_cache(maxsize=512)
def series_parts(title: str) -> frozenset[str]:
    """`part 2`, in titles of a series."""
    words = title_words(title)
    return frozenset(f"{word} {number}" for word, number in pairwise(words) if word in SERIES and number.isdigit())


def _identifiers(paper: Paper) -> set[str]:
    identifiers = {str(id) for id in (paper.id, *paper.identifiers)}
    return identifiers | {f"doi:{paper.doi.lower()}"} if paper.doi else identifiers


@lru_cache(maxsize=512)
def _venue(journal: str) -> frozenset[str]:
    return frozenset(word for word in split_words(fold(journal)) if not word.isdigit())


@lru_cache(maxsize=512)
def _surnames(authors: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(name for name in map(surname, authors) if name)


def _numerals(words: tuple[str, ...]) -> set[str]:
    return {word for word in words if _NUMERAL.fullmatch(word)}


def _whole(paper: Paper) -> str:
    return " ".join((*title_words(paper.title), *split_words(fold(" ".join(paper.authors)))))
