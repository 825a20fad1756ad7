from __future__ import annotations

import asyncio
import gzip
import sqlite3
import time
from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest
import stamina
from aiohttp import web
from structlog.testing import capture_logs

from adapters.sources.http import cache as http_cache
from adapters.sources.http.answers import Request
from adapters.sources.http.cache import AnswerCache
from core.errors import Refused, Throttled
from core.ingest.listing import Validators
from tests.fakes.loopback import replies, serving
from tests.fakes.polite_client import client, no, ok, request_for

JSON = "application/json"
FRESH = {"Cache_Control": "max-age=600"}
STALE = {"Cache_Control": "max-age=0", "ETag": '"a"'}


@pytest.fixture(autouse=True)
def no_waiting() -> Iterator[None]:
    """Retries without back-off, three attempts at most."""
    with stamina.set_testing(True, attempts=3, cap=True):
        yield


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Where the cache lies; its folder is not there yet."""
    return tmp_path / "cache" / "answers.sqlite"


async def test_a_fresh_answer_costs_no_request_and_no_wait(file: Path) -> None:
    """What is kept and fresh comes at once, the same in every part, while the lane's pace lasts."""
    first = ok(gzip.compress(b"text"), ETag='"a"', Content_Encoding="gzip", **FRESH)
    async with serving(replies(first)) as server, client(cache=file, pace_s=60.0) as http, asyncio.timeout(30):
        asked = await http.get(server.url, accept=JSON)
        again = await http.get(server.url, accept=JSON)
    assert again == asked
    assert (again.body, again.validators.etag) == (b"text", '"a"')
    assert len(server.requests) == 1


async def test_a_fresh_answer_does_not_wait_for_one_that_is_under_way(file: Path) -> None:
    """It comes while somebody else holds the lane."""

    async def answer(request: web.Request) -> web.Response:
        await asyncio.sleep(60 if request.path == "/slow" else 0)
        return ok(**FRESH)

    async with serving(answer) as server, client(cache=file) as http, asyncio.timeout(30):
        await http.get(f"{server.url}/known", accept=JSON)
        held = asyncio.ensure_future(http.get(f"{server.url}/slow", accept=JSON))
        await asyncio.sleep(0.1)
        await http.get(f"{server.url}/known", accept=JSON)
        held.cancel()


async def test_a_stale_answer_is_revalidated(file: Path) -> None:
    """What is no longer fresh is asked for conditionally, in turn, and comes from the cache if it has not changed."""
    answers = replies(ok(b"one", **STALE), no(304, **STALE), ok(b"two", **STALE))
    async with serving(answers) as server, client(cache=file, pace_s=0.2) as http:
        bodies = [(await http.get(server.url, accept=JSON)).body for _ in range(3)]
    assert bodies == [b"one", b"one", b"two"]
    assert [server.header("If-None-Match", one) for one in range(3)] == [None, '"a"', '"a"']
    assert min(server.gaps) >= 0.2


async def test_a_revalidated_answer_is_fresh_again(file: Path) -> None:
    """A 304 that says how long the answer is fresh now is believed."""
    answers = replies(ok(b"one", **STALE), no(304, ETag='"a"', **FRESH))
    async with serving(answers) as server, client(cache=file) as http:
        bodies = [(await http.get(server.url, accept=JSON)).body for _ in range(5)]
    assert bodies == [b"one"] * 5
    assert len(server.requests) == 2


async def test_headers_beyond_ascii_are_kept(file: Path) -> None:
    """What servers send against the rules neither stops an answer nor is lost with it."""
    async with serving(replies(ok(b"one", ETag='"é"', **FRESH))) as server, client(cache=file) as http:
        etags = [(await http.get(server.url, accept=JSON)).validators.etag for _ in range(2)]
    assert etags == ['"é"'] * 2
    assert len(server.requests) == 1


async def test_survives_a_restart(file: Path) -> None:
    """The next process finds what this one kept."""
    async with serving(replies(ok(b"one", **FRESH))) as server:
        for _ in range(3):
            async with client(cache=file) as http:
                assert (await http.get(server.url, accept=JSON)).body == b"one"
    assert len(server.requests) == 1


@pytest.mark.parametrize(("status", "error"), [(429, Throttled), (503, Throttled), (403, Throttled), (500, Refused)])
async def test_trouble_is_not_kept(file: Path, status: int, error: type[Exception]) -> None:
    """Whatever a refusal says about keeping it, the source is asked again."""
    async with serving(replies(*[no(status, **FRESH)] * 9)) as server, client(cache=file) as http:
        for _ in range(2):
            before = len(server.requests)
            with pytest.raises(error, match=str(status)):
                await http.get(server.url, accept=JSON)
            assert len(server.requests) > before


async def test_trouble_while_revalidating_loses_nothing(file: Path) -> None:
    """A throttled revalidation is told, and the kept answer is still there afterwards."""
    answers = replies(ok(b"one", **STALE), no(403), no(304, ETag='"a"'))
    async with serving(answers) as server, client(cache=file) as http:
        await http.get(server.url, accept=JSON)
        with pytest.raises(Throttled):
            await http.get(server.url, accept=JSON)
        assert (await http.get(server.url, accept=JSON)).body == b"one"
    assert server.header("If-None-Match") == '"a"'


async def test_no_such_paper_may_be_kept(file: Path) -> None:
    """A 404 that the caller reads is kept as long as the source says, and is a refusal to whoever cannot read it."""
    async with serving(replies(no(404, **FRESH))) as server, client(cache=file) as http:
        for _ in range(2):
            assert (await http.get(server.url, accept=JSON, readable=(404,))).status == 404
        with pytest.raises(Refused):
            await http.get(server.url, accept=JSON)
    assert len(server.requests) == 1


async def test_an_absence_is_kept_with_its_text(file: Path) -> None:
    """Who cannot read a 404 and asks first leaves all of it to the one who can."""
    gone = web.Response(status=404, body=b"no such paper", headers={"Cache-Control": "max-age=600"})
    async with serving(replies(gone)) as server, client(cache=file) as http:
        with pytest.raises(Refused):
            await http.get(server.url, accept=JSON)
        assert (await http.get(server.url, accept=JSON, readable=(404,))).body == b"no such paper"
    assert len(server.requests) == 1


async def test_other_refusals_are_not_kept_for_whoever_reads_them(file: Path) -> None:
    """A 403 is read by an index that has a key, and may be over a moment later, whatever it says itself."""
    async with serving(replies(no(403, **FRESH))) as server, client(cache=file) as http:
        for _ in range(2):
            assert (await http.get(server.url, accept=JSON, readable=(403,))).status == 403
    assert len(server.requests) == 2


async def test_no_such_paper_is_asked_for_again_where_nobody_says_how_long_that_holds(file: Path) -> None:
    """Our own day counts for answers only: what is not there today may be there tomorrow."""
    async with serving(replies(no(404))) as server, client(cache=file) as http:
        for _ in range(2):
            assert (await http.get(server.url, accept=JSON, readable=(404,))).status == 404
    assert len(server.requests) == 2


async def test_what_is_for_us_alone_is_kept(file: Path) -> None:
    """The cache is one program's: answers that no shared one may keep are kept."""
    async with serving(replies(ok(Cache_Control="private, max-age=600"))) as server, client(cache=file) as http:
        for _ in range(2):
            await http.get(server.url, accept=JSON)
    assert len(server.requests) == 1


async def test_what_a_source_forbids_to_keep_is_not_kept(file: Path) -> None:
    """no-store is obeyed."""
    async with serving(replies(ok(Cache_Control="no-store"))) as server, client(cache=file) as http:
        for _ in range(2):
            await http.get(server.url, accept=JSON)
    assert len(server.requests) == 2


async def test_what_says_nothing_is_fresh_for_a_day(file: Path) -> None:
    """A source without a word on freshness is asked again after FRESH_S."""
    long_ago = time.strftime("%a, %d %b %Y %H:%M:%S GMT", time.gmtime(time.time() - http_cache.FRESH_S - 5))
    async with serving(replies(ok(b"one"))) as server, client(cache=file) as http:
        for _ in range(2):
            await http.get(server.url, accept=JSON)
    assert len(server.requests) == 1
    async with serving(replies(ok(b"one", Date=long_ago))) as server, client(cache=file) as http:
        for _ in range(2):
            await http.get(server.url, accept=JSON)
    assert len(server.requests) == 2


async def test_feeds_do_not_come_from_it(file: Path) -> None:
    """A conditional request always reaches the source, and so does every request of a client without a cache."""
    async with serving(replies(ok(ETag='"a"', **FRESH))) as server:
        async with client(cache=file) as http:
            for _ in range(2):
                await http.get(server.url, accept=JSON, validators=Validators(etag='"b"'))
        async with client() as http:
            await http.get(server.url, accept=JSON)
    assert [server.header("If-None-Match", one) for one in range(3)] == ['"b"', '"b"', None]


async def test_answers_that_vary_are_told_apart(file: Path) -> None:
    """An answer for one Accept is not given to another."""
    answers = replies(ok(b"one", Vary="Accept", **FRESH), ok(b"two", Vary="Accept", **FRESH))
    async with serving(answers) as server, client(cache=file) as http:
        bodies = [(await http.get(server.url, accept=one)).body for one in ("a/a", "b/b", "a/a", "b/b")]
    assert bodies == [b"one", b"two", b"one", b"two"]


async def test_many_may_ask_at_once(file: Path) -> None:
    """The file is opened once, however many come first."""
    async with serving(replies(ok(**FRESH))) as server, client(cache=file) as http:
        for _ in range(2):
            async with asyncio.TaskGroup() as group:
                for number in range(20):
                    group.create_task(http.get(f"{server.url}/{number}", accept=JSON))
    assert len(server.requests) == 20


async def test_the_file_holds_no_keys_and_no_cookies(file: Path) -> None:
    """Neither the keys we send nor what identifies us lies on the disk."""
    answer = ok(b"text", Set_Cookie="session=secret4", Vary="x-api-key", **FRESH)
    async with serving(replies(answer)) as server, client(cache=file) as http:
        for _ in range(2):
            await http.get(f"{server.url}/w?api_key=secret1", accept=JSON, headers={"x-api-key": "secret2"})
    assert len(server.requests) == 1
    stored = b"".join(one.read_bytes() for one in file.parent.iterdir())
    assert b"text" in stored
    assert b"secret" not in stored


async def test_the_file_holds_no_address_that_a_source_repeats(file: Path) -> None:
    """Redirects and links to further pages repeat the question, and a key may be in it: they are not kept."""

    async def answer(request: web.Request) -> web.Response:
        if request.path == "/w":
            return no(301, Location="/x?api_key=secret1", **FRESH)
        return ok(b"text", Link="</x?api_key=secret1&page=2>; rel=next", Content_Location="/x?api_key=secret1", **FRESH)

    async with serving(answer) as server, client(cache=file) as http:
        for _ in range(2):
            assert (await http.get(f"{server.url}/w?api_key=secret1", accept=JSON)).body == b"text"
    assert [request.path for _, request in server.requests] == ["/w", "/x", "/w"]
    stored = b"".join(one.read_bytes() for one in file.parent.iterdir())
    assert b"text" in stored
    assert b"secret" not in stored


async def get_answer(cache: AnswerCache, number: int, size: int, count: list[int]) -> httpx2.Response:
    async def ask(request: Request) -> httpx2.Response:
        count.append(number)
        headers = {"Cache-Control": "max-age=999"}
        return httpx2.Response(200, headers=headers, content=bytes(size), request=httpx2.Request("GET", request.url))

    return await cache.over(ask)(request_for(f"https://papers.example/{number}"))


def size_of(file: Path) -> int:
    return file.stat().st_size


async def test_the_file_is_bounded(file: Path) -> None:
    """However much is asked, the file stays under its size, and what is newest is kept."""
    bound, asked = 12 * 2**20, list[int]()
    cache = AnswerCache(file, max_size=bound)
    for number in range(100):
        await get_answer(cache, number, 500_000, asked)
        assert size_of(file) <= bound
    await get_answer(cache, 99, 500_000, asked)
    assert len(asked) == 100
    await get_answer(cache, 0, 500_000, asked)
    assert len(asked) == 101
    await cache.aclose()


async def test_what_is_too_old_or_too_large_is_not_kept(file: Path) -> None:
    """Nothing stays for longer than KEPT_S, and no body over MAX_BODY comes in."""
    asked: list[int] = []
    cache = AnswerCache(file)
    await get_answer(cache, 1, 100, asked)
    with sqlite3.connect(file) as database:
        database.execute("UPDATE answers SET stored = stored - ?", (http_cache.KEPT_S + 1,))
    database.close()
    await get_answer(cache, 1, 100, asked)
    for _ in range(2):
        await get_answer(cache, 2, http_cache.MAX_BODY + 1, asked)
    await cache.aclose()
    with sqlite3.connect(file) as database:
        assert database.execute("SELECT count(*) FROM answers").fetchone() == (1,)
    database.close()
    assert asked == [1, 1, 2, 2]


@pytest.mark.parametrize("broken", ["not a database" * 100, ""])
async def test_a_broken_file_is_no_cache(tmp_path: Path, broken: str) -> None:
    """A file that is no database, or a folder in its place, holds nothing up: the source is asked; it is told once."""
    file = tmp_path / "answers.sqlite"
    if broken:
        file.write_text(broken)
    else:
        file.mkdir()
    with capture_logs() as lines:
        async with serving(replies(ok(b"one", **FRESH))) as server, client(cache=file) as http:
            for _ in range(2):
                assert (await http.get(server.url, accept=JSON)).body == b"one"
    assert len(server.requests) == 2
    assert len([line for line in lines if "of no use" in line["event"]]) == 1


async def test_a_damaged_row_is_no_answer(file: Path) -> None:
    """A row that cannot be read is forgotten, and the source is asked."""
    asked: list[int] = []
    cache = AnswerCache(file)
    await get_answer(cache, 1, 100, asked)
    with sqlite3.connect(file) as database:
        database.execute("UPDATE answers SET meta = '{'")
    database.close()
    await get_answer(cache, 1, 100, asked)
    await get_answer(cache, 1, 100, asked)
    await cache.aclose()
    assert asked == [1, 1]
