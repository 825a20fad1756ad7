from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import httpx2
import pytest
import stamina
from aiohttp import web
from hypothesis import given
from hypothesis import strategies as st

from adapters.sources.http.redirects import follow
from core.errors import Refused
from core.ingest.listing import Validators
from tests.fakes.loopback import replies, serving
from tests.fakes.polite_client import XML, Rerouted, client, no, ok


@pytest.fixture(autouse=True)
def no_waiting() -> Iterator[None]:
    """Retries without back-off, three attempts at most."""
    with stamina.set_testing(True, attempts=3, cap=True):
        yield


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
    assert not other.requests


async def test_redirects_in_circles_end() -> None:
    """A host that redirects to itself is given up."""
    async with serving(replies(no(302, Location="/again"))) as server, client() as http:
        with pytest.raises(Refused, match="circles"):
            await http.get(server.url, accept=XML)
    assert len(server.requests) < 6


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


async def redirected(location: str, asked: str = "https://papers.example/a", **options: Any) -> list[str]:
    """The addresses asked when `asked` answers with a redirect to `location`."""

    async def answer(request: web.Request) -> web.Response:
        return no(302, Location=location) if request.path == "/a" else ok()

    async with serving(answer) as server:
        elsewhere = Rerouted(server.url)
        async with client(transport=elsewhere) as http:
            with suppress(Refused):
                await http.get(asked, accept=XML, **options)
    return elsewhere.requests[1:]


@pytest.mark.parametrize(
    "target",
    [
        "https://export.arxiv.org/b",
        "https://arxiv.org/b",
        "https://mirror.example/b",
        "https://MIRROR.example/b",
        "https://www.papers.example/b",
        "//mirror.example/b",
    ],
)
async def test_follows_to_hosts_that_are_named(target: str) -> None:
    """A host that the caller names, one under a name with a dot before it, and the `www.` twin are followed to."""
    followed_to = await redirected(target, other_hosts=("mirror.example", ".arxiv.org"))
    assert [one.lower() for one in followed_to] == ["https:" + target.lower().removeprefix("https:")]


@pytest.mark.parametrize(
    "target",
    [
        "https://evilarxiv.org/b",
        "https://arxiv.org.evil.example/b",
        "https://sub.mirror.example/b",
        "http://mirror.example/b",
        "https://mirror.example:8443/b",
        "https://user:word@mirror.example/b",
        "https://user@papers.example/b",
        "https://www.www.papers.example/b",
        "https://127.0.0.1/b",
        "https://127.1/b",
        "https://2130706433/b",
        "https://0x7f.0.0.1/b",
        "https://[::1]/b",
        "https://localhost/b",
        "https://x.localhost/b",
        "https://localhost./b",
        "ftp://mirror.example/b",
        "javascript:alert(1)",
    ],
)
async def test_follows_nowhere_else(target: str) -> None:
    """Not to look-alikes, other ports, logins, numbers or this machine, whatever the caller allows."""
    other_hosts = (
        "mirror.example",
        ".arxiv.org",
        "127.0.0.1",
        "localhost",
        ".localhost",
        "127.1",
        "::1",
        "[::1]",
        ".",
        "",
    )
    assert await redirected(target, other_hosts=other_hosts) == []


HOSTS = st.sampled_from(
    ["papers.example", "www.papers.example", "mirror.example", "127.0.0.1", "localhost", "évil.example"]
)
TARGETS = st.builds(
    "{}{}{}{}{}".format,
    st.sampled_from(["http://", "https://", "//", "ftp://", "\\\\", ""]),
    st.sampled_from(["", "user@", "a:b@"]),
    HOSTS,
    st.sampled_from(["", ":80", ":443", ":8443", "."]),
    st.sampled_from(["", "/b", "?q", "@mirror.example/"]),
)


@given(st.sampled_from(["http://papers.example/a", "https://papers.example/a"]), TARGETS | st.text())
def test_wherever_it_is_sent_it_stays_among_friends(asked: str, location: str) -> None:
    """Whatever stands in a Location: never less safe, never with a login, only to the host, its twin or a named one."""
    here = httpx2.URL(asked)
    try:
        target = follow(here, location, status=302, other_hosts=("mirror.example", "127.0.0.1"))
    except Refused:
        return
    assert target.host in {"papers.example", "www.papers.example", "mirror.example"}
    assert target.scheme == "https" or here.scheme == target.scheme == "http"
    assert not target.userinfo
    assert target.port is None


@pytest.mark.parametrize(("location", "told"), [("/b", True), ("https://www.papers.example/b", False)])
async def test_a_key_is_not_carried_to_another_host(location: str, told: bool) -> None:
    """Headers of the caller go to the host that was asked, and validators everywhere."""

    async def answer(request: web.Request) -> web.Response:
        return no(302, Location=location) if request.path == "/a" else ok()

    async with serving(answer) as server, client(transport=Rerouted(server.url)) as http:
        await http.get(
            "https://papers.example/a", accept=XML, headers={"x-api-key": "k"}, validators=Validators(etag='"a"')
        )
    assert server.header("x-api-key", 0) == "k"
    assert server.header("x-api-key") == ("k" if told else None)
    assert server.header("If-None-Match") == '"a"'
    assert server.header("Accept") == XML


async def test_no_cookies_are_kept() -> None:
    """What a source sets is forgotten, also along redirects."""
    crumbs = no(302, Location="/b", Set_Cookie="a=b; Path=/"), ok(Set_Cookie="c=d; Path=/")
    async with serving(replies(*crumbs)) as server, client() as http:
        await http.get(f"{server.url}/a", accept=XML)
        await http.get(f"{server.url}/a", accept=XML)
    assert [request.headers.get("Cookie") for _, request in server.requests] == [None] * 3
