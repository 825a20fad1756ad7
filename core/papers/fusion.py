"""Several rankings of the same things as one: reciprocal rank fusion.

Scores of words and of vectors cannot be compared, places can: something counts 1 / (k + place) for each ranking that
has it (G. V. Cormack, C. L. A. Clarke, S. Büttcher, Reciprocal Rank Fusion outperforms Condorcet and individual Rank
Learning Methods, SIGIR 2009, with their k). Pure.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import Final, TypeVar

_K: Final = 60
#: hits of each ranking that are fused
MOST_FUSED: Final = 200

Thing = TypeVar("Thing", bound=Hashable)


def fuse(*rankings: Sequence[Thing]) -> dict[Thing, float]:
    """Everything that is in any of the rankings, the best first, with what it counts; of equals the first one met.

    What a ranking has twice counts by its better place.
    """
    scores: dict[Thing, float] = {}
    for ranking in rankings:
        for place, entry in enumerate(dict.fromkeys(ranking), 1):
            scores[entry] = scores.get(entry, 0.0) + 1 / (_K + place)
    return dict(sorted(scores.items(), key=lambda item: -item[1]))
