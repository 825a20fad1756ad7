"""The time, as the core asks for it: nothing in it reads the machine's clock by itself."""

from __future__ import annotations

from abc import ABC, abstractmethod
from datetime import datetime


class Clock(ABC):
    """The time. It can be started at another moment, so that recorded days can be lived again."""

    @abstractmethod
    def now(self) -> datetime:
        """This moment, aware, UTC; never goes back by more than the machine's own clock does."""

    @abstractmethod
    async def sleep(self, seconds: float) -> None:
        """Wait that long in real seconds."""
