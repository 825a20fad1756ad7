"""A real HTTP server on loopback whose answers a test writes; nothing between it and the client is pretended."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from itertools import pairwise

from aiohttp import web

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@dataclass
class Loopback:
    """A running server, and what it was asked."""

    url: str = ""
    #: every request with the moment it arrived, in seconds of the monotonic clock
    requests: list[tuple[float, web.Request]] = field(default_factory=list)

    @property
    def gaps(self) -> list[float]:
        """Seconds between one request and the next, as the server saw them."""
        times = [at for at, _ in self.requests]
        return [later - earlier for earlier, later in pairwise(times)]

    def header(self, name: str, request: int = -1) -> str | None:
        """A header of one of the requests, the last one by default."""
        return self.requests[request][1].headers.get(name)


@asynccontextmanager
async def serving(handler: Handler) -> AsyncIterator[Loopback]:
    """Answer every GET with `handler` until the end of the block."""
    loopback = Loopback()

    async def answer(request: web.Request) -> web.StreamResponse:
        loopback.requests.append((time.monotonic(), request))
        return await handler(request)

    app = web.Application()
    app.router.add_get("/{path:.*}", answer)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    try:
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        loopback.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
        yield loopback
    finally:
        await runner.cleanup()


def replies(*answers: web.Response) -> Handler:
    """These answers one after another, the last one for ever."""
    left = list(answers)

    async def answer(_: web.Request) -> web.StreamResponse:
        given = left.pop(0) if len(left) > 1 else left[0]
        return web.Response(status=given.status, headers=given.headers, body=given.body)

    return answer
