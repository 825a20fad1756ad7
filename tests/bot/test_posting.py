"""Digests by themselves: what a tick posts, when, how often, and what it leaves to the next one."""

from __future__ import annotations

import asyncio
import gc
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta

import pytest
import structlog
from structlog.testing import capture_logs

from bot.chats import Chats
from bot.posting import Posting
from bot.wire import App
from core.channels import ChannelRef, DeliveryTime, LateDay, QuietDay, Subscription
from core.converse.ports import Store
from core.deliver.ledger import DeliveryKind
from core.deliver.ports import BeforeSending, at_once
from core.deliver.schedule import DayReason, DayState, Look
from core.errors import ChannelGone, StoreUnreachable
from core.ingest.state import SourceState, State
from core.posts.json import to_json
from core.posts.messages import MessageRef, Outgoing
from storage.store import SqlStore
from tests.fakes.chat import FakeChat
from tests.fakes.clock import FakeClock
from tests.fakes.papers import a_listing, a_paper

SECOND, MINUTE, HOUR, DAY = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
TODAY = date(2026, 2, 4)
#: 09:00 in Berlin
DUE = datetime(2026, 2, 4, 8, tzinfo=UTC)
BERLIN = DeliveryTime(at=time(9), zone="Europe/Berlin")
CHANNEL = ChannelRef("slack", "T1", "C1")
READER = Subscription(channel=CHANNEL, categories=("cs.CL",), at=BERLIN)


class BusyChat(FakeChat):
    """Takes each message only when it is let go on, where a channel is held."""

    def __init__(self) -> None:
        super().__init__()
        self.held: dict[ChannelRef, asyncio.Event] = {}
        self.begun: list[ChannelRef] = []
        self.error: Exception | None = None

    async def send(
        self,
        channel: ChannelRef,
        outgoing: Outgoing,
        parent: MessageRef | None,
        *,
        before_sending: BeforeSending = at_once,
    ) -> MessageRef:
        self.begun.append(channel)
        if self.error:
            raise self.error
        if channel in self.held:
            await self.held[channel].wait()
        return await super().send(channel, outgoing, parent, before_sending=before_sending)


class AwayStore(SqlStore):
    """A database that can go away for looks."""

    is_away = False

    async def claim_looks(self, *, at: datetime, until: datetime, limit: int) -> tuple[Look, ...]:
        if self.is_away:
            raise StoreUnreachable("The database does not answer.")
        return await super().claim_looks(at=at, until=until, limit=limit)


@dataclass
class Service:
    """A running service: ticks when the test says so."""

    store: AwayStore
    clock: FakeClock
    posting: Posting
    chat: BusyChat = field(default_factory=BusyChat)

    async def tick(self, *, at: datetime | None = None) -> None:
        """A tick at a moment, and all that it begins."""
        if at:
            self.clock.set(at)
        await self.posting.tick()
        await until(lambda: not self.posting.under_way)

    @property
    def parents(self) -> list[str]:
        """The first message of everything that was posted."""
        return [str(outgoing.payload["text"]) for outgoing, parent in self.chat.sent if parent is None]

    async def days(self) -> list[tuple[date, DayState, DayReason]]:
        found = await self.store.scheduled_days(*DayState, limit=99)
        return sorted((one.day.day, one.day.state, one.day.reason) for one in found)

    async def posted(self, kind: DeliveryKind = DeliveryKind.DAILY, *, day: date = TODAY) -> str:
        """The whole of what was posted, as text."""
        delivery = await self.store.delivery(READER, day, kind)
        assert delivery and delivery.post
        return str(to_json(delivery.post))


async def until(is_so: Callable[[], bool]) -> None:
    for _ in range(3_000):
        if is_so():
            return
        await asyncio.sleep(0.01)
    raise TimeoutError


@asynccontextmanager
async def a_service(store: AwayStore, clock: FakeClock, chat: BusyChat) -> AsyncIterator[Service]:
    app = App(store=store, clock=clock, load_origins=lambda: pytest.fail("no source is asked"))
    chats = Chats({("slack", ""): lambda: chat})
    async with asyncio.TaskGroup() as group:
        posting = Posting(app, chats, group, monotonic=lambda: clock.now().timestamp())
        yield Service(store, clock, posting, chat)


@pytest.fixture
async def store() -> AsyncIterator[AwayStore]:
    store = AwayStore("sqlite://")
    async with store.opened():
        yield store


@pytest.fixture
async def service(store: AwayStore) -> AsyncIterator[Service]:
    """A service that has run since yesterday, with one subscription and today's listing."""
    clock = FakeClock(DUE - DAY)
    await store.save_subscription(READER, at=DUE - DAY + MINUTE)
    async with a_service(store, clock, BusyChat()) as service:
        await service.tick(at=DUE - 12 * HOUR)
        yield service


async def listed(store: Store, numbers: Sequence[int], *, at: datetime = DUE - HOUR, day: date = TODAY) -> None:
    await store.add(a_listing([a_paper(one, announced=day) for one in numbers], day=day), at=at)
    await checked(store, day, State.FRESH, at=at)


async def checked(store: Store, day: date, state: State, *, at: datetime = DUE - HOUR) -> None:
    await store.save_source_state(
        SourceState(source="arxiv", scope="cs.CL", state=state, checked_at=at, listing_day=day, listed=1)
    )


async def test_posted_at_its_hour_and_once(service: Service) -> None:
    """The digest is posted at its hour, not a minute before, and no tick posts it again; the next one is tomorrow's."""
    await listed(service.store, [1, 2])
    await service.tick(at=DUE - MINUTE)
    assert service.parents == []
    for minutes in range(4):
        await service.tick(at=DUE + minutes * MINUTE)
    assert service.parents == ["Papers for Wednesday, 4 February 2026: 2 papers"]
    assert await service.days() == [(TODAY, DayState.POSTED, DayReason.NONE)]
    assert "Late" not in await service.posted()
    assert [one.due_at for one in await service.store.upcoming(limit=9)] == [DUE + DAY]
    await service.tick(at=DUE + DAY - MINUTE)
    assert len(service.parents) == 1


async def test_line_in_the_log(service: Service) -> None:
    """A posted digest is one line: how much, where, when it was due and how late it is."""
    await listed(service.store, [1, 2])
    structlog.reset_defaults()
    with capture_logs() as lines:
        await service.tick(at=DUE + timedelta(seconds=12))
    assert lines == [
        {
            "event": "digest posted",
            "log_level": "info",
            "day": "2026-02-04",
            "papers": 2,
            "due_at": "2026-02-04T08:00:00+00:00",
            "late_s": 12.0,
            "missing": [],
            "channel": "slack:T1/C1",
            "subscription": "main",
        }
    ]


async def test_waits_for_its_category(service: Service) -> None:
    """It waits for a listing that is not there, and is posted within a minute after that came."""
    await listed(service.store, [1], day=TODAY - DAY, at=DUE - 20 * HOUR)
    await service.tick(at=DUE)
    await service.tick(at=DUE + 20 * MINUTE)
    assert service.parents == []
    assert await service.days() == [(TODAY, DayState.OPEN, DayReason.WAITING)]
    await listed(service.store, [2], at=DUE + 20 * MINUTE)
    await service.tick(at=DUE + 21 * MINUTE)
    assert "Late" not in await service.posted() and "not there" not in await service.posted()


async def test_waiting_is_told_once(service: Service) -> None:
    """The operator hears when a digest begins to wait for a listing, and what it was posted without."""
    await listed(service.store, [1], day=TODAY - DAY, at=DUE - 20 * HOUR)
    structlog.reset_defaults()
    with capture_logs() as lines:
        for minutes in (0, 20, 60):
            await service.tick(at=DUE + minutes * MINUTE)
    waiting, posted = lines
    assert (waiting["event"], posted["event"]) == ("digest waiting", "digest posted")
    assert (waiting["missing"], waiting["until"]) == (["arXiv cs.CL"], DUE + HOUR)
    assert (waiting["log_level"], posted["missing"]) == ("warning", ["arXiv cs.CL"])


async def test_posted_without_what_is_missing(service: Service) -> None:
    """After its patience it is posted with what there is, and says what is missing, whatever its source said."""
    await listed(service.store, [1], day=TODAY - DAY, at=DUE - 20 * HOUR)
    await service.tick(at=DUE)
    await service.tick(at=DUE + HOUR)
    posted = await service.posted()
    assert "arXiv cs.CL is stale (last good listing: 2026-02-03)" in posted
    assert "The listing of 2026-02-04 is not there yet." in posted


async def test_quiet_day(service: Service) -> None:
    """On a quiet day nothing is said, and papers that come at noon are posted then."""
    await checked(service.store, TODAY, State.QUIET)
    for hours in (0, 1, 2):
        await service.tick(at=DUE + hours * HOUR)
    assert service.chat.sent == []
    assert await service.days() == [(TODAY, DayState.OPEN, DayReason.QUIET)]
    await listed(service.store, [1], at=DUE + 4 * HOUR)
    await service.store.look_again(at=DUE + 4 * HOUR, only_open=True)
    await service.tick(at=DUE + 4 * HOUR)
    assert await service.days() == [(TODAY, DayState.POSTED, DayReason.NONE)]
    assert "Late: due at 09:00" in await service.posted()


async def test_line_of_a_quiet_day(service: Service) -> None:
    """A channel that wants to hear of it gets one line, which does not close the day."""
    await service.store.save_subscription(replace(READER, quiet_day=QuietDay.LINE), at=DUE - HOUR)
    await checked(service.store, TODAY, State.QUIET)
    for hours in (0, 1, 2):
        await service.tick(at=DUE + hours * HOUR)
    assert service.parents == ["No new papers in cs.CL today."]
    await listed(service.store, [1], at=DUE + 3 * HOUR)
    await service.tick(at=DUE + 4 * HOUR)
    assert len(service.parents) == 2


async def test_quiet_until_midnight(service: Service) -> None:
    """A quiet day ends quietly, and tomorrow's digest comes at its hour."""
    await checked(service.store, TODAY, State.QUIET)
    await service.tick(at=DUE)
    await service.tick(at=DUE + 15 * HOUR)
    assert await service.days() == [(TODAY, DayState.QUIET, DayReason.QUIET)]
    await listed(service.store, [1], day=TODAY + DAY, at=DUE + 23 * HOUR)
    await service.tick(at=DUE + DAY)
    assert service.parents == ["Papers for Thursday, 5 February 2026: 1 paper"]


async def test_sources_in_trouble(service: Service) -> None:
    """Where sources fail and there is nothing to post, the channel hears so once, after its patience."""
    await checked(service.store, TODAY - DAY, State.FAILED)
    await service.tick(at=DUE)
    assert service.parents == []
    for hours in (1, 2, 3):
        await service.tick(at=DUE + hours * HOUR)
    assert service.parents == ["No digest yet: sources could not be read"]
    await listed(service.store, [1], at=DUE + 4 * HOUR)
    await service.tick(at=DUE + 4 * HOUR)
    assert "Late: due at 09:00" in await service.posted()


async def test_nothing_was_ever_read(service: Service) -> None:
    """A channel whose categories nobody has read hears that, and the day is missed for that reason."""
    await service.tick(at=DUE)
    await service.tick(at=DUE + HOUR)
    assert "was not read yet" in await service.posted(DeliveryKind.NOTICE)
    await service.tick(at=DUE + 15 * HOUR)
    assert await service.days() == [(TODAY, DayState.MISSED, DayReason.TROUBLE)]


async def test_machine_was_off(service: Service) -> None:
    """What was due meanwhile is posted when the service is back, marked late, and the days before are missed."""
    await listed(service.store, [1], day=TODAY + DAY, at=DUE + DAY + 3 * HOUR)
    await service.tick(at=DUE + DAY + 3 * HOUR)
    assert await service.days() == [
        (TODAY, DayState.MISSED, DayReason.OFF),
        (TODAY + DAY, DayState.POSTED, DayReason.NONE),
    ]
    assert "Late: due at 09:00" in await service.posted(day=TODAY + DAY)


async def test_late_is_skipped(service: Service) -> None:
    """A channel that wants nothing late gets nothing, and the papers come with the next digest."""
    await service.store.save_subscription(replace(READER, late_day=LateDay.SKIP), at=DUE - HOUR)
    await listed(service.store, [1])
    await service.tick(at=DUE + HOUR)
    assert await service.days() == [(TODAY, DayState.SKIPPED, DayReason.OFF)]
    await listed(service.store, [2], day=TODAY + DAY, at=DUE + 23 * HOUR)
    await service.tick(at=DUE + DAY)
    assert len(service.parents) == 1


async def test_weekly_digest(service: Service) -> None:
    """A weekly digest has all that was announced since the last one, and its title names the days."""
    weekly = replace(READER, at=replace(BERLIN, weekdays=frozenset({2})))
    await service.store.save_subscription(weekly, at=DUE - HOUR)
    await listed(service.store, [1])
    await service.tick(at=DUE)
    for days in (1, 2, 5, 6, 7):
        await listed(service.store, [10 + days], day=TODAY + days * DAY, at=DUE + days * DAY - HOUR)
        await service.tick(at=DUE + days * DAY)
    assert service.parents == [
        "Papers for Wednesday, 4 February 2026: 1 paper",
        "Papers for 5 to 11 February 2026: 5 papers",
    ]


async def test_new_subscription(service: Service) -> None:
    """A subscription that is added after its hour gets its first digest at the next one."""
    new = replace(READER, name="new")
    await service.store.remove_subscription(CHANNEL, "main")
    await listed(service.store, [1])
    await service.store.save_subscription(new, at=DUE + HOUR)
    await service.tick(at=DUE + HOUR)
    assert service.chat.sent == []
    await listed(service.store, [2], day=TODAY + DAY, at=DUE + 23 * HOUR)
    await service.tick(at=DUE + DAY)
    assert len(service.parents) == 1


async def test_slow_channel_holds_up_nobody(service: Service) -> None:
    """While one channel's digest is being sent, others are posted and ticks go on; it is not begun twice."""
    other = replace(READER, channel=ChannelRef("slack", "T1", "C2"))
    await service.store.save_subscription(other, at=DUE - HOUR)
    await listed(service.store, [1])
    service.chat.held[CHANNEL] = asyncio.Event()
    service.clock.set(DUE)
    await service.posting.tick()
    await until(lambda: service.posting.under_way == 1)
    assert [message.key for message, _ in service.chat.sent] != []
    for seconds in (15, 30, 45):  # its lease is not renewed by a clock that stands still
        service.clock.set(DUE + timedelta(seconds=seconds))
        await service.posting.tick()
    assert service.chat.begun.count(CHANNEL) == 1
    service.chat.held[CHANNEL].set()
    await service.tick(at=DUE + timedelta(seconds=50))
    assert len(service.parents) == 2
    assert {state for _, state, _ in await service.days()} == {DayState.POSTED}


async def test_digests_of_one_channel_take_turns(service: Service) -> None:
    """Two digests of one channel go one after the other, and share no paper."""
    await service.store.save_subscription(replace(READER, name="second"), at=DUE - HOUR)
    await listed(service.store, [1, 2, 3])
    await service.tick(at=DUE)
    assert [parent for _, parent in service.chat.sent[1:]] != [None] * 3
    papers = [outgoing.papers for outgoing, parent in service.chat.sent if parent]
    assert len(papers) == len(set(papers)) == 3
    assert len(service.parents) == 1


async def test_one_failure_is_its_own(service: Service) -> None:
    """A digest that fails is logged and tried again; the others are posted."""
    other = replace(READER, channel=ChannelRef("discord", "G", "C2"))
    unserved = replace(READER, channel=ChannelRef("telegram", "", "-1"))
    for one in (other, unserved):
        await service.store.save_subscription(one, at=DUE - HOUR)
    await listed(service.store, [1])
    await service.tick(at=DUE)
    assert len(service.parents) == 1
    assert (TODAY, DayState.OPEN, DayReason.UNSERVED) in await service.days()


async def test_platform_is_down(service: Service) -> None:
    """What fails once it is planned is on record, and is tried again a minute later: the day is done then."""
    await listed(service.store, [1])
    service.chat.fails_before(0)
    with capture_logs() as lines:
        await service.tick(at=DUE)
    assert [line["event"] for line in lines] == ["digest failed"]
    assert await service.days() == [(TODAY, DayState.OPEN, DayReason.FAILED)]
    await service.tick(at=DUE + 30 * SECOND)
    assert service.parents == []
    with capture_logs() as lines:
        await service.tick(at=DUE + MINUTE)
    assert [line["event"] for line in lines] == ["digest resumed"]
    await service.tick(at=DUE + 3 * MINUTE)
    assert await service.days() == [(TODAY, DayState.POSTED, DayReason.NONE)]
    assert len(service.parents) == 1


async def test_failure_leaves_its_channel_free(service: Service) -> None:
    """What is left of a digest that failed, its error and frames, does not count as one that is under way."""
    await listed(service.store, [1])
    service.chat.fails_before(0)
    gc.disable()
    try:
        await service.tick(at=DUE)
        await service.tick(at=DUE + MINUTE)
    finally:
        gc.enable()
    assert len(service.parents) == 1


async def test_channel_is_gone(service: Service) -> None:
    """A digest that only people can mend is given up, and the day ends with that."""
    await listed(service.store, [1])
    service.chat.error = ChannelGone("Gone.", hint="Invite me.")
    await service.tick(at=DUE)
    service.chat.error = None
    for minutes in (2, 40, 70):
        await service.tick(at=DUE + minutes * MINUTE)
    assert service.parents == []
    assert await service.days() == [(TODAY, DayState.MISSED, DayReason.FAILED)]


async def test_removed_while_it_is_sent(service: Service) -> None:
    """A subscription that is removed while its digest is sent ends that, stops nothing else, and is never due again."""
    await listed(service.store, [1])
    service.chat.held[CHANNEL] = asyncio.Event()
    service.clock.set(DUE)
    await service.posting.tick()
    await until(lambda: bool(service.chat.begun))
    await service.store.remove_subscription(CHANNEL, "main")
    service.chat.held[CHANNEL].set()
    await service.tick(at=DUE + DAY)
    assert service.parents == [] and await service.days() == []


async def test_changed_while_it_is_sent(service: Service) -> None:
    """Settings that are changed meanwhile count from the next digest on; today stays done."""
    await listed(service.store, [1])
    service.chat.held[CHANNEL] = asyncio.Event()
    service.clock.set(DUE)
    await service.posting.tick()
    await until(lambda: bool(service.chat.begun))
    await service.store.save_subscription(replace(READER, at=replace(BERLIN, at=time(10))), at=DUE + MINUTE)
    service.chat.held[CHANNEL].set()
    await service.tick(at=DUE + 2 * MINUTE)
    await service.tick(at=DUE + HOUR)
    assert len(service.parents) == 1
    assert await service.days() == [(TODAY, DayState.POSTED, DayReason.NONE)]
    await listed(service.store, [2], day=TODAY + DAY, at=DUE + 23 * HOUR)
    await service.tick(at=DUE + DAY)
    assert len(service.parents) == 1
    await service.tick(at=DUE + DAY + HOUR)
    assert len(service.parents) == 2


async def test_database_goes_away_and_comes_back(service: Service) -> None:
    """A tick without the database is one line in the log, and the next one with it posts what is due."""
    await listed(service.store, [1])
    service.store.is_away = True
    with capture_logs() as lines:
        await service.tick(at=DUE)
    assert [(line["event"], line["log_level"]) for line in lines] == [("looking at what is due failed", "warning")]
    service.store.is_away = False
    await service.tick(at=DUE + MINUTE)
    assert len(service.parents) == 1


@pytest.mark.parametrize("jump", [-3 * DAY, -2 * HOUR, 2 * HOUR, 20 * HOUR, 3 * DAY], ids=str)
async def test_clock_jumps(store: AwayStore, jump: timedelta) -> None:
    """When the clock is put forward or back and right again, digests come at their hours, and none comes twice."""
    clock, chat = FakeClock(DUE - HOUR), BusyChat()
    await store.save_subscription(READER, at=DUE - DAY)
    await listed(store, [1])
    real_s = 0.0
    app = App(store=store, clock=clock, load_origins=lambda: pytest.fail("no source is asked"))
    async with asyncio.TaskGroup() as group:
        posting = Posting(app, Chats({("slack", ""): lambda: chat}), group, monotonic=lambda: real_s)
        service = Service(store, clock, posting, chat)
        await service.tick()
        await service.tick(at=DUE - HOUR + jump)
        for minutes in range(0, 90, 5):
            real_s = minutes * 60.0
            await service.tick(at=DUE - HOUR + minutes * MINUTE)
        await listed(store, [2], day=TODAY + DAY, at=DUE + 23 * HOUR)
        real_s += 24 * 3600
        await service.tick(at=DUE + DAY)
    papers = [outgoing.papers for outgoing, parent in chat.sent if parent]
    assert sorted(papers) == sorted(set(papers))
    assert (a_paper(1).id,) in papers


async def test_two_processes(service: Service) -> None:
    """Two services on one database post each digest once."""
    for number in range(2, 9):
        await service.store.save_subscription(
            replace(READER, channel=ChannelRef("slack", "T1", f"C{number}")), at=DUE - HOUR
        )
    await listed(service.store, [1])
    async with a_service(service.store, service.clock, service.chat) as second:
        service.clock.set(DUE)
        async with asyncio.TaskGroup() as group:
            group.create_task(service.tick())
            group.create_task(second.tick())
    assert len(service.parents) == 8


async def test_stop_gives_back(store: AwayStore) -> None:
    """A service that stops while it sends gives the digest back, so that it can be taken up at once."""
    clock, chat = FakeClock(DUE), BusyChat()
    await store.save_subscription(READER, at=DUE - DAY)
    await listed(store, [1])
    chat.held[CHANNEL] = asyncio.Event()

    async def serve() -> None:
        async with a_service(store, clock, chat) as service:
            await service.posting.tick()
            await asyncio.Event().wait()

    async with asyncio.TaskGroup() as group:
        running = group.create_task(serve())
        await until(lambda: bool(chat.begun))
        running.cancel()
    delivery = await store.delivery(READER, TODAY, DeliveryKind.DAILY)
    assert delivery and await store.claim_delivery(delivery, at=DUE, lease=MINUTE)


async def test_terminal_that_nobody_opened(service: Service) -> None:
    """A terminal that is not there misses nothing."""
    reader = replace(READER, channel=ChannelRef("terminal", "", "main"))
    await service.store.remove_subscription(CHANNEL, "main")
    await service.store.save_subscription(reader, at=DUE - HOUR)
    await service.tick(at=DUE)
    await service.tick(at=DUE + DAY)
    assert await service.days() == []


async def test_bug_in_one_subscription(service: Service) -> None:
    """A zone that is no more holds up that subscription alone."""
    await listed(service.store, [1])
    odd = replace(READER, channel=ChannelRef("slack", "T1", "C2"), at=replace(BERLIN, zone="UTC"))
    await service.store.save_subscription(odd, at=DUE - HOUR)
    gone = replace(odd, at=replace(BERLIN, zone="Europe/Atlantis"))
    looks = await service.store.looks(odd.channel)
    look = replace(looks[0], subscription=gone)
    looked = service.posting._decide(look, None, service.clock.now())  # type: ignore[arg-type]  # it fails before it looks at them
    assert looked.look_at and looked.look_at > service.clock.now()
