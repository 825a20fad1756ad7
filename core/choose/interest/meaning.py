"""How close papers are in meaning to an interest, from vectors: beside the words, where a model embeds.

`core.deliver.meanings` has texts embedded and asks. Models differ in how near everything is to everything, so that
nearness counts by how unusual it is among the papers at hand and those stored last. Pure; numpy loads with vectors.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from core.choose.interest import vocabulary
from core.choose.interest.units import read_clauses
from core.papers.identifiers import PaperId

if TYPE_CHECKING:
    from core.papers.embedding import Vectors

#: nothing is known of how close papers are
NOTHING_CLOSE: Final[Mapping[PaperId, float]] = MappingProxyType({})
#: subjects of an interest, and things that it does not want
MOST_SUBJECTS: Final = 8
#: papers that are needed to know what is usual
FEWEST_PAPERS: Final = 30
#: standard deviations above the mean from which on nearness counts, and at which it counts in full
_USUAL: Final = 1.0
_FULL: Final = 4.5
#: what separates subjects; commas divide one
_BORDER: Final = re.compile(r"[;\n。；！？]|[.!?](?=\s|$)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Subjects:
    """The texts of an interest that are embedded, each by itself."""

    aims: tuple[str, ...]
    #: what follows `not`
    exclusions: tuple[str, ...]


def subjects_of(interest: str) -> Subjects:
    """The subjects of an interest text, without what is not wanted: a vector knows no `not`."""
    wanted_texts: list[str] = []
    unwanted_texts: list[str] = []
    for text in _BORDER.split(interest):
        clauses = list(read_clauses(text, vocabulary.load()))
        wanted_texts.append(", ".join(words for words, is_wanted in clauses if is_wanted))
        unwanted_texts += (words for words, is_wanted in clauses if not is_wanted)
    return Subjects(
        aims=tuple(filter(None, dict.fromkeys(wanted_texts)))[:MOST_SUBJECTS],
        exclusions=tuple(filter(None, dict.fromkeys(unwanted_texts)))[:MOST_SUBJECTS],
    )


def closeness(
    papers: Vectors, *, wanted_vectors: Vectors, unwanted_vectors: Vectors, usual: Vectors
) -> Sequence[float]:
    """How close each paper is to the nearest of the wanted subjects, from 0 to 1.

    A row of each is the vector of a text. `usual` are papers of any kind, FEWEST_PAPERS or more. A paper that is nearer
    to something that is not wanted is not close.
    """
    import numpy as np

    near = papers @ wanted_vectors.T
    at_large = usual @ wanted_vectors.T
    spread = np.maximum(at_large.std(axis=0), 1e-3)
    unusual = (near - at_large.mean(axis=0)) / spread
    best = np.clip((unusual.max(axis=1) - _USUAL) / (_FULL - _USUAL), 0.0, 1.0)
    if len(unwanted_vectors):
        best[(papers @ unwanted_vectors.T).max(axis=1) >= near.max(axis=1)] = 0.0
    return [float(value) for value in best]
