"""Use case: papers -> summaries in the channel's language, never holding a digest up.

A stored summary of the paper's current version is used as it is; every other paper is summarised from its own
sentences, which needs no model and cannot fail.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence

from core.papers.identifiers import PaperId
from core.papers.paper import Paper, Summary
from core.summarise import extract
from core.summarise.ports import SummaryStore


async def summarise_papers(papers: Sequence[Paper], *, language: str, store: SummaryStore) -> Mapping[PaperId, Summary]:
    """One summary for every paper: stored in `language`, or extracted in the abstract's own."""
    stored = await store.summaries([paper.id for paper in papers], language)
    current = {paper.id: summary for paper in papers if (summary := _current(stored.get(paper.id), paper))}
    others = [paper for paper in papers if paper.id not in current]
    # Extraction takes a few milliseconds for each paper: meanwhile the event loop serves others.
    return current | await asyncio.to_thread(lambda: {paper.id: extract.summarise(paper) for paper in others})


async def summarise_paper(paper: Paper, *, language: str, store: SummaryStore) -> Summary:
    """The summary of one paper."""
    return (await summarise_papers([paper], language=language, store=store))[paper.id]


def _current(summary: Summary | None, paper: Paper) -> Summary | None:
    return summary if summary and summary.version >= paper.version else None
