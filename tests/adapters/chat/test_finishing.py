from __future__ import annotations

import asyncio

import pytest

from adapters.chat.finishing import finished


async def test_cancelled_work_comes_to_its_end() -> None:
    """What had begun is done before the cancellation goes on."""
    done = asyncio.Event()

    async def work() -> None:
        await asyncio.sleep(0.02)
        done.set()

    async with asyncio.TaskGroup() as group:
        task = group.create_task(finished(work()))
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        task.cancel()
    assert task.cancelled()
    assert done.is_set()


async def test_endless_work_is_given_up() -> None:
    """Work that does not end within the grace is cancelled: a shutdown is bounded."""
    gone = asyncio.Event()

    async def work() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            gone.set()

    async with asyncio.timeout(30), asyncio.TaskGroup() as group:
        task = group.create_task(finished(work(), grace_s=0.02))
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        task.cancel()
    await asyncio.wait_for(gone.wait(), 30)


async def test_errors_pass_through() -> None:
    """A failure of the work is the caller's to know."""

    async def work() -> None:
        raise ValueError("bad")

    with pytest.raises(ValueError, match="bad"):
        await finished(work())
