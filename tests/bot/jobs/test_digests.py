"""Digests as jobs: the clock hands them out, any worker plans, and who holds the token sends."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from adapters.jobs.local import LocalJobs
from bot.jobs.orders import GENERAL, deliver_job, prepare_job
from bot.supervise import States
from core.channels import QuietDay
from core.deliver.ledger import DeliveryKind, Shipment
from core.deliver.schedule import DayReason, DayState
from core.ingest.state import State
from core.operate.jobs import QueueState
from core.operate.services import Health, PlatformState
from tests.bot.jobs.town import PlanningChat, Town, a_town
from tests.fakes.clock import FakeClock
from tests.fakes.posting import (
    CHANNEL,
    DAY,
    DUE,
    HOUR,
    MINUTE,
    READER,
    TODAY,
    checked,
    listed,
    until,
)


async def test_a_worker_plans_and_the_gateway_sends(town: Town) -> None:
    """The worker stores the plan and sends nothing; the gateway sends it, and the day is posted."""
    await listed(town.store, [1, 2])
    await town.tick(DUE)
    assert await town.jobs.states() == (QueueState(queue=GENERAL, waiting=1),)
    await town.work()
    assert town.heads == []
    assert await town.days() == [(TODAY, DayState.OPEN, DayReason.SENDING)]
    await town.send()
    assert town.heads == ["Papers for Wednesday, 4 February 2026: 2 papers"]
    assert await town.days() == [(TODAY, DayState.POSTED, DayReason.NONE)]
    assert await town.jobs.states() == ()
    for minutes in range(1, 9):
        await town.live(DUE + minutes * MINUTE)
    assert len(town.heads) == 1


async def test_nobody_looks_for_what_was_never_sent(town: Town) -> None:
    """A plan that nobody has begun to send is sent without a look at the platform."""
    await listed(town.store, [1])
    town.chat.find = PlanningChat().find  # type: ignore[method-assign]  # nobody may call it
    await town.live(DUE)
    assert len(town.heads) == 1


async def test_doubled_jobs_do_nothing_twice(town: Town) -> None:
    """Jobs that come again, before and after, in both queues, post no second digest."""
    await listed(town.store, [1])
    await town.tick(DUE)
    (look,) = await town.store.looks(CHANNEL)
    again = prepare_job(look, decided_at=DUE)
    shipment = Shipment(channel=CHANNEL, name=READER.name, day=TODAY, kind=DeliveryKind.DAILY)
    for _ in range(2):
        await town.jobs.defer([replace(again, unique="") for _ in range(2)])
        await town.jobs.defer([replace(deliver_job(shipment, "slack"), unique="") for _ in range(3)])
        await town.work()
        await town.send()
    assert len(town.heads) == 1
    assert await town.days() == [(TODAY, DayState.POSTED, DayReason.NONE)]


async def test_several_clocks_hand_each_digest_out_once(town: Town) -> None:
    """A digest that is due is found by one of two clocks that tick at the same moment."""
    await listed(town.store, [1])
    town.clock.set(DUE)
    async with asyncio.TaskGroup() as group:
        for _ in range(2):
            group.create_task(town.posting.tick())
    await until(lambda: not town.posting.is_busy)
    assert await town.jobs.states() == (QueueState(queue=GENERAL, waiting=1),)


@pytest.mark.parametrize("lost", ["before planning", "before sending"])
async def test_a_queue_that_loses_its_jobs_loses_no_digest(lost: str) -> None:
    """What was handed out and lost is handed out again from what is stored."""
    clock = FakeClock()
    jobs = LocalJobs(clock)
    async with a_town(jobs) as town:
        await listed(town.store, [1])
        await town.tick(DUE)
        if lost == "before sending":
            await town.work()
        jobs._waiting.clear()
        assert town.heads == []
        await town.live(DUE + 6 * MINUTE)
        assert len(town.heads) == 1


async def test_a_worker_whose_clock_is_behind(town: Town) -> None:
    """A digest is planned by the moment at which it was found due."""
    await listed(town.store, [1])
    await town.tick(DUE)
    town.clock.set(DUE - MINUTE)
    await town.work()
    await town.send()
    assert len(town.heads) == 1


async def test_what_is_left_of_another_day_is_the_gateways_to_close(town: Town) -> None:
    """Where a digest of another day was interrupted, the gateway closes it, plans the new one and sends it."""
    await listed(town.store, [1])
    town.chat.fails_before(1)
    await town.live(DUE)
    assert len(town.heads) == 1
    await listed(town.store, [2], at=DUE + DAY - HOUR, day=TODAY + DAY)
    await town.live(DUE + DAY)
    await town.live(DUE + DAY + MINUTE)
    assert len(town.heads) == 2
    assert [state for _, state, _ in await town.days()][-1] is DayState.POSTED


async def test_word_of_a_quiet_day_is_sent_by_the_gateway(town: Town) -> None:
    """A channel that wants to hear of a quiet day hears of it once."""
    await town.store.save_subscription(replace(READER, quiet_day=QuietDay.LINE), at=DUE - HOUR)
    await checked(town.store, TODAY, State.QUIET)
    for hours in range(3):
        await town.live(DUE + hours * HOUR)
    assert town.heads == ["No new papers in cs.CL today."]
    assert await town.days() == [(TODAY, DayState.OPEN, DayReason.QUIET)]


async def test_what_was_interrupted_is_handed_out_again(town: Town) -> None:
    """A digest that failed halfway is completed by a job when its next attempt is due."""
    await listed(town.store, [1, 2])
    town.chat.fails_before(1)
    await town.live(DUE)
    assert len(town.chat.sent) == 1
    await town.live(DUE + 2 * MINUTE)
    assert len(town.chat.sent) == len(set(town.chat.keys)) == 3


async def test_a_plan_that_nobody_sent_in_time_is_given_up(town: Town) -> None:
    """Without a gateway for a day, what was planned is given up, and its papers come with the next digest."""
    await listed(town.store, [1])
    await town.tick(DUE)
    await town.work()
    await listed(town.store, [2], at=DUE + DAY - HOUR, day=TODAY + DAY)
    await town.live(DUE + DAY)
    await town.live(DUE + DAY + MINUTE)
    assert town.heads == ["Papers for Thursday, 5 February 2026: 2 papers"]


async def test_a_gateway_sends_when_its_platform_was_tried() -> None:
    """What belongs to a token waits until its platform is connected or down here, whatever becomes of others."""
    states = States()
    states["slack"] = PlatformState(health=Health.WAITING, detail="", since=DUE)
    states["discord"] = PlatformState(health=Health.WAITING, detail="", since=DUE)
    waiting = asyncio.ensure_future(states.wait_until_tried("slack"))
    await asyncio.sleep(0)
    assert not waiting.done()
    states["slack"] = PlatformState(health=Health.CONNECTED, detail="", since=DUE)
    await asyncio.wait_for(waiting, 30)


async def test_without_the_token_nothing_of_it_is_done(town: Town) -> None:
    """While another process holds the token, its channels are left alone, edits and news of papers included."""
    await listed(town.store, [1])
    await town.live(DUE)
    await town.tenure.end()
    assert town.posting._is_left_alone(CHANNEL)
    await town.tenure.begin()
    assert not town.posting._is_left_alone(CHANNEL)
