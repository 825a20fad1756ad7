"""Use case: papers -> summaries in the channel's language, never holding a digest up.

A stored summary that is good enough is used as it is (`selection`). Otherwise a model writes one, once for all who want
it (`requests`). Where that takes too long, costs too much or fails, a stand-in serves: an older summary, or sentences
of the abstract, which need no model and cannot fail.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from core.channels import ChannelRef, Depth
from core.papers.identifiers import PaperId
from core.papers.paper import Paper, Summary
from core.summarise.calls import ModelCalls
from core.summarise.fulltext import TextSection
from core.summarise.ports import Spending, SummaryStore
from core.summarise.requests import NO_TEXTS, Lack, Outcome, SummaryRequests, can_better
from core.summarise.selection import Recipe, Selection, best_summary, cut_to

#: seconds that whoever wants summaries waits for a model
PATIENCE_S: Final = 20.0


@dataclass(frozen=True, slots=True, kw_only=True)
class PaperSummary:
    """A paper's summary, and how it came about."""

    summary: Summary
    #: why no model wrote it, or wrote it anew; None where nothing is wanting
    lack: Lack | None = None
    #: what it cost just now; nothing where it was stored, or others had asked for it before
    spending: Spending = Spending()

    @property
    def is_stand_in(self) -> bool:
        """True where a better one may come."""
        return can_better(self.lack)


class Summariser:
    """Gives summaries of papers: stored ones, those that models write where `requests` are there, and extracts."""

    def __init__(
        self, store: SummaryStore, requests: SummaryRequests | None = None, *, patience_s: float = PATIENCE_S
    ) -> None:
        """`patience_s`: how long whoever wants summaries waits for a model, unless something else is said."""
        self._store = store
        self._requests = requests
        self.patience_s = patience_s

    @property
    def calls(self) -> ModelCalls | None:
        """The models behind it; None where none is configured."""
        return self._requests.calls if self._requests else None

    def without_waiting(self) -> Summariser:
        """The same summariser without requests to models."""
        return Summariser(self._store, self._requests, patience_s=0)

    async def summarise(
        self,
        papers: Sequence[Paper],
        *,
        language: str,
        depth: Depth = Depth.PARTS,
        channel: ChannelRef | None = None,
        within_s: float | None = None,
        texts: Mapping[PaperId, Sequence[TextSection]] = NO_TEXTS,
    ) -> Mapping[PaperId, PaperSummary]:
        """One summary for every paper, in `language` as far as possible, within a time. Raises StoreError.

        `channel` is put on record as the one that wanted them; `texts` has the full texts of papers that models are to
        read. Cancelling the call stops none of the work.
        """
        selections = await self._choose(papers, language, depth, texts)
        outcomes: Mapping[PaperId, Outcome] = {}
        open_papers = [paper for paper in papers if not selections[paper.id].is_final]
        if self._requests and open_papers:
            outcomes = await self._requests.outcomes(
                open_papers,
                language=language,
                depth=depth,
                channel=channel,
                within_s=self.patience_s if within_s is None else within_s,
                texts=texts,
            )
        return await self._complete(papers, selections, outcomes, depth)

    async def summarise_paper(
        self,
        paper: Paper,
        *,
        language: str,
        depth: Depth = Depth.PARTS,
        channel: ChannelRef | None = None,
        sections: Sequence[TextSection] = (),
    ) -> PaperSummary:
        """The summary of one paper, as `summarise`; from its full text where `sections` has it."""
        texts = {paper.id: sections} if sections else NO_TEXTS
        summaries = await self.summarise([paper], language=language, depth=depth, channel=channel, texts=texts)
        return summaries[paper.id]

    async def at_hand(
        self, papers: Sequence[Paper], *, language: str, depth: Depth = Depth.PARTS
    ) -> Mapping[PaperId, PaperSummary]:
        """As `summarise`, without asking a model."""
        return await self._complete(papers, await self._choose(papers, language, depth), {}, depth)

    async def _choose(
        self,
        papers: Sequence[Paper],
        language: str,
        depth: Depth,
        texts: Mapping[PaperId, Sequence[TextSection]] = NO_TEXTS,
    ) -> Mapping[PaperId, Selection]:
        candidates = await self._store.summaries([paper.id for paper in papers], language)
        names: tuple[str, ...] = ()
        recipe: Recipe = str
        if self._requests:
            names, recipe = self._requests.calls.names, self._requests.writer.recipe
        return {
            paper.id: best_summary(
                candidates.get(paper.id, ()), paper, depth, recipe, names, from_text=bool(texts.get(paper.id))
            )
            for paper in papers
        }

    async def _complete(
        self,
        papers: Sequence[Paper],
        selections: Mapping[PaperId, Selection],
        outcomes: Mapping[PaperId, Outcome],
        depth: Depth,
    ) -> Mapping[PaperId, PaperSummary]:
        """The best there is of each paper: written just now, stored, or extracted."""
        new_summaries = {id: outcome.summary for id, outcome in outcomes.items() if outcome.summary}
        summaries = {id: selection.summary for id, selection in selections.items() if selection.summary}
        gists = {
            id: candidate
            for id, candidate in summaries.items()
            if not candidate.recipe and not candidate.parts and id not in new_summaries
        }
        to_extract = [
            paper for paper in papers if paper.id in gists or paper.id not in summaries.keys() | new_summaries.keys()
        ]
        # Extraction takes a few milliseconds for each paper: meanwhile the event loop serves others.
        extracts = await asyncio.to_thread(_extracts, to_extract, gists, depth)
        no_request = Outcome(lack=None if self._requests else Lack.NO_MODEL)
        results: dict[PaperId, PaperSummary] = {}
        for id, summary in (summaries | extracts | new_summaries).items():
            outcome = outcomes.get(id, no_request if id not in summaries else Outcome())
            results[id] = PaperSummary(summary=summary, lack=outcome.lack, spending=outcome.spending)
        return results


def _extracts(papers: Sequence[Paper], gists: Mapping[PaperId, Summary], depth: Depth) -> dict[PaperId, Summary]:
    """Sentences of the abstracts, below the gists that others wrote where there are some that can be used."""
    extracts = {paper.id: _extract(paper) for paper in papers}
    if gists:
        from core.summarise.others import with_parts  # loads what checks models, which few readers need

        papers = [paper for paper in papers if paper.id in gists]
        extracts |= {paper.id: with_parts(gists[paper.id], extracts[paper.id], paper) for paper in papers}
    return {id: cut_to(summary, depth) for id, summary in extracts.items()}


@lru_cache(maxsize=512)  # channels whose digests come one after another have many papers in common
def _extract(paper: Paper) -> Summary:
    from core.summarise import extract  # loads its weights and patterns, which whoever only reads does without

    return extract.summarise(paper)
