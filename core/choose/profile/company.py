"""What people of one workspace saved together, as an opinion on papers that nobody has saved yet.

Whoever saved what this channel saved is company; what they saved besides is like what the channel may want. A new paper
is judged as in the cold-start protocol of `paperboy eval ranking`: by how like its text is to what the company reads.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from typing import Final

import numpy as np
from scipy import sparse

from core.choose.profile.companions import BLEND, Companions
from core.choose.profile.features import Floats, background_of, features_of, merge_backgrounds, weigh_terms
from core.choose.profile.field import Field, in_columns
from core.choose.profile.signs import Sign
from core.papers.identifiers import PaperId
from core.papers.paper import Paper

_OPINION: Final = "neighbours' text"
#: how much it counts beside what the channel itself said
SHARE: Final = BLEND[_OPINION] / BLEND["text"]


def by_company(
    saves: Sequence[Sign], liked_ids: Collection[PaperId], papers: Sequence[Paper], field: Field
) -> Floats | None:
    """How much the company's papers speak for each of the field's, from 0 to 1; None where there is no company.

    `papers` are those that the channel liked and that people saved, each once.
    """
    columns = {paper.id: column for column, paper in enumerate(papers)}
    libraries: defaultdict[str, set[int]] = defaultdict(set)
    for sign in saves:
        if sign.paper in columns:
            libraries[sign.person].add(columns[sign.paper])
    own = {columns[id] for id in liked_ids if id in columns}
    candidates = len(field.features)
    if not own or not candidates or all(library <= own for library in libraries.values()):
        return None
    rows = [*(library for _, library in sorted(libraries.items())), own]
    places = [(row, column) for row, library in enumerate(rows) for column in sorted(library)]
    shape = (len(rows), len(papers) + candidates)
    matrix = sparse.csr_matrix((np.ones(len(places)), tuple(zip(*places, strict=True))), shape=shape, dtype=np.float32)
    parts = (features_of(papers), field.features)
    background = merge_backgrounds(*(background_of(features, np.arange(len(features))) for features in parts))
    texts = sparse.vstack(
        [in_columns(weigh_terms(features, background), features.columns, background.columns) for features in parts]
    )
    companions = Companions(matrix, texts, np.zeros((shape[1], 1), dtype=np.float32))
    opinions = companions.opinions(np.array([len(rows) - 1]), np.arange(len(papers), shape[1]), (_OPINION,))
    scores: Floats = opinions[_OPINION][0]
    return scores
