"""A gateway and a worker in one process, which share a queue, a store and a clock."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import pytest

from adapters.jobs.local import LocalJobs
from bot.chats import Chats
from bot.delivering import DigestPoster
from bot.jobs.clock import SharedPosting
from bot.jobs.orders import GENERAL, queue_of
from bot.jobs.tasks import GeneralTasks, TokenTasks
from bot.operation.tenure import Tenure
from bot.origins import Origins
from bot.wire import App
from core.channels import ChannelRef
from core.deliver.ledger import Delivery
from core.deliver.schedule import DayState, LookOutcome
from core.errors import StoreUnreachable
from core.operate.services import Origin
from core.posts.messages import Outgoing
from core.posts.tree import Post
from tests.fakes.chat import FakeChat
from tests.fakes.clock import FakeClock
from tests.fakes.posting import (
    DAY,
    DUE,
    HOUR,
    READER,
    BusyChat,
    until,
)
from tests.fakes.sources import FakeSource
from tests.fakes.stores import SqlStore

SLACK = queue_of("slack")


class PlanningChat(FakeChat):
    """A worker's platform: it makes plans, and is asked for nothing else."""

    platform = "slack"
    #: whose digests crash
    poisoned: ChannelRef | None = None

    def plan(self, channel: ChannelRef, post: Post, *, key: str) -> tuple[Outgoing, ...]:
        if channel == self.poisoned:
            raise ZeroDivisionError
        return super().plan(channel, post, key=key)

    async def send(self, *_: object, **__: object) -> None:  # type: ignore[override]  # nobody may call it
        pytest.fail("a worker sends nothing")

    async def find(self, *_: object) -> None:
        pytest.fail("a worker looks for nothing")


class FlickeringStore(SqlStore):
    """A database that goes away when a plan is stored, and is back after a number of losses."""

    losses = 0

    async def save_plan(self, *args: Any, **named: Any) -> Delivery | None:
        if self.losses:
            raise StoreUnreachable("The database does not answer.")
        return await super().save_plan(*args, **named)

    async def record_looks(self, outcomes: Sequence[LookOutcome]) -> None:
        if self.losses:
            self.losses -= 1
            raise StoreUnreachable("The database does not answer.")
        await super().record_looks(outcomes)


@dataclass
class Town:
    """A gateway with its clock, and a worker, over one queue; each works when the test says so."""

    store: FlickeringStore
    clock: FakeClock
    jobs: LocalJobs
    posting: SharedPosting
    tenure: Tenure
    gateway: TokenTasks
    worker: GeneralTasks
    chat: BusyChat
    planning: PlanningChat

    async def tick(self, at: datetime) -> None:
        """The clock's tick, and what it hands out."""
        self.clock.set(at)
        await self.posting.tick()
        await until(lambda: not self.posting.is_busy)

    async def work(self) -> None:
        """The worker does all that it may."""
        await self._done(self.worker, GENERAL)

    async def send(self) -> None:
        """The gateway does all that belongs to its token."""
        await self._done(self.gateway, SLACK)

    async def live(self, at: datetime) -> None:
        """A tick, and all that follows."""
        await self.tick(at)
        await self.work()
        await self.send()

    async def _done(self, tasks: GeneralTasks | TokenTasks, queue: str) -> None:
        async with asyncio.TaskGroup() as group:
            work = group.create_task(self.jobs.work(tasks.by_name(), [queue], at_once=9))
            await until(lambda: not self.jobs.is_busy(queue))
            work.cancel()

    @property
    def heads(self) -> list[str]:
        return [str(outgoing.payload["text"]) for outgoing, parent in self.chat.sent if parent is None]

    async def days(self) -> list[tuple[object, ...]]:
        found = await self.store.scheduled_days(*DayState, limit=99)
        return sorted((one.day.day, one.day.state, one.day.reason) for one in found.days)


@asynccontextmanager
async def a_town(jobs: LocalJobs | None = None) -> AsyncIterator[Town]:
    clock, chat, planner = FakeClock(DUE - 12 * HOUR), BusyChat(), PlanningChat()
    chat.platform = "slack"
    async with FlickeringStore("sqlite://").open() as store, asyncio.TaskGroup() as group:
        await store.save_subscription(READER, at=DUE - DAY)
        jobs = jobs or LocalJobs(clock)
        origin = Origin(id="a", host="attic", pid=1, machine="")
        tenure = Tenure("slack", origin=origin, store=store, clock=clock)
        await tenure.begin()
        source = FakeSource("arxiv")
        app = App(store=store, clock=clock, load_origins=lambda: Origins(sources={"arxiv": source}), began_at=DUE - DAY)
        chats, planning = Chats({("slack", ""): lambda: chat}), Chats({("slack", ""): lambda: planner})
        posting = SharedPosting(
            app,
            chats,
            group,
            jobs=jobs,
            tenures={"slack": tenure},
            monotonic=lambda: clock.now().timestamp(),
        )
        gateway = TokenTasks(app=app, chats=chats, poster=DigestPoster(app, chats))
        worker = GeneralTasks(app=app, chats=planning, jobs=jobs, poster=DigestPoster(app, planning))
        town = Town(store, clock, jobs, posting, tenure, gateway, worker, chat, planner)
        await town.live(DUE - 12 * HOUR)
        yield town
