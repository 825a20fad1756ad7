"""The examples that a channel's signs make, each with its weight.

What was saved or wanted counts for, and more where several people did so; what was unwanted counts against; what was
posted and never mentioned counts a little against. Who wants both more and less of a paper says nothing.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

import numpy as np

from core.choose.profile.learn import Examples
from core.choose.profile.signs import Sign, SignKind
from core.papers.identifiers import PaperId

#: how much one sign says for a paper, or against it
VALUES: Final = {
    SignKind.SAVED: 1.0,
    SignKind.MORE: 1.0,
    SignKind.NAMED: 1.0,
    SignKind.LESS: -1.0,
    SignKind.POSTED: -0.1,
}
#: nothing says more than so many people
MOST_VALUE: Final = 3.0
#: what was posted so lately may still be read
_PENDING: Final = timedelta(days=2)


def examples_of(signs: Sequence[Sign], papers: Sequence[PaperId], *, at: datetime) -> Examples:
    """The examples among these papers, which are the rows of the features; signs of other papers are left out."""
    rows = {paper: row for row, paper in enumerate(papers)}
    by_row: defaultdict[int, list[Sign]] = defaultdict(list)
    for sign in signs:
        if sign.paper in rows:
            by_row[rows[sign.paper]].append(sign)
    entries: list[tuple[int, int, int, float]] = []
    for row, own in sorted(by_row.items()):
        opinions = [sign for sign in own if sign.kind is not SignKind.POSTED]
        if not opinions and max(sign.at for sign in own) > at - _PENDING:
            continue
        value = sum(VALUES[sign.kind] for sign in opinions or own)
        if value:
            day = max(sign.at for sign in own).toordinal()
            entries.append((row, day, day if value > 0 else 0, min(abs(value), MOST_VALUE) / MOST_VALUE))
    count = len(entries)
    return Examples(
        rows=np.array([entry[0] for entry in entries], dtype=np.int64).reshape(count),
        shown_days=np.array([entry[1] for entry in entries], dtype=np.int64).reshape(count),
        known_days=np.array([entry[2] for entry in entries], dtype=np.int64).reshape(count),
        weights=np.array([entry[3] for entry in entries], dtype=np.float32).reshape(count),
        text_scores=np.full(count, np.nan, dtype=np.float32),
    )
