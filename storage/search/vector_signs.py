"""The signs of a model's vectors, in memory: which of very many papers may be nearest to a vector, in milliseconds.

Of each number of a vector the sign is kept, a bit: 52 bytes a paper for a small model (384 numbers), which is 52 MB for
a million papers. Vectors whose signs differ least are likely the nearest; `meaning` compares those themselves.
Nothing here is exact, so that it may lag behind the database: what it does not know is not found, and what is gone
there is left out there.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from core.papers.embedding import Vectors

#: vectors of a block: what comparing them takes stays in the processor's cache
BLOCK: Final = 32_768
#: what a vector that does not pass differs by
_FAR: Final = np.iinfo(np.uint16).max
#: larger than the number of any paper
_NO_PAPER: Final = np.iinfo(np.int32).max
#: the sign of a number of two bytes
_NEGATIVE: Final = 0x8000


class VectorSigns:
    """The signs of vectors of one size, and the numbers of their papers, in any order; a paper may be there twice."""

    def __init__(self, size: int) -> None:
        #: numbers of a vector
        self.size = size
        #: all vectors of the papers between these numbers were read; 0 where none is older, and where none was read
        self.oldest, self.newest = _NO_PAPER, 0
        self._many = 0
        #: of each block the papers, and their bits, a row for every 64 numbers of a vector
        self._blocks: list[tuple[NDArray[np.int32], NDArray[np.uint64]]] = []

    def add(self, papers: Sequence[int], content: bytes) -> None:
        """Take in the vectors of papers, as they are stored, one after the other."""
        numbers, bits = np.asarray(papers, dtype=np.int32), self._pack(content)
        while len(numbers):
            start = self._many % BLOCK
            if not start:
                self._blocks.append((np.zeros(BLOCK, dtype=np.int32), np.zeros((len(bits), BLOCK), dtype=np.uint64)))
            count = min(BLOCK - start, len(numbers))
            self._blocks[-1][0][start : start + count] = numbers[:count]
            self._blocks[-1][1][:, start : start + count] = bits[:, :count]
            self._many += count
            numbers, bits = numbers[count:], bits[:, count:]

    def likely(self, vector: Vectors, *, low: int, among: Sequence[Sequence[int]], most: int) -> NDArray[np.int32]:
        """The papers whose vectors are likely nearest, with numbers from `low` on, and in all of `among`; in order.

        They are the `most` that differ least, and those that differ no more.
        """
        many = self._many  # others may add meanwhile
        if not many:
            return np.zeros(0, dtype=np.int32)
        target = self._pack(vector.astype("<f2").tobytes())
        passing = [np.bincount(np.asarray(some, dtype=np.int64), minlength=self.newest + 1) > 0 for some in among]
        differ = np.concatenate([self._differing(block, target, low, passing) for block in self._blocks])[:many]
        farthest = np.searchsorted(np.bincount(differ).cumsum(), min(most, many))
        best = np.flatnonzero(differ <= min(int(farthest), _FAR - 1))
        papers = [self._blocks[place // BLOCK][0][place % BLOCK] for place in best.tolist()]
        return np.unique(np.asarray(papers, dtype=np.int32))

    def _differing(
        self,
        block: tuple[NDArray[np.int32], NDArray[np.uint64]],
        target: NDArray[np.uint64],
        low: int,
        passing: Sequence[NDArray[np.bool_]],
    ) -> NDArray[np.uint16]:
        """In how many signs each vector of a block differs."""
        papers, signs = block
        differ = np.zeros(BLOCK, dtype=np.uint16)
        for bits, target_bits in zip(signs, target, strict=True):
            differ += np.bitwise_count(bits ^ target_bits)
        if low:
            differ[papers < low] = _FAR
        for passes in passing:
            differ[~passes[papers]] = _FAR
        return differ

    def _pack(self, content: bytes) -> NDArray[np.uint64]:
        """The signs of vectors as bits, a column for each vector."""
        is_negative = np.frombuffer(content, dtype="<u2").reshape(-1, self.size) >= _NEGATIVE
        bits = np.packbits(is_negative, axis=1)
        return np.pad(bits, ((0, 0), (0, -bits.shape[1] % 8))).view(np.uint64).T
