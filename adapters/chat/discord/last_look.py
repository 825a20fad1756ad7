"""The moment of a request to Discord: the SDK waits inside a call, and only its HTTP session knows when that ends.

`client` gives the trace to the SDK, and a `Watch` with each call.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import SimpleNamespace

import aiohttp

from core.deliver.ports import BeforeSending


@dataclass(frozen=True, slots=True, kw_only=True)
class Watch:
    """What a call wants to know of its requests, repeated ones too."""

    #: awaited where the SDK has done all its waiting, as a request begins
    before_sending: BeforeSending
    #: told the status and the headers of an answer as soon as it is here: the SDK may wait before it hands it over
    after_answer: Callable[[int, Mapping[str, str]], None]


def traced_requests() -> aiohttp.TraceConfig:
    """Brings each request to the `Watch` of its call."""

    async def begin(session: aiohttp.ClientSession, context: SimpleNamespace, request: object) -> None:
        watch: Watch | None = context.trace_request_ctx  # None for calls that the SDK makes by itself
        if watch:
            await watch.before_sending()

    async def end(
        session: aiohttp.ClientSession, context: SimpleNamespace, request: aiohttp.TraceRequestEndParams
    ) -> None:
        watch: Watch | None = context.trace_request_ctx
        if watch:
            watch.after_answer(request.response.status, request.response.headers)

    trace = aiohttp.TraceConfig()
    trace.on_request_start.append(begin)
    trace.on_request_end.append(end)
    return trace
