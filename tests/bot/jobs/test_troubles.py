"""Jobs that cannot be done: of another version, for what is gone, in a long queue, without a database or a worker."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest
from structlog.testing import capture_logs

from bot.jobs.clock import WorkerLook
from bot.jobs.orders import GENERAL, prepare_job, refresh_job
from core.channels import ChannelRef
from core.deliver.schedule import DayReason, DayState
from core.operate.jobs import QueueState
from core.operate.services import Origin, Service, ServiceRole
from tests.bot.jobs.town import Town
from tests.fakes.posting import (
    CHANNEL,
    DAY,
    DUE,
    HOUR,
    MINUTE,
    READER,
    SECOND,
    TODAY,
    listed,
    until,
)


async def test_removed_meanwhile(town: Town) -> None:
    """A digest that somebody ended since is neither planned nor sent."""
    await listed(town.store, [1])
    await town.tick(DUE)
    await town.store.remove_subscription(CHANNEL, READER.name)
    await town.work()
    assert await town.jobs.states() == ()
    assert town.heads == []


async def test_a_job_of_another_version(town: Town) -> None:
    """An argument that this version does not know is left alone; a job without one that it needs fails.

    Its digest is due all the same, and is handed out again.
    """
    await listed(town.store, [1])
    (look,) = await town.store.looks(CHANNEL)
    with pytest.raises(KeyError):
        await town.worker.prepare({"channel": str(CHANNEL)})
    town.clock.set(DUE)
    job = prepare_job(look, decided_at=DUE)
    await town.jobs.defer([replace(job, arguments={**job.arguments, "colour": "red"})])
    await town.work()
    await town.send()
    assert len(town.heads) == 1


async def test_a_digest_that_cannot_be_planned(town: Town) -> None:
    """A bug in planning one channel's digest stops no other one's; it is on record as failed, and missed in the end."""
    poisoned = replace(READER, channel=ChannelRef("slack", "T1", "C2"))
    await town.store.save_subscription(poisoned, at=DUE - DAY)
    town.planning.poisoned = poisoned.channel
    await listed(town.store, [1])
    for hours in range(3):
        with capture_logs() as lines:
            await town.live(DUE + hours * HOUR)
        assert "a digest crashed" in [line["event"] for line in lines]
    assert len(town.heads) == 1
    states = {reason for _, state, reason in await town.days() if state is DayState.OPEN}
    assert states == {DayReason.FAILED}
    await town.live(DUE + DAY)
    assert (TODAY, DayState.MISSED, DayReason.FAILED) in await town.days()


async def test_a_database_that_goes_away_while_a_digest_is_planned(town: Town) -> None:
    """A digest that can be neither planned nor put on record is planned by the next try of its job, seconds later."""
    await listed(town.store, [1])
    await town.tick(DUE)
    town.store.losses = 2
    for seconds in (0, 5):
        town.clock.set(DUE + seconds * SECOND)
        async with asyncio.TaskGroup() as group:
            losses = town.store.losses
            work = group.create_task(town.jobs.work(town.worker.by_name(), [GENERAL], at_once=1))
            await until(lambda losses=losses: town.store.losses < losses and not town.jobs._running)
            work.cancel()
        assert await town.jobs.states() == (QueueState(queue=GENERAL, waiting=1),)
    town.clock.set(DUE + 15 * SECOND)
    await town.work()
    await town.send()
    assert len(town.heads) == 1
    assert await town.days() == [(TODAY, DayState.POSTED, DayReason.NONE)]


async def test_a_long_queue_is_made_no_longer(town: Town) -> None:
    """While many jobs wait, no more digests are handed out, and none is lost: they are due when there is room."""
    await listed(town.store, [1])
    town.posting._most_waiting = 3
    await town.jobs.defer([refresh_job(name) for name in ("a", "b", "c")])
    await town.tick(DUE)
    assert await town.jobs.states() == (QueueState(queue=GENERAL, waiting=3),)
    town.jobs._waiting.clear()
    await town.live(DUE + MINUTE)
    assert len(town.heads) == 1


async def test_a_gateway_without_workers_says_so(town: Town) -> None:
    """Once jobs wait for minutes and no process does them, one line says what to start; none while a worker runs."""
    await town.jobs.defer([refresh_job("arxiv")])
    worker = Service(
        origin=Origin(id="w", host="attic", pid=2, machine=""),
        version="",
        started_at=DUE,
        seen_at=DUE,
        role=ServiceRole.WORKER,
    )
    await town.store.save_service(worker)
    look = WorkerLook(town.worker.app, town.jobs)
    with capture_logs() as lines:
        for minutes, seen, line_count in ((0, 0, 0), (6, 6, 0), (9, 6, 1), (10, 6, 1), (11, 11, 1), (14, 11, 2)):
            town.clock.set(DUE + minutes * MINUTE)
            await town.store.save_service(replace(worker, seen_at=DUE + seen * MINUTE))
            await look.look()
            assert [line["jobs"] for line in lines] == [1] * line_count
    await town.work()
    with capture_logs() as lines:
        await look.look()
    assert lines == []
