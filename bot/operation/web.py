"""The web side of the running program: one Starlette app in the same process, only where `http.port` is set.

Health and metrics now; whatever comes later (events of platforms, pages) brings routes of its own. A request never
raises for a database that is away: the answer says so.
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from typing import Final

import structlog
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from bot.operation.metrics import Metrics
from bot.operation.overview import ANSWER_S, Overviews
from bot.operation.pulse import WATCHING_S, Pulses
from bot.supervise import States
from core.converse.ports import Store
from core.errors import BadSetting, StoreError
from core.operate.services import Health

#: seconds for requests under way when the program stops
CLOSING_S: Final = 3

_log = structlog.get_logger("paperboy")


@dataclass(frozen=True, slots=True, kw_only=True)
class Probes:
    """Answers the three questions that machines ask a service."""

    store: Store
    pulses: Pulses
    platforms: States
    metrics: Metrics
    overviews: Overviews
    #: False of a process that connects to none
    needs_platform: bool = True

    async def health(self, _: Request) -> Response:
        """200 while every duty of the process goes on; 503 and which ones hang where some do not."""
        hanging = self.pulses.hanging()
        body = {"ok": not hanging, "hanging": hanging, "ages_s": self.pulses.ages_s()}
        return JSONResponse(body, 503 if hanging else 200)

    async def readiness(self, _: Request) -> Response:
        """200 where the database answers and a platform is connected, if one is to be; else 503 and what is missing."""
        missing, platforms = [], dict(self.platforms.snapshot())
        try:
            async with asyncio.timeout(ANSWER_S):
                await self.store.services()
        except (StoreError, TimeoutError) as error:
            missing.append(str(error) or "The database does not answer.")
        if self.needs_platform and not any(platform.health is Health.CONNECTED for platform in platforms.values()):
            missing.append("No platform is connected.")
        states = {name: state.health.value for name, state in platforms.items()}
        body = {"ok": not missing, "missing": missing, "platforms": states}
        return JSONResponse(body, 503 if missing else 200)

    async def measurements(self, _: Request) -> Response:
        """The metrics, in Prometheus' text format."""
        overview = await self.overviews.latest()
        platforms = dict(self.platforms.snapshot())
        text = self.metrics.render(platforms, overview, self.pulses.of("watching", WATCHING_S).age_s())
        return Response(text, media_type=self.metrics.content_type)

    def routes(self) -> Sequence[BaseRoute]:
        """The addresses that answer them."""
        return (
            Route("/healthz", self.health),
            Route("/readyz", self.readiness),
            Route("/metrics", self.measurements),
        )


@asynccontextmanager
async def web_server(routes: Sequence[BaseRoute], *, host: str, port: int) -> AsyncIterator[int]:
    """Serve the routes until the end; the port, which is a free one for 0. Raises BadSetting where it is taken."""
    listener = _listener(host, port)
    port = listener.getsockname()[1]
    config = uvicorn.Config(
        Starlette(routes=list(routes)),
        log_config=None,
        log_level="warning",
        access_log=False,
        lifespan="off",
        server_header=False,
        timeout_graceful_shutdown=CLOSING_S,
    )
    server = _Server(config)
    serving = asyncio.ensure_future(server.serve(sockets=[listener]))
    _log.info("web served", host=host, port=port)
    try:
        yield port
    finally:
        server.should_exit = True
        await asyncio.wait({serving}, timeout=2 * CLOSING_S)
        serving.cancel()
        listener.close()


class _Server(uvicorn.Server):
    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave signals alone: the program stops in its own manner."""
        yield


def _listener(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family)
    except OSError as error:
        raise BadSetting(
            f"Nothing can listen on {host}:{port}: {error.strerror or error}.",
            hint="Set http.port to a free port and http.host to an address of this machine, or leave http out.",
        ) from error
