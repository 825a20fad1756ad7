"""OpenAlex: an open index of all works; citations, venue, open-access copies, retractions.

`OpenAlex` asks for papers by DOI or by their copy at arXiv, many at once, and by title where neither is known. `parse`
is pure and reads a work or a list of works. The service is described at https://help.openalex.org/api; it knows most
preprints of arXiv by the DOI that arXiv gave them. Since 2026 requests cost credits: a list one, a title ten, a single
work none; a day has 1,000 credits without a key and 10,000 with one. It is optional: nothing waits for it, and what it
does not know it leaves out.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from typing import Any, Final
from urllib.parse import quote, urlencode

from adapters.sources import dates, indexes
from adapters.sources.entries import Unreadable, divide, read_entries
from adapters.sources.http import PoliteClient
from adapters.sources.indexes import Record
from adapters.sources.people import clean_names
from adapters.sources.traits import OPENALEX
from core.errors import BadFeed
from core.ingest.listing import Listing, UnreadEntry
from core.ingest.ports import Bibliography, Enricher
from core.papers.identifiers import PaperId
from core.papers.identity.matching import is_preprint_doi
from core.papers.paper import Announcement, Paper, Signals

NAME: Final = OPENALEX.name
#: DOIs in one request
BATCH: Final = 50
#: candidates for a title
CANDIDATES: Final = 5

#: works in one answer at most; several may have the same DOI, or a copy at the same place
_MOST_ROWS: Final = 100

_ACCEPT: Final = "application/json"
#: without these an answer is ten times as long
_FIELDS: Final = (
    "id,doi,ids,title,type,publication_date,authorships,cited_by_count,is_retracted,primary_location,best_oa_location,"
    "locations"
)
#: fields of the works that a person wrote
_FIELDS_OF_OWN: Final = f"{_FIELDS},abstract_inverted_index"
#: words of an abstract that are read
_MOST_WORDS: Final = 2_000
#: left out of a title, because commas, colons and bars have a meaning in a filter
_NOT_WORD: Final = re.compile(r"[\W_]+")
#: types of `source` that are no venue
_NO_VENUE: Final = frozenset({"repository", "metadata", "other"})


class OpenAlex(Enricher, Bibliography):
    """OpenAlex' API, or a mirror of it; a key is sent as a header and never stands in an address."""

    name = NAME

    def __init__(
        self,
        client: PoliteClient,
        *,
        base_url: str = "https://api.openalex.org",
        contact: str = "",
        api_key: str | None = None,
    ) -> None:
        self._client = client
        self._headers = {"Authorization": f"Bearer {api_key}"} if api_key else {}
        self._works = f"{base_url.rstrip('/')}/works"
        self._polite = indexes.mailto(contact)

    async def describe(self, papers: Sequence[Paper]) -> Listing:
        """Venue, citations, open-access copy and retraction of the papers that OpenAlex knows."""
        dois = {paper: indexes.dois_to_ask(paper)[:3] for paper in papers}
        works = await self._by_doi([doi for paper_dois in dois.values() for doi in paper_dois])
        announcements = list(_announcements(papers, works))
        known_ids = {line.paper.id for line in announcements}
        unknown = [paper for paper in papers if paper.id not in known_ids]
        works += (copies := await self._by_copy(unknown))
        announcements += _announcements(unknown, copies)
        for paper in (paper for paper in papers if not dois[paper]):
            announcements += await self._by_title(paper)
        return Listing(source=NAME, scope=indexes.SCOPE, announcements=tuple(announcements), problems=divide(works)[1])

    async def works_of(self, orcid: str, *, limit: int) -> tuple[Paper, ...]:
        """What the person wrote, the newest first, a hundred at a time."""
        papers: list[Paper] = []
        cursor = "*"
        while cursor and len(papers) < limit:
            query = urlencode(
                {
                    "filter": f"author.orcid:{orcid}",
                    "sort": "publication_date:desc",
                    "per-page": str(_MOST_ROWS),
                    "cursor": cursor,
                    "select": _FIELDS_OF_OWN,
                    **self._polite,
                }
            )
            answer = await self._client.get(f"{self._works}?{query}", accept=_ACCEPT, headers=self._headers)
            document = indexes.read_json(answer.body, "OpenAlex")
            works = _works(document)
            papers += filter(None, map(_own_work, map(indexes.record, works)))
            cursor = (
                indexes.text(indexes.record(indexes.record(document).get("meta")).get("next_cursor")) if works else ""
            )
        return tuple(papers[:limit])

    async def _by_copy(self, papers: Sequence[Paper]) -> list[Paper | UnreadEntry]:
        """Works under other DOIs with a copy at arXiv: a preprint that was published may be one work with its paper."""
        works: list[Paper | UnreadEntry] = []
        places = [place for paper in papers for place in _places(paper)]
        for start in range(0, len(places), BATCH):
            batch = places[start : start + BATCH]
            works += await self._ask_list(f"locations.landing_page_url:{'|'.join(batch)}")
        return works

    async def _by_doi(self, dois: Sequence[str]) -> list[Paper | UnreadEntry]:
        works: list[Paper | UnreadEntry] = []
        listable_dois = [doi for doi in dict.fromkeys(dois) if indexes.fits_a_list(doi)]
        for start in range(0, len(listable_dois), BATCH):
            batch = listable_dois[start : start + BATCH]
            works += await self._ask_list(f"doi:{'|'.join(batch)}")
        for doi in (doi for doi in dict.fromkeys(dois) if not indexes.fits_a_list(doi)):
            works += await self._ask(f"/doi:{quote(doi, safe='')}", {}, readable=(404,))
        return works

    async def _ask_list(self, filter: str) -> list[Paper | UnreadEntry]:
        """Ask for a list. An empty one is an answer, and 404 is not: no OpenAlex is at that address."""
        return await self._ask("", {"filter": filter, "per-page": str(_MOST_ROWS)})

    async def _by_title(self, paper: Paper) -> tuple[Announcement, ...]:
        words = _NOT_WORD.sub(" ", paper.title).strip()[:300]
        if not indexes.can_be_known_by_title(paper):
            return ()
        # a search that cannot be carried out is answered with 404
        entries = await self._ask("", {"filter": f"title.search:{words}", "per-page": str(CANDIDATES)}, readable=(404,))
        return indexes.match_title(paper, divide(entries)[0], NAME)

    async def _ask(
        self, path: str, parameters: Mapping[str, str], readable: Collection[int] = ()
    ) -> list[Paper | UnreadEntry]:
        query = urlencode({**parameters, "select": _FIELDS, **self._polite})
        url = f"{self._works}{path}?{query}"
        answer = await self._client.get(url, accept=_ACCEPT, readable=readable, headers=self._headers)
        return [] if answer.status == 404 else _read(answer.body)


def parse(body: bytes) -> Listing:
    """Works, under their DOIs: one, or a list of them. Raises BadFeed for anything else."""
    return indexes.works_listing(_read(body), NAME)


def _announcements(papers: Sequence[Paper], entries: Sequence[Paper | UnreadEntry]) -> tuple[Announcement, ...]:
    return indexes.match_works(papers, divide(entries)[0], NAME)


def _places(paper: Paper) -> tuple[str, ...]:
    """Addresses of a paper at arXiv, in both spellings that OpenAlex has."""
    ids = sorted(id.value for id in indexes.names(paper) if id.scheme == "arxiv")
    return tuple(f"{scheme}://arxiv.org/abs/{id}" for id in ids for scheme in ("https", "http"))


def _read(body: bytes) -> list[Paper | UnreadEntry]:
    works = map(indexes.record, _works(indexes.read_json(body, "OpenAlex")))
    return read_entries(works, _paper, lambda work: indexes.text(work.get("id")))


def _works(answer: object) -> list[Any]:
    fields = indexes.record(answer)
    if isinstance(results := fields.get("results"), list):
        return results
    if "error" not in fields and ("doi" in fields or "id" in fields):
        return [fields]
    raise BadFeed(f"OpenAlex answered with no works{indexes.but(fields.get('message'), fields.get('error'))}.")


def _paper(work: Record) -> Paper:
    ids = _ids(work)
    if not ids:
        raise Unreadable("it has no identifier")
    open_copy = indexes.record(work.get("best_oa_location"))
    published_doi = _published_doi(work)
    return Paper(
        id=ids[0],
        title=indexes.plain_text(work.get("title")) or indexes.plain_text(work.get("display_name")),
        authors=clean_names(map(_name, indexes.records(work.get("authorships")))),
        published=dates.moment(indexes.text(work.get("publication_date"))),
        url=indexes.link(work.get("doi")) or indexes.link(work.get("id")),
        pdf_url=_open_link(open_copy),
        doi=published_doi,
        journal=_venue(work) if published_doi else None,
        licence=indexes.licence(open_copy.get("license")),
        comment="Retracted: OpenAlex lists it as retracted" if work.get("is_retracted") is True else "",
        identifiers=ids[1:],
        signals=Signals(citations=indexes.count(work.get("cited_by_count"))),
        sources=(NAME,),
    )


def _own_work(work: Record) -> Paper | None:
    """The work with its abstract; None where it has no identifier or no title."""
    try:
        paper = _paper(work)
    except Unreadable:
        return None
    return replace(paper, abstract=_abstract(work.get("abstract_inverted_index"))) if paper.title else None


def _abstract(index: object) -> str:
    """The abstract; OpenAlex lists each word with its places."""
    places = {
        place: word
        for word, stands in indexes.record(index).items()
        if isinstance(stands, list)
        for place in stands
        if isinstance(place, int) and 0 <= place < _MOST_WORDS
    }
    return indexes.plain_text(" ".join(places[place] for place in sorted(places)))


def _ids(work: Record) -> tuple[PaperId, ...]:
    """The work's DOI and the identifiers of its copies; its number in OpenAlex where it has neither."""
    identifiers = indexes.work_identifiers(
        (_doi(work),), (_preprint(place) for place in indexes.records(work.get("locations")))
    )
    number = indexes.link(work.get("id"))
    return identifiers or ((PaperId("url", number),) if number else ())


def _doi(work: Record) -> str | None:
    return indexes.doi_of(work.get("doi")) or indexes.doi_of(indexes.record(work.get("ids")).get("doi"))


def _preprint(place: Record) -> PaperId | None:
    """The preprint that lies at a location; copies elsewhere may be anything."""
    doi = indexes.doi_of(place.get("landing_page_url"))
    return indexes.identifier(doi) if doi and indexes.is_preprint_doi(doi) else None


def _published_doi(work: Record) -> str | None:
    doi = _doi(work)
    is_preprint = work.get("type") == "preprint" or doi is None or is_preprint_doi(doi)
    return None if is_preprint else doi


def _venue(work: Record) -> str | None:
    source = indexes.record(indexes.record(work.get("primary_location")).get("source"))
    return None if indexes.text(source.get("type")) in _NO_VENUE else indexes.venue(source.get("display_name"))


def _open_link(place: Record) -> str:
    """The address of a copy that everybody may read."""
    if place.get("is_oa") is not True:
        return ""
    return indexes.link(place.get("pdf_url")) or indexes.link(place.get("landing_page_url"))


def _name(authorship: Record) -> str:
    """The name as printed, where it is in reading order; otherwise OpenAlex's name of the person."""
    raw = indexes.plain_text(authorship.get("raw_author_name"))
    own = indexes.plain_text(indexes.record(authorship.get("author")).get("display_name"))
    return raw if raw and "," not in raw else own or raw
