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
            "model": one.model,
            "papers": one.papers,
            "of": one.of,
            "problem": one.state.problem if one.state else "",
            "since": one.state.since.isoformat() if one.state else None,
        }
        for one in progress
    ]
