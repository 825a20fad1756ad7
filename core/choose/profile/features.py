"""What the ranker sees of papers, worked out once for all profiles.

Text is a sparse matrix of terms, `1 + log(count)`; `weigh_terms` gives it the weights of a background (inverse document
frequency) and rows of length 1. What is known of a paper beside its text is a row of `NUMBERS`. Authors and categories
are numbers too, flat, with the place where each paper's begin.
"""

from __future__ import annotations

import math
import re
from array import array
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from itertools import accumulate
from typing import Any, Final

import numpy as np
import numpy.typing as npt
from scipy import sparse

from core.choose.profile.terms import MOST_COUNTS, count_terms, number_of
from core.papers.paper import Paper
from core.text.words import fold

Floats = npt.NDArray[np.float32]
Numbers = npt.NDArray[np.uint32]
Places = npt.NDArray[np.int64]
#: a scipy.sparse.csr_matrix of float32; scipy ships no types
Matrix = Any

#: what is known of a paper beside its text, each about between 0 and 10
NUMBERS: Final = (
    "authors", "code", "project page", "model page", "code page", "categories", "named", "words of the name", "title",
    "abstract", "comment", "page in comment", "project in comment", "accepted", "survey", "technical report",
    "question", "percentages", "digits", "open source", "benchmark", "lateness", "lateness squared",
)  # fmt: skip
_CODE: Final = re.compile(
    r"github\.com|github\.io|huggingface\.co|gitlab|project page|code (?:is|are|will be)? ?(?:publicly )?available",
    re.I,
)
_NAME: Final = re.compile(r"^([\w\-+.$^ ]{2,30}):")
_REPORT: Final = re.compile("technical report", re.I)
_DIGIT: Final = re.compile(r"\d")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Names:
    """Authors or categories of papers: one row's are `numbers[starts[row]:starts[row + 1]]`, never none."""

    numbers: Numbers
    #: one more than there are rows
    starts: Places

    def of(self, rows: Places) -> Names:
        """The names of some rows."""
        sizes = np.diff(self.starts)[rows]
        starts = np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64)
        inside = np.arange(starts[-1]) - np.repeat(starts[:-1], sizes)
        return Names(numbers=self.numbers[np.repeat(self.starts[rows], sizes) + inside], starts=starts)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Features:
    """Some papers, a row for each."""

    #: the term of each column of `terms`, ascending
    columns: Numbers
    #: papers x terms, 1 + log(count)
    terms: Matrix
    #: papers x `NUMBERS`
    numbers: Floats
    authors: Names
    categories: Names

    def __len__(self) -> int:
        return int(self.numbers.shape[0])

    def of(self, rows: Places) -> Features:
        """The features of some rows, with the columns of their own terms alone."""
        terms = self.terms[rows]
        own_columns, places = np.unique(terms.indices, return_inverse=True)
        own = sparse.csr_matrix(
            (terms.data, places.astype(np.int32), terms.indptr), shape=(len(rows), len(own_columns))
        )
        return Features(
            columns=self.columns[own_columns],
            terms=own,
            numbers=self.numbers[rows],
            authors=self.authors.of(rows),
            categories=self.categories.of(rows),
        )


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Background:
    """How frequent terms are in the field."""

    #: ascending
    columns: Numbers
    #: papers that have the term
    counts: Floats
    #: papers that were counted
    papers: int


def features_of(papers: Sequence[Paper]) -> Features:
    """Read papers; those of one listing day are placed among one another by their identifiers (lateness)."""
    numbers, amounts, starts = array("I"), array("f"), array("q", [0])
    for paper in papers:
        counts = count_terms(paper)
        numbers.extend(counts.numbers)
        amounts.extend(counts.amounts)
        starts.append(len(numbers))
    columns, places = np.unique(np.frombuffer(numbers, dtype=np.uint32), return_inverse=True)
    values = 1 + np.log(np.frombuffer(amounts, dtype=np.float32))
    terms = sparse.csr_matrix((values, places.astype(np.int32), starts), shape=(len(papers), len(columns)))
    late = _lateness(papers)
    rows = [_numbers(paper, lateness) for paper, lateness in zip(papers, late, strict=True)]
    return Features(
        columns=columns,
        terms=terms,
        numbers=np.array(rows, dtype=np.float32).reshape(len(papers), len(NUMBERS)),
        authors=names_of([map(fold, paper.authors) for paper in papers]),
        categories=names_of([paper.categories for paper in papers]),
    )


def names_of(rows: Sequence[Iterable[str]]) -> Names:
    """Names as numbers; a paper without any has one that nobody has."""
    numbers = [[number_of(name) for name in names] or [0] for names in rows]
    return Names(
        numbers=np.array([number for row in numbers for number in row], dtype=np.uint32),
        starts=np.array([0, *accumulate(map(len, numbers))], dtype=np.int64),
    )


def background_of(features: Features, rows: Places) -> Background:
    """How many of some papers have each term."""
    counts = np.bincount(features.terms[rows].indices, minlength=len(features.columns)).astype(np.float32)
    is_present = counts > 0
    return Background(columns=features.columns[is_present], counts=counts[is_present], papers=len(rows))


def merge_backgrounds(first: Background, second: Background) -> Background:
    """How frequent terms are in two fields together, which have no paper in common."""
    columns, places = np.unique(np.concatenate([first.columns, second.columns]), return_inverse=True)
    counts = np.bincount(places, weights=np.concatenate([first.counts, second.counts])).astype(np.float32)
    return Background(columns=columns, counts=counts, papers=first.papers + second.papers)


def weigh_terms(features: Features, background: Background) -> Matrix:
    """Papers x terms: tf-idf, each row of length 1; a term that the background lacks is one that no paper has."""
    counts = look_up(background.columns, background.counts, features.columns)
    matrix = features.terms.copy()
    matrix.data = matrix.data * rarity_of(counts, background.papers)[matrix.indices]
    return unit_rows(matrix)


def rarity_of(counts: Floats, papers: int) -> Floats:
    """The weight of terms that so many of the papers of a background have: the inverse document frequency."""
    return np.asarray(np.log((1 + papers) / (1 + counts)) + 1, dtype=np.float32)


def weigh_counts(counts: Matrix) -> Matrix:
    """Papers x words, how often each stands there, as `weigh_terms` would have them: for texts that come as counts."""
    terms = counts.tocsr(copy=True).astype(np.float32)
    terms.data = 1 + np.log(terms.data)
    having = np.bincount(terms.indices, minlength=terms.shape[1])
    rarity = np.log((1 + terms.shape[0]) / (1 + having)) + 1
    terms.data = terms.data * rarity.astype(np.float32)[terms.indices]
    return unit_rows(terms)


def unit_rows(matrix: Matrix) -> Matrix:
    """The rows scaled to length 1; empty ones stay empty."""
    lengths = lengths_of(matrix)
    factors = np.divide(1, lengths, out=np.zeros_like(lengths), where=lengths > 0)
    result = matrix.tocsr(copy=True)
    result.data = (result.data * np.repeat(factors, np.diff(result.indptr))).astype(np.float32)
    return result


def lengths_of(matrix: Matrix) -> Floats:
    """The length of each row."""
    return np.sqrt(np.asarray(matrix.multiply(matrix).sum(axis=1), dtype=np.float32).ravel())


def look_up(keys: Numbers, values: Floats, queries: Numbers) -> Floats:
    """The value of each asked key, 0 where it is unknown; `keys` ascend. With several rows of values, as many rows."""
    if not len(keys):
        return np.zeros((*values.shape[:-1], len(queries)), dtype=np.float32)
    places = np.minimum(np.searchsorted(keys, queries), len(keys) - 1)
    return np.where(keys[places] == queries, values[..., places], np.float32(0)).astype(np.float32)


def _lateness(papers: Sequence[Paper]) -> list[float]:
    """The place of each paper's identifier among those of its day: 0 the first, 1 the last."""
    days: defaultdict[date | None, list[int]] = defaultdict(list)
    for row, paper in enumerate(papers):
        days[paper.announced].append(row)
    late = [0.0] * len(papers)
    for rows in days.values():
        for place, row in enumerate(sorted(rows, key=lambda row: papers[row].id.value)):
            late[row] = place / max(len(rows) - 1, 1)
    return late


def _numbers(paper: Paper, lateness: float) -> tuple[float, ...]:
    counts = len(paper.authors), len(paper.categories)
    return (*_lasting(paper.title, paper.abstract, paper.comment.lower(), *counts), lateness, lateness**2)


@lru_cache(MOST_COUNTS)
def _lasting(title: str, abstract: str, comment: str, authors: int, categories: int) -> tuple[float, ...]:
    """What is the same whatever papers it is read with; read once for all channels."""
    small, low_title = abstract.lower(), title.lower()
    name = _NAME.match(title)
    return (
        math.log1p(authors),
        float(bool(_CODE.search(abstract))),
        float("github.io" in small),
        float("huggingface" in small),
        float("github.com" in small),
        float(min(categories, 10)),
        float(name is not None),
        float(len(name[1].split())) if name else 0.0,
        math.log1p(len(title)),
        math.log1p(len(abstract)),
        math.log1p(len(comment)),
        float("page" in comment),
        float("project" in comment),
        float("accept" in comment),
        float("survey" in low_title),
        float(bool(_REPORT.search(title))),
        float("?" in title),
        math.log1p(abstract.count("%")),
        math.log1p(len(_DIGIT.findall(abstract))),
        float("open-source" in small or "open source" in small),
        float("benchmark" in low_title),
    )
