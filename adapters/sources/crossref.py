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
from adapters.sources.http import PoliteClient
from adapters.sources.indexes import Record, Unreadable
from adapters.sources.people import clean_names
from core.errors import BadFeed
from core.ingest.listing import Listing, UnreadEntry
from core.ingest.ports import Enricher, PaperFinder
from core.papers.identifiers import PaperId
from core.papers.identity.matching import is_preprint_doi
from core.papers.paper import Announcement, Paper, Signals

NAME: Final = "crossref"
#: DOIs in one request; a work with its references may take 100 kB
BATCH: Final = 20
#: candidates for a title
CANDIDATES: Final = 3

_MOST_ROWS: Final = 100

_ACCEPT: Final = "application/json"
#: types of works that appear at a venue
_PUBLISHED: Final = frozenset(
    {"journal-article", "proceedings-article", "book-chapter", "article-journal", "paper-conference", "chapter"}
)
#: types of works that are no papers, whatever they are called
_NO_PAPER: Final = frozenset(
    {"component", "database", "dataset", "grant", "journal", "journal-issue", "peer-review", "proceedings"}
)
#: the better one first; the last is what a preprint has
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
        dois = {paper: _own(indexes.asked_dois(paper)) for paper in papers}
        told, problems = _parted(await self._by_doi([doi for some in dois.values() for doi in some[:2]]))
        told = await self._with_venues(told)
        announcements = list(indexes.claimed([paper for paper in papers if dois[paper]], told, NAME))
        for paper in (paper for paper in papers if not dois[paper]):
            announcements += await self._by_title(paper)
        return Listing(source=NAME, scope=indexes.SCOPE, announcements=tuple(announcements), problems=tuple(problems))

    async def find(self, ids: Sequence[PaperId]) -> Listing:
        """Those of the papers with a DOI that Crossref knows."""
        return indexes.found(await self._by_doi([id.value for id in ids if id.scheme == "doi"]), NAME)

    async def search(self, words: str, *, limit: int) -> Listing:
        """Works whose title, authors or venue have the words, the best first."""
        return indexes.found(await self._search(words, limit), NAME)

    async def _by_doi(self, dois: Sequence[str]) -> list[Paper | UnreadEntry]:
        told: list[Paper | UnreadEntry] = []
        together = [doi for doi in dict.fromkeys(dois) if indexes.fits_a_list(doi)]
        for start in range(0, len(together), BATCH):
            batch = together[start : start + BATCH]
            told += await self._ask("", {"filter": ",".join(f"doi:{doi}" for doi in batch), "rows": str(len(batch))})
        for doi in (doi for doi in dict.fromkeys(dois) if not indexes.fits_a_list(doi)):
            told += await self._ask(f"/{quote(doi, safe='')}", {})
        return told

    async def _with_venues(self, told: Sequence[Paper]) -> list[Paper]:
        """Preprints that appeared elsewhere are told with what is known of them there."""
        by_id = {one.id: one for one in told}
        elsewhere = (PaperId("doi", one.doi) for one in told if one.doi and not one.journal)
        published, _ = _parted(await self._by_doi([id.value for id in elsewhere if id not in by_id]))
        by_id |= {one.id: one for one in published}
        return [_as_published(one, by_id.get(PaperId("doi", one.doi or ""))) for one in told]

    async def _by_title(self, paper: Paper) -> tuple[Announcement, ...]:
        if not indexes.can_be_known_by_title(paper):
            return ()
        told, _ = _parted(await self._search(paper.title, CANDIDATES))
        same = indexes.same_title(paper, told)
        return (indexes.about(paper, same, NAME),) if same else ()

    async def _search(self, words: str, rows: int) -> list[Paper | UnreadEntry]:
        if not words.strip() or rows < 1:
            return []
        return await self._ask("", {"query.bibliographic": words[:300], "rows": str(min(rows, _MOST_ROWS))})

    async def _ask(self, path: str, parameters: Mapping[str, str]) -> list[Paper | UnreadEntry]:
        query = urlencode({**parameters, **self._polite})
        url = f"{self._works}{path}{'?' if query else ''}{query}"
        # a list of none is an answer, and 404 is not: that address is no Crossref
        answer = await self._client.get(url, accept=_ACCEPT, readable=(404,) if path else ())
        return [] if answer.status == 404 else list(_read(answer.body))


def parse(body: bytes) -> Listing:
    """Works, under their DOIs: one, a list of them, or CSL JSON. Raises BadFeed for anything else."""
    return indexes.found(_read(body), NAME)


def _own(dois: Sequence[str]) -> tuple[str, ...]:
    """Without arXiv's, which are registered elsewhere."""
    return tuple(doi for doi in dois if not doi.startswith("10.48550/"))


def _as_published(preprint: Paper, published: Paper | None) -> Paper:
    if published is None or published is preprint:
        return preprint
    comment = preprint.comment or published.comment
    return replace(preprint, journal=preprint.journal or published.journal, comment=comment)


def _parted(told: Sequence[Paper | UnreadEntry]) -> tuple[list[Paper], list[UnreadEntry]]:
    return [one for one in told if isinstance(one, Paper)], [one for one in told if isinstance(one, UnreadEntry)]


def _read(body: bytes) -> Iterator[Paper | UnreadEntry]:
    for number, work in enumerate(_works(indexes.read_json(body, "Crossref")), 1):
        try:
            yield _paper(indexes.record(work))
        except Unreadable as error:
            yield UnreadEntry(where=_where(work, number), reason=str(error))


def _where(work: object, number: int) -> str:
    return indexes.text(indexes.record(work).get("DOI"))[:80] or f"entry {number}"


def _works(answer: object) -> list[Any]:
    """The works of an answer, whichever of the forms it has."""
    if isinstance(answer, list):
        return answer
    said = indexes.record(answer)
    message = said.get("message")
    match said.get("message-type"):
        case "work":
            return [message]
        case "work-list" if isinstance(items := indexes.record(message).get("items"), list):
            return items
        case None if "status" not in said and ("DOI" in said or "type" in said):
            return [said]
    raise BadFeed(f"Crossref answered with no works{_complaint(message)}.")


def _complaint(message: object) -> str:
    said = next((one for one in indexes.records(message) if one.get("message")), indexes.record(message))
    return indexes.but(said.get("message"), said.get("description"), message)


def _paper(work: Record) -> Paper:
    doi = indexes.doi_of(work.get("DOI"))
    id = indexes.identifier(doi)
    if doi is None or id is None:
        raise Unreadable("it has no DOI")
    if (kind := indexes.text(work.get("type"))) in _NO_PAPER:
        raise Unreadable(f"it is no paper, but of type '{kind}'")
    published = _published_doi(work, doi)
    return Paper(
        id=id,
        title=indexes.unmarked(work.get("title")),
        abstract=_abstract(work.get("abstract")),
        authors=clean_names(map(_name, indexes.records(work.get("author")))),
        published=_moment(work),
        url=f"https://doi.org/{quote(doi, safe='/:;()')}",
        doi=published,
        journal=indexes.venue(work.get("container-title")) if kind in _PUBLISHED else None,
        licence=_licence(work),
        comment=_retraction(work, doi),
        identifiers=tuple(one for one in indexes.other_names((doi, published, *_preprints(work))) if one != id),
        signals=Signals(citations=indexes.count(work.get("is-referenced-by-count"))),
        sources=(NAME,),
    )


def _published_doi(work: Record, doi: str) -> str | None:
    if indexes.text(work.get("type")) == "posted-content" or is_preprint_doi(doi):
        return next((one for one in _related(work, "is-preprint-of") if not is_preprint_doi(one)), None)
    return doi


def _preprints(work: Record) -> Iterator[str]:
    return _related(work, "has-preprint")


def _related(work: Record, relation: str) -> Iterator[str]:
    for one in indexes.records(indexes.record(work.get("relation")).get(relation)):
        is_doi = indexes.text(one.get("id-type")).lower() in ("doi", "arxiv")
        if is_doi and (doi := indexes.doi_of(one.get("id"))):
            yield doi


def _abstract(value: object) -> str:
    return indexes.unmarked(_HEADING.sub("", value) if isinstance(value, str) else value)


def _name(author: Record) -> str:
    given, family = (indexes.unmarked(author.get(part)) for part in ("given", "family"))
    whole = indexes.unmarked(author.get("name")) or indexes.unmarked(author.get("literal"))
    return " ".join(filter(None, (given, family, indexes.unmarked(author.get("suffix"))))) if family else whole or given


def _moment(work: Record) -> datetime | None:
    return next(filter(None, (_date(work.get(name)) for name in _DATES)), None)


def _date(value: object) -> datetime | None:
    """A date of which month and day may be missing, or null; None where what is told of it is no date."""
    parts = indexes.record(value).get("date-parts")
    first = parts[0] if isinstance(parts, list) and parts else None
    told = takewhile(lambda part: part is not None, first[:3]) if isinstance(first, list) else ()
    numbers = list(map(_number, told))
    return dates.midnight(*numbers) if numbers else None


def _number(part: object) -> int:
    said = str(part)
    return int(said) if said.isascii() and said.isdigit() and len(said) <= 4 else 0


def _licence(work: Record) -> str | None:
    told = indexes.records(work.get("license"))
    for_people = (one for one in told if indexes.text(one.get("content-version")) not in _FOR_MACHINES)
    links = (indexes.link(one.get("URL")) for one in for_people)
    return next((one for one in links if one and not _MACHINES_TOO.search(one)), None)


def _retraction(work: Record, doi: str) -> str:
    """What took the work back: a notice elsewhere, or one that was put in its place."""
    notices = [one for one in indexes.records(work.get("updated-by")) if _takes_back(one)]
    replaced = [
        one
        for one in indexes.records(work.get("update-to"))
        if _takes_back(one) and indexes.doi_of(one.get("DOI")) == doi
    ]
    for one in (*notices, *replaced):
        notice = indexes.doi_of(one.get("DOI")) or doi
        return f"Retracted: see https://doi.org/{notice}"
    return ""


def _takes_back(update: Record) -> bool:
    kinds = (indexes.text(update.get(name)).lower() for name in ("type", "update-type"))
    return any(kind in _TAKEN_BACK for kind in kinds)
