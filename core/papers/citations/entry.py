"""What a paper is cited as: the fields that every format writes, in plain Unicode or as they were written."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import Enum
from typing import Final

from core.papers.citations.people import Creator, creator_of
from core.papers.events import is_withdrawn
from core.papers.identity.matching import is_preprint_doi
from core.papers.paper import Paper
from core.speech import _
from core.text.readable import readable

#: words that tell a conference from a journal
_CONFERENCE: Final = re.compile(
    r"\b(?:proceedings|proc\.|conference|workshop|symposium|advances in neural|neurips|nips|iclr|icml|cvpr|iccv|eccv"
    r"|acl|emnlp|naacl|eacl|coling|aaai|ijcai|kdd|sigir|interspeech|icassp|icra|iros|aistats|colt|uai)\b",
    re.IGNORECASE,
)
#: the year of an issue, in brackets or at the end: `Phys. Rev. D 76, 013009 (2007)`, `Phys.Rev.D76:013009,2007`
_YEAR_OF_ISSUE: Final = re.compile(r"\((?:[^()\d]{0,20})((?:19|20)\d\d)\)|(?<![\d.-])((?:19|20)\d\d)\W*$")
#: of preprint servers, as their sources are called
_SERVERS: Final = {"arxiv": "arXiv", "biorxiv": "bioRxiv", "medrxiv": "medRxiv"}
_SERVER_DOI: Final = re.compile(r"10\.(?:1101|64898)/")


class EntryKind(Enum):
    """What kind of publication it is."""

    ARTICLE = "article"
    CONFERENCE = "conference"
    PREPRINT = "preprint"


@dataclass(frozen=True, slots=True, kw_only=True)
class Keepsake:
    """What people keep beside a paper, and an export takes along."""

    paper: Paper
    #: notes, one paragraph each
    notes: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One entry of a bibliography."""

    key: str
    kind: EntryKind
    #: as it was written: Unicode, math and mark-up may be TeX
    title: str
    creators: tuple[Creator, ...]
    year: int | None
    #: the day, where the year is that of the preprint
    day: date | None
    #: journal or conference in the source's words, readable; empty for a preprint
    venue: str
    #: arXiv, bioRxiv, medRxiv; empty where it is on none, or nobody knows
    server: str
    #: arXiv's number; empty where it has none
    arxiv: str
    #: its category on arXiv
    primary_class: str
    doi: str
    url: str
    pdf_url: str
    #: as it was written
    abstract: str
    #: readable
    tags: tuple[str, ...]
    notes: tuple[str, ...]


def entry_of(keepsake: Keepsake, key: str) -> Entry:
    """The entry of a paper under its key."""
    paper = keepsake.paper
    venue = readable(paper.journal or "")
    # a published paper is cited by the DOI of the publication
    doi = _doi(paper)
    is_published = bool(venue) or bool(doi and not is_preprint_doi(doi))
    year, day = year_of(paper), day_of(paper)
    arxiv = next((id.value for id in (paper.id, *paper.identifiers) if id.scheme == "arxiv"), "")
    withdrawn = (_("Withdrawn"),) if is_withdrawn(paper) else ()
    return Entry(
        key=key,
        kind=_kind(venue, is_published=is_published),
        title=paper.title,
        creators=tuple(creator_of(name) for name in paper.authors),
        year=year,
        day=day if day and day.year == year else None,
        venue=venue,
        server=_server(paper, arxiv),
        arxiv=arxiv,
        primary_class=paper.primary_category if arxiv else "",
        doi=doi,
        url=paper.url or (f"https://arxiv.org/abs/{arxiv}" if arxiv else f"https://doi.org/{doi}" if doi else ""),
        pdf_url=paper.pdf_url,
        abstract=paper.abstract,
        tags=keepsake.tags,
        notes=(*withdrawn, *(readable(note) for note in keepsake.notes)),
    )


def day_of(paper: Paper) -> date | None:
    """When it appeared."""
    return paper.published.date() if paper.published else paper.announced


def year_of(paper: Paper) -> int | None:
    """The year to cite: that of the issue where the journal's words tell it, else when it appeared."""
    years = [match[1] or match[2] for match in _YEAR_OF_ISSUE.finditer(paper.journal or "")]
    day = day_of(paper)
    return int(years[-1]) if years else day.year if day else None


def _kind(venue: str, *, is_published: bool) -> EntryKind:
    if not is_published:
        return EntryKind.PREPRINT
    return EntryKind.CONFERENCE if _CONFERENCE.search(venue) else EntryKind.ARTICLE


def _doi(paper: Paper) -> str:
    """The DOI of the publication, else that of the preprint; empty where there is none."""
    values = (paper.doi or "", *(id.value for id in (paper.id, *paper.identifiers) if id.scheme == "doi"))
    dois = [doi for doi in values if doi]
    return next((doi for doi in dois if not is_preprint_doi(doi)), dois[0] if dois else "")


def _server(paper: Paper, arxiv: str) -> str:
    if arxiv:
        return _SERVERS["arxiv"]
    names: Sequence[str] = (*paper.sources, *(scope for scope in paper.categories[:1]))
    server = next((_SERVERS[name.lower()] for name in names if name.lower() in _SERVERS), "")
    return server or ("bioRxiv" if _SERVER_DOI.match(paper.id.value) else "")
