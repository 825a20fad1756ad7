"""The layer that asks again where trouble may pass, bounded by attempts and seconds.

It turns the statuses of answers into errors, and never asks again what has shut us out. It lies below the queue: while
a service is in trouble, who comes next asks it once.
"""

from __future__ import annotations

from typing import Final

import httpx2
import stamina

from adapters.sources.http.answers import (
    GATEWAY,
    Ask,
    Offline,
    Request,
    RetryForbidden,
    check_status,
    is_redirect,
)
from adapters.sources.http.lanes import Lane, Lanes
from core.errors import Refused, Throttled, Unreachable

#: seconds between two tries to connect: names and networks come back at once or not at all
_BRIEFLY_S: Final = 0.5


def retry(ask: Ask, lanes: Lanes, *, attempts: int, patience_s: float) -> Ask:
    """Ask up to `attempts` times within `patience_s` seconds. Raises Throttled, Unreachable and Refused."""

    async def ask_with_patience(request: Request) -> httpx2.Response:
        lane = lanes.to(request.url)
        tries = stamina.retry_context(
            on=lambda error: _wait(error, patience_s),
            attempts=1 if lane.is_ailing else attempts,
            timeout=patience_s,
            wait_initial=1.0,
            wait_max=10.0,
        )
        async for attempt in tries:
            with attempt:
                answer = await _ask_once(ask, request, lane)
        return answer

    return ask_with_patience


async def _ask_once(ask: Ask, request: Request, lane: Lane) -> httpx2.Response:
    try:
        answer = check_status(await ask(request), request.readable)
    except (Throttled, Offline):
        lane.is_ailing = True
        raise
    if not is_redirect(answer, request.readable):
        lane.is_ailing = False
    return answer


def _wait(error: Exception, patience_s: float) -> bool | float:
    """Whether to ask again after `error`, or the seconds to wait before."""
    match error:
        case RetryForbidden():
            return False
        case Offline():
            return False if isinstance(error.__cause__, httpx2.ConnectTimeout) else _BRIEFLY_S
        case Throttled(retry_after_s=float(wait_s)):
            return wait_s if wait_s <= patience_s else False
        case Refused(status=status):
            return status in GATEWAY
    return isinstance(error, Throttled | Unreachable)
