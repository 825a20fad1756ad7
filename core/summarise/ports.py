"""What summarising needs of the store."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence

from core.papers.identifiers import PaperId
from core.papers.paper import Summary


class SummaryStore(ABC):
    """Summaries that were written once. Every method is one transaction."""

    @abstractmethod
    async def summaries(self, ids: Sequence[PaperId], language: str) -> Mapping[PaperId, Summary]:
        """The newest stored summary of each paper in that language; papers without one are left out."""

    @abstractmethod
    async def save_summaries(self, summaries: Sequence[Summary]) -> None:
        """Remember summaries; one per (paper, version, language, made_by), the later one wins."""
