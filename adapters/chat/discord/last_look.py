"""The last look before a request to Discord: the SDK waits inside a call; only its HTTP session knows when that ends.

`client` gives the trace to the SDK, and `before_sending` with each call.
"""

from __future__ import annotations

from types import SimpleNamespace

import aiohttp

from core.deliver.ports import BeforeSending


def traced_requests() -> aiohttp.TraceConfig:
    """Awaits `before_sending` where the SDK has done all its waiting: as each request, a repeated one too, begins."""

    async def begin(session: aiohttp.ClientSession, context: SimpleNamespace, request: object) -> None:
        before_sending: BeforeSending | None = context.trace_request_ctx  # None for calls that the SDK makes by itself
        if before_sending:
            await before_sending()

    trace = aiohttp.TraceConfig()
    trace.on_request_start.append(begin)
    return trace
