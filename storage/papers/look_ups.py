"""Papers by what people see of them: a title as it is shown, and the address of a page or a PDF.

`SqlPapers` calls this inside its transactions. What a mark finds is compared as a whole.
"""

from __future__ import annotations

from typing import Final

from sqlalchemy import or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from core.papers.addresses import page, pages
from core.papers.marks import CUT, MARKED_LETTERS, mark, title_letters, title_mark
from core.papers.paper import Paper
from storage import rows
from storage.tables import papers

#: papers of one title, or at one address, that are brought
_MOST: Final = 100
_LATEST: Final = (papers.c.announced.desc(), papers.c.id.desc())


async def papers_by_title(connection: AsyncConnection, title: str) -> tuple[Paper, ...]:
    """The papers that are shown under a title, also one that is cut off at its end; the latest announced first."""
    of_title, letters = title_mark(title), title_letters(title)
    if of_title is None:
        return ()
    latest = select(papers).where(papers.c.shown_key == of_title).order_by(*_LATEST).limit(_MOST)
    latest_papers = [rows.paper_of(row) for row in await connection.execute(latest)]
    is_cut = title.rstrip().endswith(CUT) and len(letters) >= MARKED_LETTERS
    titles = [(paper, title_letters(paper.title)) for paper in latest_papers]
    return tuple(paper for paper, whole in titles if whole == letters or (is_cut and whole.startswith(letters)))


async def papers_at(connection: AsyncConnection, address: str) -> tuple[Paper, ...]:
    """The papers whose page or PDF an address shows, the latest announced first."""
    addresses = pages(address)
    marks = list(map(mark, addresses))
    bearing = select(papers).where(or_(papers.c.url_key.in_(marks), papers.c.pdf_key.in_(marks)))
    latest_papers = [rows.paper_of(row) for row in await connection.execute(bearing.order_by(*_LATEST).limit(_MOST))]
    at = (
        tuple(paper for paper in latest_papers if where in (page(paper.url), page(paper.pdf_url)))
        for where in addresses
    )
    return next(filter(None, at), ())
