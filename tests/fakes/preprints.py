"""bioRxiv's interface on loopback: invented rows as the service writes them, and answers made of them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import date
from typing import Any

import stamina
from aiohttp import web

from adapters.sources.biorxiv import Biorxiv
from adapters.sources.http import PoliteClient
from tests.fakes.clock import FakeClock
from tests.fakes.loopback import Handler, Loopback, serving

TODAY = date(2026, 2, 4)


def row(number: int = 1, /, **fields: Any) -> dict[str, Any]:
    """An invented row as the service writes it."""
    told = {
        "doi": f"10.1101/2026.01.01.{number:06d}",
        "title": f"Lanterns in the mouse brain, part {number}",
        "authors": "Example, A. B.; van der Sample, C.; The Lantern Consortium",
        "date": "2026-02-03",
        "version": "1",
        "type": "new results",
        "license": "cc_by",
        "category": "neuroscience",
        "abstract": "We light <i>lanterns</i>.\n They shine.",
        "published": "NA",
        "server": "bioRxiv",
    }
    return {**told, **fields}


def answer_of(*rows: object, total: object = None, status: str = "ok") -> dict[str, Any]:
    message = {"status": status, "count": len(rows), "total": str(len(rows)) if total is None else total}
    return {"messages": [message], "collection": list(rows)}


@asynccontextmanager
async def api(handler: Handler, clock: FakeClock | None = None) -> AsyncIterator[tuple[Biorxiv, Loopback]]:
    with stamina.set_testing(True, attempts=1, cap=True):
        async with serving(handler) as server, PoliteClient("tests@example.org", "0", pace_s=0.0) as http:
            yield Biorxiv(http, clock=clock or FakeClock(), base_url=f"{server.url}/"), server


def serves(rows: list[dict[str, Any]], page: int = 100) -> Handler:
    """The rows of an interval, some at a time; `total` is text."""

    async def answer(request: web.Request) -> web.Response:
        offset = int(request.path.rpartition("/")[2])
        found = rows[offset : offset + page]
        if not found:
            return web.json_response({"messages": [{"status": "no posts found"}], "collection": []})
        return web.json_response(answer_of(*found, total=str(len(rows))))

    return answer


def replies_with(document: Any, status: int = 200) -> Handler:
    async def answer(_: web.Request) -> web.Response:
        return web.json_response(document, status=status)

    return answer
