"""Invented papers and listings for tests, each with as little said as the test needs."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, time
from typing import Any

from core.ingest.listing import Listing
from core.papers.identifiers import PaperId
from core.papers.paper import Announcement, AnnounceType, Event, Paper
from core.papers.ports import PaperStore

DAY = date(2026, 2, 4)
AT = datetime(2026, 2, 4, 9, 0, tzinfo=UTC)


def a_paper(number: int = 1, **fields: Any) -> Paper:
    """A paper with an arXiv id made from a number."""
    values: dict[str, Any] = {
        "id": PaperId("arxiv", f"2602.{number:05d}"),
        "title": f"Invented paper number {number}",
        "abstract": f"Nobody knows how to count to {number}. We propose to begin at one. It works in every case.",
        "authors": ("Ada Ng", "Bo Lind"),
        "categories": ("cs.CL",),
        "url": f"https://arxiv.org/abs/2602.{number:05d}",
        "announced": DAY,
        "published": datetime.combine(DAY, time(5), UTC),
        "sources": ("arxiv",),
    }
    return Paper(**(values | fields))


async def events_in(store: PaperStore, among: Callable[[Paper], bool] = lambda _: True) -> tuple[Event, ...]:
    """What happened to the papers that are stored, in order."""
    dossiers = [await store.dossier(paper.id) for paper in (await store.papers()).papers if among(paper)]
    return tuple(sorted((event for one in dossiers if one for event in one.events), key=lambda event: event.number))


def is_retold(paper: Paper) -> bool:
    """Did more than its first announcement tell of it? Nothing happens to others."""
    return paper.version > 1 or len(paper.sources) > 1


def a_listing(
    papers: Sequence[Paper], *, scope: str = "cs.CL", day: date = DAY, type: AnnounceType = AnnounceType.NEW
) -> Listing:
    """All of the papers, announced in one scope on one day."""
    return Listing(
        source="arxiv",
        scope=scope,
        day=day,
        announcements=tuple(
            Announcement(paper=paper, source="arxiv", scope=scope, day=day, type=type) for paper in papers
        ),
    )
