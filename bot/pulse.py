"""Whether the clock of the running service ticks: beaten at every tick, asked by `/healthz`."""

from __future__ import annotations

from time import monotonic
from typing import Final

#: so many ticks may be missed
_TICKS: Final = 3


class Pulse:
    """The age of the last tick."""

    def __init__(self, tick_s: float) -> None:
        self._longest_s = _TICKS * tick_s
        self._last = monotonic()

    def beat(self) -> None:
        """The clock ticks now."""
        self._last = monotonic()

    def age_s(self) -> float:
        """Seconds since the last tick."""
        return monotonic() - self._last

    def is_beating(self) -> bool:
        """True while the last tick is not too old."""
        return self.age_s() <= self._longest_s
