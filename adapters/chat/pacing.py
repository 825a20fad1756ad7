"""How fast messages go out: platforms limit them per channel, and a bot that waits is heard sooner than a refused one.

Shared by the platforms whose SDK does not pace by itself.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Hashable
from typing import Final

from aiolimiter import AsyncLimiter

#: channels that are remembered; one that was silent for this many others may go at once
_MOST_CHANNELS: Final = 10_000


class Pace:
    """At most `messages` per `seconds` in each channel; `seconds` 0 is no limit."""

    def __init__(self, messages: float, seconds: float) -> None:
        self._messages = messages
        self._seconds = seconds
        self._limiters: OrderedDict[Hashable, AsyncLimiter] = OrderedDict()

    async def turn(self, channel: Hashable) -> None:
        """Wait until the channel may have its next message."""
        if not self._seconds:
            return
        limiter = self._limiters.setdefault(channel, AsyncLimiter(self._messages, self._seconds))
        self._limiters.move_to_end(channel)
        while len(self._limiters) > _MOST_CHANNELS:
            self._limiters.popitem(last=False)
        await limiter.acquire()
