"""Crossref, OpenAlex and Semantic Scholar on loopback: a few invented works, and their failures on demand.

One server plays all three, each under a path of its own. A work is told in each service's own shape; what a service
does not know it answers as the real one does.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

from tests.fakes.loopback import Loopback, serving

Json = dict[str, Any]
Failure = Callable[[], web.Response]


@dataclass(frozen=True, kw_only=True)
class Work:
    """One invented work, as an index knows it."""

    title: str
    doi: str = ""
    arxiv: str = ""
    #: the DOI of the published version, of a preprint that Crossref relates to it
    published_as: str = ""
    venue: str = ""
    authors: tuple[str, ...] = ("Ada Ng", "Bo Lind")
    citations: int = 7
    date: tuple[int, ...] = (2026, 2, 10)
    is_retracted: bool = False
    #: of one of its authors
    orcid: str = ""
    abstract: str = ""


def too_many() -> web.Response:
    """The service asks us to wait."""
    return web.Response(status=429, headers={"Retry-After": "7"}, text="Rate limit exceeded.")


def broken() -> web.Response:
    """Something fell over."""
    return web.json_response({"status": "error", "message-type": "exception", "message": {}}, status=500)


def not_here() -> web.Response:
    """Another server, where nothing of the service is."""
    return web.Response(status=404, text="<html><body>Not Found</body></html>", content_type="text/html")


def forbidden() -> web.Response:
    """The key is no good."""
    return web.json_response({"message": "Forbidden"}, status=403)


def web_page() -> web.Response:
    """A gateway's page in the place of an answer, with a status as if all were well."""
    return web.Response(text="<html><head><title>We will be back</title></head></html>", content_type="text/html")


def error_with_200() -> web.Response:
    """An error that calls itself a success."""
    return web.json_response({"error": "Invalid query", "message": "Something is not right."})


FAILURES: dict[str, Failure] = {"429": too_many, "500": broken, "html": web_page, "200": error_with_200}


@dataclass
class Indexes:
    """The running services."""

    server: Loopback
    works: list[Work] = field(default_factory=list)
    #: service -> how it fails from now on
    fails: dict[str, Failure] = field(default_factory=dict)
    #: service -> seconds before every answer
    slow: dict[str, float] = field(default_factory=dict)

    def url(self, service: str) -> str:
        """The base address of one service."""
        return f"{self.server.url}/{service}"

    def requests(self, service: str) -> list[str]:
        """Path and query, as they came, of every request to one service."""
        paths = (request.raw_path for _, request in self.server.requests)
        return [path.removeprefix(f"/{service}") for path in paths if path.startswith(f"/{service}/")]

    async def answer(self, request: web.Request) -> web.Response:
        """Whatever was asked, by the service it was asked of."""
        _, service, *path = request.path.split("/")
        await asyncio.sleep(self.slow.get(service, 0.0))
        if failure := self.fails.get(service):
            return failure()
        told = _SERVICES[service](self.works, "/".join(path), request.query.get)
        return web.json_response(told) if told else web.json_response({"error": "Not found"}, status=404)


@asynccontextmanager
async def indexes(*works: Work) -> AsyncIterator[Indexes]:
    """The three services, knowing these works, until the end of the block."""
    running: Indexes | None = None

    async def answer(request: web.Request) -> web.StreamResponse:
        assert running
        return await running.answer(request)

    async with serving(answer) as server:
        running = Indexes(server, works=list(works))
        yield running


Ask = Callable[[str], str | None]


def _crossref(works: list[Work], path: str, ask: Ask) -> Json | None:
    registered = [work for work in works if work.doi and not work.doi.startswith("10.48550/")]
    if path != "works":
        found = [work for work in registered if path == f"works/{work.doi}"]
        return {"status": "ok", "message-type": "work", "message": _crossref_work(found[0])} if found else None
    wanted = {one.removeprefix("doi:") for one in (ask("filter") or "").split(",")}
    words = ask("query.bibliographic")
    found = _like(words, registered) if words else [work for work in registered if work.doi in wanted]
    items = [_crossref_work(work) for work in found[: int(ask("rows") or 20)]]
    return {"status": "ok", "message-type": "work-list", "message": {"total-results": len(items), "items": items}}


def _crossref_work(work: Work) -> Json:
    told: Json = {
        "DOI": work.doi.upper(),
        "type": "journal-article" if work.venue else "posted-content",
        "title": [work.title],
        "author": [{"given": name.split()[0], "family": name.split()[1]} for name in work.authors],
        "container-title": [work.venue] if work.venue else [],
        "is-referenced-by-count": work.citations,
        "issued": {"date-parts": [list(work.date)]},
    }
    if work.published_as:
        told["relation"] = {"is-preprint-of": [{"id-type": "doi", "id": work.published_as, "asserted-by": "subject"}]}
    if work.is_retracted:
        told["updated-by"] = [{"DOI": "10.9999/notice", "type": "retraction", "label": "Retraction"}]
    return told


def _openalex(works: list[Work], path: str, ask: Ask) -> Json | None:
    if path != "works":
        found = [work for work in works if path == f"works/doi:{work.doi}"]
        return _openalex_work(found[0]) if found else None
    field, _, value = (ask("filter") or "").partition(":")
    if field == "author.orcid":
        return _openalex_page([work for work in works if work.orcid == value], ask)
    wanted = set(value.lower().split("|"))
    is_title = field == "title.search"
    copies = [work for work in works if work.arxiv and f"https://arxiv.org/abs/{work.arxiv}" in wanted]
    found = _like(value, works) if is_title else [work for work in works if _openalex_doi(work) in wanted] + copies
    told = found[: int(ask("per-page") or 25)]
    return {"meta": {"count": len(found)}, "results": [_openalex_work(work) for work in told]}


def _openalex_page(works: list[Work], ask: Ask) -> Json:
    """A page of a list that is read by its cursor: `*` begins, and after the last page there is none."""
    start, size = int((ask("cursor") or "*").replace("*", "0")), int(ask("per-page") or 25)
    told = [_openalex_work(work) | _openalex_abstract(work.abstract) for work in works[start : start + size]]
    more = str(start + size) if start + size < len(works) else None
    return {"meta": {"count": len(works), "next_cursor": more}, "results": told}


def _openalex_abstract(abstract: str) -> Json:
    index: dict[str, list[int]] = {}
    for place, word in enumerate(abstract.split()):
        index.setdefault(word, []).append(place)
    return {"abstract_inverted_index": index or None}


def _openalex_doi(work: Work) -> str:
    return work.doi or f"10.48550/arxiv.{work.arxiv}"


def _openalex_work(work: Work) -> Json:
    venue = {"display_name": work.venue, "type": "journal"} if work.venue else {"type": "repository"}
    places = [{"landing_page_url": f"https://arxiv.org/abs/{work.arxiv}", "is_oa": True}] if work.arxiv else []
    return {
        "id": "https://openalex.org/W1",
        "doi": f"https://doi.org/{_openalex_doi(work)}",
        "title": work.title,
        "type": "article" if work.venue else "preprint",
        "publication_date": "-".join(f"{part:02d}" for part in work.date),
        "authorships": [{"raw_author_name": name, "author": {"display_name": name}} for name in work.authors],
        "cited_by_count": work.citations,
        "is_retracted": work.is_retracted,
        "primary_location": {"source": venue},
        "best_oa_location": {"is_oa": True, "pdf_url": "https://open.example/paper.pdf", "license": "cc-by"},
        "locations": places,
    }


def _semanticscholar(works: list[Work], path: str, ask: Ask) -> Json | None:
    asked = path.removeprefix("graph/v1/paper/")
    if asked == "search/match":
        found = _like(ask("query") or "", works)
        return {"data": [_semanticscholar_paper(found[0])]} if found else None
    found = [work for work in works if asked in (f"ARXIV:{work.arxiv}", f"DOI:{work.doi}")]
    return _semanticscholar_paper(found[0]) if found else None


def _semanticscholar_paper(work: Work) -> Json:
    ids = {"DOI": work.doi, "ArXiv": work.arxiv, "CorpusId": 17}
    return {
        "paperId": "0123abcd",
        "externalIds": {name: id for name, id in ids.items() if id},
        "url": "https://www.semanticscholar.org/paper/0123abcd",
        "title": work.title,
        "venue": work.venue or "arXiv.org",
        "journal": {"name": work.venue} if work.venue else None,
        "citationCount": work.citations,
        "openAccessPdf": {"url": "https://open.example/paper.pdf", "license": "CCBY"},
        "publicationDate": "-".join(f"{part:02d}" for part in work.date),
        "authors": [{"authorId": None, "name": name} for name in work.authors],
    }


def _like(words: str, works: list[Work]) -> list[Work]:
    """Those with any word in common, the likest first: real searches are generous."""
    wanted = set(words.lower().split())
    shared = [(len(wanted & set(work.title.lower().split())), work) for work in works]
    return [work for common, work in sorted(shared, key=lambda one: -one[0]) if common]


_SERVICES: dict[str, Callable[[list[Work], str, Ask], Json | None]] = {
    "crossref": _crossref,
    "openalex": _openalex,
    "semanticscholar": _semanticscholar,
}
