"""Harvesting arXiv's archive over a span of days: windows, tokens, cursors, and what goes wrong in between."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Iterator
from contextlib import aclosing
from datetime import date

import pytest
import stamina
from aiohttp import web

from adapters.sources.arxiv import ArxivFeed
from adapters.sources.arxiv_oai import EARLIEST, ArxivArchive
from adapters.sources.http import PoliteClient
from core.errors import BadCategory, BadFeed, Refused, SourceError, Throttled, Unreachable
from core.ingest.listing import Page
from tests.fakes.loopback import Loopback, replies, serving
from tests.fakes.oai import NOTHING, error, page, record
from tests.replay import Replay
from tests.shared import needs_shared

SPAN = (date(2026, 2, 2), date(2026, 2, 20))


@pytest.fixture(autouse=True)
def two_tries() -> Iterator[None]:
    with stamina.set_testing(True, attempts=2, cap=True):
        yield


@pytest.fixture
async def client() -> AsyncIterator[PoliteClient]:
    async with PoliteClient("tests@example.org", "0", pace_s=0.0, read_s=5.0) as http:
        yield http


async def harvest(archive: ArxivArchive, *span: date, scope: str = "cs.CL", cursor: str = "") -> list[Page]:
    since, until = span or SPAN
    async with aclosing(archive.pages(scope, since, until, cursor=cursor)) as pages:
        return [one async for one in pages]


def ids(pages: list[Page]) -> list[str]:
    return [one.paper.id.value for each in pages for one in each.listing.announcements]


def queries(server: Loopback) -> list[dict[str, str]]:
    return [dict(request.query) for _, request in server.requests]


TOKEN = '<resumptionToken cursor="{}" completeListSize="3">{}</resumptionToken>'


async def test_follows_the_tokens(client: PoliteClient) -> None:
    """A window is read to its end, each token sent back as it came, and days are counted by arXiv's own numbers."""
    first = page(record(), record("2602.00002"), token=TOKEN.format(0, "verb%3DListRecords%26skip%3D2 +/"))
    last = page(record("2602.00003"), token='<resumptionToken completeListSize="3"/>')
    async with serving(replies(first_reply(first), first_reply(last))) as server:
        pages = await harvest(ArxivArchive(client, base_url=server.url))
    assert ids(pages) == ["2602.00001", "2602.00002", "2602.00003"]
    assert queries(server) == [
        {
            "verb": "ListRecords",
            "metadataPrefix": "arXiv",
            "set": "cs:cs:CL",
            "from": "2026-02-02",
            "until": "2026-02-20",
        },
        {"verb": "ListRecords", "resumptionToken": "verb%3DListRecords%26skip%3D2 +/"},
    ]
    assert [(one.done, one.total) for one in pages] == [(12, 19), (19, 19)]
    assert [one.cursor for one in pages] == ["2026-02-02 verb%3DListRecords%26skip%3D2 +/", ""]


def first_reply(body: bytes) -> web.Response:
    return web.Response(body=body, content_type="application/xml")


async def test_asks_month_by_month(client: PoliteClient) -> None:
    """A long span is asked in calendar months, and an empty one among them is a page without papers."""
    bodies = [page(record("2512.00001", "2025-12-30")), NOTHING, page(record("2602.00001"))]
    async with serving(replies(*map(first_reply, bodies))) as server:
        pages = await harvest(ArxivArchive(client, base_url=server.url), date(2025, 12, 30), date(2026, 2, 4))
    assert ids(pages) == ["2512.00001", "2602.00001"]
    assert [(one["from"], one["until"]) for one in queries(server)] == [
        ("2025-12-30", "2025-12-31"),
        ("2026-01-01", "2026-01-31"),
        ("2026-02-01", "2026-02-04"),
    ]
    assert [(one.cursor, one.done, one.total) for one in pages] == [
        ("2026-01-01 ", 2, 37),
        ("2026-02-01 ", 33, 37),
        ("", 37, 37),
    ]


async def test_goes_on_at_a_cursor(client: PoliteClient) -> None:
    """After a restart the window and the token of the cursor are asked for, and nothing before them."""
    async with serving(replies(first_reply(page(record("2602.00003"))))) as server:
        archive = ArxivArchive(client, base_url=server.url)
        await harvest(archive, date(2025, 12, 30), date(2026, 2, 4), cursor="2026-02-01 token of 2")
        await harvest(archive, date(2025, 12, 30), date(2026, 2, 4), cursor="2026-02-01 ")
        assert [one.get("resumptionToken") or one["from"] for one in queries(server)] == [
            "token of 2",
            "2026-02-01",
        ]
        for odd in ("nonsense", "2031-01-01 x", "2026-13-01 x", " "):
            server.requests.clear()
            await harvest(archive, cursor=odd)
            assert [one["from"] for one in queries(server)] == ["2026-02-02"]


async def test_a_forgotten_token_begins_only_its_window_again(client: PoliteClient) -> None:
    """When arXiv has forgotten the token, the window is asked anew from its beginning."""
    bodies = [error("badResumptionToken"), page(record(), token=TOKEN.format(0, "t2")), page(record("2602.00002"))]
    async with serving(replies(*map(first_reply, bodies))) as server:
        pages = await harvest(ArxivArchive(client, base_url=server.url), cursor="2026-02-02 old")
    assert ids(pages) == ["2602.00001", "2602.00002"]
    told = [one.get("resumptionToken") or one["from"] for one in queries(server)]
    assert told == ["old", "2026-02-02", "t2"]


OVER = '<resumptionToken expires="2026-02-21T00:00:00Z">{}</resumptionToken>'


@pytest.mark.parametrize("rest", [page(record("2602.00004"), at="2026-02-24T09:00:00Z"), error("noRecordsMatch")])
async def test_a_token_that_is_over_skips_nothing(client: PoliteClient, rest: bytes) -> None:
    """arXiv's tokens count records: used days later they would skip what moved up, and so the window begins again."""
    first = page(record(), record("2602.00002"), token=OVER.format("skip=2"), at="2026-02-20T23:59:58Z")
    again = page(record("2602.00002"), record("2602.00003"), token=OVER.format("skip=2"), at="2026-02-20T23:59:59Z")
    bodies = [first, rest, again, page(record("2602.00004"), at="2026-02-20T23:59:59Z")]
    async with serving(replies(*map(first_reply, bodies))) as server:
        archive = ArxivArchive(client, base_url=server.url)
        async with aclosing(archive.pages("cs.CL", *SPAN)) as pages:
            begun = await anext(pages)
        assert begun.cursor == "2026-02-02/2026-02-21T00:00:00Z skip=2"
        found = ids(await harvest(archive, cursor=begun.cursor))
    assert found == ["2602.00002", "2602.00003", "2602.00004"]
    told = [one.get("resumptionToken") or one["from"] for one in queries(server)]
    assert told == ["2026-02-02", "skip=2", "2026-02-02", "skip=2"]


async def test_records_that_leave_while_they_are_read_take_none_along(client: PoliteClient) -> None:
    """A window that has fewer records than a page ago was changed under the token, and begins again."""
    sized = '<resumptionToken completeListSize="{}">{}</resumptionToken>'
    bodies = [
        page(record(), record("2602.00002"), token=sized.format(5, "skip=2")),
        page(record("2602.00004"), token=sized.format(4, "skip=3")),
        page(record("2602.00002"), record("2602.00003"), token=sized.format(4, "skip=2")),
        page(record("2602.00004"), record("2602.00005"), token=sized.format(4, "")),
    ]
    async with serving(replies(*map(first_reply, bodies))) as server:
        found = ids(await harvest(ArxivArchive(client, base_url=server.url)))
    assert sorted(set(found)) == [f"2602.{n:05d}" for n in range(1, 6)]


async def test_an_archive_may_search_for_long() -> None:
    """A page of records is waited for longer than anything else; a feed that takes as long is given up."""

    async def slow(_: web.Request) -> web.Response:
        await asyncio.sleep(0.5)
        return first_reply(page(record()))

    async with serving(slow) as server, PoliteClient("", "0", pace_s=0.0, read_s=0.2, total_s=0.3) as http:
        assert ids(await harvest(ArxivArchive(http, base_url=server.url))) == ["2602.00001"]
        with pytest.raises(Unreachable, match="in time"):
            await ArxivFeed(http, base_url=server.url).fetch("cs.CL", None)


async def test_gives_up_on_an_archive_that_forgets_everything(client: PoliteClient) -> None:
    """Tokens that are never known, and pages that go round in circles, end with an error."""
    async with serving(replies(first_reply(error("badResumptionToken")))) as server:
        with pytest.raises(Refused):
            await harvest(ArxivArchive(client, base_url=server.url), cursor="2026-02-02 old")
        assert len(server.requests) == 2
    async with serving(replies(first_reply(page(record(), token=TOKEN.format(0, "same"))))) as server:
        with pytest.raises(BadFeed, match="again and again"):
            await harvest(ArxivArchive(client, base_url=server.url))


async def test_days_to_come_are_not_asked_for(client: PoliteClient) -> None:
    """Where arXiv refuses days to come, the days until its own today are asked for, and months to come are empty."""
    refused = error("badArgument", "until date too late", at="2026-02-10T05:00:00Z")
    async with serving(replies(*map(first_reply, [refused, page(record()), refused]))) as server:
        pages = await harvest(ArxivArchive(client, base_url=server.url), date(2026, 2, 2), date(2026, 3, 9))
    assert ids(pages) == ["2602.00001"]
    assert [one["until"] for one in queries(server)] == ["2026-02-28", "2026-02-10", "2026-03-09"]


async def test_days_before_the_first_record_cost_nothing(client: PoliteClient) -> None:
    """No day before the archive began is asked for."""
    async with serving(replies(first_reply(NOTHING))) as server:
        archive = ArxivArchive(client, base_url=server.url)
        assert await harvest(archive, date(1999, 1, 1), date(1999, 12, 31)) == []
        await harvest(archive, date(1999, 1, 1), EARLIEST)
    assert [(one["from"], one["until"]) for one in queries(server)] == [("2007-05-23", "2007-05-23")]


@pytest.mark.parametrize(
    ("reply", "kind"),
    [
        (web.Response(status=503, headers={"Retry-After": "7"}), Throttled),
        (web.Response(status=429), Throttled),
        (web.Response(body=b"Rate exceeded."), Throttled),
        (web.Response(body=b""), Throttled),
        (web.Response(status=400, body=b"Bad request"), Refused),
        (web.Response(status=404), Refused),
        (web.Response(body=page(record())[:-30]), BadFeed),
    ],
    ids=lambda value: str(getattr(value, "status", "")),
)
async def test_trouble_is_told(client: PoliteClient, reply: web.Response, kind: type[SourceError]) -> None:
    """No failure of the archive looks like days without papers."""
    async with serving(replies(reply)) as server:
        with pytest.raises(kind) as told:
            await harvest(ArxivArchive(client, base_url=server.url))
    if reply.headers.get("Retry-After"):
        assert isinstance(told.value, Throttled)
        assert told.value.retry_after_s == 7.0


async def test_an_unknown_category_is_not_asked_for(client: PoliteClient) -> None:
    """A scope that arXiv does not have is an error that names the nearest."""
    with pytest.raises(BadCategory, match=r"cs\.XX"):
        await harvest(ArxivArchive(client, base_url="http://127.0.0.1:9"), scope="cs.XX")


@pytest.fixture(scope="module")
def server() -> Iterator[Replay]:
    with Replay("2026-02-27") as replay:
        yield replay


@needs_shared
@pytest.mark.parametrize("scope", ["cs.CL", "stat", "quant-ph"])
async def test_replayed_days_are_whole(server: Replay, client: PoliteClient, scope: str) -> None:
    """On every day of some real months what is announced is what was announced, in the same manner."""
    server.clear_faults()
    pages = await harvest(ArxivArchive(client, base_url=server.url), date(2025, 12, 20), date(2026, 2, 27), scope=scope)
    found: dict[date, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    for one in (one for each in pages for one in each.listing.announcements if one.is_news):
        found[one.day][one.type.value].append(one.paper.id.value)
    assert not [problem for each in pages for problem in each.listing.problems]
    assert found
    for day in (date(2025, 12, 22), date(2026, 1, 1), *found):
        truth = server.announced(day.isoformat(), [scope])["categories"][scope]
        assert {kind: sorted(some) for kind, some in truth.items() if some} == {
            kind: sorted(some) for kind, some in found.get(day, {}).items()
        }


@needs_shared
async def test_a_harvest_goes_on_after_trouble(server: Replay, client: PoliteClient) -> None:
    """Whatever goes wrong in the middle, going on from the last cursor brings the rest, and nothing is lost."""
    troubles: tuple[tuple[dict[str, object], type[SourceError] | tuple[type[SourceError], ...]], ...] = (
        ({"status": 503, "headers": {"Retry-After": "120"}}, Throttled),
        ({"status": 429}, Throttled),
        ({"truncate_at": 0.5}, (BadFeed, Unreachable)),
        ({"reset": True}, Unreachable),
    )
    server.clear_faults()
    archive, span = ArxivArchive(client, base_url=server.url), (date(2026, 1, 14), date(2026, 2, 2))
    pages = await harvest(archive, *span)
    assert len(pages) == 3  # one of them by a token
    whole = ids(pages)
    for fault, kind in troubles:
        read: list[Page] = []
        with pytest.raises(kind):
            async with aclosing(archive.pages("cs.CL", *span)) as arriving:
                async for one in arriving:
                    read.append(one)
                    server.fault(path_prefix="/oai", **fault)
        server.clear_faults()
        assert len(read) == 1
        read += await harvest(archive, *span, cursor=read[-1].cursor)
        assert ids(read) == whole, fault
