"""How often Discord may be called: https://discord.com/developers/docs/topics/rate-limits. Pure, no SDK.

Overall there is one limit. Each route of each channel has its own, which Discord tells in the headers of its answers.
The SDK keeps to those by waiting inside a call, where an answer to a person could not go ahead; so they are heeded
before the call as well.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from typing import Final

from adapters.chat.limits import Limit
from adapters.chat.pacing import Pace, Timer

_OVERALL: Final = Limit(messages=50, per_s=1.0, is_even=True)
#: where Discord refuses and does not say for how long, in seconds
_SOME_TIME_S: Final = 1.0


def request_pace(stretch: float, timer: Timer | None) -> Pace:
    """The pace of all requests, by route; `stretch`: 1 for what is published, 0 for no limit at all."""
    return Pace("Discord", shared_limits=[_OVERALL.stretch(stretch)], timer=timer)


def heed(pace: Pace, route: Hashable, status: int, headers: Mapping[str, str]) -> None:
    """Let a route, or everything, rest for as long as an answer says."""
    if status == 429 and headers.get("X-RateLimit-Global"):
        pace.pause(_seconds(headers, "Retry-After"))
    elif status == 429:
        pace.pause_lane(route, _seconds(headers, "Retry-After"))
    elif headers.get("X-RateLimit-Remaining") == "0":
        pace.pause_lane(route, _seconds(headers, "X-RateLimit-Reset-After"))


def _seconds(headers: Mapping[str, str], name: str) -> float:
    try:
        return max(float(headers.get(name, _SOME_TIME_S)), 0.0)
    except ValueError:
        return _SOME_TIME_S
