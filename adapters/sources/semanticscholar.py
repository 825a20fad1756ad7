"""Semantic Scholar: an index of papers that knows arXiv identifiers; citations, venue, open-access copies.

`SemanticScholar` asks for one paper at a time, because many at once can only be asked for with POST; whoever calls it
asks for a few. `parse` is pure and reads a paper, a list of papers, or the answer to a title. The service is described
at https://api.semanticscholar.org/api-docs. It is optional: nothing waits for it, and what it does not know it leaves
out.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final
from urllib.parse import quote, urlencode

from adapters.sources import dates, indexes
from adapters.sources.entries import Unreadable, divide, read_entries
from adapters.sources.http import PoliteClient
from adapters.sources.indexes import Record
from adapters.sources.people import clean_names
from adapters.sources.traits import SEMANTICSCHOLAR
from core.errors import BadFeed, Refused, Throttled
from core.ingest.listing import Listing, UnreadEntry
from core.ingest.ports import Enricher
from core.papers.identifiers import PaperId
from core.papers.identity.matching import is_preprint_doi
from core.papers.paper import Announcement, Paper, Signals

NAME: Final = SEMANTICSCHOLAR.name

_ACCEPT: Final = "application/json"
_FIELDS: Final = "title,authors,externalIds,venue,journal,citationCount,openAccessPdf,publicationDate,year,url"
_PAGE: Final = "https://www.semanticscholar.org/paper/"


class SemanticScholar(Enricher):
    """The Academic Graph API; a key is sent as a header and never stands in an address."""

    name = NAME

    def __init__(
        self,
        client: PoliteClient,
        *,
        base_url: str = "https://api.semanticscholar.org",
        api_key: str | None = None,
    ) -> None:
        self._client = client
        self._paper = f"{base_url.rstrip('/')}/graph/v1/paper"
        self._headers = {"x-api-key": api_key} if api_key else {}

    async def describe(self, papers: Sequence[Paper]) -> Listing:
        """Venue, citations and open-access copy of the papers that Semantic Scholar knows.

        One request for each; a second one, by DOI, for those that it does not know by their arXiv identifier.
        """
        announcements: list[Announcement] = []
        problems: list[UnreadEntry] = []
        for paper in papers:
            entries = await self._look_up(paper)
            works, unread = divide(entries)
            problems += unread
            # answers to a title do not repeat an identifier
            announcements += indexes.match_works([paper], works, NAME) or indexes.match_title(paper, works, NAME)
        return Listing(source=NAME, scope=indexes.SCOPE, announcements=tuple(announcements), problems=tuple(problems))

    async def _look_up(self, paper: Paper) -> list[Paper | UnreadEntry]:
        """The works under the first identifier, or title, that brings any."""
        for path in _paths(paper):
            if read := await self._ask(path):
                return read
        return []

    async def _ask(self, path: str) -> list[Paper | UnreadEntry]:
        # without a key, 403 means that we should slow down; with one, that the key is wrong
        readable = (403, 404) if self._headers else (404,)
        url = f"{self._paper}/{path}"
        answer = await self._client.get(url, accept=_ACCEPT, readable=readable, headers=self._headers)
        if answer.status == 403:
            raise Refused(
                "Semantic Scholar turns us away with our key (HTTP 403).",
                hint="Check sources.semanticscholar.api_key.",
                status=403,
            )
        if answer.status == 404:
            # JSON is about the paper; anything else is not from Semantic Scholar
            indexes.read_json(answer.body, "Semantic Scholar")
            return []
        return _read(answer.body)


def parse(body: bytes) -> Listing:
    """Papers, under their DOI or arXiv identifier: one, or a list of them. Raises BadFeed, and Throttled."""
    return indexes.works_listing(_read(body), NAME)


def _paths(paper: Paper) -> tuple[str, ...]:
    """The paths to ask for a paper by arXiv identifier, DOI, or title; none where these do not identify it."""
    ids = sorted(indexes.names(paper), key=lambda id: (id.value != paper.doi, id))
    fields = urlencode({"fields": _FIELDS})
    arxiv = [f"ARXIV:{quote(id.value, safe='/')}?{fields}" for id in ids if id.scheme == "arxiv"]
    dois = [f"DOI:{quote(id.value, safe='/')}?{fields}" for id in ids if id.scheme == "doi"]
    if arxiv or dois:
        return (*arxiv[:1], *dois[:1])
    if not indexes.can_be_known_by_title(paper):
        return ()
    return (f"search/match?{urlencode({'query': paper.title[:300], 'fields': _FIELDS})}",)


def _read(body: bytes) -> list[Paper | UnreadEntry]:
    works = map(indexes.record, _papers(indexes.read_json(body, "Semantic Scholar")))
    return read_entries(works, _paper, lambda work: indexes.text(work.get("paperId")))


def _papers(answer: object) -> list[Any]:
    """The papers of an answer; null in a list is a paper that is not known."""
    fields = indexes.record(answer)
    results = answer if isinstance(answer, list) else fields.get("data")
    if isinstance(results, list):
        return [result for result in results if result is not None]
    if "paperId" in fields:
        return [fields]
    words = indexes.but(fields.get("error"), fields.get("message"))
    if fields.get("code") in ("429", 429):
        raise Throttled(f"Semantic Scholar answered with no papers{words}.")
    raise BadFeed(f"Semantic Scholar answered with no papers{words}.")


def _paper(work: Record) -> Paper:
    ids = _ids(work)
    if not ids:
        raise Unreadable("it has no identifier")
    copy = indexes.record(work.get("openAccessPdf"))
    return Paper(
        id=ids[0],
        title=indexes.plain_text(work.get("title")),
        authors=clean_names(indexes.plain_text(author.get("name")) for author in indexes.records(work.get("authors"))),
        published=_published_at(work),
        url=indexes.link(work.get("url")),
        pdf_url=indexes.link(copy.get("url")),
        doi=_published_doi(work),
        journal=_venue(work),
        licence=indexes.licence(copy.get("license")),
        identifiers=ids[1:],
        signals=Signals(citations=indexes.count(work.get("citationCount"))),
        sources=(NAME,),
    )


def _ids(work: Record) -> tuple[PaperId, ...]:
    external = indexes.record(work.get("externalIds"))
    identifiers = indexes.work_identifiers(
        (indexes.doi_of(external.get("DOI")),), (indexes.identifier(external.get("ArXiv")),)
    )
    number = indexes.text(work.get("paperId"))
    return identifiers or ((PaperId("url", f"{_PAGE}{quote(number[:80], safe='')}"),) if number else ())


def _published_doi(work: Record) -> str | None:
    doi = indexes.doi_of(indexes.record(work.get("externalIds")).get("DOI"))
    return None if doi is None or is_preprint_doi(doi) else doi


def _venue(work: Record) -> str | None:
    """The journal's full name before the venue, which may be an abbreviation."""
    journal = indexes.record(work.get("journal")).get("name")
    return indexes.venue(journal) or indexes.venue(work.get("venue"))


def _published_at(work: Record) -> datetime | None:
    day = dates.moment(indexes.text(work.get("publicationDate")))
    return day or dates.midnight(indexes.count(work.get("year")) or 0)
