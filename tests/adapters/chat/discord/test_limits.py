"""What Discord's headers mean for the pace of requests."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from adapters.chat.discord.limits import heed, request_pace
from adapters.chat.limits import Urgency
from tests.fakes.clock import FakeClock, HurriedTimer

USED_UP = {"X-RateLimit-Limit": "5", "X-RateLimit-Remaining": "0", "X-RateLimit-Reset-After": "2.5"}
REFUSED = {"Retry-After": "7"}


@pytest.mark.parametrize(
    ("status", "headers", "this_route", "another"),
    [
        (200, {}, [], []),
        (200, USED_UP | {"X-RateLimit-Remaining": "1"}, [], []),
        (200, USED_UP, [2.5], []),
        (429, REFUSED, [7.0], []),
        (429, USED_UP | REFUSED | {"X-RateLimit-Scope": "shared"}, [7.0], []),
        (429, REFUSED | {"X-RateLimit-Global": "true", "X-RateLimit-Scope": "global"}, [7.0], [7.0]),
        (429, {"Retry-After": "soon"}, [1.0], []),
    ],
)
async def test_a_route_rests_as_its_answer_says(
    status: int, headers: Mapping[str, str], this_route: list[float], another: list[float]
) -> None:
    """A route that is used up or refused rests for itself; only a refusal of everything stops the others."""
    for route, waits in (("this", this_route), ("another", another)):
        clock = FakeClock()
        pace = request_pace(1.0, HurriedTimer(clock))
        heed(pace, "this", status, headers)
        async with pace.turn(route, Urgency.DIGEST):
            assert clock.slept == waits
