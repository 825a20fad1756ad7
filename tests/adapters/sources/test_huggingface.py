from __future__ import annotations

import json
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
import stamina
from aiohttp import web
from hypothesis import given
from hypothesis import strategies as st

from adapters.sources.http import PoliteClient
from adapters.sources.huggingface import PAGE, HuggingFaceDaily, parse
from core.errors import BadCategory, BadFeed, Refused, Throttled
from core.papers.identifiers import PaperId
from tests.fakes.clock import FakeClock
from tests.fakes.loopback import Handler, Loopback, serving

TODAY = date(2026, 2, 4)
YESTERDAY = date(2026, 2, 3)

some_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)
FIELDS = ("id", "title", "summary", "authors", "publishedAt", "upvotes", "githubRepo", "githubStars", "ai_summary")
some_entry = st.fixed_dictionaries(
    {"paper": st.fixed_dictionaries({}, optional=dict.fromkeys(FIELDS, some_json)) | some_json},
    optional={"title": some_json, "numComments": some_json},
)


def entry(number: int = 1, /, **paper: Any) -> dict[str, Any]:
    """An invented entry as the service writes it today."""
    told = {
        "id": f"2602.{number:05d}",
        "title": f"Lanterns, part {number}",
        "summary": "We light lanterns.",
        "authors": [{"name": "Ada Example", "hidden": False}, {"name": "Bo Sample", "hidden": True}],
        "publishedAt": "2026-02-03T18:30:00.000Z",
        "upvotes": number,
    }
    return {"paper": {**told, **paper}, "numComments": 3, "title": told["title"]}


def body(*entries: object) -> bytes:
    return json.dumps(entries).encode()


def only(document: object) -> Any:
    (line,) = parse(json.dumps(document).encode(), TODAY).announcements
    return line


@asynccontextmanager
async def hub(handler: Handler, clock: FakeClock | None = None) -> AsyncIterator[tuple[HuggingFaceDaily, Loopback]]:
    with stamina.set_testing(True, attempts=1, cap=True):
        async with serving(handler) as server, PoliteClient("tests@example.org", "0", pace_s=0.0) as http:
            yield HuggingFaceDaily(http, clock=clock or FakeClock(), base_url=f"{server.url}/"), server


def lists(days: dict[str, list[Any]]) -> Handler:
    """Daily lists by their day, a hundred a page, and what there is of single papers."""

    async def answer(request: web.Request) -> web.Response:
        if request.path != "/api/daily_papers":
            return web.json_response({"error": "Paper not found"}, status=404)
        first = int(request.query["p"]) * PAGE
        return web.json_response(days.get(request.query["date"], [])[first : first + PAGE])

    return answer


def replies_with(document: Any, status: int = 200) -> Handler:
    async def answer(_: web.Request) -> web.Response:
        return web.json_response(document, status=status)

    return answer


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        (["lanterns", " light\n", "lanterns", "", None, 7, "x" * 200], ("lanterns", "light")),
        ([], None),
        (None, None),
        ("lanterns, light", None),
        ({"lanterns": 1}, None),
    ],
)
def test_keywords_are_a_signal(said: object, kept: tuple[str, ...] | None) -> None:
    """What Hugging Face's model thinks a paper is about is kept, each keyword once; anything else there is not."""
    assert only([entry(7, ai_keywords=said)]).paper.signals.keywords == kept


def test_an_entry_is_an_account_of_a_paper() -> None:
    """An entry tells a paper of arXiv's with its signals and its summary, and announces nothing."""
    line = only([entry(7, githubRepo="https://github.com/ada/lanterns/", githubStars=12, ai_summary="They\nshine.")])
    paper, signals = line.paper, line.paper.signals
    assert (line.source, line.scope, line.day, line.is_news) == ("huggingface", "daily", TODAY, False)
    assert (str(paper.id), paper.title, paper.abstract) == (
        "arxiv:2602.00007",
        "Lanterns, part 7",
        "We light lanterns.",
    )
    assert (paper.authors, paper.sources, paper.categories) == (("Ada Example", "Bo Sample"), ("huggingface",), ())
    assert (paper.published, paper.announced) == (datetime(2026, 2, 3, 18, 30, tzinfo=UTC), None)
    assert paper.identifiers == (PaperId("doi", "10.48550/arxiv.2602.00007"),)
    assert (signals.upvotes, signals.comments, signals.stars) == (7, 3, 12)
    assert signals.code_url == "https://github.com/ada/lanterns"
    (summary,) = line.summaries
    assert (summary.gist, summary.language, summary.made_by, summary.paper) == (
        "They shine.",
        "en",
        "huggingface",
        paper.id,
    )


@pytest.mark.parametrize(
    "document",
    [
        [entry()],
        [entry()["paper"]],
        entry(),
        entry()["paper"],
        {"status": "success", "date": "2025-01-01", "data": [entry()]},
        {"papers": [entry()]},
        {"error": None, "items": [entry()]},
        [repr(entry())],
        {"data": [json.dumps(entry())]},
        [{"paper": {"paper": entry()["paper"]}}],
        [{"paper": {"id": "2602.00001"}, "title": "Lanterns, part 1", "upvotes": "1"}],
        [{"paper": {"id": "https://arxiv.org/abs/2602.00001v2", "title": "Lanterns, part 1", "upvotes": 1}}],
    ],
)
def test_shapes_drift(document: object) -> None:
    """Flat, nested, alone, wrapped, as text of Python's or of JSON's: it is the same paper."""
    paper = only(document).paper
    assert (str(paper.id), paper.title, paper.signals.upvotes) == ("arxiv:2602.00001", "Lanterns, part 1", 1)


@pytest.mark.parametrize("value", [None, [], {}, "", "many", -1, 1.5, True, 10**30, "9" * 5000])
def test_fields_of_another_type_are_left_out(value: object) -> None:
    """A field that is not of its kind is as good as missing; the rest of the entry counts."""
    others = ("summary", "authors", "publishedAt", "upvotes", "githubRepo", "githubStars", "ai_summary")
    line = only([{**entry(**dict.fromkeys(others, value)), "numComments": value}])
    signals = line.paper.signals
    assert (signals.upvotes, signals.comments, signals.stars, signals.code_url) == (None, None, None, None)
    assert (line.paper.title, line.paper.published) == ("Lanterns, part 1", None)


@pytest.mark.parametrize(
    "address",
    [
        "javascript:alert(1)",
        "https://github.com@evil.example/x",
        "https://github.com.evil.example/x",
        "https://github.com:8443/x",
        "https://github.com",
        "https://evil.example/?https://github.com/ada/x",
        "https://[github.com/ada",
        "ftp://github.com/ada/x",
        "https://github.com/" + "x" * 400,
        "//github.com/ada/x",
    ],
)
def test_code_is_only_where_code_is_kept(address: str) -> None:
    """An address that is not one of a known host of code is not passed on."""
    assert only([entry(githubRepo=address)]).paper.signals.code_url is None


def test_what_cannot_be_read_is_told() -> None:
    """Entries without an identifier of arXiv's or without a title are problems, and the others go on."""
    odd = [entry(id="hf-1"), entry(id=2602.1), {"paper": {"id": "2602.00009"}}, "neither nor", 7, entry(2)]
    listing = parse(body(*odd), TODAY)
    assert [str(one.paper.id) for one in listing.announcements] == ["arxiv:2602.00002"]
    assert [(one.where, one.reason) for one in listing.problems] == [
        ("entry 1", "'hf-1' is no identifier of arXiv's"),
        ("entry 2", "it has no identifier"),
        ("entry 3", "arxiv:2602.00009 has no title"),
        ("entry 4", "it is text that holds no record"),
        ("entry 5", "it is no record of a paper"),
    ]


def test_hostile_text_is_kept_in_one_visible_line() -> None:
    """Control characters, overrides of direction and line breaks do not survive; what a reader can see does."""
    paper = only(
        [entry(title="A\u202e <b>title</b>\x00\n\ud800", authors=["Ada\u2066\nExample", "", 5, {"name": None}])]
    ).paper
    assert (paper.title, paper.authors) == ("A title", ("Ada Example",))


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        (b"", "not JSON"),
        (b"<html>busy</html>", "a web page"),
        (b'[{"paper": ', "not JSON"),
        (b"[" * 200_000, "not JSON"),
        (b"\xff\xfe\xfa", "not JSON"),
        (b"null", "not a list"),
        (b'"text"', "not a list"),
        (b"{}", "not a list"),
        (b'{"error": "Invalid date"}', "an error: Invalid date"),
        (b'{"error": {"code": 5}}', "an error: it does not say which"),
    ],
)
def test_what_is_no_list_is_an_error(answer: bytes, told: str) -> None:
    """Anything but a list of papers is an error, never an empty day."""
    with pytest.raises(BadFeed, match=told):
        parse(answer, TODAY)


@given(st.lists(some_entry | some_json, max_size=5))
def test_no_entry_is_lost_silently(entries: list[object]) -> None:
    """Whatever an entry is, it becomes a line or a problem."""
    listing = parse(json.dumps(entries).encode(), TODAY)
    assert len(listing.announcements) + len(listing.problems) == len(entries)


@given(some_json.map(json.dumps).map(str.encode) | st.binary(max_size=60))
def test_junk_is_a_listing_or_an_error(junk: bytes) -> None:
    """No answer leads to anything but a listing or one clear sentence."""
    try:
        listing = parse(junk, TODAY)
    except BadFeed as error:
        assert "\n" not in str(error)
    else:
        assert listing.day == TODAY


async def test_reads_today_and_yesterday_to_the_end() -> None:
    """Both days are read page by page, each line under its own day; votes of yesterday still grow."""
    days = {"2026-02-04": [entry(n) for n in range(1, 251)], "2026-02-03": [entry(300)]}
    async with hub(lists(days)) as (source, server):
        listing = await source.fetch("daily", None)
    assert Counter(one.day for one in listing.announcements) == {TODAY: 250, YESTERDAY: 1}
    assert (listing.day, listing.is_cut, listing.problems) == (TODAY, False, ())
    asked = [(request.query["date"], request.query["p"], request.query["limit"]) for _, request in server.requests]
    assert asked == [("2026-02-04", str(n), "100") for n in range(4)] + [("2026-02-03", str(n), "100") for n in (0, 1)]


def in_pages(*pages: list[Any]) -> Handler:
    """These pages of one list, and empty ones after them."""

    async def answer(request: web.Request) -> web.Response:
        number = int(request.query["p"])
        return web.json_response(pages[number] if number < len(pages) else [])

    return answer


async def test_a_page_that_is_not_full_is_not_the_end() -> None:
    """A service that gives fewer entries than it was asked for is read to its end; what came twice is told once."""
    pages = [entry(n) for n in range(50)], [entry(7), *(entry(n) for n in range(50, 70)), entry(60)], [entry(70)]
    async with hub(in_pages(*pages)) as (source, _):
        listing = await source.fetch("week", None)
    assert [str(one.paper.id) for one in listing.announcements] == [f"arxiv:2602.{n:05d}" for n in range(71)]


@pytest.mark.parametrize("status", [400, 404])
async def test_a_page_past_the_end_may_not_exist(status: int) -> None:
    """Where there is no page after the last one, the list is whole; where there is no first one, that is told."""

    async def answer(request: web.Request) -> web.Response:
        is_first = request.query["p"] == "0"
        return web.json_response(
            [entry(1)] if is_first else {"error": "Invalid page"}, status=200 if is_first else status
        )

    async with hub(answer) as (source, _):
        assert len((await source.fetch("week", None)).announcements) == 1
    async with hub(replies_with({"error": "Invalid page"}, status=status)) as (source, _):
        with pytest.raises(Refused):
            await source.fetch("week", None)


async def test_a_page_that_nobody_can_read_is_told() -> None:
    """Entries that cannot be read are problems, wherever the page stands that holds nothing else."""
    async with hub(in_pages([entry(1)], [{"title": "Lanterns"}, 7], [entry(2)])) as (source, _):
        listing = await source.fetch("month", None)
    assert (len(listing.announcements), [one.where for one in listing.problems]) == (2, ["entry 1", "entry 2"])


async def test_a_service_that_ignores_pages_is_not_asked_for_ever() -> None:
    """The same full page again ends the list, and its papers are told once."""
    async with hub(replies_with([entry(n) for n in range(1, PAGE + 1)])) as (source, server):
        listing = await source.fetch("trending", None)
    assert (len(listing.announcements), len(server.requests)) == (PAGE, 2)


async def test_an_endless_list_is_cut_and_says_so() -> None:
    """A list that never ends is read to a bound and called truncated."""

    async def endless(request: web.Request) -> web.Response:
        first = int(request.query["p"]) * PAGE
        return web.json_response([entry(first + n) for n in range(PAGE)])

    async with hub(endless) as (source, server):
        listing = await source.fetch("week", None)
    assert (listing.is_cut, len(server.requests), len(listing.announcements)) == (True, 10, 1000)


@pytest.mark.parametrize(
    ("scope", "parameter", "value"),
    [("week", "week", "2026-W06"), ("month", "month", "2026-02"), ("trending", "sort", "trending")],
)
async def test_other_lists_are_asked_by_their_parameters(scope: str, parameter: str, value: str) -> None:
    """A week, a month and what rises are other questions; their lines have the day on which the paper was brought."""
    brought = entry(submittedOnDailyAt="2026-02-02T01:00:00Z")
    async with hub(replies_with([brought])) as (source, server):
        listing = await source.fetch(scope, None)
    assert server.requests[0][1].query[parameter] == value
    assert [(one.scope, one.day) for one in listing.announcements] == [(scope, date(2026, 2, 2))]


async def test_a_day_without_papers_is_quiet() -> None:
    """An empty list is an empty listing of the day that was asked for."""
    async with hub(lists({})) as (source, _):
        listing = await source.fetch("daily", None)
    assert (listing.announcements, listing.problems, listing.day, listing.is_unchanged) == ((), (), TODAY, False)


async def test_a_day_that_has_not_begun_is_not_held() -> None:
    """While today's list is empty, the listing is yesterday's."""
    async with hub(lists({"2026-02-03": [entry()]})) as (source, _):
        listing = await source.fetch("daily", None)
    assert (len(listing.announcements), listing.day) == (1, YESTERDAY)


async def test_failures_are_told() -> None:
    """An unknown list, a refusal, throttling and an error document are errors of their kind."""
    async with hub(replies_with({"error": "Invalid date"}, 400)) as (source, _):
        with pytest.raises(BadCategory, match="no list 'yearly'"):
            await source.fetch("yearly", None)
        with pytest.raises(BadCategory, match="no list 'year'"):
            await anext(source.pages("year", TODAY, TODAY))
        with pytest.raises(Refused):
            await source.fetch("daily", None)
    async with hub(replies_with({"error": "later"}, 429)) as (source, _):
        with pytest.raises(Throttled):
            await source.fetch("daily", None)
    async with hub(replies_with({"error": "Something broke"})) as (source, _):
        with pytest.raises(BadFeed, match="Something broke"):
            await source.fetch("daily", None)


@pytest.mark.parametrize(
    ("cursor", "days"), [("", 4), ("2026-02-03", 2), ("nonsense", 4), ("2020-01-01", 4), ("2026-02-05", 4)]
)
async def test_days_gone_by_come_one_by_one(cursor: str, days: int) -> None:
    """A page per day, up to today; a cursor goes on with its day, and one that is not ours begins again."""
    recorded = {f"2026-02-{day:02}": [entry(day)] for day in range(1, 8)}
    async with hub(lists(recorded)) as (source, _):
        pages = [page async for page in source.pages("daily", date(2026, 2, 1), date(2026, 2, 6), cursor=cursor)]
    last = pages[-1]
    assert [page.listing.day for page in pages] == [TODAY - timedelta(days=n) for n in reversed(range(days))]
    assert (last.cursor, last.done, last.total) == ("", 4, 4)
    assert [page.cursor for page in pages[:-1]] == [str(page.listing.day) for page in pages[1:]]


async def test_days_without_a_list_are_not_asked_for() -> None:
    """A span that has not begun holds no pages, nor does one before the first list, or a list that only chooses."""
    async with hub(lists({})) as (source, server):
        assert [page async for page in source.pages("daily", date(1991, 8, 14), date(2023, 4, 30))] == []
        assert [page async for page in source.pages("trending", date(2026, 2, 1), TODAY)] == []
        assert [page async for page in source.pages("daily", date(2026, 2, 5), date(2026, 2, 9))] == []
    assert server.requests == []


async def test_finds_single_papers() -> None:
    """arXiv papers are asked for one by one; unknown ones are left out, and other identifiers cost nothing."""

    async def answer(request: web.Request) -> web.Response:
        known = request.path == "/api/papers/2602.00001"
        return web.json_response(entry()["paper"] if known else {"error": "no"}, status=200 if known else 404)

    ids = ["arxiv:2602.00001", "arxiv:2602.00002", "doi:10.1101/1", "arxiv:math/0309136", "arxiv:2602.00001"]
    async with hub(answer) as (source, server):
        listing = await source.find([PaperId.parse(id) for id in ids])
        nothing = await source.find([])
    assert [(str(one.paper.id), one.is_news) for one in listing.announcements] == [("arxiv:2602.00001", False)]
    assert (len(server.requests), nothing.announcements, listing.is_cut) == (2, (), False)


async def test_searches() -> None:
    """A search gives the first few; where there is no search, nothing."""
    async with hub(replies_with([entry(1), entry(2)])) as (source, server):
        found = await source.search("lamps & lanterns\n", limit=1)
    assert [str(one.paper.id) for one in found.announcements] == ["arxiv:2602.00001"]
    assert server.requests[0][1].query["q"] == "lamps & lanterns"
    async with hub(replies_with({"error": "no"}, 404)) as (source, _):
        assert (await source.search("lanterns", limit=5)).announcements == ()
