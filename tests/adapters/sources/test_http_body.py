from __future__ import annotations

import asyncio
import gzip
import random
import time
import tracemalloc
import zlib
from collections.abc import AsyncIterator, Iterator
from itertools import pairwise

import httpx2
import pytest
import stamina
from aiohttp import web
from hypothesis import example, given
from hypothesis import strategies as st

from adapters.sources.http import body as http_body
from core.errors import BadFeed, Throttled, Unreachable
from tests.fakes.loopback import Handler, replies, serving
from tests.fakes.polite_client import XML, client, no, ok


@pytest.fixture(autouse=True)
def no_waiting() -> Iterator[None]:
    """Retries without back-off, three attempts at most."""
    with stamina.set_testing(True, attempts=3, cap=True):
        yield


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
    assert len(server.requests) == 1


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
    assert len(server.requests) == 3


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


def packed(body: bytes, coding: str, packed_as: str = "") -> web.Response:
    return ok(PACKERS[packed_as or coding](body), Content_Encoding=coding)


def raw_deflate(body: bytes) -> bytes:
    packer = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    return packer.compress(body) + packer.flush()


PACKERS = {
    "gzip": gzip.compress,
    "x-gzip": gzip.compress,
    "deflate": zlib.compress,
    "raw": raw_deflate,
    "members": lambda body: gzip.compress(body[:100]) + gzip.compress(b"") + gzip.compress(body[100:]) + b"\0" * 99,
    "identity": bytes,
}
CODED = [("gzip", "gzip"), ("x-gzip", "gzip"), ("GZIP", "members"), ("deflate", "deflate"), ("deflate", "raw")]


@pytest.mark.parametrize(("coding", "packed_as"), [*CODED, ("identity", "identity"), ("identity, gzip", "gzip")])
@pytest.mark.parametrize("size", [1, 2, 1000, 300_000])
async def test_reads_every_coding_it_asks_for(coding: str, packed_as: str, size: int) -> None:
    """gzip of one or several members and both kinds of deflate come out as they went in."""
    body = random.Random(size).randbytes(size // 2) + b"a" * (size - size // 2)
    async with serving(replies(packed(body, coding, packed_as))) as server, client() as http:
        assert (await http.get(server.url, accept=XML)).body == body


async def one_by_one(chunks: list[bytes]) -> AsyncIterator[bytes]:
    for chunk in chunks:
        yield chunk


@example(b"text", ("deflate", "deflate"), [1])
@given(st.binary(max_size=2000), st.sampled_from(CODED), st.lists(st.integers(0, 400), max_size=12))
async def test_it_does_not_matter_where_the_packets_end(body: bytes, coded: tuple[str, str], cuts: list[int]) -> None:
    """However the compressed bytes are cut into packets, the same comes out."""
    coding, packed_as = coded
    stream = PACKERS[packed_as](body)
    edges = [0, *sorted(cuts), len(stream)]
    chunks = [stream[begin:end] for begin, end in pairwise(edges)]
    response = httpx2.Response(
        200, headers={"Content-Encoding": coding}, content=one_by_one(chunks), request=httpx2.Request("GET", "http://a")
    )
    assert await http_body.read(response, 5000) == body


@pytest.mark.parametrize(("coding", "packed_as"), CODED)
async def test_a_compression_that_breaks_off_is_tried_again(coding: str, packed_as: str) -> None:
    """Half a compressed answer is no answer, even where its length is as announced."""
    body = random.Random(1).randbytes(5000)
    half = ok(PACKERS[packed_as](body)[:2000], Content_Encoding=coding)
    async with serving(replies(half, packed(body, coding, packed_as))) as server, client() as http:
        assert (await http.get(server.url, accept=XML)).body == body
    async with serving(replies(half)) as server, client() as http:
        with pytest.raises(Unreachable, match="breaks off"):
            await http.get(server.url, accept=XML)


@pytest.mark.parametrize("coding", ["br", "zstd", "compress", "gzip, gzip", "gzip, br", "aws-chunked", "<b>"])
async def test_a_compression_that_was_not_asked_for_is_refused(coding: str) -> None:
    """brotli, zstd, several on top of one another and the unknown are refused in one sentence, at once."""
    async with serving(replies(ok(gzip.compress(b"x"), Content_Encoding=coding))) as server, client() as http:
        with pytest.raises(BadFeed, match="not asked for") as told:
            await http.get(server.url, accept=XML)
    assert "<" not in str(told.value)
    assert len(server.requests) == 1


async def test_a_very_long_file_of_empty_members_is_refused() -> None:
    """Thousands of gzip members in one body are no feed."""
    async with serving(replies(ok(gzip.compress(b"") * 20_000, Content_Encoding="gzip"))) as server, client() as http:
        with pytest.raises(BadFeed, match="decompressed"):
            await http.get(server.url, accept=XML)


@pytest.mark.parametrize(("coding", "packed_as"), CODED)
async def test_a_bomb_takes_no_more_than_the_cap(coding: str, packed_as: str) -> None:
    """A bomb of a megabyte that holds a gigabyte is given up at the cap, and memory stays there."""
    cap, bomb = 1_000_000, BOMBS[packed_as]
    async with serving(replies(ok(bomb, Content_Encoding=coding))) as server, client(max_bytes=cap) as http:
        tracemalloc.start()
        began = tracemalloc.get_traced_memory()[0]
        with pytest.raises(BadFeed, match="larger than 1,000,000"):
            await http.get(server.url, accept=XML)
        most = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
    # the cap, its growth by an eighth, one step, and the bomb itself as the server holds and sends it
    assert most - began < cap * 9 // 8 + 2**16 + 3 * len(bomb)


class _Large(httpx2.AsyncBaseTransport, httpx2.AsyncByteStream):
    """An answer of eight megabytes that nobody holds but who reads it."""

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        return httpx2.Response(200, stream=self, request=request)

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for _ in range(128):
            yield bytes(2**16)


async def test_a_body_is_held_once() -> None:
    """Reading a large answer takes the room of one, and what it grew by, an eighth."""
    async with client(transport=_Large()) as http:
        tracemalloc.start()
        answer = await http.get("https://papers.example/", accept=XML)
        most = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
    assert len(answer.body) == 2**23
    assert most < 2**23 * 5 // 4


def bombs() -> dict[str, bytes]:
    """A megabyte each; a gigabyte of zeros comes out before anybody could miss the end."""
    packer = zlib.compressobj(9, wbits=-zlib.MAX_WBITS)
    zeros = (packer.compress(bytes(2**24)) + packer.flush(zlib.Z_FULL_FLUSH)) * 64
    gzipped = gzip.compress(b"")[:10] + zeros
    return {
        "raw": zeros,
        "deflate": zlib.compress(b"")[:2] + zeros,
        "gzip": gzipped,
        "members": gzip.compress(b"a") + gzipped,
    }


BOMBS = bombs()


async def test_an_announced_size_is_refused_before_reading() -> None:
    """A Content-Length beyond the cap is enough: nothing of the body is waited for."""

    async def large(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Length": "5000000"})
        await response.prepare(request)
        await asyncio.sleep(5)
        return response

    began = time.monotonic()
    async with serving(large) as server, client() as http:
        with pytest.raises(BadFeed, match="larger than 4,000,000"):
            await http.get(server.url, accept=XML, max_bytes=4_000_000)
    assert time.monotonic() - began < 3


@pytest.mark.parametrize("status", [429, 503])
async def test_a_huge_or_odd_refusal_is_still_a_refusal(status: int) -> None:
    """Nobody reads what comes with a 429: its size and its compression do not hide that it is one."""
    page = web.Response(status=status, body=b"x" * 300_000, headers={"Content-Encoding": "br"})
    async with serving(replies(page)) as server, client(max_bytes=1000) as http:
        with pytest.raises(Throttled):
            await http.get(server.url, accept=XML)


async def test_an_unchanged_answer_may_name_a_compression() -> None:
    """A 304 repeats the headers of the answer it stands for and has no body."""
    first = ok(gzip.compress(b"x"), Content_Encoding="gzip", ETag='"a"')
    async with serving(replies(first, no(304, Content_Encoding="gzip", ETag='"a"'))) as server, client() as http:
        fresh = await http.get(server.url, accept=XML)
        assert (await http.get(server.url, accept=XML, validators=fresh.validators)).is_unchanged
