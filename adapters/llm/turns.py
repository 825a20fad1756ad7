"""How often and how fast a model is asked: in turn, again where that may help, and not before its provider wants it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Final, TypeVar

from adapters.llm.endpoint import Endpoint
from core.errors import ModelThrottled, ModelUnavailable
from core.time import Clock

#: how often a question is asked
ATTEMPTS: Final = 3
#: the longest pause that a provider gets, whatever it asks for
LONGEST_PAUSE: Final = timedelta(minutes=15)

Answer = TypeVar("Answer")


class Turns:
    """The turns of all callers of one model."""

    def __init__(self, endpoint: Endpoint, *, clock: Clock, parallel: int, longest_wait_s: float) -> None:
        """`parallel` questions at once; one waits `longest_wait_s` for a provider that asked for a pause, or fails."""
        self._endpoint = endpoint
        self._clock = clock
        self._longest_wait_s = longest_wait_s
        self._turns = asyncio.Semaphore(parallel)
        #: nobody asks before this moment, UTC
        self._resumes_at: datetime | None = None

    async def ask(self, question: Callable[[], Awaitable[Answer]]) -> Answer:
        """Ask, and again where that may help; an attempt begins within `timeout_s` of the first one or not at all.

        Raises whatever the question raises, and ModelThrottled where the provider asks for a longer pause.
        """
        async with self._turns:
            latest = self._clock.now() + timedelta(seconds=self._endpoint.timeout_s)
            attempt = 1
            while True:
                await self._pause()
                try:
                    return await question()
                except (ModelThrottled, ModelUnavailable) as error:
                    wait, is_over = _wait_after(error, attempt), attempt == ATTEMPTS or self._clock.now() > latest
                    if isinstance(error, ModelThrottled):  # all callers wait, in `_pause`
                        self._resumes_at = self._clock.now() + wait
                    elif not is_over:
                        await self._clock.sleep(wait.total_seconds())
                    if is_over:
                        raise
                attempt += 1

    async def _pause(self) -> None:
        """Wait until the provider wants to be asked again. Raises ModelThrottled where that is not soon."""
        while self._resumes_at and (remaining_s := (self._resumes_at - self._clock.now()).total_seconds()) > 0:
            if remaining_s > self._longest_wait_s:
                raise ModelThrottled(f"{self._endpoint.model} asked us to wait.", retry_after_s=remaining_s)
            await self._clock.sleep(remaining_s)


def _wait_after(error: ModelThrottled | ModelUnavailable, attempt: int) -> timedelta:
    """The wait that the provider asks for, within a bound; else a second, doubled after each attempt."""
    wait_s = error.retry_after_s if isinstance(error, ModelThrottled) else None
    return min(timedelta(seconds=2 ** (attempt - 1) if wait_s is None else wait_s), LONGEST_PAUSE)
