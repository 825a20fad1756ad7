"""What goes wrong with calls of Slack's Web API, and how they are read."""

from __future__ import annotations

from dataclasses import dataclass

from aiohttp import web

from tests.standins.slack_api import Json


@dataclass(frozen=True)
class Fault:
    """What goes wrong with a call."""

    #: `throttle`, `error`, `broken` (HTTP 503), `lost` (carried out, and the connection dropped), `dropped` (not even
    #: carried out), `slow` (carried out, and no answer), `garbled` (carried out, and the answer is no JSON)
    kind: str
    code: str = ""
    retry_after: int = 1
    #: the scopes that a `missing_scope` names
    needed: str = ""


async def arguments_of(request: web.Request) -> Json:
    if request.content_type == "application/json":
        return dict(await request.json())
    return {**request.query, **{name: str(value) for name, value in (await request.post()).items()}}


def drop_connection(request: web.Request) -> web.StreamResponse:
    if request.transport:
        request.transport.abort()
    return web.Response()


def throttle(seconds: int) -> web.Response:
    headers = {"Retry-After": str(seconds)}
    return web.json_response({"ok": False, "error": "ratelimited"}, status=429, headers=headers)
