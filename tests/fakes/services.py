"""The services that papers come from, on loopback: each holds the few papers it was told, and fails on demand."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import date
from hashlib import sha256
from typing import Literal

from aiohttp import web

from adapters.sources.http import PoliteClient
from tests.fakes import arxiv_answers, oai, service_answers
from tests.fakes.entries import Entry
from tests.fakes.loopback import Loopback, serving

#: papers that the archives here put on a page
PAGE = 2
XML = "application/xml"
_CONDITIONS = {"ETag": "If-None-Match", "Last-Modified": "If-Modified-Since"}
#: what a service answers with while nothing is wrong with it
Answer = Callable[["Service", web.Request], web.Response]


@dataclass(repr=False)
class Service:
    """A running service."""

    server: Loopback
    answer: Answer
    client: PoliteClient
    entries: list[Entry] = field(default_factory=list)
    #: status and body of every answer, in the place of the right one
    instead: tuple[int, bytes] | None = None
    #: the requests, counted from the first one, that it sends away for 7 s; all of them where -1 is among them
    throttled: set[int] = field(default_factory=set)
    #: tokens of an earlier generation are forgotten
    generation: int = 0
    #: before every answer, in seconds
    delay_s: float = 0.0
    #: break the connection off in the place of every answer
    breaks_off: bool = False

    def lists(self, *entries: Entry) -> None:
        """Hold these papers from now on."""
        self.entries[:] = entries

    def throttles(self) -> None:
        """Send everybody away from now on."""
        self.throttled.add(-1)

    def says(self, body: bytes, status: int = 200) -> None:
        """Answer everything with this from now on."""
        self.instead = (status, body)

    def forgets(self) -> None:
        """Know no token any more that was given so far."""
        self.generation += 1

    @property
    def requests(self) -> int:
        """How many there were."""
        return len(self.server.requests)

    async def right_body(self, ask: Callable[[], Awaitable[object]]) -> bytes:
        """What it answers first, while it is well, to somebody who asks."""
        self.instead, before = None, self.requests
        await ask()
        _, request = self.server.requests[before]
        body = self.answer(self, request).body
        assert isinstance(body, bytes)
        return body

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """The answer to a request."""
        await asyncio.sleep(self.delay_s)
        if self.breaks_off and request.transport:
            request.transport.abort()
        if not self.throttled.isdisjoint((-1, self.requests)):
            return web.Response(status=429, headers={"Retry-After": "7"}, text="Rate exceeded.")
        if self.instead:
            return web.Response(status=self.instead[0], body=self.instead[1], content_type=XML)
        return self.answer(self, request)


@asynccontextmanager
async def running(answer: Answer, *entries: Entry) -> AsyncIterator[Service]:
    """A service that holds these papers, and a client without a pace to ask it with."""
    service: Service | None = None

    async def handle(request: web.Request) -> web.StreamResponse:
        assert service
        return await service.handle(request)

    async with serving(handle) as server, PoliteClient("tests@example.org", "0", pace_s=0.0) as client:
        service = Service(server, answer, client, list(entries))
        yield service


def revalidated(request: web.Request, body: bytes, header: Literal["ETag", "Last-Modified"] = "ETag") -> web.Response:
    """The body with a validator, or that nothing changed."""
    digest = sha256(body).hexdigest()
    # a moment that depends on the content, because the service here knows no other
    minutes, seconds = divmod(int(digest[:8], 16) % 3600, 60)
    values = {"ETag": f'"{digest}"', "Last-Modified": f"Wed, 04 Feb 2026 06:{minutes:02}:{seconds:02} GMT"}
    if request.headers.get(_CONDITIONS[header]) == values[header]:
        return web.Response(status=304)
    return web.Response(body=body, content_type=XML, headers={header: values[header]})


def arxiv_feed(service: Service, request: web.Request) -> web.Response:
    """rss.arxiv.org, which has cs.CL."""
    form, scope = request.path.strip("/").split("/")
    build = arxiv_answers.rss if form == "rss" else arxiv_answers.atom
    if scope != "cs.CL":
        body = build((), f"Feed error for query: http://rss.arxiv.org{request.path}")
        return web.Response(status=400, body=body, content_type=XML)
    return revalidated(request, build(service.entries))


def arxiv_page(service: Service, request: web.Request) -> web.Response:
    """arxiv.org/list, which has cs.CL."""
    if request.path != "/list/cs.CL/new":
        return web.Response(status=400, text="Invalid archive or category")
    return web.Response(body=arxiv_answers.listing_page(service.entries), content_type="text/html", charset="utf-8")


def arxiv_api(service: Service, request: web.Request) -> web.Response:
    """export.arxiv.org: by identifier, or all papers with any of the words."""
    ids = request.query.get("id_list", "").split(",")
    words = request.query.get("search_query", "").lower()
    found = [
        entry for entry in service.entries if arxiv_answers.number(entry) in ids or (words and _fits(entry, words))
    ]
    most = int(request.query["max_results"])
    return web.Response(body=arxiv_answers.api(found[:most]), content_type=XML)


def arxiv_archive(service: Service, request: web.Request) -> web.Response:
    """oaipmh.arxiv.org, PAGE records at a time; a token holds the days, the place, and when it was given."""
    token = request.query.get("resumptionToken", "")
    if token and int(token.rpartition("!")[2]) != service.generation:
        return web.Response(body=oai.error("badResumptionToken", "expired"), content_type=XML)
    asked = token or "{from}!{until}!0".format_map(request.query)
    since, until, skip = asked.split("!")[:3]
    found = _of_days(service.entries, date.fromisoformat(since), date.fromisoformat(until))
    after = int(skip) + PAGE
    more = f"{since}!{until}!{after}!{service.generation}" if after < len(found) else ""
    return web.Response(body=arxiv_answers.records(found[int(skip) : after], more), content_type=XML)


def huggingface(service: Service, request: web.Request) -> web.Response:
    """huggingface.co: a day's list, single papers, and a search for any of the words."""
    path, query = request.path.removeprefix("/api/"), request.query
    if path == "daily_papers":
        found = (
            [entry for entry in service.entries if entry.day.isoformat() == query["date"]] if query["p"] == "0" else []
        )
    elif path == "papers/search":
        found = [entry for entry in service.entries if _fits(entry, query["q"].lower())]
    else:
        asked = path.removeprefix("papers/")
        paper = next((entry for entry in service.entries if arxiv_answers.number(entry) == asked), None)
        missing = web.json_response({"error": "Paper not found"}, status=404)
        return web.json_response(service_answers.hub_entry(paper)["paper"]) if paper else missing
    return web.json_response(list(map(service_answers.hub_entry, found)))


def biorxiv(service: Service, request: web.Request) -> web.Response:
    """api.biorxiv.org: PAGE rows of some days, or the rows of a DOI."""
    server, *asked = request.path.removeprefix("/details/").split("/")
    if asked[0].startswith("10."):
        found = [entry for entry in service.entries if service_answers.preprint_doi(entry) == "/".join(asked)]
        return web.json_response(service_answers.preprints(found if server == "biorxiv" else [], len(found)))
    since, until, offset = asked
    found = _of_days(service.entries, date.fromisoformat(since), date.fromisoformat(until))
    part = found[int(offset) : int(offset) + PAGE]
    return web.json_response(service_answers.preprints(part, len(found)))


def journal_rss(service: Service, request: web.Request) -> web.Response:
    """A journal whose feed says when it changed."""
    return revalidated(request, service_answers.journal_rss(service.entries), "Last-Modified")


def journal_atom(service: Service, request: web.Request) -> web.Response:
    """A journal whose feed has a tag for what it holds."""
    return revalidated(request, service_answers.journal_atom(service.entries))


def journal_rdf(service: Service, request: web.Request) -> web.Response:
    """A journal whose feed has a tag for what it holds."""
    return revalidated(request, service_answers.journal_rdf(service.entries))


def _of_days(entries: Sequence[Entry], since: date, until: date) -> list[Entry]:
    return [entry for entry in entries if since <= entry.day <= until]


def _fits(entry: Entry, words: str) -> bool:
    return any(word in words for word in entry.title.lower().split())
