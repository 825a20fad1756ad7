"""Use case: papers -> summaries in the channel's language, never holding a digest up.

A stored summary of the paper's current version is used as it is; every other paper is summarised from its own
sentences, which needs no model and cannot fail.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from core import extract
from core.papers import Paper, PaperId, Summary
from core.ports import PaperStore


async def all_of(papers: Sequence[Paper], *, language: str, store: PaperStore) -> Mapping[PaperId, Summary]:
    """One summary for every paper: stored in `language`, or extracted in the abstract's own."""
    stored = await store.summaries([paper.id for paper in papers], language)
    return {paper.id: _current(stored.get(paper.id), paper) or extract.summarise(paper) for paper in papers}


async def one(paper: Paper, *, language: str, store: PaperStore) -> Summary:
    """The summary of one paper."""
    return (await all_of([paper], language=language, store=store))[paper.id]


def _current(summary: Summary | None, paper: Paper) -> Summary | None:
    return summary if summary and summary.version >= paper.version else None
