"""A day's candidates as features, worked out once for all channels of the process that choose from the same ones.

Texts are counted once for each paper (`terms`), matrices made once for each set of candidates; both are bounded.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import numpy as np
from scipy import sparse

from core.choose.profile.features import Background, Features, Matrix, Numbers, background_of, features_of, weighed
from core.papers.paper import Paper

#: sets of candidates that are kept, each of up to about 10 MB
_KEPT: Final = 4
#: of so many papers the terms are frequent as in their field; of fewer, those of the examples count as well
ENOUGH: Final = 200


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Field:
    """Candidates, and how frequent terms are among them."""

    features: Features
    background: Background
    #: the features' weighed terms
    texts: Matrix


def field_of(candidates: Sequence[Paper], examples: Sequence[Paper]) -> Field:
    """The candidates as a field; the same papers in the same order give the same one."""
    if len(candidates) >= ENOUGH:
        return _field(tuple(candidates))
    together = features_of([*examples, *candidates])
    background = background_of(together, np.arange(len(together)))
    features = together.of(np.arange(len(examples), len(together)))
    return Field(features=features, background=background, texts=weighed(features, background))


@lru_cache(_KEPT)
def _field(candidates: tuple[Paper, ...]) -> Field:
    features = features_of(candidates)
    background = background_of(features, np.arange(len(features)))
    return Field(features=features, background=background, texts=weighed(features, background))


def in_columns(texts: Matrix, columns: Numbers, wanted: Numbers) -> Matrix:
    """The texts with the columns of other features; terms that those lack are left out. Both ascend."""
    if not len(wanted):
        return sparse.csr_matrix((texts.shape[0], 0), dtype=np.float32)
    places = np.minimum(np.searchsorted(wanted, columns), len(wanted) - 1)
    stays = (wanted[places] == columns)[texts.indices]
    starts = np.concatenate([[0], np.cumsum(stays)])[texts.indptr]
    shape = (texts.shape[0], len(wanted))
    return sparse.csr_matrix((texts.data[stays], places[texts.indices[stays]], starts), shape=shape)
