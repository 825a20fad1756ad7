"""Work that somebody does soon, here or in another process."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable, Mapping


class JobQueue(ABC):
    """Work to be done soon, by this process or another one; a job is a hint, the ledger is the truth."""

    @abstractmethod
    async def defer(self, job: str, arguments: Mapping[str, str], *, unique: str | None = None) -> None:
        """Have `job` done at least once. A second job with the same `unique` key that has not begun is dropped."""

    @abstractmethod
    async def work(self, jobs: Mapping[str, Callable[[Mapping[str, str]], Awaitable[None]]]) -> None:
        """Carry jobs until cancelled, a bounded number at a time; then what has begun is finished or given back."""
