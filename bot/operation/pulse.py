"""Do the duties of the running service go on? Each gives signs of life, and `/healthz` names the one that hangs."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from time import monotonic
from typing import Final

from core.operate.services import SIGN_EVERY_S

#: seconds for which a duty may give no sign of life: three looks of the service at itself
WATCHING_S: Final = 3 * SIGN_EVERY_S
#: a tick looks at what is due and has others post it
POSTING_S: Final = 300.0
#: one scope of a source, with all its waits, and days that were missed
REFRESHING_S: Final = 3_600.0
#: one try to connect a platform
CONNECTING_S: Final = 300.0


class Pulse:
    """The signs of life of one duty."""

    def __init__(self, longest_s: float, *, running_s: Callable[[], float] = monotonic) -> None:
        """`longest_s`: between two signs. `running_s` only runs on, in seconds."""
        self._longest_s = longest_s
        self._running_s = running_s
        #: None while nobody is on duty
        self._last: float | None = None

    @contextmanager
    def on_duty(self) -> Iterator[None]:
        """Signs are expected as long as the block runs."""
        self.beat()
        try:
            yield
        finally:
            self._last = None

    def beat(self) -> None:
        """Note a sign of life."""
        self._last = self._running_s()

    def age_s(self) -> float:
        """Seconds since the last sign; 0 while nobody is on duty."""
        return 0.0 if self._last is None else self._running_s() - self._last

    def is_beating(self) -> bool:
        """True while the last sign is not too old."""
        return self.age_s() <= self._longest_s


class Pulses:
    """The pulses of all duties, by name."""

    def __init__(self, *, running_s: Callable[[], float] = monotonic) -> None:
        self._running_s = running_s
        self._known: dict[str, Pulse] = {}

    def of(self, duty: str, longest_s: float) -> Pulse:
        """The pulse of a duty that begins."""
        return self._known.setdefault(duty, Pulse(longest_s, running_s=self._running_s))

    def hanging(self) -> tuple[str, ...]:
        """The duties that gave no sign of life for too long."""
        return tuple(sorted(name for name, pulse in self._known.items() if not pulse.is_beating()))

    def ages_s(self) -> dict[str, float]:
        """How old the last sign of each duty is, in seconds."""
        return {name: round(pulse.age_s(), 1) for name, pulse in sorted(self._known.items())}
