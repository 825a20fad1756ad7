"""What a channel has taught is learned a while before its digest is due, by a job."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import datetime

import pytest

from adapters.jobs.local import LocalJobs
from bot.jobs.clock import Upkeep
from bot.jobs.duties import upkeep_duty
from bot.jobs.orders import LEARNED_BEFORE, RETRAIN
from bot.operation.pulse import Pulses
from bot.wire import App
from core.channels import ChannelRef
from core.choose.profile.signs import KeptProfile
from tests.fakes.clock import FakeClock
from tests.fakes.papers import a_listing, a_paper
from tests.fakes.posting import CHANNEL, DAY, DUE, HOUR, MINUTE, READER, until
from tests.fakes.stores import SqlStore

OLD = KeptProfile(basis="old", value="{}", at=DUE - DAY)
MOMENT = DUE - LEARNED_BEFORE


@dataclass
class Service:
    """What hands jobs out, and what does them, when a test says so."""

    store: SqlStore
    clock: FakeClock
    app: App
    jobs: LocalJobs

    async def hand_out(self, upkeep: Upkeep, at: datetime) -> int:
        """How many profiles are to be learned by jobs of a tick."""
        self.clock.set(at)
        return await self.jobs.defer([job for job in await upkeep.jobs() if job.task == RETRAIN])

    async def work(self, at: datetime) -> None:
        """Do what may be done at a moment."""
        self.clock.set(at)
        async with asyncio.TaskGroup() as group:
            worker = group.create_task(upkeep_duty(self.app, self.jobs, pulses=Pulses()))
            await asyncio.sleep(0)
            await until(lambda: not any(entry.at and entry.at <= at for entry in self.jobs._waiting))
            await until(lambda: not self.jobs._running)
            worker.cancel()

    async def is_learned(self, channel: ChannelRef = CHANNEL) -> bool:
        return await self.store.kept_profile(channel) != OLD


@pytest.fixture
async def service() -> AsyncIterator[Service]:
    """A channel in which something was saved since its profile was learned."""
    clock = FakeClock(DUE - DAY)
    async with SqlStore("sqlite://").open() as store:
        await store.save_subscription(READER, at=DUE - DAY + MINUTE)
        await store.add(a_listing([a_paper(1)]), at=DUE - DAY)
        await store.add_bookmark("slack:T1/U1", a_paper(1).id, str(CHANNEL), at=DUE - 2 * HOUR, public=True)
        await store.keep_profile(CHANNEL, OLD)
        app = App(store=store, clock=clock, load_origins=lambda: pytest.fail("no source is asked"))
        yield Service(store, clock, app, LocalJobs(clock))


async def test_a_profile_is_learned_before_its_digest(service: Service) -> None:
    """Of clocks that hand the job out one is heard; it waits for its moment, and then the profile is learned."""
    first, second = Upkeep(service.app), Upkeep(service.app)
    assert await service.hand_out(first, MOMENT - 11 * MINUTE) == 0
    assert await service.hand_out(first, MOMENT - 9 * MINUTE) == 1
    assert await service.hand_out(second, MOMENT - 8 * MINUTE) == 0
    await service.work(MOMENT - MINUTE)
    assert not await service.is_learned()
    await service.work(MOMENT)
    assert await service.is_learned()
    assert [await service.hand_out(upkeep, MOMENT + MINUTE) for upkeep in (first, second)] == [0, 0]


async def test_a_job_that_comes_too_late_learns_nothing(service: Service) -> None:
    """From the moment at which the digest is due on it is left to that; so is a digest that somebody ended."""
    upkeep = Upkeep(service.app)
    assert await service.hand_out(upkeep, MOMENT - MINUTE) == 1
    await service.work(DUE)
    assert not await service.is_learned()
    assert await service.hand_out(Upkeep(service.app), MOMENT - MINUTE) == 1
    await service.store.remove_subscription(CHANNEL, READER.name)
    await service.work(MOMENT)
    assert not await service.is_learned()


async def test_many_profiles_are_handed_out_a_part_at_a_time(service: Service) -> None:
    """A tick hands out so many, the next one those that follow, and each digest is handed out once."""
    places = [ChannelRef("slack", "T1", f"D{number}") for number in range(4)]
    for place in places:
        await service.store.save_subscription(replace(READER, channel=place), at=DUE - DAY + MINUTE)
        await service.store.keep_profile(place, OLD)
    upkeep = Upkeep(service.app, most_retrainings=2)
    ticks = [MOMENT - 5 * MINUTE + number * MINUTE for number in range(4)]
    assert [await service.hand_out(upkeep, at) for at in ticks] == [2, 2, 1, 0]
