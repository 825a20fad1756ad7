from __future__ import annotations

import asyncio
import os
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import nullcontext
from pathlib import Path

import httpx2
import pytest
import stamina
from aiohttp import web

from adapters.sources.http.lanes import jitter_pause, lane_name
from core.errors import Throttled, Unreachable
from tests.fakes.loopback import replies, serving
from tests.fakes.polite_client import XML, Rerouted, client, no, ok


@pytest.fixture(autouse=True)
def no_waiting() -> Iterator[None]:
    """Retries without back-off, three attempts at most."""
    with stamina.set_testing(True, attempts=3, cap=True):
        yield


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
    async with serving(replies(ok())) as one, serving(replies(ok())) as other, client(pace_s=60.0) as http:
        async with asyncio.timeout(30):
            await http.get(one.url, accept=XML)
            await http.get(other.url, accept=XML)


async def test_processes_share_the_pace(tmp_path: Path) -> None:
    """Two clients that share a folder keep the pace together, as two processes do."""
    async with serving(replies(ok())) as server:
        for _ in range(2):
            async with client(pace_s=0.4, pace_dir=tmp_path) as http:
                await http.get(server.url, accept=XML)
    assert server.gaps[0] >= 0.39


def stamped(folder: Path, moment: float) -> None:
    """Let the one service that was asked have been asked then, in seconds of the wall clock."""
    (stamp,) = folder.iterdir()
    os.utime(stamp, (moment, moment))


async def test_another_process_may_ask_in_the_middle_of_a_wait(tmp_path: Path) -> None:
    """Who waits for one process and finds that a second one has asked meanwhile, waits for that one, too."""
    async with serving(replies(ok())) as server, client(pace_s=2, pace_dir=tmp_path) as http:
        await http.get(server.url, accept=XML)
        async with client(pace_s=2, pace_dir=tmp_path) as other, asyncio.TaskGroup() as group:
            group.create_task(other.get(server.url, accept=XML))
            await asyncio.sleep(0.2)
            touched = time.monotonic()
            await asyncio.to_thread(stamped, tmp_path, time.time())
    assert server.requests[1][0] - touched >= 1.99


@pytest.mark.parametrize("ahead_s", [60.0, 1e9])
async def test_a_stamp_of_another_clock_holds_nobody_up(tmp_path: Path, ahead_s: float) -> None:
    """A file time in the future is no pace that anybody keeps: the clock was set back, or the file was restored."""
    async with serving(replies(ok())) as server, asyncio.timeout(30):
        async with client(pace_s=0.1, pace_dir=tmp_path) as http:
            await http.get(server.url, accept=XML)
        await asyncio.to_thread(stamped, tmp_path, time.time() + ahead_s)
        async with client(pace_s=0.1, pace_dir=tmp_path) as http:
            await http.get(server.url, accept=XML)


async def test_a_folder_that_cannot_be_written_costs_the_sharing_only(tmp_path: Path) -> None:
    """Where the times cannot be kept, each process still keeps its own pace."""
    (tmp_path / "file").touch()
    async with (
        serving(replies(ok())) as server,
        client(pace_s=0.2, pace_dir=tmp_path / "file" / "folder") as http,
    ):
        for _ in range(2):
            await http.get(server.url, accept=XML)
    assert server.gaps[0] >= 0.2


async def test_a_failed_request_keeps_the_pace_too() -> None:
    """Retries are requests: they keep the pace as well."""
    async with serving(replies(no(503))) as server, client(pace_s=0.1) as http:
        with pytest.raises(Throttled):
            await http.get(server.url, accept=XML)
    assert len(server.requests) == 3
    assert min(server.gaps) >= 0.1


async def test_a_request_that_broke_off_keeps_the_pace_too() -> None:
    """The source was asked, whatever became of its answer."""

    async def break_off(request: web.Request) -> web.Response:
        assert request.transport
        request.transport.abort()
        return ok()

    async with serving(break_off) as server, client(pace_s=0.2) as http:
        for _ in range(2):
            with pytest.raises(Unreachable):
                await http.get(server.url, accept=XML)
    assert len(server.requests) >= 2
    assert min(server.gaps) >= 0.2


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
            await asyncio.wait_for(http.get(url, accept=XML), timeout=30)


async def test_a_host_that_is_not_there_is_soon_given_up() -> None:
    """A host that cannot be connected to costs no pace, and once that is known it is tried only once."""
    tries: list[str] = []

    def nobody(request: httpx2.Request) -> httpx2.Response:
        tries.append(str(request.url))
        raise httpx2.ConnectError("refused")

    async with client(pace_s=60.0, transport=httpx2.MockTransport(nobody)) as http, asyncio.timeout(30):
        for _ in range(2):
            with pytest.raises(Unreachable, match=r"papers\.example cannot be reached"):
                await http.get("https://papers.example/a", accept=XML)
    assert len(tries) == 3 + 1


@pytest.mark.parametrize(
    ("url", "named"),
    [
        ("https://papers.example/a", "papers.example"),
        ("https://papers.example:443/a", "papers.example"),
        ("http://papers.example:8080/a", "papers.example:8080"),
        ("http://ada:secret@127.0.0.1:9/a", "127.0.0.1:9"),
        ("http://[::1]:9/a", "[::1]:9"),
    ],
)
async def test_what_cannot_be_reached_is_named_with_an_odd_port(url: str, named: str) -> None:
    """The port is told where it is not the one that everybody expects, and a login never."""

    def nobody(request: httpx2.Request) -> httpx2.Response:
        raise httpx2.ConnectTimeout("no answer")

    async with client(transport=httpx2.MockTransport(nobody)) as http, asyncio.timeout(30):
        with pytest.raises(Unreachable) as told:
            await http.get(url, accept=XML)
    assert str(told.value) == f"{named} cannot be reached."


async def test_the_hosts_of_arxiv_are_one_service() -> None:
    """arXiv's hosts share one lane and its pace; others keep theirs, and the rest the default."""
    running, most = 0, 0

    async def slow(_: web.Request) -> web.Response:
        nonlocal running, most
        running += 1
        most = max(most, running)
        await asyncio.sleep(0.02)
        running -= 1
        return ok()

    hosts = ("rss.arxiv.org", "arxiv.org", "export.arxiv.org", "oaipmh.arxiv.org")
    async with (
        serving(slow) as server,
        client(paces={"arxiv.org": 0.2}, transport=Rerouted(server.url)) as http,
        asyncio.TaskGroup() as group,
    ):
        for host in hosts:
            group.create_task(http.get(f"https://{host}/", accept=XML))
    assert most == 1
    assert min(server.gaps) >= 0.22


async def test_each_service_has_its_pace() -> None:
    """A pace may be given for a lane or for a host, above the default as below it; where none is, that holds."""
    async with serving(replies(ok())) as server, asyncio.timeout(30):
        for pace_s, paces in ((0.1, {"arxiv.org": 60.0, "slow.example": 0.3}), (60.0, {"slow.example": 0.0})):
            async with client(pace_s=pace_s, paces=paces, transport=Rerouted(server.url)) as http:
                for host in ("slow.example:8443", "slow.example:8443", "export.arxiv.org"):
                    await http.get(f"https://{host}/", accept=XML)
        async with client(pace_s=0.1, paces={"slow.example": 60.0}, transport=Rerouted(server.url)) as http:
            for _ in range(2):
                await http.get("https://other.example/", accept=XML)
    assert server.gaps[0] >= 0.3
    assert server.gaps[-1] >= 0.1


@pytest.mark.parametrize(
    ("url", "lane"),
    [
        ("https://rss.arxiv.org/rss/cs.CL", "arxiv.org"),
        ("http://ARXIV.org:8080/", "arxiv.org"),
        ("https://notarxiv.org/", "notarxiv.org"),
        ("https://arxiv.org.evil.example/", "arxiv.org.evil.example"),
        ("http://127.0.0.1:8000/", "127.0.0.1:8000"),
    ],
)
def test_names_the_lane_of_an_address(url: str, lane: str) -> None:
    """Only a service's own hosts are in its lane; another port is another server."""
    assert lane_name(httpx2.URL(url)) == lane


async def test_the_pace_is_jittered_upwards_only() -> None:
    """A pause is never shorter than the pace, nor more than a tenth longer, and not always the same."""
    pauses = [jitter_pause(10.0) for _ in range(100)]
    assert all(10.0 <= one <= 11.0 for one in pauses)
    assert max(pauses) - min(pauses) > 0.1
    async with serving(replies(ok())) as server, client(pace_s=0.1) as http:
        for _ in range(5):
            await http.get(server.url, accept=XML)
    assert min(server.gaps) >= 0.1
    assert max(server.gaps) - min(server.gaps) > 0.001


async def test_a_service_that_throttled_us_is_asked_once_until_it_answers() -> None:
    """After a throttled request the scopes after it cost one request each; after an answer, retries are back."""
    answers = replies(*[no(429)] * 5, ok(), *[no(429)] * 9)
    async with serving(answers) as server, client() as http:
        for asked in (3, 4, 5):
            with pytest.raises(Throttled) as told:
                await http.get(f"{server.url}/{asked}", accept=XML)
            assert told.value.retry_after_s is None
            assert len(server.requests) == asked
        await http.get(server.url, accept=XML)
        with pytest.raises(Throttled):
            await http.get(server.url, accept=XML)
    assert len(server.requests) == 6 + 3


async def test_an_answer_that_the_caller_can_read_is_one_for_the_lane_as_well() -> None:
    """After a `404` that says what it should the service is well again, and retries are back."""
    answers = replies(*[no(429)] * 3, no(404), *[no(429)] * 9)
    async with serving(answers) as server, client() as http:
        for asked, error in ((3, True), (4, False), (7, True)):
            with pytest.raises(Throttled) if error else nullcontext():
                await http.get(f"{server.url}/{asked}", accept=XML, readable=(404,))
            assert len(server.requests) == asked


async def test_nobody_asks_while_somebody_was_told_to_wait() -> None:
    """Retry-After holds for everybody who queues: they come after the one who waits has had an answer."""
    answers = replies(no(503, Retry_After="1"), ok())
    with stamina.set_testing(False):
        async with serving(answers) as server, client() as http, asyncio.TaskGroup() as group:
            for number in range(3):
                group.create_task(http.get(f"{server.url}/{number}", accept=XML))
    assert [request.path for _, request in server.requests] == ["/0", "/0", "/1", "/2"]
    assert server.gaps[0] >= 0.99


async def test_giving_up_while_waiting_lets_the_next_one_ask() -> None:
    """Cancelled while it sits out a Retry-After, a request leaves the queue."""
    with stamina.set_testing(False):
        async with serving(replies(no(503, Retry_After="40"), ok())) as server, client() as http:
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(0.3):
                    await http.get(server.url, accept=XML)
            async with asyncio.timeout(2):
                await http.get(server.url, accept=XML)
    assert len(server.requests) == 2


async def test_giving_up_leaves_the_next_one_a_single_try() -> None:
    """Who comes after a caller that was throttled and left asks once: the service was not well when last seen."""
    with stamina.set_testing(False):
        async with serving(replies(no(503, Retry_After="40"), no(503))) as server, client() as http:
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(0.3):
                    await http.get(server.url, accept=XML)
            with pytest.raises(Throttled):
                await http.get(server.url, accept=XML)
    assert len(server.requests) == 2


async def test_scopes_that_queue_behind_a_throttled_one_do_not_hammer() -> None:
    """Also requests that were waiting already are asked no more than once after the service has shut."""
    async with serving(replies(no(429))) as server, client() as http:
        began = [asyncio.ensure_future(http.get(f"{server.url}/{one}", accept=XML)) for one in range(8)]
        outcomes = [await asyncio.wait([one]) and one.exception() for one in began]
    assert all(isinstance(one, Throttled) for one in outcomes)
    assert len(server.requests) <= 8 + 4
