"""Leaves a platform in peace that is down: after some failures in a row digests fail at once, until one probe succeeds.

Each client has one for `Chat.send`. Answers to people do not pass through it: somebody waits, and every try may be the
one that works. purgatory, aiobreaker and pybreaker were looked at: their pause does not grow, they let every waiter
through after it, and they read the machine's clock.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Final

from adapters.chat.pacing import Timer
from core.deliver.ports import BeforeSending, Outage
from core.errors import ChatDown, ChatError, ChatUnanswered, ChatUnreachable
from core.speech import _
from core.time import Clock

#: messages that failed in a row until the platform counts as down
FAILURES: Final = 5
#: seconds until the first probe; twice as many after each that failed
FIRST_PAUSE_S: Final = 15.0
LONGEST_PAUSE_S: Final = 300.0


class Breaker:
    """Whether a platform takes messages, as far as the last ones tell."""

    def __init__(self, platform: str, clock: Clock, timer: Timer | None = None) -> None:
        """`timer`: for how long a pause is; the event loop by default. `clock`: for what people are told."""
        self._platform = platform
        self._clock = clock
        self._timer = timer
        #: since when the platform is down, and when it is tried again; None while it is up
        self.outage: Outage | None = None
        self._failures = 0
        self._pause_s = FIRST_PAUSE_S
        self._opens_at = 0.0
        self._is_probed = False

    @asynccontextmanager
    async def sending(self, before_sending: BeforeSending) -> AsyncIterator[BeforeSending]:
        """One message is sent inside; what it gives takes the place of `before_sending`.

        Raises ChatDown where the platform is down, also for who has waited since before that.
        """
        is_probe = self._admit()

        async def look() -> None:
            if self.outage and not is_probe:
                raise self._down_error(self.outage)
            await before_sending()

        try:
            yield look
        except (ChatUnanswered, ChatUnreachable) as error:
            self._count_failure(error, is_probe=is_probe)
            raise
        else:
            self.outage, self._failures, self._pause_s = None, 0, FIRST_PAUSE_S
        finally:
            self._is_probed = self._is_probed and not is_probe

    def _admit(self) -> bool:
        """Is this message the probe? Raises ChatDown."""
        if self.outage is None:
            return False
        if self._is_probed or self._now() < self._opens_at:
            raise self._down_error(self.outage)
        self._is_probed = True
        return True

    def _count_failure(self, error: ChatError, *, is_probe: bool) -> None:
        self._failures += 1
        if (self.outage and not is_probe) or self._failures < FAILURES:
            return  # it was on its way before the platform counted as down
        now = self._clock.now()
        self.outage = Outage(
            since=self.outage.since if self.outage else now,
            next_try=now + timedelta(seconds=self._pause_s),
            reason=error.sentence(),
        )
        self._opens_at = self._now() + self._pause_s
        self._pause_s = min(2 * self._pause_s, LONGEST_PAUSE_S)

    def _down_error(self, outage: Outage) -> ChatDown:
        return ChatDown(
            _(
                "{platform} is down since {time} UTC: {reason}",
                platform=self._platform,
                time=f"{outage.since:%H:%M}",
                reason=outage.reason,
            ),
            until=outage.next_try,
            hint=_("The next try is at {time} UTC.", time=f"{outage.next_try:%H:%M:%S}"),
        )

    def _now(self) -> float:
        return (self._timer or asyncio.get_running_loop()).time()
