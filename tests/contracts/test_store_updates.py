"""The contract of `UpdateStore`: what a platform handed out is kept until it is carried out, over every store."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from core.converse.ports import Store, WaitingUpdate
from tests.fakes.papers import AT

BOT = "telegram:1"


def an_update(number: int) -> WaitingUpdate:
    return WaitingUpdate(number=number, content=f'{{"update_id": {number}, "text": "words \\u0000 of a person"}}')


async def waiting(store: Store, account: str = BOT) -> list[int]:
    return [one.number for one in await store.waiting_updates(account, since=AT - timedelta(days=1))]


async def test_what_is_taken_waits_until_it_is_done(store: Store) -> None:
    """Updates come back as they were, in the order they came, until each is done."""
    updates = (an_update(7), an_update(2**40), an_update(9))
    assert await store.take_updates(BOT, updates, at=AT) == updates
    assert await store.take_updates(BOT, (), at=AT) == ()
    await store.take_updates(BOT, [an_update(3)], at=AT + timedelta(seconds=1))
    assert await waiting(store) == [7, 9, 2**40, 3]
    assert (await store.waiting_updates(BOT, since=AT))[0] == an_update(7)
    await store.update_done(BOT, 9)
    assert await waiting(store) == [7, 2**40, 3]


async def test_known_update_is_not_taken_twice(store: Store) -> None:
    """An update that comes again, done or not, in the same batch or at the same time, is taken once."""
    await store.take_updates(BOT, [an_update(1), an_update(2), an_update(2)], at=AT)
    await store.update_done(BOT, 1)
    again = [an_update(1), an_update(2), an_update(3)]
    async with asyncio.TaskGroup() as group:
        both = [group.create_task(store.take_updates(BOT, again, at=AT)) for _ in range(2)]
    assert sorted(len(task.result()) for task in both) == [0, 1]
    assert await waiting(store) == [2, 3]


async def test_batches_that_overlap_in_another_order(store: Store) -> None:
    """Processes that hear the same at once, each in its own order, never wait for one another for ever."""
    batch = [an_update(number) for number in range(40)]
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(store.take_updates(BOT, batch[::way], at=AT)) for way in (1, -1, 1, -1)]
    assert sorted(one.number for task in tasks for one in task.result()) == list(range(40))


async def test_it_is_known_when_an_update_came(store: Store) -> None:
    """Whoever takes up what another process heard sees how old it is."""
    later = AT + timedelta(minutes=1)
    await store.take_updates(BOT, [an_update(1)], at=later)
    assert [one.received_at for one in await store.waiting_updates(BOT, since=AT)] == [later]


async def test_accounts_are_apart(store: Store) -> None:
    """Two bots have numbers of their own."""
    await store.take_updates(BOT, [an_update(1)], at=AT)
    assert await store.take_updates("telegram:2", [an_update(1)], at=AT) == (an_update(1),)
    await store.update_done(BOT, 1)
    assert (await waiting(store), await waiting(store, "telegram:2")) == ([], [1])


async def test_attempts_are_counted(store: Store) -> None:
    """Each attempt counts, for each update by itself; so does that of whoever takes it to carry it out."""
    await store.take_updates(BOT, [an_update(1), an_update(2)], at=AT)
    assert [await store.try_update(BOT, 1) for _ in range(3)] == [1, 2, 3]
    assert await store.try_update(BOT, 2) == 1
    assert await store.try_update(BOT, 3) == 0
    await store.take_updates(BOT, [an_update(2), an_update(4)], at=AT, is_begun=True)
    assert (await store.try_update(BOT, 4), await store.try_update(BOT, 2)) == (2, 2)


@pytest.mark.parametrize("hours", [24, 240])
async def test_what_is_too_old_is_forgotten(store: Store, hours: int) -> None:
    """What nobody carried out in time is gone, and so is the number of what was done days ago."""
    await store.take_updates(BOT, [an_update(1), an_update(2)], at=AT)
    await store.update_done(BOT, 1)
    later = AT + timedelta(hours=hours)
    assert await store.waiting_updates(BOT, since=later - timedelta(hours=1)) == ()
    assert await store.take_updates(BOT, [an_update(3)], at=later) == (an_update(3),)
    again = await store.take_updates(BOT, [an_update(1)], at=later)
    assert again == ((an_update(1),) if hours > 48 else ())
