"""A platform that runs for as long as a test needs it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from core.converse.ports import ChatPlatform, Desk


@asynccontextmanager
async def running(chat: ChatPlatform, desk: Desk) -> AsyncIterator[None]:
    """Bring what people do to the desk until the end of the block."""
    async with asyncio.TaskGroup() as tasks:
        task = tasks.create_task(chat.run(desk))
        yield
        task.cancel()
