"""A day's candidates as features, worked out once for all channels of the process that choose from the same ones.

Texts are counted once for each paper (`terms`), matrices made once for each set of candidates; both are bounded.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import accumulate
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt
from scipy import sparse

from core.choose.profile.features import (
    Background,
    Features,
    Floats,
    Matrix,
    Numbers,
    Places,
    background_of,
    features_of,
    lengths_of,
    look_up,
    rarity_of,
    weigh_terms,
)
from core.choose.profile.terms import TermCounts, count_terms
from core.papers.paper import Paper

Bools = npt.NDArray[np.bool_]
#: sets of candidates that are kept, each of up to about 20 MB
_MOST_FIELDS: Final = 4
#: other papers whose rows are kept with a set of candidates, of about 2 kB each
_MOST_BESIDE: Final = 3_000
#: a term is common that more of the candidates have
_COMMON: Final = 0.05
#: of so many papers the terms are frequent as in their field; of fewer, those of the examples count as well
ENOUGH: Final = 200


class Row(NamedTuple):
    """The weighed terms of one paper."""

    #: their columns, ascending
    places: Places
    values: Floats
    #: how long the row is in common terms alone
    common_length: float


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Field:
    """Candidates, and how frequent terms are among them."""

    features: Features
    background: Background
    #: the features' weighed terms
    texts: Matrix
    #: the same without common terms, which are much of the work of comparing texts and little of their likeness
    rare_texts: Matrix
    #: of each column
    is_common: Bools
    #: how long each row is in common terms alone
    common_lengths: Floats
    #: rows of other papers by their counts, as `texts_beside` makes them
    beside: dict[TermCounts, Row] = field(default_factory=dict)


def field_of(candidates: Sequence[Paper], examples: Sequence[Paper]) -> Field:
    """The candidates as a field; the same papers in the same order give the same one."""
    if len(candidates) >= ENOUGH:
        return _field(_Candidates(tuple(candidates)))
    features = features_of([*examples, *candidates])
    background = background_of(features, np.arange(len(features)))
    return _make_field(features.of(np.arange(len(examples), len(features))), background)


@dataclass(frozen=True, slots=True)
class _Candidates:
    """Papers as a key."""

    papers: tuple[Paper, ...]

    def __hash__(self) -> int:
        """Hash three facts alone: comparing papers is faster than hashing all their texts."""
        return hash((len(self.papers), self.papers[0].id, self.papers[-1].id))


@lru_cache(_MOST_FIELDS)
def _field(candidates: _Candidates) -> Field:
    features = features_of(candidates.papers)
    return _make_field(features, background_of(features, np.arange(len(features))))


def _make_field(features: Features, background: Background) -> Field:
    texts = weigh_terms(features, background)
    having = np.bincount(texts.indices, minlength=texts.shape[1])
    is_common = having > _COMMON * texts.shape[0]
    rare, common = texts.copy(), texts.copy()
    rare.data[is_common[rare.indices]] = 0
    rare.eliminate_zeros()
    common.data[~is_common[common.indices]] = 0
    return Field(
        features=features,
        background=background,
        texts=texts,
        rare_texts=rare,
        is_common=is_common,
        common_lengths=lengths_of(common),
    )


def texts_beside(papers: Sequence[Paper], field: Field) -> tuple[Matrix, float]:
    """The weighed terms of other papers, with the field's columns, and how long the common ones of a paper are at most.

    Terms that the field's papers lack are left out.
    """
    rows = [_row_beside(count_terms(paper), field) for paper in papers]
    starts = np.array([0, *accumulate(len(row.places) for row in rows)])
    places = np.concatenate([row.places for row in rows])
    values = np.concatenate([row.values for row in rows])
    texts = sparse.csr_matrix((values, places, starts), shape=(len(rows), len(field.features.columns)))
    return texts, max(row.common_length for row in rows)


def _row_beside(counts: TermCounts, field: Field) -> Row:
    if row := field.beside.get(counts):
        return row
    columns, background = field.features.columns, field.background
    numbers = np.frombuffer(counts.numbers, dtype=np.uint32)
    values = 1 + np.log(np.frombuffer(counts.amounts, dtype=np.float32))
    values = values * rarity_of(look_up(background.columns, background.counts, numbers), background.papers)
    length = np.sqrt(np.add.reduceat(values * values, [0])) if len(values) else np.ones(1, dtype=np.float32)
    places, is_there = _places(numbers, columns)
    places, values = places[is_there], (values * (1 / length))[is_there].astype(np.float32)
    common = values[field.is_common[places]]
    row = Row(places, values, float(np.sqrt(common @ common)))
    if len(field.beside) >= _MOST_BESIDE:
        field.beside.clear()
    field.beside[counts] = row
    return row


def in_columns(texts: Matrix, columns: Numbers, new_columns: Numbers) -> Matrix:
    """The texts with the columns of other features; terms that those lack are left out. Both ascend."""
    places, is_there = _places(columns, new_columns)
    stays = is_there[texts.indices]
    starts = np.concatenate([[0], np.cumsum(stays)])[texts.indptr]
    shape = (texts.shape[0], len(new_columns))
    return sparse.csr_matrix((texts.data[stays], places[texts.indices[stays]], starts), shape=shape)


def _places(terms: Numbers, columns: Numbers) -> tuple[Places, Bools]:
    """The column of each term, and whether there is one."""
    if not len(columns):
        return np.zeros(len(terms), dtype=np.int64), np.zeros(len(terms), dtype=np.bool_)
    places = np.minimum(np.searchsorted(columns, terms), len(columns) - 1)
    return places, columns[places] == terms
