"""The operator hears what is broken and when it is well again, once each, whatever restarts and outages come."""

from __future__ import annotations

from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from types import MappingProxyType

import pytest

from bot.chats import Chats
from bot.operation.alerting import Operator
from bot.operation.tenure import Tenure, own_origin
from bot.operation.watch import Watch
from bot.origins import Origins
from bot.supervise import States
from bot.wire import App, summary_requests
from core.channels import ChannelRef, Subscription
from core.converse.ports import Store
from core.deliver.ports import BeforeSending, at_once
from core.deliver.schedule import DayReason, DayState, DueDay, LookOutcome
from core.errors import ChatUnavailable, StoreFull
from core.ingest.ports import PaperSource
from core.ingest.state import SourceState, State
from core.operate.services import Health, PlatformState, Service
from core.posts.messages import MessageRef, Outgoing
from core.posts.tree import Post
from core.summarise.budget import Caps
from core.summarise.ports import Purpose, Usage
from core.summarise.requests import SummaryRequests
from tests.fakes.chat import FakeChat
from tests.fakes.clock import NOON, FakeClock
from tests.fakes.model import FakeModel
from tests.fakes.sources import FakeSource
from tests.fakes.stores import SqlStore

CHANNEL = ChannelRef("slack", "T1", "C9")
MINUTE = timedelta(minutes=1)
DOWN = PlatformState(health=Health.DOWN, detail="The token is wrong. See docs/discord.md.", since=NOON)


class OperatorsChat(FakeChat):
    """Keeps what the operator read; may be down."""

    platform = "slack"

    def __init__(self) -> None:
        super().__init__()
        self.read: list[str] = []
        self.is_down = False

    def plan(self, channel: ChannelRef, post: Post, *, key: str) -> tuple[Outgoing, ...]:
        return (Outgoing(key=key, parent_key=None, papers=(), payload={"text": post.fallback}),)

    async def send(
        self,
        channel: ChannelRef,
        outgoing: Outgoing,
        parent: MessageRef | None,
        *,
        before_sending: BeforeSending = at_once,
    ) -> MessageRef:
        if self.is_down:
            raise ChatUnavailable("Slack is down.")
        self.read.append(str(outgoing.payload["text"]))
        return await super().send(channel, outgoing, parent, before_sending=before_sending)


@pytest.fixture
async def store() -> AsyncIterator[Store]:
    async with SqlStore("sqlite://").open() as opened:
        yield opened


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def chat() -> OperatorsChat:
    return OperatorsChat()


@pytest.fixture
def states() -> States:
    states = States()
    states["slack"] = PlatformState(health=Health.CONNECTED, detail="@paperboy", since=NOON)
    states["discord"] = DOWN
    return states


async def a_watch(
    store: Store,
    clock: FakeClock,
    chat: OperatorsChat,
    states: States,
    *,
    folder: Path | None = None,
    jumps: Sequence[timedelta] = (timedelta(),),
    sources: Mapping[str, PaperSource] = MappingProxyType({}),
    requests: SummaryRequests | None = None,
    is_shared: bool = False,
) -> Watch:
    """A process that serves Slack and has the operator told."""
    app = App(
        store=store,
        clock=clock,
        load_origins=lambda: Origins(sources=sources),
        requests=requests,
        open_jobs=nullcontext if is_shared else None,
    )
    tenure = Tenure("slack", origin=own_origin(), store=store, clock=clock)
    for one in await store.claims():  # the process before has stopped
        await store.release_installation(one.installation, one.origin.id)
    assert await tenure.begin()
    operator = Operator(app=app, chats=Chats().joined_by(chat), tenures=(tenure,), channel=CHANNEL, folder=folder)
    return Watch(
        store,
        clock,
        states,
        origin=own_origin(),
        version="0",
        tenures=(tenure,),
        tell=operator.look,
        running_s=lambda: (clock.now() - NOON - jumps[0]).total_seconds(),
    )


async def looks(watch: Watch, clock: FakeClock, minutes: int) -> None:
    """A look every minute."""
    for _ in range(minutes):
        clock.move(MINUTE)
        await watch.look()


async def test_a_budget_that_is_used_up(store: Store, clock: FakeClock, chat: OperatorsChat, states: States) -> None:
    """The operator is told once that models have cost what they may, and once that there is money again."""
    states["discord"] = replace(DOWN, health=Health.CONNECTED)
    async with summary_requests([FakeModel()], Caps(daily_usd=1), store, clock) as requests:
        watch = await a_watch(store, clock, chat, states, requests=requests)
        usage = Usage(model="fake/scripted", cost_usd=1.5)
        await store.record_usage(usage, purpose=Purpose.SUMMARY, channel=None, at=clock.now())
        await looks(watch, clock, 30)
        (told,) = chat.read
        assert "The daily budget for language models ($1.00) is used up. Until 2026-02-05 (UTC)" in told
        clock.move(timedelta(hours=12))
        await looks(watch, clock, 2)
        assert chat.read[1:] == ["The daily budget for language models has money again."]


async def test_once_when_broken_and_once_when_well(
    store: Store, clock: FakeClock, chat: OperatorsChat, states: States
) -> None:
    """A platform that is down for long is one message with what to do, and one when it is connected again."""
    watch = await a_watch(store, clock, chat, states)
    await looks(watch, clock, 1)
    assert chat.read == []
    await looks(watch, clock, 30)
    assert len(chat.read) == 1
    assert "discord is down" in chat.read[0]
    assert "docs/discord.md" in chat.read[0]
    states["discord"] = replace(DOWN, health=Health.CONNECTED, detail="@paperboy", since=clock.now())
    await looks(watch, clock, 30)
    assert chat.read[1:] == ["discord is connected again."]


async def test_a_restart_repeats_nothing(store: Store, clock: FakeClock, chat: OperatorsChat, states: States) -> None:
    """What the operator was told is remembered by the database, not by the process."""
    await looks(await a_watch(store, clock, chat, states), clock, 5)
    await looks(await a_watch(store, clock, chat, states), clock, 5)
    assert len(chat.read) == 1


async def test_it_waits_while_the_operators_platform_is_down(
    store: Store, clock: FakeClock, chat: OperatorsChat, states: States
) -> None:
    """What cannot be told now is told when the operator's platform is back."""
    watch = await a_watch(store, clock, chat, states)
    chat.is_down = True
    await looks(watch, clock, 10)
    assert chat.read == []
    chat.is_down = False
    await looks(watch, clock, 10)
    assert len(chat.read) == 1


async def test_only_who_serves_tells(store: Store, clock: FakeClock, chat: OperatorsChat, states: States) -> None:
    """A process that waits for its turn tells nothing."""
    watch = await a_watch(store, clock, chat, states)
    (claim,) = await store.claims()
    await store.release_installation(claim.installation, claim.origin.id)
    other = Tenure("slack", origin=own_origin(), store=store, clock=clock)
    assert await other.begin()
    await looks(watch, clock, 10)
    assert chat.read == []


async def the_days(store: Store, state: DayState, reasons: Collection[DayReason]) -> None:
    """Record a day that was due at noon for each reason, each of a subscription of its own."""
    for number, _ in enumerate(reasons):
        one = Subscription(channel=ChannelRef("slack", "T1", f"C{number}"), categories=("cs.CL",))
        await store.save_subscription(one, at=NOON)
    closed_at = None if state is DayState.OPEN else NOON + timedelta(hours=3)
    for look, reason in zip(
        await store.claim_looks(at=NOON, until=NOON + MINUTE, limit=99), sorted(reasons), strict=True
    ):
        day = DueDay(day=NOON.date(), due_at=NOON, state=state, reason=reason, opened_at=NOON, closed_at=closed_at)
        looked = LookOutcome(
            number=look.number, claimed_until=None, settled_until=NOON, next_due=None, look_at=None, days=(day,)
        )
        await store.record_looks([looked])


@pytest.mark.parametrize(("is_shared", "alerts"), [(False, 1), (True, 0)])
async def test_a_spare(
    store: Store, clock: FakeClock, chat: OperatorsChat, states: States, is_shared: bool, alerts: int
) -> None:
    """A second process that waits is told of, unless several share the work: there it is a spare."""
    del states["discord"]
    state = PlatformState(health=Health.WAITING, detail="served by another process", since=NOON)
    spare = Service(
        origin=own_origin(),
        version="0",
        started_at=NOON,
        seen_at=NOON + timedelta(minutes=9),
        platforms=(("slack", state),),
    )
    await store.save_service(spare)
    await looks(await a_watch(store, clock, chat, states, is_shared=is_shared), clock, 4)
    assert len(chat.read) == alerts


OF_SOURCES = (DayReason.QUIET, DayReason.WAITING, DayReason.TROUBLE)


@pytest.mark.parametrize(("state", "key"), [(DayState.OPEN, "late"), (DayState.MISSED, "not be posted")])
async def test_late_and_missed_digests(
    store: Store, clock: FakeClock, chat: OperatorsChat, states: States, state: DayState, key: str
) -> None:
    """A digest that is late or missed through no fault of a source is told once a source would have had its time."""
    del states["discord"]
    await the_days(store, state, set(DayReason) - set(OF_SOURCES))
    watch = await a_watch(store, clock, chat, states)
    clock.set(NOON + timedelta(minutes=74 if state is DayState.OPEN else 27 * 60))
    await watch.look()
    assert chat.read == []
    clock.set(NOON + timedelta(minutes=75 if state is DayState.OPEN else 26 * 60))
    await watch.look()
    (sentence,) = chat.read
    assert sentence.startswith("6 digests") and key in sentence and "and 3 more" in sentence


@pytest.mark.parametrize("state", [DayState.OPEN, DayState.MISSED, DayState.QUIET])
async def test_nothing_was_there_to_post(
    store: Store, clock: FakeClock, chat: OperatorsChat, states: States, state: DayState
) -> None:
    """A day without papers is neither late nor missed, while it lasts and after its midnight."""
    del states["discord"]
    well = SourceState(source="arxiv", scope="cs.CL", state=State.QUIET, checked_at=NOON, listing_day=NOON.date())
    await store.save_source_state(well)
    await the_days(store, state, OF_SOURCES)
    watch = await a_watch(store, clock, chat, states, sources={"arxiv": FakeSource("arxiv")})
    clock.set(NOON + timedelta(hours=4))
    await watch.look()
    assert chat.read == []


async def test_a_clock_that_jumps(store: Store, clock: FakeClock, chat: OperatorsChat, states: States) -> None:
    """A jump of the clock is told once, with its size."""
    del states["discord"]
    jumps = [timedelta()]
    watch = await a_watch(store, clock, chat, states, jumps=jumps)
    clock.move(timedelta(hours=5))
    jumps[0] += timedelta(hours=5)
    await watch.look()
    await looks(watch, clock, 90)
    (told,) = chat.read
    assert "jumped forward by 18,0" in told


class AwayStore(SqlStore):
    """A database whose disk can be full."""

    is_full = False

    async def save_service(self, service: Service) -> None:
        if self.is_full:
            raise StoreFull("There is no room left for the database.", hint="Free some disk space.")
        await super().save_service(service)


async def test_a_full_disk(clock: FakeClock, chat: OperatorsChat, states: States) -> None:
    """While the disk is full the service goes on; the operator hears of it after, since nothing was kept before."""
    del states["discord"]
    store = AwayStore("sqlite://")
    async with store.open():
        watch = await a_watch(store, clock, chat, states)
        store.is_full = True
        for _ in range(3):
            await watch.look()
        assert chat.read == []
        store.is_full = False
        await watch.look()
        await watch.look()
    (told,) = chat.read
    assert told.startswith("The database was away from 12:00 to 12:00 UTC, and works again. There is no room left")


async def test_two_databases_share_the_operators_channel(store: Store, clock: FakeClock, chat: OperatorsChat) -> None:
    """The same news of two databases are messages with two keys, each below its database's id."""
    async with SqlStore("sqlite://").open() as other:
        for one in (store, other):
            states = States()
            states["discord"] = DOWN
            clock.set(NOON)
            await looks(await a_watch(one, clock, chat, states), clock, 30)
        owners = [key.partition("/alert-")[0] for key in chat.keys]
        assert owners == [await store.database_id(), await other.database_id()]
