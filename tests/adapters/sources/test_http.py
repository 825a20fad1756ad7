from __future__ import annotations

import asyncio
import gzip
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import httpx2
import pytest
import stamina
from aiohttp import web
from hypothesis import given
from hypothesis import strategies as st
from structlog.testing import capture_logs

from adapters.sources.http import LONGEST_WAIT_S, PoliteClient, retry_after_s, user_agent
from core.errors import BadFeed, Refused, Throttled, Unreachable
from tests.fakes.loopback import Handler, replies, serving

XML = "application/rss+xml"


@pytest.fixture(autouse=True)
def no_waiting() -> Iterator[None]:
    """Retries without back-off, three attempts at most."""
    with stamina.set_testing(True, attempts=3, cap=True):
        yield


def client(**options: Any) -> PoliteClient:
    return PoliteClient("tests@example.org", "1.2.3", **({"pace_s": 0.0} | options))


def ok(body: bytes | str = "<rss/>", **headers: str) -> web.Response:
    return web.Response(body=body, headers={"Content-Type": f"{XML}; charset=utf-8", **headers})


def no(status: int, **headers: str) -> web.Response:
    return web.Response(status=status, headers={name.replace("_", "-"): value for name, value in headers.items()})


async def test_introduces_itself_and_says_what_it_accepts() -> None:
    """Every request names Paperboy, its version and a contact, and says what it accepts."""
    async with serving(replies(ok())) as server, client() as http:
        answer = await http.get(f"{server.url}/rss/cs.CL", accept=XML)
    assert server.header("User-Agent") == "Paperboy/1.2.3 (research paper chat bot; contact: tests@example.org)"
    assert server.header("Accept") == XML
    assert (answer.status, answer.body, answer.content_type) == (200, b"<rss/>", XML)
    assert server.header("If-None-Match") is None


@given(st.text())
def test_any_contact_makes_one_line_of_ascii(contact: str) -> None:
    """Whatever stands in the settings, the User-Agent is one line of ASCII that names somebody to write to."""
    named = user_agent(contact, "1")
    assert named.isascii()
    assert named.isprintable()
    assert "contact: )" not in named


async def test_asks_conditionally_and_understands_unchanged() -> None:
    """The validators of one answer make the next request conditional, and a 304 keeps them."""
    first = ok(ETag='"a"', **{"Last-Modified": "Wed, 04 Feb 2026 05:00:02 GMT"})
    async with serving(replies(first, no(304))) as server, client() as http:
        fresh = await http.get(server.url, accept=XML)
        same = await http.get(server.url, accept=XML, validators=fresh.validators)
    assert server.header("If-None-Match") == '"a"'
    assert server.header("If-Modified-Since") == "Wed, 04 Feb 2026 05:00:02 GMT"
    assert (same.unchanged, same.body, same.validators) == (True, b"", fresh.validators)


async def test_unchanged_without_having_asked_is_no_answer() -> None:
    """A 304 to an unconditional request is an error: we would believe a listing that we never had."""
    async with serving(replies(no(304))) as server, client() as http:
        with pytest.raises(BadFeed):
            await http.get(server.url, accept=XML)


async def test_keeps_the_pace_as_the_server_measures_it() -> None:
    """Requests to one host arrive at least the pace apart and one at a time, even when asked for all at once."""
    running, most = 0, 0

    async def slow(_: web.Request) -> web.Response:
        nonlocal running, most
        running += 1
        most = max(most, running)
        await asyncio.sleep(0.05)
        running -= 1
        return ok()

    async with serving(slow) as server, client(pace_s=0.2) as http, asyncio.TaskGroup() as group:
        for number in range(4):
            group.create_task(http.get(f"{server.url}/{number}", accept=XML))
    assert most == 1
    assert min(server.gaps) >= 0.2


async def test_another_host_does_not_wait() -> None:
    """The pace is kept per host."""
    async with serving(replies(ok())) as one, serving(replies(ok())) as other, client(pace_s=5.0) as http:
        async with asyncio.timeout(2):
            await http.get(one.url, accept=XML)
            await http.get(other.url, accept=XML)


async def test_processes_share_the_pace(tmp_path: Path) -> None:
    """Two clients that share a folder keep the pace together, as two processes do."""
    async with serving(replies(ok())) as server:
        for _ in range(2):
            async with client(pace_s=0.4, pace_dir=tmp_path) as http:
                await http.get(server.url, accept=XML)
    assert server.gaps[0] >= 0.39


async def test_a_failed_request_keeps_the_pace_too() -> None:
    """Retries are requests: they keep the pace as well."""
    async with serving(replies(no(503))) as server, client(pace_s=0.1) as http:
        with pytest.raises(Throttled):
            await http.get(server.url, accept=XML)
    assert len(server.asked) == 3
    assert min(server.gaps) >= 0.1


async def test_does_as_retry_after_says() -> None:
    """After a 429 it waits as long as Retry-After says, and then gets its answer."""
    with stamina.set_testing(False):
        async with serving(replies(no(429, Retry_After="1"), ok())) as server, client() as http:
            answer = await http.get(server.url, accept=XML)
    assert answer.status == 200
    assert server.gaps[0] >= 1.0


async def test_a_long_retry_after_is_reported_not_waited_for() -> None:
    """It does not sit through a long Retry-After: it asks once and says how long it was told to wait."""
    with stamina.set_testing(False):
        async with serving(replies(no(503, Retry_After="900"))) as server, client() as http:
            with pytest.raises(Throttled) as told:
                await http.get(server.url, accept=XML)
    assert told.value.retry_after_s == 900
    assert "900 s" in str(told.value)
    assert len(server.asked) == 1


@pytest.mark.parametrize(
    ("value", "date", "expected"),
    [
        ("120", "", 120.0),
        (" 5 ", "", 5.0),
        ("999999999999", "", LONGEST_WAIT_S),
        ("Wed, 04 Feb 2026 12:01:30 GMT", "Wed, 04 Feb 2026 12:00:00 GMT", 90.0),
        ("Wed, 04 Feb 2026 11:00:00 GMT", "Wed, 04 Feb 2026 12:00:00 GMT", 0.0),
        ("Wed, 04 Feb 2099 12:00:00 GMT", "", LONGEST_WAIT_S),
        ("", "", None),
        ("soon", "", None),
        ("-3", "", None),
        ("١٢", "", None),
    ],
)
def test_reads_retry_after(value: str, date: str, expected: float | None) -> None:
    """Seconds and dates are read, a date by the source's own clock, and nothing longer than an hour is believed."""
    assert retry_after_s(value, date=date) == expected


@given(st.text(), st.text())
def test_any_retry_after_is_bounded(value: str, date: str) -> None:
    """Whatever a source sends, the wait is between nothing and an hour."""
    wait_s = retry_after_s(value, date=date)
    assert wait_s is None or 0.0 <= wait_s <= LONGEST_WAIT_S


@pytest.mark.parametrize(("status", "error"), [(429, Throttled), (503, Throttled), (502, Refused), (504, Refused)])
async def test_passing_trouble_is_retried_a_bounded_number_of_times(status: int, error: type[Exception]) -> None:
    """What may pass is tried again, but not for ever."""
    async with serving(replies(no(status))) as server, client() as http:
        with pytest.raises(error, match=str(status)):
            await http.get(server.url, accept=XML)
        assert len(server.asked) == 3
    async with serving(replies(no(status), ok())) as server, client() as http:
        assert (await http.get(server.url, accept=XML)).status == 200


@pytest.mark.parametrize("status", [403, 406])
async def test_shut_out_is_throttled_and_not_hammered(status: int) -> None:
    """403 and 406 are arXiv's other ways of throttling; they are not answered with another request."""
    async with serving(replies(no(status))) as server, client() as http:
        with pytest.raises(Throttled):
            await http.get(server.url, accept=XML)
    assert len(server.asked) == 1


@pytest.mark.parametrize("status", [204, 400, 401, 404, 410, 500])
async def test_other_answers_are_refusals(status: int) -> None:
    """An answer that will not change is asked for once, and its status is told."""
    async with serving(replies(no(status))) as server, client() as http:
        with pytest.raises(Refused) as refused:
            await http.get(server.url, accept=XML)
    assert refused.value.status == status
    assert len(server.asked) == 1


async def test_a_status_the_caller_can_read_is_an_answer() -> None:
    """An error document comes back as an answer to whoever says they can read it."""
    async with serving(replies(web.Response(status=400, body=b"why"))) as server, client() as http:
        answer = await http.get(server.url, accept=XML, readable=(400,))
    assert (answer.status, answer.body) == (400, b"why")


async def test_an_endless_answer_is_cut() -> None:
    """An answer that does not end is given up at the size limit."""

    async def endless(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        try:
            while True:
                await response.write(b"x" * 65536)
        except ConnectionError:
            return response

    async with serving(endless) as server, client(max_bytes=200_000) as http:
        with pytest.raises(BadFeed, match="larger than 200,000 bytes"):
            await http.get(server.url, accept=XML)
    assert len(server.asked) == 1


async def test_the_limit_counts_what_comes_out_of_compression() -> None:
    """A small answer that unpacks into a large one is too large."""
    bomb = ok(gzip.compress(b"\0" * 3_000_000), **{"Content-Encoding": "gzip"})
    async with serving(replies(bomb)) as server, client(max_bytes=1_000_000) as http:
        with pytest.raises(BadFeed):
            await http.get(server.url, accept=XML)


async def test_a_broken_compression_is_a_bad_answer() -> None:
    """What says it is gzip and is not cannot be read."""
    async with serving(replies(ok(b"not gzip", **{"Content-Encoding": "gzip"}))) as server, client() as http:
        with pytest.raises(BadFeed, match="decompressed"):
            await http.get(server.url, accept=XML)


async def test_redirects_stay_on_the_host() -> None:
    """A redirect within the host is followed."""

    async def moved(request: web.Request) -> web.Response:
        return ok(b"here") if request.path == "/new" else no(301, Location="/new")

    async with serving(moved) as server, client() as http:
        answer = await http.get(f"{server.url}/old", accept=XML)
    assert (answer.body, answer.url) == (b"here", f"{server.url}/new")


async def test_a_redirect_to_another_host_is_refused() -> None:
    """Nobody sends us elsewhere: the other host is never asked."""
    async with (
        serving(replies(ok())) as other,
        serving(replies(no(302, Location=other.url))) as server,
        client() as http,
    ):
        with pytest.raises(Refused, match="other hosts"):
            await http.get(server.url, accept=XML)
    assert not other.asked


async def test_redirects_in_circles_end() -> None:
    """A host that redirects to itself is given up."""
    async with serving(replies(no(302, Location="/again"))) as server, client() as http:
        with pytest.raises(Refused, match="circles"):
            await http.get(server.url, accept=XML)
    assert len(server.asked) < 6


@pytest.mark.parametrize(
    ("asked", "target", "follows"),
    [
        ("http://papers.example/a", "https://papers.example/a", True),
        ("https://papers.example/a", "http://papers.example/a", False),
        ("https://papers.example/a", "https://papers.example:8443/a", False),
        ("https://papers.example/a", "https://papers.example.evil.example/a", False),
        ("https://papers.example/a", "file:///etc/passwd", False),
        ("https://papers.example/a", "//evil.example/a", False),
        ("https://papers.example/a", "http://[", False),
    ],
)
async def test_only_to_the_same_host_or_its_https(asked: str, target: str, follows: bool) -> None:
    """The one change of address that is followed is from http to https of the same host."""

    def answer(request: httpx2.Request) -> httpx2.Response:
        return httpx2.Response(200) if str(request.url) != asked else httpx2.Response(301, headers={"Location": target})

    async with client(transport=httpx2.MockTransport(answer)) as http:
        if follows:
            assert (await http.get(asked, accept=XML)).url == target
        else:
            with pytest.raises(Refused):
                await http.get(asked, accept=XML)


def broken_off(times: int) -> Handler:
    """Half an answer, then the connection is cut; whole answers after that many times."""
    left = times

    async def answer(request: web.Request) -> web.StreamResponse:
        nonlocal left
        if left == 0:
            return ok(b"whole")
        left -= 1
        response = web.StreamResponse(headers={"Content-Length": "1000"})
        await response.prepare(request)
        await response.write(b"half")
        await asyncio.sleep(0.02)
        assert request.transport is not None
        request.transport.abort()
        return response

    return answer


async def test_a_connection_that_is_cut_is_tried_again() -> None:
    """Half an answer is no answer: it is asked for again, and given up in the end."""
    async with serving(broken_off(2)) as server, client() as http:
        assert (await http.get(server.url, accept=XML)).body == b"whole"
    async with serving(broken_off(9)) as server, client() as http:
        with pytest.raises(Unreachable, match="broke off"):
            await http.get(server.url, accept=XML)
    assert len(server.asked) == 3


async def test_a_silent_server_is_not_waited_for() -> None:
    """A server that accepts and says nothing is given up in time."""

    async def silent(_: web.Request) -> web.Response:
        await asyncio.sleep(30)
        return ok()

    began = time.monotonic()
    async with serving(silent) as server, client(read_s=0.1) as http:
        with pytest.raises(Unreachable, match="in time"):
            await http.get(server.url, accept=XML)
    assert time.monotonic() - began < 5


async def test_a_dripping_server_is_not_waited_for() -> None:
    """A server that sends a byte now and then, always in time, is given up all the same."""

    async def dripping(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        try:
            for _ in range(1000):
                await response.write(b"x")
                await asyncio.sleep(0.02)
        except ConnectionError:
            pass
        return response

    began = time.monotonic()
    async with serving(dripping) as server, client(total_s=0.2) as http:
        with pytest.raises(Unreachable, match="in time"):
            await http.get(server.url, accept=XML)
    assert time.monotonic() - began < 5


async def test_a_host_that_is_not_there_is_soon_given_up() -> None:
    """A host that cannot be connected to costs no pace, and once that is known it is tried only once."""
    tries: list[str] = []

    def nobody(request: httpx2.Request) -> httpx2.Response:
        tries.append(str(request.url))
        raise httpx2.ConnectError("refused")

    async with client(pace_s=60.0, transport=httpx2.MockTransport(nobody)) as http:
        for _ in range(2):
            with pytest.raises(Unreachable, match=r"papers\.example cannot be reached"):
                await http.get("https://papers.example/a", accept=XML)
    assert len(tries) == 3 + 1


@pytest.mark.parametrize("url", ["", "papers.example/a", "ftp://papers.example/a", "http://", "https://\0"])
async def test_what_is_no_address_is_told(url: str) -> None:
    """A base URL that is none is told in a sentence that points to the settings."""
    async with client() as http:
        with pytest.raises(Unreachable) as told:
            await http.get(url, accept=XML)
    assert "settings" in told.value.hint


async def test_each_request_is_one_line_in_the_log() -> None:
    """The log has one line for each request: method, address, status, bytes and milliseconds."""
    first = ok(b"12345", ETag='"a"')
    async with serving(replies(first, no(304))) as server, client() as http:
        with capture_logs() as lines:
            answer = await http.get(f"{server.url}/rss/cs.CL", accept=XML)
            await http.get(f"{server.url}/rss/cs.CL", accept=XML, validators=answer.validators)
    told = [(one["log_level"], one["method"], one["status"], one["bytes"]) for one in lines]
    assert told == [("info", "GET", 200, 5), ("info", "GET", 304, 0)]
    assert all(one["url"].endswith("/rss/cs.CL") and one["ms"] >= 0 for one in lines)


@pytest.fixture
async def held() -> AsyncIterator[tuple[str, asyncio.Event]]:
    """A server that holds every answer back, and the sign that it was asked."""
    asked = asyncio.Event()

    async def hold(_: web.Request) -> web.Response:
        asked.set()
        await asyncio.sleep(30)
        return ok()

    async with serving(hold) as server:
        yield server.url, asked


async def test_a_cancelled_request_gives_its_turn_back(held: tuple[str, asyncio.Event]) -> None:
    """Cancelling a request leaves the host's turn free for the next one."""
    url, asked = held
    async with client(read_s=0.1) as http:
        running = asyncio.ensure_future(http.get(url, accept=XML))
        await asked.wait()
        running.cancel()
        with pytest.raises(asyncio.CancelledError):
            await running
        with pytest.raises(Unreachable):
            await asyncio.wait_for(http.get(url, accept=XML), timeout=5)
