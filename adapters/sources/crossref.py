"""Crossref: the registry of journals' DOIs; where a preprint was published, who cites a paper, what was retracted.

`Crossref` asks for papers by DOI, many at once, and for those without one by title; it also finds single papers for
people. `parse` is pure and reads works, lists of works and CSL JSON. The service is described at
https://api.crossref.org. It is optional: nothing waits for it, and what it does not know it leaves out.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from itertools import takewhile
from typing import Any, Final
from urllib.parse import quote, urlencode

from adapters.sources import dates, indexes
from adapters.sources.entries import Unreadable, divide, read_entries
from adapters.sources.http import PoliteClient
from adapters.sources.indexes import Record
from adapters.sources.people import clean_names
from adapters.sources.traits import CROSSREF
from core.errors import BadFeed
from core.ingest.listing import Listing, UnreadEntry
from core.ingest.ports import Enricher, PaperFinder
from core.papers.identifiers import PaperId
from core.papers.identity.matching import is_preprint_doi
from core.papers.paper import Announcement, Paper, Signals

NAME: Final = CROSSREF.name
#: DOIs in one request; a work with its references may take 100 kB
BATCH: Final = 20
#: candidates for a title
CANDIDATES: Final = 3

_MOST_ROWS: Final = 100

_ACCEPT: Final = "application/json"
#: types of works that appear at a venue
_VENUE_TYPES: Final = frozenset(
    {"journal-article", "proceedings-article", "book-chapter", "article-journal", "paper-conference", "chapter"}
)
#: types of works that are no papers, whatever they are called
_NO_PAPER: Final = frozenset(
    {"component", "database", "dataset", "grant", "journal", "journal-issue", "peer-review", "proceedings"}
)
#: dates of a work, the better first; the last is a preprint's
_DATES: Final = ("published", "issued", "published-online", "published-print", "posted")
_TAKEN_BACK: Final = frozenset({"retraction", "withdrawal", "removal"})
#: licences that only say what machines may do with the text
_FOR_MACHINES: Final = frozenset({"tdm", "stm-asf"})
_MACHINES_TOO: Final = re.compile(r"tdm|text-and-data-mining", re.IGNORECASE)
_HEADING: Final = re.compile(r"^\s*<(?:jats:)?title>\s*(?:abstract|summary)\s*</(?:jats:)?title>", re.IGNORECASE)


class Crossref(Enricher, PaperFinder):
    """Crossref's REST API, or a mirror of it."""

    name = NAME

    def __init__(self, client: PoliteClient, *, base_url: str = "https://api.crossref.org", contact: str = "") -> None:
        self._client = client
        self._works = f"{base_url.rstrip('/')}/works"
        self._polite = indexes.mailto(contact)

    async def describe(self, papers: Sequence[Paper]) -> Listing:
        """Venue, citations, published version and retraction of the papers that Crossref knows.

        Preprints of arXiv have no DOI of Crossref's: where no other one is known, they are asked for by title, with
        one request each.
        """
        dois = {paper: _without_arxiv_dois(indexes.dois_to_ask(paper)) for paper in papers}
        works, problems = divide(await self._by_doi([doi for paper_dois in dois.values() for doi in paper_dois[:2]]))
        works = await self._with_venues(works)
        announcements = list(indexes.match_works([paper for paper in papers if dois[paper]], works, NAME))
        for paper in (paper for paper in papers if not dois[paper]):
            announcements += await self._by_title(paper)
        return Listing(source=NAME, scope=indexes.SCOPE, announcements=tuple(announcements), problems=problems)

    async def find(self, ids: Sequence[PaperId]) -> Listing:
        """The papers among `ids` that have a DOI which Crossref knows."""
        return indexes.works_listing(await self._by_doi([id.value for id in ids if id.scheme == "doi"]), NAME)

    async def search(self, words: str, *, limit: int) -> Listing:
        """Works whose title, authors or venue have the words, the best first."""
        return indexes.works_listing(await self._search(words, limit), NAME)

    async def _by_doi(self, dois: Sequence[str]) -> list[Paper | UnreadEntry]:
        works: list[Paper | UnreadEntry] = []
        listable_dois = [doi for doi in dict.fromkeys(dois) if indexes.fits_a_list(doi)]
        for start in range(0, len(listable_dois), BATCH):
            batch = listable_dois[start : start + BATCH]
            works += await self._ask("", {"filter": ",".join(f"doi:{doi}" for doi in batch), "rows": str(len(batch))})
        for doi in (doi for doi in dict.fromkeys(dois) if not indexes.fits_a_list(doi)):
            works += await self._ask(f"/{quote(doi, safe='')}", {})
        return works

    async def _with_venues(self, works: Sequence[Paper]) -> tuple[Paper, ...]:
        """Add venue and comment of the published version to preprints that have one."""
        by_id = {work.id: work for work in works}
        publication_ids = (PaperId("doi", work.doi) for work in works if work.doi and not work.journal)
        published_works, _ = divide(await self._by_doi([id.value for id in publication_ids if id not in by_id]))
        by_id |= {work.id: work for work in published_works}
        return tuple(_as_published(work, by_id.get(PaperId("doi", work.doi or ""))) for work in works)

    async def _by_title(self, paper: Paper) -> tuple[Announcement, ...]:
        if not indexes.can_be_known_by_title(paper):
            return ()
        works, _ = divide(await self._search(paper.title, CANDIDATES))
        return indexes.match_title(paper, works, NAME)

    async def _search(self, words: str, rows: int) -> list[Paper | UnreadEntry]:
        if not words.strip() or rows < 1:
            return []
        return await self._ask("", {"query.bibliographic": words[:300], "rows": str(min(rows, _MOST_ROWS))})

    async def _ask(self, path: str, parameters: Mapping[str, str]) -> list[Paper | UnreadEntry]:
        query = urlencode({**parameters, **self._polite})
        url = f"{self._works}{path}{'?' if query else ''}{query}"
        # an empty list is an answer, and 404 is not: no Crossref is at that address
        answer = await self._client.get(url, accept=_ACCEPT, readable=(404,) if path else ())
        return [] if answer.status == 404 else _read(answer.body)


def parse(body: bytes) -> Listing:
    """Works, under their DOIs: one, a list of them, or CSL JSON. Raises BadFeed for anything else."""
    return indexes.works_listing(_read(body), NAME)


def _without_arxiv_dois(dois: Sequence[str]) -> tuple[str, ...]:
    """Without arXiv's DOIs, which are registered elsewhere."""
    return tuple(doi for doi in dois if not doi.startswith("10.48550/"))


def _as_published(preprint: Paper, publication: Paper | None) -> Paper:
    if publication is None or publication is preprint:
        return preprint
    comment = preprint.comment or publication.comment
    return replace(preprint, journal=preprint.journal or publication.journal, comment=comment)


def _read(body: bytes) -> list[Paper | UnreadEntry]:
    works = map(indexes.record, _works(indexes.read_json(body, "Crossref")))
    return read_entries(works, _paper, lambda work: indexes.text(work.get("DOI")))


def _works(answer: object) -> list[Any]:
    """The works of an answer in any of its forms."""
    if isinstance(answer, list):
        return answer
    fields = indexes.record(answer)
    message = fields.get("message")
    match fields.get("message-type"):
        case "work":
            return [message]
        case "work-list" if isinstance(items := indexes.record(message).get("items"), list):
            return items
        case None if "status" not in fields and ("DOI" in fields or "type" in fields):
            return [fields]
    raise BadFeed(f"Crossref answered with no works{_complaint(message)}.")


def _complaint(message: object) -> str:
    error = next((entry for entry in indexes.records(message) if entry.get("message")), indexes.record(message))
    return indexes.but(error.get("message"), error.get("description"), message)


def _paper(work: Record) -> Paper:
    doi = indexes.doi_of(work.get("DOI"))
    id = indexes.identifier(doi)
    if doi is None or id is None:
        raise Unreadable("it has no DOI")
    if (kind := indexes.text(work.get("type"))) in _NO_PAPER:
        raise Unreadable(f"it is no paper, but of type '{kind}'")
    published_doi = _published_doi(work, doi)
    return Paper(
        id=id,
        title=indexes.plain_text(work.get("title")),
        abstract=_abstract(work.get("abstract")),
        authors=clean_names(map(_name, indexes.records(work.get("author")))),
        published=_moment(work),
        url=f"https://doi.org/{quote(doi, safe='/:;()')}",
        doi=published_doi,
        journal=indexes.venue(work.get("container-title")) if kind in _VENUE_TYPES else None,
        licence=_licence(work),
        comment=_retraction(work, doi),
        identifiers=tuple(
            name
            for name in indexes.work_identifiers((doi, published_doi, *_related_dois(work, "has-preprint")))
            if name != id
        ),
        signals=Signals(citations=indexes.count(work.get("is-referenced-by-count"))),
        sources=(NAME,),
    )


def _published_doi(work: Record, doi: str) -> str | None:
    if indexes.text(work.get("type")) == "posted-content" or is_preprint_doi(doi):
        return next(
            (candidate for candidate in _related_dois(work, "is-preprint-of") if not is_preprint_doi(candidate)), None
        )
    return doi


def _related_dois(work: Record, relation: str) -> Iterator[str]:
    for target in indexes.records(indexes.record(work.get("relation")).get(relation)):
        is_doi = indexes.text(target.get("id-type")).lower() in ("doi", "arxiv")
        if is_doi and (doi := indexes.doi_of(target.get("id"))):
            yield doi


def _abstract(value: object) -> str:
    return indexes.plain_text(_HEADING.sub("", value) if isinstance(value, str) else value)


def _name(author: Record) -> str:
    first, last = (indexes.plain_text(author.get(part)) for part in ("given", "family"))
    whole = indexes.plain_text(author.get("name")) or indexes.plain_text(author.get("literal"))
    return " ".join(filter(None, (first, last, indexes.plain_text(author.get("suffix"))))) if last else whole or first


def _moment(work: Record) -> datetime | None:
    return next(filter(None, (_date(work.get(name)) for name in _DATES)), None)


def _date(value: object) -> datetime | None:
    """A date whose month and day may be missing or null; None where it is no date."""
    parts = indexes.record(value).get("date-parts")
    first = parts[0] if isinstance(parts, list) and parts else None
    known_parts = takewhile(lambda part: part is not None, first[:3]) if isinstance(first, list) else ()
    numbers = list(map(_number, known_parts))
    return dates.midnight(*numbers) if numbers else None


def _number(part: object) -> int:
    text = str(part)
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 4 else 0


def _licence(work: Record) -> str | None:
    licences = indexes.records(work.get("license"))
    for_people = (licence for licence in licences if indexes.text(licence.get("content-version")) not in _FOR_MACHINES)
    links = (indexes.link(licence.get("URL")) for licence in for_people)
    return next((link for link in links if link and not _MACHINES_TOO.search(link)), None)


def _retraction(work: Record, doi: str) -> str:
    """What took the work back: a notice elsewhere, or one that was put in its place."""
    notices = [update for update in indexes.records(work.get("updated-by")) if _takes_back(update)]
    replacements = [
        update
        for update in indexes.records(work.get("update-to"))
        if _takes_back(update) and indexes.doi_of(update.get("DOI")) == doi
    ]
    for update in (*notices, *replacements):
        notice = indexes.doi_of(update.get("DOI")) or doi
        return f"Retracted: see https://doi.org/{notice}"
    return ""


def _takes_back(update: Record) -> bool:
    kinds = (indexes.text(update.get(name)).lower() for name in ("type", "update-type"))
    return any(kind in _TAKEN_BACK for kind in kinds)
