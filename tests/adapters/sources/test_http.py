from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest
import stamina
from aiohttp import web
from hypothesis import given
from hypothesis import strategies as st
from structlog.testing import capture_logs

from adapters.headers import LONGEST_WAIT_S, retry_after_s
from adapters.sources.http import user_agent
from adapters.sources.http.client import authorities
from core.errors import BadFeed, BadSetting, Refused, Throttled, Unreachable
from tests.fakes.loopback import replies, serving
from tests.fakes.polite_client import XML, client, no, ok


@pytest.fixture(autouse=True)
def no_waiting() -> Iterator[None]:
    """Retries without back-off, three attempts at most."""
    with stamina.set_testing(True, attempts=3, cap=True):
        yield


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
    assert (same.is_unchanged, same.body, same.validators) == (True, b"", fresh.validators)


async def test_what_no_request_can_repeat_is_not_sent_back() -> None:
    """An ETag that is not ASCII, which servers send, makes the next request unconditional, and no crash."""
    async with serving(replies(ok(ETag='"é"', Last_Modified="4 février"))) as server, client() as http:
        answer = await http.get(server.url, accept=XML)
        again = await http.get(server.url, accept=XML, validators=answer.validators)
    assert (server.header("If-None-Match"), server.header("If-Modified-Since")) == (None, None)
    assert (again.status, again.is_unchanged) == (200, False)


async def test_unchanged_without_having_asked_is_no_answer() -> None:
    """A 304 to an unconditional request is an error: we would believe a listing that we never had."""
    async with serving(replies(no(304))) as server, client() as http:
        with pytest.raises(BadFeed):
            await http.get(server.url, accept=XML)


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
    assert len(server.requests) == 1


@pytest.mark.parametrize(
    ("value", "date", "expected"),
    [
        ("120", "", 120.0),
        (" 5 ", "", 5.0),
        ("0.5", "", 0.5),
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
        assert len(server.requests) == 3
    async with serving(replies(no(status), ok())) as server, client() as http:
        assert (await http.get(server.url, accept=XML)).status == 200


@pytest.mark.parametrize("status", [403, 406])
async def test_shut_out_is_throttled_and_not_hammered(status: int) -> None:
    """403 and 406 are arXiv's other ways of throttling; they are not answered with another request."""
    async with serving(replies(no(status))) as server, client() as http:
        with pytest.raises(Throttled):
            await http.get(server.url, accept=XML)
    assert len(server.requests) == 1


@pytest.mark.parametrize("status", [204, 400, 401, 404, 410, 500])
async def test_other_answers_are_refusals(status: int) -> None:
    """An answer that will not change is asked for once, and its status is told."""
    async with serving(replies(no(status))) as server, client() as http:
        with pytest.raises(Refused) as refused:
            await http.get(server.url, accept=XML)
    assert refused.value.status == status
    assert len(server.requests) == 1


async def test_a_media_type_is_read_in_any_spelling() -> None:
    """Upper case and parameters make no other type of it."""
    answer = web.Response(body=b"<rss/>", headers={"Content-Type": "Application/RSS+XML ; Charset=UTF-8"})
    async with serving(replies(answer)) as server, client() as http:
        told = await http.get(server.url, accept=XML)
    assert (told.content_type, told.charset) == (XML, "utf-8")


async def test_a_status_the_caller_can_read_is_an_answer() -> None:
    """An error document comes back as an answer to whoever says they can read it."""
    async with serving(replies(web.Response(status=400, body=b"why"))) as server, client() as http:
        answer = await http.get(server.url, accept=XML, readable=(400,))
    assert (answer.status, answer.body) == (400, b"why")


@pytest.mark.parametrize("url", ["", "papers.example/a", "ftp://papers.example/a", "http://", "https://\0"])
async def test_what_is_no_address_is_told(url: str) -> None:
    """A base URL that is none is told in a sentence that points to the settings."""
    async with client() as http:
        with pytest.raises(Unreachable) as told:
            await http.get(url, accept=XML)
    assert "settings" in told.value.hint


@pytest.mark.parametrize("scheme", ["ftp://", "http://\0", "//"])
async def test_what_is_no_address_is_told_without_its_secrets(scheme: str) -> None:
    """Neither the login nor the keys of an address stand in the sentence about it."""
    async with client() as http:
        with pytest.raises(Unreachable, match=r"papers\.example/a\?api_key=\.\.\.") as told:
            await http.get(f"{scheme}someone:secret1@papers.example/a?api_key=secret2", accept=XML)
    assert "secret" not in told.value.sentence()
    assert "someone" not in told.value.sentence()


async def test_an_answer_comes_from_an_address_without_a_login() -> None:
    """Links of an answer are read against its address, and go out to chats."""
    async with serving(replies(ok())) as server, client() as http:
        answer = await http.get(f"{server.url.replace('//', '//someone:secret@')}/feed", accept=XML)
    assert answer.url == f"{server.url}/feed"
    assert (server.header("Authorization") or "").startswith("Basic ")


@pytest.mark.parametrize("proxy", ["socks5://someone:secret@127.0.0.1:9", "ftp://127.0.0.1:9", "http://127.0.0.1:port"])
def test_a_proxy_that_cannot_be_used_is_told(monkeypatch: pytest.MonkeyPatch, proxy: str) -> None:
    """What the environment says of proxies is no bug of ours: one sentence says what it may say."""
    monkeypatch.setenv("ALL_PROXY", proxy)
    with pytest.raises(BadSetting, match="environment") as told:
        client()
    assert "secret" not in told.value.sentence()


def test_certificates_that_cannot_be_read_are_told(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A file of certificates that is missing or none is told by the variable that names it."""
    (tmp_path / "none.pem").write_text("none")
    authorities.cache_clear()
    for file in ("missing.pem", "none.pem"):
        monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / file))
        with pytest.raises(BadSetting, match="certificates") as told:
            client()
        assert "SSL_CERT_FILE" in told.value.hint


async def test_a_proxy_that_refuses_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a proxy refuses is not blamed on the source, and its login is not repeated."""

    async def refuse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n")
        writer.close()

    async with await asyncio.start_server(refuse, "127.0.0.1", 0) as proxy:
        port = proxy.sockets[0].getsockname()[1]
        monkeypatch.setenv("HTTPS_PROXY", f"http://someone:secret@127.0.0.1:{port}")
        async with client() as http:
            with pytest.raises(Unreachable, match=r"The proxy on the way to papers\.example") as told:
                await http.get("https://papers.example/", accept=XML)
    assert "secret" not in told.value.sentence()


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


async def test_a_key_is_sent_and_never_told() -> None:
    """Headers of the caller reach the source; neither they nor keys in the address reach the log."""
    async with serving(replies(ok())) as server, client() as http:
        with capture_logs() as lines:
            url = server.url.replace("http://", "http://someone:password1@")
            await http.get(f"{url}/w?api_key=secret1&q=a&token=secret2", accept=XML, headers={"x-api-key": "secret3"})
    assert server.header("x-api-key") == "secret3"
    assert server.requests[0][1].query["api_key"] == "secret1"
    told = repr(lines)
    assert "q=a" in told
    assert "secret" not in told
    assert "password1" not in told


@pytest.mark.parametrize("value", ["secret\r\nX-Evil: 1", "secret\n", "sécret", "secret\0"])
async def test_a_header_that_cannot_be_sent_is_told_without_its_value(value: str) -> None:
    """A key with a line break or the like is refused in a sentence that does not repeat it."""
    async with client() as http:
        with pytest.raises(Unreachable, match="x-api-key") as told:
            await http.get("https://papers.example/", accept=XML, headers={"x-api-key": value})
    assert "secret" not in told.value.sentence()
