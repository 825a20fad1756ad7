"""How far papers are embedded, as the JSON that scripts rely on."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bot.output.contract import Json
    from core.papers.embedding import EmbeddingProgress


def embeddings(progress: Sequence[EmbeddingProgress]) -> list[Json]:
    """By model; `of` are the latest papers, `problem` is empty where the model works."""
    return [
        {
            "model": row.model,
            "papers": row.papers,
            "of": row.of,
            "problem": row.state.problem if row.state else "",
            "since": row.state.since.isoformat() if row.state else None,
        }
        for row in progress
    ]
