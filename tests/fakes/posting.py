"""A running service that ticks when a test says so, over a platform and a database that can be held up."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pytest

from bot.chats import Chats
from bot.origins import Origins
from bot.posting import Deliverer, Posting
from bot.wire import App
from core.channels import ChannelRef, DeliveryTime, Subscription
from core.converse.ports import Store
from core.deliver.ledger import DeliveryKind
from core.deliver.schedule import DayReason, DayState, Look
from core.errors import StoreUnreachable
from core.ingest.state import SourceState, State
from core.posts.json import to_json
from core.posts.messages import MessageRef
from tests.fakes.chat import FakeChat
from tests.fakes.clock import FakeClock
from tests.fakes.papers import a_listing, a_paper
from tests.fakes.stores import SqlStore

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

    async def send(self, channel: ChannelRef, *args: Any, **named: Any) -> MessageRef:
        self.begun.append(channel)
        if self.error:
            raise self.error
        if channel in self.held:
            await self.held[channel].wait()
        return await super().send(channel, *args, **named)


class AwayStore(SqlStore):
    """A database that can go away for looks."""

    is_away = False

    async def claim_looks(self, **named: Any) -> tuple[Look, ...]:
        if self.is_away:
            raise StoreUnreachable("The database does not answer.")
        return await super().claim_looks(**named)


@dataclass
class Service:
    """A running service: ticks when the test says so."""

    store: AwayStore
    clock: FakeClock
    posting: Posting
    chat: BusyChat = field(default_factory=BusyChat)
    #: posts what somebody orders
    order: Deliverer | None = None

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
        return sorted((one.day.day, one.day.state, one.day.reason) for one in found.days)

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
        order = Deliverer(replace(app, load_origins=lambda: Origins(sources={})), chats)
        yield Service(store, clock, posting, chat, order)


@asynccontextmanager
async def service_since_yesterday(store: AwayStore) -> AsyncIterator[Service]:
    """A service that has run since yesterday, with one subscription."""
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
