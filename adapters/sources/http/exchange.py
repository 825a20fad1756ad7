"""The innermost layer of the polite client: one request over the network, within bounds, and one line in the log."""

from __future__ import annotations

import asyncio
import re
import time
from typing import Final

import httpx2
import structlog

from adapters.sources.http import body as bodies
from adapters.sources.http.answers import Ask, Request, foreign

_LOGIN: Final = re.compile(r"//[^/?#]*@")
#: parts of a query that are secret
_SECRET: Final = re.compile(r"(?i)([?&][^=&]*(?:key|token|secret|password|signature|auth)[^=&]*=)[^&#]*")

#: headers of the body as it was sent, which no longer holds
_OF_PACKED_BODY: Final = ("Content-Encoding", "Content-Length", "Transfer-Encoding")

_log = structlog.get_logger(__name__)


def without_secrets(address: str) -> str:
    """The address without a login and without keys."""
    return _SECRET.sub(r"\1...", _LOGIN.sub("//", address))


def exchange(http: httpx2.AsyncClient, connect_s: float) -> Ask:
    """Send one request and read its answer. Raises Unreachable and BadFeed."""

    async def ask(request: Request) -> httpx2.Response:
        log = _log.bind(method="GET", url=without_secrets(str(request.url)))
        began = time.monotonic()
        try:
            async with asyncio.timeout(request.total_s):
                answer = await _receive(http, request, connect_s)
        except (TimeoutError, httpx2.HTTPError) as error:
            log.info("asked a source", error=type(error).__name__, ms=_ms(began))
            raise foreign(error, request.url) from error
        log.info("asked a source", status=answer.status_code, bytes=len(answer.content), ms=_ms(began))
        return answer

    return ask


async def _receive(http: httpx2.AsyncClient, request: Request, connect_s: float) -> httpx2.Response:
    all_headers = {**request.headers, **request.private_headers}
    timeout = httpx2.Timeout(request.read_s, connect=connect_s)
    async with http.stream("GET", request.url, headers=all_headers, timeout=timeout) as response:
        if response.status_code == 200 or response.status_code in request.readable:
            body = await bodies.read(response, request.max_bytes)
        else:
            body = await bodies.skip(response)
    headers = response.headers.copy()
    for name in _OF_PACKED_BODY:
        headers.pop(name, None)
    return httpx2.Response(response.status_code, headers=headers, content=body, request=response.request)


def _ms(began: float) -> int:
    return round((time.monotonic() - began) * 1000)
