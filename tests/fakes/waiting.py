"""Waiting for something that the same event loop does, however busy the machine is."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any, Final

from adapters.chat.inbox import Inbox
from adapters.chat.responder import Responder

#: how long a test waits before it counts as failed, in seconds
LONGEST_S = 60.0
#: turns of its loop in which a platform has no work, until it surely has none: what it hears takes some to get there
IDLE_TURNS: Final = 5


async def until(condition: Callable[[], object]) -> None:
    """Return once the condition holds."""
    async with asyncio.timeout(LONGEST_S):
        while True:
            if condition():
                return
            await asyncio.sleep(0)


async def turns(number: int = 20) -> None:
    """Let everything else on the loop go on for some turns."""
    for _ in range(number):
        await asyncio.sleep(0)


#: what a platform does with what it heard, from the moment that it leaves the inbox
_WORK: Final = {Inbox._take.__code__, Responder.catch_up.__code__}


def is_at_work() -> bool:
    """Does a platform on this loop carry out what it heard? Until then more may come of it, however quiet it is."""
    return any(_WORK & codes for codes in map(_codes, asyncio.all_tasks()))


def _codes(task: asyncio.Task[Any]) -> set[object]:
    """The functions that a task is in the middle of."""
    codes = set()
    coroutine: Any = task.get_coro()
    while hasattr(coroutine, "cr_code"):
        codes.add(coroutine.cr_code)
        coroutine = coroutine.cr_await
    return codes
