"""bioRxiv and medRxiv over HTTP: which pages are asked for, and how a list ends."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest
from aiohttp import web

from core.errors import BadCategory, BadFeed, Refused, Throttled
from core.ingest.state import SourceState, State
from core.papers.identifiers import PaperId
from tests.fakes.loopback import Handler
from tests.fakes.preprints import TODAY, answer_of, api, replies_with, row, serves


def holding(day: date) -> SourceState:
    now = datetime(2026, 2, 4, tzinfo=UTC)
    return SourceState(source="biorxiv", scope="biorxiv", state=State.FRESH, checked_at=now, listing_day=day)


@pytest.mark.parametrize("page", [100, 30])
async def test_reads_to_the_end(page: int) -> None:
    """However many rows a page has, the cursor is followed to the total."""
    async with api(serves([row(n) for n in range(1, 251)], page)) as (source, server):
        listing = await source.fetch("biorxiv", None)
    assert len({one.paper.id for one in listing.announcements}) == len(listing.announcements) == 250
    assert (listing.claimed_entries, listing.day, listing.is_cut, listing.scope) == (
        250,
        date(2026, 2, 3),
        False,
        "biorxiv",
    )
    paths = [request.path for _, request in server.requests]
    assert paths == [f"/details/biorxiv/2026-02-02/2026-02-04/{n}" for n in range(0, 250, page)]


@pytest.mark.parametrize(
    ("held", "since", "is_cut"),
    [
        (date(2026, 2, 4), "2026-02-02", False),
        (date(2026, 1, 30), "2026-01-28", False),
        (date(2026, 1, 21), "2026-01-21", False),
        (date(2026, 1, 1), "2026-01-21", True),
        (date(2027, 1, 1), "2026-02-02", False),
    ],
)
async def test_asks_from_the_day_we_hold(held: date, since: str, is_cut: bool) -> None:
    """Two days more than needed, because some are posted late; what was missed for too long is called missing."""
    async with api(serves([row()])) as (source, server):
        listing = await source.fetch("biorxiv", holding(held))
    assert server.requests[0][1].path == f"/details/biorxiv/{since}/2026-02-04/0"
    assert listing.is_cut is is_cut


async def test_a_fortnight_without_preprints_is_not_cut() -> None:
    """A small subject area whose newest preprint is of last month has nothing missing, refresh after refresh."""
    async with api(serves([])) as (source, _):
        listing = await source.fetch("medrxiv:toxicology", holding(date(2026, 1, 1)))
    assert (listing.announcements, listing.is_cut) == ((), False)


async def test_one_subject_area_is_asked_for() -> None:
    """A subject area of several words is asked for in the service's spelling, on its server."""
    async with api(serves([row(category="cell biology")])) as (source, server):
        listing = await source.fetch("bioRxiv:Cell_Biology", None)
        await source.fetch("medrxiv:hiv aids", None)
    asked = [(request.path.split("/")[2], request.query["category"]) for _, request in server.requests]
    assert asked == [("biorxiv", "cell_biology"), ("medrxiv", "hiv_aids")]
    assert [one.scope for one in listing.announcements] == ["biorxiv:cell biology"]


@pytest.mark.parametrize("scope", ["cs.CL", "biorxiv:astrology", "chemrxiv", "feed:biorxiv", ""])
async def test_unknown_scopes_are_told(scope: str) -> None:
    """A scope that neither server has is an error and costs no request."""
    async with api(serves([])) as (source, server):
        with pytest.raises(BadCategory):
            await source.fetch(scope, None)
    assert server.requests == []


async def test_nothing_posted_is_quiet() -> None:
    """Days without a preprint are an empty listing."""
    async with api(serves([])) as (source, _):
        listing = await source.fetch("medrxiv", None)
    assert (listing.announcements, listing.day, listing.scope) == ((), None, "medrxiv")


NO_MORE: dict[str, Any] = {"messages": [{"status": "no posts found"}], "collection": []}


def ends_early(total: int, *after: dict[str, Any]) -> Handler:
    """A hundred rows of `total`, and then these answers, the last one for ever."""
    left = list(after)

    async def answer(request: web.Request) -> web.Response:
        if request.path.endswith("/0"):
            return web.json_response(answer_of(*map(row, range(100)), total=str(total)))
        return web.json_response(left.pop(0) if len(left) > 1 else left[0])

    return answer


@pytest.mark.parametrize(("total", "after"), [(150, answer_of(total="150")), (200, NO_MORE), (999, NO_MORE)])
async def test_a_page_that_does_not_come_is_an_error(total: int, after: dict[str, Any]) -> None:
    """Where the service tells of more than it gives, nothing is pretended."""
    async with api(ends_early(total, after)) as (source, _):
        with pytest.raises(BadFeed, match=f"tells of {total} preprints and gives none after 100"):
            await source.fetch("biorxiv", None)


async def test_a_total_that_counts_hidden_rows_costs_nobody_the_others() -> None:
    """Where the service says twice that a few rows fewer were all, what it gave is kept, and the rest is a problem."""
    async with api(ends_early(131, NO_MORE)) as (source, server):
        listing = await source.fetch("biorxiv", None)
        pages = [page async for page in source.pages("biorxiv", date(2026, 2, 1), TODAY)]
    assert (len(listing.announcements), len(pages), pages[-1].cursor) == (100, 2, "")
    assert [(one.where, one.reason) for one in listing.problems] == [
        ("bioRxiv", "it tells of 131 preprints and gives none after 100")
    ]
    assert len(server.requests) == 6


async def test_a_page_that_fails_to_come_once_is_asked_for_again() -> None:
    """An empty answer in the middle that is gone when it is asked for again leaves no trace."""
    async with api(ends_early(101, NO_MORE, answer_of(row(100), total="101"))) as (source, _):
        listing = await source.fetch("biorxiv", None)
    assert (len(listing.announcements), listing.problems) == (101, ())


async def test_rows_that_nobody_can_read_are_not_read_for_ever() -> None:
    """A service without totals that gives the same unreadable page again and again is found out."""
    async with api(replies_with([row(doi=None)])) as (source, _):
        with pytest.raises(BadFeed, match="the same page again"):
            _ = [page async for page in source.pages("biorxiv", TODAY, TODAY)]


async def test_a_row_of_a_day_to_come_hides_no_day() -> None:
    """A preprint that is dated into the future does not make us believe that we hold every day until then."""
    async with api(serves([row(1), row(2, date="2099-01-01")])) as (source, _):
        listing = await source.fetch("biorxiv", None)
    assert (len(listing.announcements), listing.day) == (2, TODAY)


async def test_without_a_total_the_end_is_an_empty_page() -> None:
    """Where no total is told, pages are read until there is none."""

    async def answer(request: web.Request) -> web.Response:
        offset = int(request.path.rpartition("/")[2])
        return web.json_response([row(offset)] if offset < 2 else [])

    async with api(answer) as (source, server):
        listing = await source.fetch("biorxiv", None)
    assert (len(listing.announcements), len(server.requests)) == (2, 3)


async def test_an_endless_answer_is_cut_and_says_so() -> None:
    """A service that always has one more is not followed for ever."""

    async def answer(request: web.Request) -> web.Response:
        return web.json_response(answer_of(row(int(request.path.rpartition("/")[2])), total="999999"))

    async with api(answer) as (source, server):
        listing = await source.fetch("biorxiv", None)
    assert (len(server.requests), listing.is_cut) == (100, True)


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
    assert server.requests[0][1].path == "/details/biorxiv/2026-01-01/2026-01-31/0"


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
    assert (len(server.requests), listing.is_cut, searched.announcements) == (4, False, ())
