"""What the core needs of remembered papers: look them up, and search them."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from core.papers.identifiers import PaperId
from core.papers.paper import Dossier, Paper
from core.papers.search import Found, SearchQuery
from core.papers.trending import VotedPaper


@dataclass(frozen=True, slots=True, kw_only=True)
class PaperPage:
    """Some of the papers that match, and how many there are."""

    total: int
    papers: tuple[Paper, ...]


class PaperStore(ABC):
    """Papers, what happened to them, and the search over them. Every method is one transaction."""

    @abstractmethod
    async def paper(self, id: PaperId) -> Paper | None:
        """The paper known under this identifier, its own or another one."""

    @abstractmethod
    async def papers(
        self, *, day: date | None = None, category: str | None = None, limit: int | None = None
    ) -> PaperPage:
        """Papers, the latest announced first; `day`: announced on that listing day, in any manner."""

    @abstractmethod
    async def newest_papers(self, limit: int) -> tuple[Paper, ...]:
        """The papers that were stored last, the newest first; it costs the same however many there are."""

    @abstractmethod
    async def papers_by_id(self, ids: Sequence[PaperId]) -> tuple[Paper, ...]:
        """The stored papers with these identifiers, in the order asked."""

    @abstractmethod
    async def papers_titled(self, title: str) -> tuple[Paper, ...]:
        """The papers of that title, in TeX or as it is shown, whole or cut off by `…`; the latest announced first.

        Case, punctuation and spaces do not matter. At most a hundred.
        """

    @abstractmethod
    async def papers_at(self, address: str) -> tuple[Paper, ...]:
        """The papers whose page or PDF that address shows, however it is written; the latest announced first.

        Several, where one page shows several papers. At most a hundred.
        """

    @abstractmethod
    async def dossier(self, id: PaperId) -> Dossier | None:
        """Where a paper comes from, and what became of it."""

    @abstractmethod
    async def voted_papers(self, *, since: datetime, categories: Collection[str] = ()) -> tuple[VotedPaper, ...]:
        """The papers whose votes were told since that moment, each with all that was ever told of them.

        `categories`: listed in one of them, or in one of their archives. Of very many only those told last.
        """

    @abstractmethod
    async def split(self, id: PaperId, *, at: datetime) -> tuple[Paper, Paper]:
        """Undo a wrong merge: the record under this identifier becomes a paper of its own again, and stays apart.

        The paper it was taken out of, and the one it is now. Raises NotFound for an unknown identifier, and UsageError
        where no other record was merged with it.
        """

    @abstractmethod
    async def search(
        self, query: SearchQuery, *, limit: int = 10, offset: int = 0, near: Sequence[PaperId] = ()
    ) -> Found:
        """Papers that match, the best first. Costs a bounded time whatever the words.

        Papers that are `near` in meaning, the nearest first, are a second ranking, whose first hits are fused with the
        first ones of the words; what only that one finds has some of the words, or none.
        """

    @abstractmethod
    async def words_begun(self, start: str, *, limit: int) -> tuple[str, ...]:
        """Words of titles and names of authors that begin so and go on, those first that most papers have.

        Of a bounded number of papers, the latest.
        """
