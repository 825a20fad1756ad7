"""Digests by themselves where something goes wrong: it is that digest's alone, and nothing comes twice."""

from __future__ import annotations

import asyncio
import gc
from dataclasses import replace
from datetime import date, time, timedelta
from itertools import groupby

import pytest
from structlog.testing import capture_logs

from bot.chats import Chats
from bot.delivering import CHOOSING
from bot.posting import Posting
from bot.wire import App
from core.channels import ChannelRef, Subscription
from core.choose.verdicts import Candidates
from core.deliver.ledger import DeliveryKind
from core.deliver.schedule import DayReason, DayState
from core.errors import ChannelGone
from tests.fakes.clock import FakeClock
from tests.fakes.papers import a_paper
from tests.fakes.posting import (
    BERLIN,
    CHANNEL,
    DAY,
    DUE,
    HOUR,
    MINUTE,
    READER,
    SECOND,
    TODAY,
    AwayStore,
    BusyChat,
    Service,
    a_service,
    listed,
    service_since_yesterday,
    until,
)


class CrowdedStore(AwayStore):
    """Counts who reads candidates at one time."""

    reading = 0
    most = 0

    async def candidates(
        self, subscription: Subscription, *, listing_day: date | None = None, is_again: bool = False
    ) -> Candidates:
        self.reading += 1
        self.most = max(self.most, self.reading)
        await asyncio.sleep(0)
        try:
            return await super().candidates(subscription, listing_day=listing_day, is_again=is_again)
        finally:
            self.reading -= 1


async def test_papers_are_chosen_for_few_digests_at_a_time() -> None:
    """However many digests are due, papers are chosen for a few at a time; digests that are being sent take no room."""
    store = CrowdedStore("sqlite://")
    async with store.open(), service_since_yesterday(store) as service:
        places = [ChannelRef("slack", "T1", f"C{number}") for number in range(1, 4 * CHOOSING)]
        for place in places:
            await store.save_subscription(replace(READER, channel=place), at=DUE - HOUR)
            service.chat.held[place] = asyncio.Event()
        await listed(store, [1])
        service.clock.set(DUE)
        await service.posting.tick()
        await until(lambda: set(service.chat.begun) == set(places))
        for place in places:
            service.chat.held[place].set()
        await until(lambda: not service.posting.under_way)
    assert store.most == CHOOSING


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


async def test_sweep_tick_and_order_take_turns(service: Service) -> None:
    """What is taken up again, due and ordered at the same moment in one channel: one whole digest after the other."""
    due = replace(READER, name="due", size=1, at=replace(BERLIN, at=time(9, 1)))
    ordered = replace(due, name="ordered", at=replace(BERLIN, at=time(20)))
    await listed(service.store, [1, 2])
    service.chat.fails_before(1)
    await service.tick(at=DUE)
    for one in (due, ordered):
        await service.store.save_subscription(one, at=DUE)
    await listed(service.store, [3, 4], at=DUE)
    service.chat.held[CHANNEL] = asyncio.Event()
    begun = len(service.chat.begun)
    service.clock.set(DUE + MINUTE)
    assert service.order
    async with asyncio.TaskGroup() as group:
        group.create_task(service.order(ordered, TODAY))
        await service.posting.tick()
        await until(lambda: len(service.chat.begun) > begun)
        for _ in range(5):  # while these look at the database, all begins that may
            await service.posting.tick()
        assert len(service.chat.begun) == begun + 1
        service.chat.held[CHANNEL].set()
    await until(lambda: not service.posting.under_way)
    await service.tick(at=DUE + 3 * MINUTE)  # what found the channel busy
    papers = [outgoing.papers for outgoing, parent in service.chat.sent if parent]
    assert len(papers) == len(set(papers)) == 4
    digests = [key.rpartition("/")[0] for key in service.chat.keys]
    assert len([name for name, _ in groupby(digests[1:])]) == 3


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
