"""What a person asked for before the program was told to stop is still done, within a bound.

Platforms count an event as delivered before it is carried out; to drop it at a shutdown would lose it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any, Final

#: how long a shutdown waits for one event, in seconds
GRACE_S: Final = 5.0


async def finished(work: Coroutine[Any, Any, None], *, grace_s: float = GRACE_S) -> None:
    """Do the work; when cancelled, let it come to its end for that long, and pass the cancellation on."""
    # Not a TaskGroup: a group hands a cancellation to its tasks at once, and this is there to hold it back.
    task = asyncio.ensure_future(work)
    try:
        await asyncio.shield(task)
    except asyncio.CancelledError:
        await asyncio.wait([task], timeout=grace_s)
        task.cancel()
        raise
