"""Give a channel papers that somebody wrote or likes, to learn from: for `paperboy channels seed` and `/settings`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Final

from core.channels import ChannelRef
from core.choose.profile.seeds import MOST_SEEDS, NamedPapers, UnreadReference
from core.choose.profile.signs import ProfileStore, Seed
from core.errors import BadIdentifier
from core.ingest.lookup import Lookup
from core.papers.bounds import bounded_paper
from core.papers.identifiers import PaperId
from core.papers.paper import Paper
from core.time import Clock

_LONGEST_WHERE: Final = 80
#: why a paper teaches nothing, as the command line tells
_UNKNOWN: Final = "no source knows it"  # not said: the operator reads it
_TOO_MANY: Final = f"a channel learns from {MOST_SEEDS:,} papers at most"  # not said: the operator reads it


@dataclass(frozen=True, slots=True, kw_only=True)
class Seeding:
    """What became of the papers that somebody named."""

    #: those that the channel learns from now
    papers: tuple[Paper, ...]
    #: how many of them it did not have
    new: int
    #: entries and identifiers that nothing can be learned from
    missing: tuple[UnreadReference, ...]
    #: why some may be missing
    troubles: tuple[str, ...] = ()


async def seed_channel(
    channel: ChannelRef,
    named_papers: NamedPapers,
    *,
    person: str,
    store: ProfileStore,
    clock: Clock,
    lookup: Lookup,
    tell: Callable[[int], None] = lambda count: None,
) -> Seeding:
    """Look up what is named by identifier alone, and keep all as the channel's seeds; the first `MOST_SEEDS` count.

    Nothing of it becomes news: a seed from a file is no stored paper. Raises StoreError.
    """
    ids = _ids(named_papers.references)
    papers_by_id, troubles = await lookup.papers(list(ids)[:MOST_SEEDS], tell=tell) if ids else ({}, ())
    missing = [*named_papers.unread]
    missing += (
        UnreadReference(where=ids[id][:_LONGEST_WHERE], reason=_UNKNOWN) for id in ids if id not in papers_by_id
    )
    papers = {paper.id: _text_of(paper) for paper in (*named_papers.papers, *papers_by_id.values())}
    seed_papers = list(papers.values())[:MOST_SEEDS]
    missing += (UnreadReference(where=str(paper.id), reason=_TOO_MANY) for paper in list(papers.values())[MOST_SEEDS:])
    now = clock.now()
    new = await store.add_seeds(
        channel, [Seed(paper=paper, person=person, at=now) for paper in seed_papers], most=MOST_SEEDS
    )
    return Seeding(papers=tuple(seed_papers), new=new, missing=tuple(missing), troubles=troubles)


def _ids(references: Sequence[str]) -> dict[PaperId, str]:
    ids: dict[PaperId, str] = {}
    for reference in references:
        try:
            ids.setdefault(PaperId.parse(reference), reference)
        except BadIdentifier:  # whoever reads references has checked them
            continue
    return ids


def _text_of(paper: Paper) -> Paper:
    """Returns the paper with only the fields that are learned from, within bounds."""
    return bounded_paper(
        Paper(
            id=paper.id,
            title=paper.title,
            abstract=paper.abstract,
            authors=paper.authors,
            categories=paper.categories,
            comment=paper.comment,
            identifiers=paper.identifiers,
            signals=replace(paper.signals, keywords=None),
        )
    )
