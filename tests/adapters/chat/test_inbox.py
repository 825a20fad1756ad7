"""The inbox between a platform's connection and the desk."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress

import pytest

from adapters.chat.inbox import Inbox
from core.errors import ChatUnavailable, PaperboyError
from tests.fakes.waiting import until

Handle = Callable[[str], Awaitable[None]]


class LoggedOut(ChatUnavailable):
    """An error that ends the connection."""


@asynccontextmanager
async def running(inbox: Inbox[str]) -> AsyncIterator[asyncio.Task[None]]:
    async with asyncio.TaskGroup() as group:
        task = group.create_task(inbox.run())
        try:
            yield task
        finally:
            task.cancel()


class Log:
    """What was carried out, and a gate that holds events back."""

    def __init__(self) -> None:
        self.begun: list[str] = []
        self.done: list[str] = []
        self.gate = asyncio.Event()
        self.gate.set()

    async def handle(self, event: str) -> None:
        self.begun.append(event)
        await self.gate.wait()
        self.done.append(event)

    async def until(self, number: int) -> None:
        await until(lambda: len(self.done) >= number)


async def test_an_event_is_carried_out_once() -> None:
    """An event that a platform delivers again is carried out once."""
    log = Log()
    inbox = Inbox(log.handle)
    async with running(inbox):
        assert inbox.put("a", identity=1)
        assert not inbox.put("a", identity=1)
        assert inbox.put("b", identity=2)
        await log.until(2)
    assert sorted(log.done) == ["a", "b"]


async def test_events_without_identity_are_all_carried_out() -> None:
    """Events that have no identity are never taken for one another."""
    log = Log()
    inbox = Inbox(log.handle)
    async with running(inbox):
        inbox.put("a")
        inbox.put("a")
        await log.until(2)
    assert log.done == ["a", "a"]


async def test_events_of_a_lane_keep_their_order() -> None:
    """Events of one lane follow one another; a slow lane does not hold up another."""
    log = Log()
    log.gate.clear()
    inbox = Inbox(log.handle)
    async with running(inbox):
        for event in ("a1", "a2", "b1"):
            inbox.put(event, lane=event[0])
        await until(lambda: len(log.begun) == 2)
        assert sorted(log.begun) == ["a1", "b1"]
        log.gate.set()
        await log.until(3)
    assert log.done.index("a1") < log.done.index("a2")


async def test_a_full_inbox_refuses_and_takes_the_event_when_it_comes_again() -> None:
    """An event that found no room is not remembered: delivered again, it is carried out."""
    log = Log()
    log.gate.clear()
    inbox = Inbox(log.handle, at_once=1, most_waiting=1)
    async with running(inbox):
        assert inbox.put("a", identity=1)
        assert not inbox.put("b", identity=2)
        log.gate.set()
        await inbox.room()
        assert inbox.put("b", identity=2)
        await log.until(2)
    assert log.done == ["a", "b"]


async def test_a_stop_finishes_what_was_accepted() -> None:
    """What was accepted before a stop is carried out, also what had not begun; nothing more is accepted."""
    log = Log()
    log.gate.clear()
    inbox = Inbox(log.handle, at_once=1, grace_s=30)
    task = asyncio.ensure_future(inbox.run())
    inbox.put("a")
    inbox.put("b")
    await asyncio.sleep(0)
    task.cancel()
    await asyncio.sleep(0)
    assert not inbox.put("c")
    log.gate.set()
    with suppress(asyncio.CancelledError):
        await task
    assert log.done == ["a", "b"]


async def test_a_stop_waits_no_longer_than_its_grace() -> None:
    """An event that does not end is interrupted when the grace is over, and hears of it."""
    interrupted = asyncio.Event()

    async def hang(_event: str) -> None:
        try:
            await asyncio.Event().wait()
        finally:
            interrupted.set()

    inbox = Inbox(hang, grace_s=0.01)
    async with running(inbox):
        inbox.put("a")
        await asyncio.sleep(0)
    assert interrupted.is_set()


@pytest.mark.parametrize("failure", [ValueError("a bug"), PaperboyError("no such thing")])
async def test_an_event_that_fails_stops_no_other(failure: Exception) -> None:
    """An event that cannot be carried out is logged, and the ones after it are carried out."""
    done: list[str] = []

    async def handle(event: str) -> None:
        if event == "bad":
            raise failure
        done.append(event)

    inbox = Inbox(handle, at_once=1)
    async with running(inbox):
        inbox.put("bad")
        inbox.put("good")
        await until(lambda: done)
    assert done == ["good"]


async def test_a_fatal_error_ends_the_inbox() -> None:
    """An error that ends the connection is raised to whoever holds it."""

    async def handle(_event: str) -> None:
        raise LoggedOut("revoked")

    inbox = Inbox(handle, fatal=(LoggedOut,))
    inbox.put("a")
    with pytest.raises(LoggedOut):
        async with asyncio.timeout(30):
            await inbox.run()
