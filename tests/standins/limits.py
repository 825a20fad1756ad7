"""The published limits as platforms enforce them: a request beyond one is refused. Knows nothing of how we pace.

A stand-in that is given a `LimitKeeper` asks it about every request. Beyond a limit it answers 429 with the seconds
after which there is room, and the keeper counts that.
"""

from __future__ import annotations

import time
from collections import defaultdict, deque
from collections.abc import Callable, Hashable, Iterable, Mapping
from dataclasses import dataclass, replace


@dataclass(frozen=True, slots=True)
class Allowance:
    """So many requests in any stretch of so many seconds, for everything with the same key."""

    key: Hashable
    requests: int
    per_s: float
    #: it is the token's, for all channels
    is_shared: bool = False

    def stretch(self, factor: float) -> Allowance:
        """For stand-ins that live faster."""
        if self.is_shared:
            return replace(self, requests=round(self.requests / factor))
        return replace(self, per_s=self.per_s * factor)


class LimitKeeper:
    """Every request of the last while, by what it counts against."""

    def __init__(
        self,
        allowances: Callable[[str, Hashable], Iterable[Allowance]],
        stretch: float = 1.0,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        """`allowances`: what a request counts against, by method and channel.

        `stretch`: 0.2 is five times as fast: as many requests of a channel in a fifth of the time, five times as many
        of a token in the same time. `now`: monotonic seconds.
        """
        self._allowances = allowances
        self._stretch = stretch
        self._now = now
        self._seen: defaultdict[Hashable, deque[float]] = defaultdict(deque)
        #: when requests that count were accepted, in seconds of `now`
        self.accepted: list[float] = []
        #: what was refused: method and channel
        self.refused: list[tuple[str, Hashable]] = []

    def wait_s(self, method: str, channel: Hashable) -> float:
        """Count a request; the seconds that it is refused for, 0 where it is allowed."""
        now = self._now()
        allowances = [one.stretch(self._stretch) for one in self._allowances(method, channel)]
        counts = [(one, self._recent(one, now)) for one in allowances]
        full = [seen[0] + one.per_s - now for one, seen in counts if len(seen) >= one.requests]
        if full:
            self.refused.append((method, channel))
            return max(full)
        for _, seen in counts:
            seen.append(now)
        if counts:
            self.accepted.append(now)
        return 0.0

    def remainder(self, allowance: Allowance) -> tuple[int, float]:
        """How many requests are left, and the seconds until all are there again."""
        now, allowance = self._now(), allowance.stretch(self._stretch)
        seen = self._recent(allowance, now)
        reset_s = seen[-1] + allowance.per_s - now if seen else 0.0
        return allowance.requests - len(seen), reset_s

    def _recent(self, allowance: Allowance, now: float) -> deque[float]:
        seen = self._seen[allowance.key]
        while seen and seen[0] <= now - allowance.per_s:
            seen.popleft()
        return seen


def slack_allowances(method: str, channel: Hashable) -> Iterable[Allowance]:
    """A message a second in a channel, three hundred a minute in the workspace; other methods by tier."""
    if method == "chat.postMessage":
        return [Allowance(channel, 1, 1), Allowance(method, 300, 60, is_shared=True)]
    tier = {"chat.postEphemeral": 100, "users.info": 100}.get(method, 50)
    return (
        [Allowance(method, tier, 60, is_shared=True)]
        if method.startswith(("chat.", "conversations.", "users."))
        else []
    )


def telegram_allowances(method: str, channel: Hashable) -> Iterable[Allowance]:
    """Thirty messages a second, one a second in a chat, twenty a minute in a group."""
    if method not in ("sendMessage", "editMessageText"):
        return []
    group = [] if str(channel).isdigit() else [Allowance(("group", channel), 20, 60)]
    return [Allowance("all", 30, 1, is_shared=True), Allowance(channel, 1, 1), *group]


def discord_allowances(route: str, channel: Hashable) -> Iterable[Allowance]:
    """Fifty requests a second, and the bucket of the route in its channel."""
    if route.startswith(("POST /interactions", "POST /webhooks")):
        return []
    return [Allowance("all", 50, 1, is_shared=True), *discord_buckets(route, channel)]


def discord_buckets(route: str, channel: Hashable) -> list[Allowance]:
    """Five messages in five seconds, as Discord was seen to answer; Discord publishes no numbers."""
    is_message = route.startswith("POST") and route.endswith("/messages")
    return [Allowance((route, channel), 5, 5)] if is_message else []


def discord_headers(keeper: LimitKeeper, route: str, channel: Hashable) -> Mapping[str, str]:
    """What Discord tells of the bucket that a request counted against."""
    for bucket in discord_buckets(route, channel):
        left, reset_s = keeper.remainder(bucket)
        return {
            "X-RateLimit-Limit": str(bucket.requests),
            "X-RateLimit-Remaining": str(left),
            "X-RateLimit-Reset-After": f"{reset_s:.3f}",
            "X-RateLimit-Bucket": "messages",
        }
    return {}
