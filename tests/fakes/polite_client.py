"""A polite client that does not wait, and the answers that tests of it give."""

from __future__ import annotations

from typing import Any

import httpx2
from aiohttp import web

from adapters.sources.http import PoliteClient
from adapters.sources.http.answers import Request
from adapters.sources.http.client import authorities

XML = "application/rss+xml"


def client(**options: Any) -> PoliteClient:
    """A client without a pace, unless `options` name one."""
    return PoliteClient("tests@example.org", "1.2.3", **({"pace_s": 0.0} | options))


def request_for(url: str, **parts: Any) -> Request:
    """An unconditional request as a layer of the client takes it, with other `parts` where they are given."""
    plain: dict[str, Any] = {
        "headers": {},
        "private_headers": {},
        "is_conditional": False,
        "readable": (),
        "other_hosts": (),
        "max_bytes": 2**20,
        "read_s": 5.0,
        "total_s": 5.0,
    }
    return Request(url=httpx2.URL(url), **(plain | parts))


def ok(body: bytes | str = "<rss/>", **headers: str) -> web.Response:
    """200; an underscore in the name of a header stands for a hyphen."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return web.Response(body=body, headers={"Content-Type": f"{XML}; charset=utf-8", **named})


def no(status: int, **headers: str) -> web.Response:
    """Another status without a body; an underscore in the name of a header stands for a hyphen."""
    return web.Response(status=status, headers={name.replace("_", "-"): value for name, value in headers.items()})


class Rerouted(httpx2.AsyncBaseTransport):
    """Every host of the world is one loopback server, over real connections without TLS."""

    def __init__(self, url: str) -> None:
        self._there = httpx2.URL(url)
        self._wire = httpx2.AsyncHTTPTransport(verify=authorities())
        #: the addresses that were asked, as the client knew them
        self.requests: list[str] = []

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        """Send it to the loopback server, with the Host that was asked."""
        self.requests.append(str(request.url))
        request.url = request.url.copy_with(scheme="http", host=self._there.host, port=self._there.port)
        return await self._wire.handle_async_request(request)

    async def aclose(self) -> None:
        """Close the connections."""
        await self._wire.aclose()
