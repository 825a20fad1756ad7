"""Gives memory that was freed back to the system, which glibc does not do by itself.

To read a listing or to prepare a digest takes some megabytes for a second, in several threads. What stays lies between
what was freed, so that glibc keeps all of it, and each large day adds to it. The watch calls this at every look.
"""

from __future__ import annotations

import asyncio
import ctypes
from functools import cache
from typing import Any


async def give_back() -> None:
    """Give back every whole page that is free; nothing happens where the C library cannot. Takes a millisecond."""
    if trim := _trim():
        await asyncio.to_thread(trim, 0)


@cache
def _trim() -> Any:
    try:
        return ctypes.CDLL(None).malloc_trim
    except (OSError, AttributeError, TypeError):  # another C library; Windows has none of that name
        return None
