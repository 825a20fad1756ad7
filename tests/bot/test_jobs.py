"""Work that several processes share: the clock hands out jobs, any worker plans, and who holds the token sends."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from structlog.testing import capture_logs

from adapters.jobs.local import LocalJobs
from bot.chats import Chats
from bot.delivering import DigestPoster
from bot.jobs.clock import SharedPosting, WorkerLook, read_sources, readings_due
from bot.jobs.orders import ENRICH, GENERAL, backfill_job, deliver_job, prepare_job, queue_of, refresh_job
from bot.jobs.tasks import GeneralTasks, TokenTasks
from bot.operation.tenure import Tenure
from bot.origins import Origins
from bot.supervise import States
from bot.wire import App
from core.channels import ChannelRef, QuietDay
from core.deliver.ledger import Delivery, DeliveryKind, Shipment
from core.deliver.schedule import DayReason, DayState, LookOutcome
from core.errors import StoreUnreachable
from core.ingest.listing import Page
from core.ingest.state import State
from core.operate.jobs import QueueState
from core.operate.services import Health, Origin, PlatformState, Service, ServiceRole
from core.posts.messages import Outgoing
from core.posts.tree import Post
from tests.fakes.chat import FakeChat
from tests.fakes.clock import FakeClock
from tests.fakes.posting import (
    CHANNEL,
    DAY,
    DUE,
    HOUR,
    MINUTE,
    READER,
    SECOND,
    TODAY,
    BusyChat,
    checked,
    listed,
    until,
)
from tests.fakes.sources import FakeArchive, FakeSource, announcement, invented_paper
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


@pytest.fixture
async def town() -> AsyncIterator[Town]:
    async with a_town() as town:
        yield town


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


async def test_one_source_is_read(town: Town) -> None:
    """A refresh reads what is due of its source, and has digests looked at again that may wait for it."""
    await town.jobs.defer([refresh_job("arxiv"), refresh_job("biorxiv"), refresh_job("arxiv")])
    await town.work()
    assert (await town.store.source_states())[0].source == "arxiv"
    assert ENRICH not in {job.queue for job in await town.jobs.states()}


class LongArchive(FakeArchive):
    """A page takes a day, and then the source is due again."""

    def __init__(self, town: Town, source: FakeSource) -> None:
        super().__init__("arxiv")
        self._town = town
        self._source = source
        #: how often the source was asked before each page
        self.asked_before: list[int] = []

    async def pages(self, scope: str, since: date, until: date, *, cursor: str = "") -> AsyncGenerator[Page, None]:
        async with aclosing(super().pages(scope, since, until, cursor=cursor)) as pages:
            async for page in pages:
                self.asked_before.append(len(self._source.requests))
                self._town.clock.move(DAY)
                await self._town.jobs.defer(await readings_due(self._town.worker.app))
                yield page


async def test_refreshes_go_between_the_parts_of_a_backfill(town: Town) -> None:
    """Missed days are read after today's listing, a page at a time here, and each time what is due goes first.

    They are derived from what is stored, so that a job that was lost is handed out again.
    """
    source = FakeSource("arxiv")
    archive = LongArchive(town, source)
    origins = Origins(sources={"arxiv": source}, archives={"arxiv": archive})
    app = replace(town.worker.app, load_origins=lambda: origins)
    town.worker = replace(town.worker, app=app, part=timedelta(microseconds=1))
    await checked(town.store, TODAY - timedelta(days=7), State.FRESH, at=DUE - DAY)
    source.lists("cs.CL", announcement(invented_paper(1, day=TODAY), day=TODAY), day=TODAY)
    await town.worker.refresh({"source": "arxiv"})
    assert (len(source.requests), archive.requests) == (1, [])
    town.jobs._waiting.clear()
    (job,) = await readings_due(app)
    assert job == backfill_job("arxiv")
    await town.jobs.defer([job])
    await town.work()
    assert archive.asked_before == [1, 2, 3]
    assert await town.store.backfills("arxiv") == ()
    assert (await town.store.papers()).total == 7


async def test_a_backfill_of_another_version(town: Town) -> None:
    """A source that has no archive here is left alone."""
    await town.worker.backfill({"source": "gone"})
    assert await town.jobs.states() == ()


async def test_somebody_who_orders_a_digest_waits_for_its_sources(town: Town) -> None:
    """What is due of a subscription's sources is read by a worker first; what is not due is not waited for."""
    async with asyncio.TaskGroup() as group:
        reading = group.create_task(read_sources(town.worker.app, town.jobs, READER))
        await until(lambda: town.jobs.is_busy(GENERAL))
        assert not reading.done()
        await town.work()
    assert [state.scope for state in await town.store.source_states()] == ["cs.CL"]
    async with asyncio.timeout(30):
        await read_sources(town.worker.app, town.jobs, READER)
    assert await town.jobs.states() == ()


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
