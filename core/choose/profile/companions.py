"""What people with like libraries saved: who saved one thing of mine saved others, and who reads as I do reads these.

Opinions are added, each divided by its largest value for a person. `text`: how like the paper's words are to those of
the person's papers. `concepts`: the same by what words stand for (latent semantic analysis), which finds other words
for the same thing. `neighbours`: what the people saved whose text is most like the person's, rare papers more;
`neighbours' text`: how like the paper is to what they read. `co-bookmarks`: what was saved together with the person's
papers. A paper that nobody saved yet has the opinions by text alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

import numpy as np
from scipy import sparse

from core.choose.profile.features import Floats, Matrix, Places, unit_rows

#: how much each opinion counts
BLEND: Final[Mapping[str, float]] = {
    "text": 1.0,
    "concepts": 0.6,
    "neighbours": 1.3,
    "neighbours' text": 0.2,
    "co-bookmarks": 2.6,
}
#: what others saved, and what all papers are like, counts fully where a person saved many papers: n / (n + this)
_FEW: Final = 3
_BY_OTHERS: Final = ("neighbours", "co-bookmarks")
#: how much a paper loses that is like all others: such ones are near to everybody ("hubs", Radovanovic 2010)
_COMMON_TEXT: Final = 0.6
_COMMON_CONCEPTS: Final = 0.25
_CONCEPTS: Final = 300
#: people whose text is most like the person's
_NEIGHBOURS: Final = 200


class Companions:
    """The libraries of everybody, and what they say to one of them."""

    def __init__(self, libraries: Matrix, texts: Matrix, concepts: Floats) -> None:
        """`libraries` are people x papers, 1 where saved; `texts` are papers x terms, rows of length 1."""
        self._libraries = sparse.csr_matrix(libraries, dtype=np.float32)
        self._texts = texts.tocsr()
        savers = np.asarray(self._libraries.sum(axis=0)).ravel()
        #: people x papers; a paper that many saved says less
        self._rare = (self._libraries @ sparse.diags(1 / np.sqrt(np.maximum(savers, 1)))).tocsr().astype(np.float32)
        #: people x terms
        self._profiles = unit_rows((self._libraries @ self._texts).tocsr())
        self._concepts = concepts
        #: people x concepts
        self._minds = _unit(np.asarray(self._libraries @ concepts))
        # what of each paper its likeness to all others takes away
        likeness = self._texts @ np.asarray(self._texts.mean(axis=0)).ravel()
        self._common = np.log(np.maximum(likeness, 1e-6))
        self._common_concepts = np.log(np.maximum(concepts @ concepts.mean(axis=0), 1e-3))

    def opinions(self, people: Places, papers: Places, names: Iterable[str] = BLEND) -> dict[str, Floats]:
        """Each of these opinions by its name, people x papers: from 0 to 1, 0 for what a person saved."""
        likeness = self._likeness(people)
        own = self._libraries[people][:, papers].toarray() > 0
        many = np.diff(self._libraries.indptr)[people][:, None]
        trust = (many / (many + _FEW)).astype(np.float32)
        is_common = np.exp(-_COMMON_TEXT * trust * self._common[papers])
        opinions = {}
        for name in names:
            opinion = self._opinion(name, people, papers, likeness)
            if name == "concepts":
                opinion *= np.exp(-_COMMON_CONCEPTS * trust * self._common_concepts[papers])
            elif name not in _BY_OTHERS:
                opinion *= is_common
            opinion[own] = 0
            largest = opinion.max(axis=1, keepdims=True, initial=0)
            share = trust if name in _BY_OTHERS else 1
            opinions[name] = (share * opinion / np.where(largest > 0, largest, 1)).astype(np.float32)
        return opinions

    def _opinion(self, name: str, people: Places, papers: Places, likeness: Matrix) -> Any:
        texts = self._texts[papers]
        if name == "text":
            return (self._profiles[people] @ texts.T).toarray()
        if name == "concepts":
            return np.maximum(self._minds[people] @ self._concepts[papers].T, 0)
        if name == "neighbours":
            return (likeness @ self._rare[:, papers]).toarray()
        if name == "neighbours' text":
            return ((likeness @ self._profiles) @ texts.T).toarray()
        return ((self._libraries[people] @ self._rare.T) @ self._rare[:, papers]).toarray()

    def _likeness(self, people: Places) -> Matrix:
        """People x people: the square of how like their texts are, for the nearest."""
        likeness = (self._profiles[people] @ self._profiles.T).toarray()
        likeness[np.arange(len(people)), people] = 0
        if likeness.shape[1] > _NEIGHBOURS:
            least = -np.partition(-likeness, _NEIGHBOURS, axis=1)[:, _NEIGHBOURS : _NEIGHBOURS + 1]
            likeness[likeness < least] = 0
        return sparse.csr_matrix(likeness**2)


def blend(opinions: Mapping[str, Floats], shares: Mapping[str, float] = BLEND) -> Floats:
    """The sum of the opinions, each with its share; those without one are left out."""
    return np.asarray(sum(share * opinions[name] for name, share in shares.items()), dtype=np.float32)


def concepts_of(texts: Matrix, *, size: int = _CONCEPTS, seed: int = 0) -> Floats:
    """Papers x concepts: the strongest directions of the texts, rows of length 1; fewer where there are few papers."""
    from sklearn.utils.extmath import randomized_svd

    size = min(size, min(texts.shape) - 1)
    if size < 1:
        return np.zeros((texts.shape[0], 1), dtype=np.float32)
    singular_vectors, strength, _ = randomized_svd(texts, size, n_iter=3, random_state=seed)
    return _unit(singular_vectors * strength)


def _unit(rows: Any) -> Floats:
    lengths = np.linalg.norm(rows, axis=1, keepdims=True)
    return np.asarray(rows / np.where(lengths > 0, lengths, 1), dtype=np.float32)
