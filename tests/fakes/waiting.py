"""Waiting for something that the same event loop does, however busy the machine is."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

#: how long a test waits before it counts as failed, in seconds
LONGEST_S = 60.0


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
