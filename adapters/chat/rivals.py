"""Does another program, with a database of its own, use our token? Told by signs that a platform gives.

One sign is no proof: while processes of one installation hand over, two of them may be connected for a moment. Several
signs over longer than any hand-over takes are.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

import structlog

from core.time import Clock

#: signs that are a proof, and the time that they span: a claim on a token ends after 90 seconds
MOST_BY_CHANCE: Final = 2
APART: Final = timedelta(minutes=2)
#: how long a sign counts after the one before it
SIGN_SPAN: Final = timedelta(minutes=30)
#: as long where signs come only when somebody asks something
RARE_SIGN_SPAN: Final = timedelta(days=1)

_log = structlog.get_logger(__name__)


class Rivals:
    """The signs that one platform gave to this process."""

    def __init__(self, platform: str, clock: Clock, *, counts_for: timedelta = SIGN_SPAN) -> None:
        """`counts_for`: how long a sign counts after the one before it."""
        self._platform = platform
        self._clock = clock
        self._counts_for = counts_for
        self._count = 0
        self._first_at = self._last_at = clock.now()
        self._is_proved = False

    @property
    def are_suspected(self) -> bool:
        """True while a sign counts."""
        return self._count > 0 and self._clock.now() - self._last_at <= self._counts_for

    @property
    def since(self) -> datetime | None:
        """When the first sign came of those that are a proof, UTC; None while there is no proof."""
        return self._first_at if self._is_proved and self.are_suspected else None

    def note(self) -> None:
        """A sign came just now; the one that makes it sure is logged."""
        now = self._clock.now()
        if not self.are_suspected:
            self.clear()
            self._first_at = now
        self._count, self._last_at = self._count + 1, now
        if not self._is_proved and self._count > MOST_BY_CHANCE and now - self._first_at >= APART:
            self._is_proved = True
            _log.warning("platform shared", platform=self._platform)

    def clear(self) -> None:
        """The platform says that there is nobody else."""
        self._count, self._is_proved = 0, False
