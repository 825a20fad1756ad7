from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, date, datetime
from typing import Any

import pytest
import stamina
from aiohttp import web
from hypothesis import given
from hypothesis import strategies as st

from adapters.sources.biorxiv import Biorxiv, parse
from adapters.sources.http import PoliteClient
from core.errors import BadCategory, BadFeed, Refused, SourceError, Throttled
from core.listings import SourceState, State
from core.papers import AnnounceType, PaperId
from tests.fakes.clock import FakeClock
from tests.fakes.loopback import Handler, Loopback, serving

TODAY = date(2026, 2, 4)

some_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)
FIELDS = (
    "doi",
    "title",
    "authors",
    "date",
    "version",
    "type",
    "license",
    "category",
    "abstract",
    "published",
    "server",
)
some_row = st.fixed_dictionaries({}, optional=dict.fromkeys(FIELDS, some_json))


def row(number: int = 1, /, **fields: Any) -> dict[str, Any]:
    """An invented row as the service writes it."""
    told = {
        "doi": f"10.1101/2026.01.01.{number:06d}",
        "title": f"Lanterns in the mouse brain, part {number}",
        "authors": "Example, A. B.; van der Sample, C.; The Lantern Consortium",
        "date": "2026-02-03",
        "version": "1",
        "type": "new results",
        "license": "cc_by",
        "category": "neuroscience",
        "abstract": "We light <i>lanterns</i>.\n They shine.",
        "published": "NA",
        "server": "bioRxiv",
    }
    return {**told, **fields}


def answer_of(*rows: object, total: object = None, status: str = "ok") -> dict[str, Any]:
    message = {"status": status, "count": len(rows), "total": str(len(rows)) if total is None else total}
    return {"messages": [message], "collection": list(rows)}


def only(**fields: Any) -> Any:
    (line,) = parse(json.dumps(answer_of(row(**fields))).encode()).announcements
    return line


@asynccontextmanager
async def api(handler: Handler, clock: FakeClock | None = None) -> AsyncIterator[tuple[Biorxiv, Loopback]]:
    with stamina.set_testing(True, attempts=1, cap=True):
        async with serving(handler) as server, PoliteClient("tests@example.org", "0", pace_s=0.0) as http:
            yield Biorxiv(http, clock=clock or FakeClock(), base_url=f"{server.url}/"), server


def serves(rows: list[dict[str, Any]], page: int = 100) -> Handler:
    """The rows of an interval, some at a time; `total` is text."""

    async def answer(request: web.Request) -> web.Response:
        offset = int(request.path.rpartition("/")[2])
        found = rows[offset : offset + page]
        if not found:
            return web.json_response({"messages": [{"status": "no posts found"}], "collection": []})
        return web.json_response(answer_of(*found, total=str(len(rows))))

    return answer


def replies_with(document: Any, status: int = 200) -> Handler:
    async def answer(_: web.Request) -> web.Response:
        return web.json_response(document, status=status)

    return answer


def holding(day: date) -> SourceState:
    now = datetime(2026, 2, 4, tzinfo=UTC)
    return SourceState(source="biorxiv", scope="biorxiv", state=State.FRESH, checked_at=now, listing_day=day)


def test_a_row_is_an_announcement() -> None:
    """A row tells a whole paper, announced in its subject area on its day."""
    line = only()
    paper = line.paper
    assert (line.source, line.scope, line.day) == ("biorxiv", "biorxiv:neuroscience", date(2026, 2, 3))
    assert (line.type, line.is_news) == (AnnounceType.NEW, True)
    assert (str(paper.id), paper.version, paper.doi) == (
        "doi:10.1101/2026.01.01.000001",
        1,
        "10.1101/2026.01.01.000001",
    )
    assert paper.authors == ("A. B. Example", "C. van der Sample", "The Lantern Consortium")
    assert (paper.title, paper.abstract) == ("Lanterns in the mouse brain, part 1", "We light lanterns. They shine.")
    assert (paper.categories, paper.sources, paper.journal) == (("neuroscience",), ("biorxiv",), None)
    assert (paper.published, paper.announced) == (datetime(2026, 2, 3, tzinfo=UTC), date(2026, 2, 3))
    assert paper.url == "https://www.biorxiv.org/content/10.1101/2026.01.01.000001v1"
    assert paper.pdf_url == f"{paper.url}.full.pdf"
    assert (paper.licence, paper.comment, paper.identifiers) == ("https://creativecommons.org/licenses/by/4.0/", "", ())


def test_versions_are_lines_of_their_own() -> None:
    """The first version is new, and each later one a replacement."""
    listing = parse(json.dumps([row(version="1"), row(version=2), row(version="3", date="2026-02-04")]).encode())
    assert [(one.type, one.paper.version) for one in listing.announcements] == [
        (AnnounceType.NEW, 1),
        (AnnounceType.REPLACE, 2),
        (AnnounceType.REPLACE, 3),
    ]
    assert (listing.day, listing.scope) == (TODAY, "biorxiv:neuroscience")


def test_both_servers_and_both_prefixes() -> None:
    """medRxiv's papers are medRxiv's, and the new DOI prefix counts."""
    line = only(server="medRxiv", doi="10.64898/2026.01.01.26300001", category="HIV AIDS", license="cc_no")
    assert (line.scope, line.paper.categories) == ("medrxiv:hiv aids", ("hiv aids",))
    assert line.paper.url == "https://www.medrxiv.org/content/10.64898/2026.01.01.26300001v1"
    assert line.paper.licence is None
    by_text = only(server=None, jatsxml="https://www.medrxiv.org/content/early/x.source.xml", category="NA_me")
    assert by_text.scope == "medrxiv:na me"
    assert only(server=7, category=None).scope == "biorxiv"


@pytest.mark.parametrize(
    ("published", "identifiers"),
    [
        ("10.1038/S41586-026-00001-1", (PaperId("doi", "10.1038/s41586-026-00001-1"),)),
        ("https://doi.org/10.7554/eLife.1", (PaperId("doi", "10.7554/elife.1"),)),
        ("NA", ()),
        ("", ()),
        (None, ()),
        ("10.1101/2026.01.01.000001", ()),
        ("javascript:alert(1)", ()),
    ],
)
def test_the_published_version_is_named(published: object, identifiers: tuple[PaperId, ...]) -> None:
    """The DOI of the journal's version is another identifier, where there is one."""
    assert only(published=published).paper.identifiers == identifiers


@pytest.mark.parametrize(
    ("fields", "comment"),
    [
        ({"type": "withdrawn"}, "Withdrawn"),
        ({"type": "Withdrawal notice"}, "Withdrawn"),
        ({"title": "WITHDRAWN: Lanterns"}, "Withdrawn"),
        ({"title": "[Withdrawn] Lanterns"}, "Withdrawn"),
        (
            {"abstract": "The authors have withdrawn this manuscript."},
            "Withdrawn: The authors have withdrawn this manuscript.",
        ),
        ({"title": "Patients withdrawn from opioids"}, ""),
        ({"title": "Withdrawn-like behaviour", "abstract": "Mice were withdrawn from nicotine."}, ""),
    ],
)
def test_withdrawals_are_told(fields: dict[str, str], comment: str) -> None:
    """A preprint that its authors took back says so, and one about withdrawal does not."""
    assert only(**fields).paper.comment == comment


def test_what_cannot_be_read_is_told() -> None:
    """Rows without a DOI of the servers', a title or a day are problems; the others go on."""
    odd = (row(doi="10.1038/x"), row(doi=None), row(title=" "), row(date="yesterday"), "row", row(2))
    listing = parse(json.dumps(answer_of(*odd)).encode())
    assert [str(one.paper.id) for one in listing.announcements] == ["doi:10.1101/2026.01.01.000002"]
    assert [(one.where, one.reason) for one in listing.problems] == [
        ("10.1038/x", "'10.1038/x' is no DOI of bioRxiv's or medRxiv's"),
        ("entry 2", "it has no DOI"),
        ("10.1101/2026.01.01.000001", "it has no title"),
        ("10.1101/2026.01.01.000001", "it does not say on which day it was posted"),
        ("entry 5", "it does not say on which day it was posted"),
    ]


@pytest.mark.parametrize("status", ["no posts found", "No papers found for this interval", "no posts were found"])
def test_nothing_posted_is_an_empty_listing(status: str) -> None:
    """The service says that there is nothing, and that is no failure."""
    listing = parse(json.dumps({"messages": [{"status": status}], "collection": []}).encode())
    assert (listing.announcements, listing.problems, listing.day) == ((), (), None)


@pytest.mark.parametrize(
    ("answer", "kind", "told"),
    [
        (b"", BadFeed, "not JSON"),
        (b"<html>busy</html>", BadFeed, "a web page"),
        (b"[" * 200_000, BadFeed, "not JSON"),
        (b"{}", BadFeed, "not a list"),
        (b'{"messages": [{"status": "ok"}]}', BadFeed, "not a list"),
        (b'{"messages": [{"status": "ok"}], "collection": {"doi": 1}}', BadFeed, "not a list"),
        (b'{"messages": [{"status": "error: invalid server"}], "collection": []}', Refused, "invalid server"),
        (b'{"messages": [{"status": "no posts found"}], "collection": [{}]}', Refused, "no posts found"),
    ],
)
def test_other_answers_are_errors(answer: bytes, kind: type[SourceError], told: str) -> None:
    """Anything that is neither rows nor the word that there are none is an error."""
    with pytest.raises(kind, match=told):
        parse(answer)


@given(st.lists(some_row | some_json, max_size=5))
def test_no_row_is_lost_silently(rows: list[object]) -> None:
    """Whatever a row is, it becomes a line or a problem."""
    listing = parse(json.dumps({"messages": [], "collection": rows}).encode())
    assert len(listing.announcements) + len(listing.problems) == len(rows)


@given(some_json.map(json.dumps).map(str.encode) | st.binary(max_size=60))
def test_junk_is_a_listing_or_an_error(junk: bytes) -> None:
    """No answer leads to anything but a listing or one clear sentence."""
    try:
        listing = parse(junk)
    except SourceError as error:
        assert "\n" not in str(error)
    else:
        assert listing.source == "biorxiv"


@pytest.mark.parametrize("page", [100, 30])
async def test_reads_to_the_end(page: int) -> None:
    """However many rows a page has, the cursor is followed to the total."""
    async with api(serves([row(n) for n in range(1, 251)], page)) as (source, server):
        listing = await source.fetch("biorxiv", None)
    assert len({one.paper.id for one in listing.announcements}) == len(listing.announcements) == 250
    assert (listing.claimed, listing.day, listing.truncated, listing.scope) == (250, date(2026, 2, 3), False, "biorxiv")
    paths = [request.path for _, request in server.asked]
    assert paths == [f"/details/biorxiv/2026-02-02/2026-02-04/{n}" for n in range(0, 250, page)]


@pytest.mark.parametrize(
    ("held", "since", "truncated"),
    [
        (date(2026, 2, 4), "2026-02-02", False),
        (date(2026, 1, 30), "2026-01-28", False),
        (date(2026, 1, 21), "2026-01-21", False),
        (date(2026, 1, 1), "2026-01-21", True),
        (date(2027, 1, 1), "2026-02-02", False),
    ],
)
async def test_asks_from_the_day_we_hold(held: date, since: str, truncated: bool) -> None:
    """Two days more than needed, because some are posted late; what was missed for too long is called missing."""
    async with api(serves([row()])) as (source, server):
        listing = await source.fetch("biorxiv", holding(held))
    assert server.asked[0][1].path == f"/details/biorxiv/{since}/2026-02-04/0"
    assert listing.truncated is truncated


async def test_one_subject_area_is_asked_for() -> None:
    """A subject area of several words is asked for in the service's spelling, on its server."""
    async with api(serves([row(category="cell biology")])) as (source, server):
        listing = await source.fetch("bioRxiv:Cell_Biology", None)
        await source.fetch("medrxiv:hiv aids", None)
    asked = [(request.path.split("/")[2], request.query["category"]) for _, request in server.asked]
    assert asked == [("biorxiv", "cell_biology"), ("medrxiv", "hiv_aids")]
    assert [one.scope for one in listing.announcements] == ["biorxiv:cell biology"]


@pytest.mark.parametrize("scope", ["cs.CL", "biorxiv:astrology", "chemrxiv", "feed:biorxiv", ""])
async def test_unknown_scopes_are_told(scope: str) -> None:
    """A scope that neither server has is an error and costs no request."""
    async with api(serves([])) as (source, server):
        with pytest.raises(BadCategory):
            await source.fetch(scope, None)
    assert server.asked == []


async def test_nothing_posted_is_quiet() -> None:
    """Days without a preprint are an empty listing."""
    async with api(serves([])) as (source, _):
        listing = await source.fetch("medrxiv", None)
    assert (listing.announcements, listing.day, listing.scope) == ((), None, "medrxiv")


@pytest.mark.parametrize(
    "after", [{"messages": [{"status": "no posts found"}], "collection": []}, answer_of(total="150")]
)
async def test_a_page_that_does_not_come_is_an_error(after: dict[str, Any]) -> None:
    """Where the service tells of more than it gives, nothing is pretended."""

    async def answer(request: web.Request) -> web.Response:
        is_first = request.path.endswith("/0")
        return web.json_response(answer_of(*map(row, range(100)), total="150") if is_first else after)

    async with api(answer) as (source, _):
        with pytest.raises(BadFeed, match="tells of 150 preprints and gives none after 100"):
            await source.fetch("biorxiv", None)


async def test_without_a_total_the_end_is_an_empty_page() -> None:
    """Where no total is told, pages are read until there is none."""

    async def answer(request: web.Request) -> web.Response:
        offset = int(request.path.rpartition("/")[2])
        return web.json_response([row(offset)] if offset < 2 else [])

    async with api(answer) as (source, server):
        listing = await source.fetch("biorxiv", None)
    assert (len(listing.announcements), len(server.asked)) == (2, 3)


async def test_an_endless_answer_is_cut_and_says_so() -> None:
    """A service that always has one more is not followed for ever."""

    async def answer(request: web.Request) -> web.Response:
        return web.json_response(answer_of(row(int(request.path.rpartition("/")[2])), total="999999"))

    async with api(answer) as (source, server):
        listing = await source.fetch("biorxiv", None)
    assert (len(server.asked), listing.truncated) == (100, True)


async def test_a_span_comes_page_by_page_and_goes_on_anywhere() -> None:
    """Each page tells where to go on; from any of these places the rest comes, and nothing else."""
    since, until = date(2026, 1, 1), date(2026, 1, 31)
    async with api(serves([row(n) for n in range(1, 251)])) as (source, server):
        pages = [page async for page in source.pages("biorxiv", since, until)]
        again = [page async for page in source.pages("biorxiv", since, until, cursor=pages[0].cursor)]
        other = [page async for page in source.pages("medrxiv", since, until, cursor=pages[0].cursor)]
        none = [page async for page in source.pages("biorxiv", until, since)]
    assert [(page.done, page.total) for page in pages] == [(100, 250), (200, 250), (250, 250)]
    assert [page.cursor for page in pages] == [
        "biorxiv/2026-01-01:2026-01-31/100",
        "biorxiv/2026-01-01:2026-01-31/200",
        "",
    ]
    assert (again, len(other), none) == (pages[1:], 3, [])
    assert server.asked[0][1].path == "/details/biorxiv/2026-01-01/2026-01-31/0"


async def test_a_place_that_is_no_more_begins_again() -> None:
    """Where the service has shrunk behind a cursor, the span is read again, so that nothing is left out."""
    since, until = date(2026, 1, 1), date(2026, 1, 31)
    cursor = "biorxiv/2026-01-01:2026-01-31/200"
    async with api(serves([row(n) for n in range(1, 121)])) as (source, _):
        pages = [page async for page in source.pages("biorxiv", since, until, cursor=cursor)]
    assert [page.done for page in pages] == [100, 120]


async def test_failures_are_told() -> None:
    """Throttling, a refusal, and a message that says no are errors of their kind."""
    for document, status, kind in (
        ({}, 429, Throttled),
        ({}, 404, Refused),
        (answer_of(status="bad dates"), 200, Refused),
    ):
        async with api(replies_with(document, status)) as (source, _):
            with pytest.raises(kind):
                await source.fetch("biorxiv", None)


async def test_finds_single_preprints() -> None:
    """A DOI is looked for on both servers, every version comes, and nothing of it is news."""

    async def answer(request: web.Request) -> web.Response:
        if request.path == "/details/medrxiv/10.1101/2026.01.01.000001":
            found = [row(version=n, server="medRxiv") for n in (1, 2)]
            return web.json_response({"messages": [{"status": "ok"}], "collection": found})
        return web.json_response({"messages": [{"status": "no posts found"}], "collection": []})

    ids = ["10.1101/2026.01.01.000001v2", "10.64898/2026.01.01.000002", "10.1038/x", "arxiv:2602.00001"]
    async with api(answer) as (source, server):
        listing = await source.find([PaperId.parse(id) for id in ids])
        searched = await source.search("lanterns", limit=3)
    assert [(one.paper.version, one.is_news, one.scope) for one in listing.announcements] == [
        (1, False, "medrxiv:neuroscience"),
        (2, False, "medrxiv:neuroscience"),
    ]
    assert (len(server.asked), listing.truncated, searched.announcements) == (4, False, ())
