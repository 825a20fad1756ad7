"""Sending a plan under its lease: renewed while a message is on its way, given back at once, never sent by two."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from core.channels import ChannelRef
from core.converse.ports import Store
from core.deliver import digest
from core.deliver.digest import DeliveryOutcome
from core.deliver.ledger import Delivery
from core.deliver.ports import BeforeSending, at_once
from core.deliver.send import LEASE, Sender
from core.errors import ChatUnavailable, LeaseLost, StoreLocked
from core.posts.messages import MessageRef, Outgoing
from core.posts.tree import Post
from storage.operation import upkeep
from tests.fakes.chat import FakeChat
from tests.fakes.clock import FakeClock
from tests.fakes.ledger import CHANNEL, DAILY, READER, a_delivery_plan, listed, subscribed
from tests.fakes.papers import AT, DAY
from tests.fakes.stores import SqlStore

#: seconds: no test lasts so long
NEVER = 3_600.0


class Observed(SqlStore):
    """A store that tells of each renewal, and can refuse them."""

    def __init__(self) -> None:
        super().__init__("sqlite://")
        self.renewed = asyncio.Event()
        self.refused = asyncio.Event()
        self.refuses = False

    async def renew_lease(self, delivery: Delivery, *, at: datetime, lease: timedelta) -> None:
        if self.refuses:
            self.refused.set()
            raise StoreLocked("The database is locked.")
        await super().renew_lease(delivery, at=at, lease=lease)
        self.renewed.set()

    async def next_renewal(self) -> None:
        """Wait for one that began after this."""
        for _ in range(2):
            self.renewed.clear()
            await self.renewed.wait()


class SlowChat(FakeChat):
    """Does something else while the message with a number, from 0, is on its way."""

    def __init__(self, number: int, meanwhile: Callable[[], Awaitable[object]]) -> None:
        super().__init__()
        #: does what happens meanwhile happen after the last look at the lease?
        self.is_last_look_over = False
        self._number = number
        self._meanwhile = meanwhile

    async def send(
        self,
        channel: ChannelRef,
        outgoing: Outgoing,
        parent: MessageRef | None,
        *,
        before_sending: BeforeSending = at_once,
    ) -> MessageRef:
        if self.is_last_look_over:
            await before_sending()
        if len(self.sent) == self._number:
            await self._meanwhile()
        return await super().send(
            channel, outgoing, parent, before_sending=at_once if self.is_last_look_over else before_sending
        )


@pytest.fixture
async def store() -> AsyncIterator[Observed]:
    observed = Observed()
    async with observed.open():
        await subscribed(observed)
        await listed(observed, [1, 2])
        yield observed


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock(AT)


async def held(store: Store) -> Delivery:
    delivery = await store.save_plan(await a_delivery_plan(store, [1, 2]), at=AT, lease=LEASE)
    assert delivery is not None
    return delivery


async def test_lease_is_renewed_while_a_message_is_on_its_way(store: Observed, clock: FakeClock) -> None:
    """A platform that takes minutes for one message loses nobody the lease, and all messages are sent."""
    delivery = await held(store)

    async def takes_minutes() -> None:
        for _ in range(4):
            clock.move(LEASE - timedelta(seconds=1))
            await store.next_renewal()
        assert await store.claim_delivery(delivery, at=clock.now(), lease=LEASE) is None

    chat = SlowChat(1, takes_minutes)
    assert await Sender(store=store, chat=chat, clock=clock, heartbeat_s=0).send(delivery) == 3
    assert len(chat.sent) == 3


async def test_who_lost_the_lease_sends_nothing_more(store: Observed, clock: FakeClock) -> None:
    """Once another process took over, the message that went out is recorded, and no other one is sent."""
    delivery = await held(store)

    async def is_overtaken() -> None:
        clock.move(LEASE)
        assert await store.claim_delivery(delivery, at=clock.now(), lease=LEASE)

    chat = SlowChat(1, is_overtaken)
    chat.is_last_look_over = True
    with pytest.raises(LeaseLost, match="took over"):
        await Sender(store=store, chat=chat, clock=clock, heartbeat_s=NEVER).send(delivery)
    found = await store.delivery(READER, DAY, DAILY)
    assert found and len(chat.sent) == len(found.sent) == 2
    assert await store.claim_delivery(delivery, at=clock.now(), lease=LEASE) is None


async def test_who_waited_too_long_sends_nothing(store: Observed, clock: FakeClock) -> None:
    """A process that was suspended while a platform let it wait sends nothing once another one took over."""
    delivery = await held(store)

    async def is_overtaken() -> None:
        clock.move(LEASE)
        assert await store.claim_delivery(delivery, at=clock.now(), lease=LEASE)

    chat = SlowChat(1, is_overtaken)
    with pytest.raises(LeaseLost, match="took over"):
        await Sender(store=store, chat=chat, clock=clock, heartbeat_s=NEVER).send(delivery)
    assert len(chat.sent) == 1


@pytest.mark.parametrize("seconds", [LEASE.total_seconds() * 5, -3_600.0])
async def test_who_waited_long_and_still_holds_it_goes_on(store: Observed, clock: FakeClock, seconds: float) -> None:
    """Where nobody took over, the lease is renewed before the message goes out, also where the clock was set back."""
    delivery = await held(store)

    async def waits() -> None:
        clock.move(timedelta(seconds=seconds))

    class Watchful(SlowChat):
        async def send(self, channel: ChannelRef, outgoing: Outgoing, *args: Any, **named: Any) -> MessageRef:
            message = await super().send(channel, outgoing, *args, **named)
            assert await store.claim_delivery(delivery, at=clock.now(), lease=LEASE) is None
            return message

    chat = Watchful(1, waits)
    assert await Sender(store=store, chat=chat, clock=clock, heartbeat_s=NEVER).send(delivery) == 3


async def test_failed_renewal_ends_the_sending(store: Observed, clock: FakeClock) -> None:
    """A lease that could not be renewed is not relied upon: no other message is sent, and the next run goes on."""
    delivery = await held(store)

    async def cannot_renew() -> None:
        store.refuses = True
        await store.refused.wait()

    chat = SlowChat(1, cannot_renew)
    with pytest.raises(StoreLocked):
        await Sender(store=store, chat=chat, clock=clock, heartbeat_s=0).send(delivery)
    assert len(chat.sent) == 1
    store.refuses = False
    assert await Sender(store=store, chat=chat, clock=clock, heartbeat_s=NEVER).resume(delivery) == 2


async def test_message_that_is_never_taken(store: Observed, clock: FakeClock) -> None:
    """A platform that never answers ends the sending in a sentence, and the delivery is given back."""
    delivery = await held(store)
    sender = Sender(store=store, chat=SlowChat(1, asyncio.Event().wait), clock=clock, longest_message_s=0.001)
    with pytest.raises(ChatUnavailable, match="slack took no message"):
        await sender.send(delivery)
    assert await store.claim_delivery(delivery, at=AT, lease=LEASE)


@pytest.mark.parametrize("error", [BrokenPipeError(), ChatUnavailable("It is down."), KeyError("a bug")])
async def test_error_hands_the_delivery_back(store: Observed, clock: FakeClock, error: Exception) -> None:
    """What goes wrong is raised as it is, and the next run goes on at that same moment."""

    async def fails() -> None:
        raise error

    chat = SlowChat(1, fails)
    with pytest.raises(type(error)) as raised:
        await digest.deliver(READER, DAY, store=store, chat=chat, clock=clock)
    assert raised.value is error
    after = FakeChat()
    result = await digest.deliver(READER, DAY, store=store, chat=after, clock=clock)
    assert (result.outcome, len(chat.sent), len(after.sent)) == (DeliveryOutcome.POSTED, 1, 2)


async def test_cancellation_hands_the_delivery_back(store: Observed, clock: FakeClock) -> None:
    """So does a run that is stopped while a message is on its way."""
    is_sending = asyncio.Event()

    async def hangs() -> None:
        is_sending.set()
        await asyncio.Event().wait()

    running = asyncio.ensure_future(digest.deliver(READER, DAY, store=store, chat=SlowChat(1, hangs), clock=clock))
    await is_sending.wait()
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    assert (
        await digest.deliver(READER, DAY, store=store, chat=FakeChat(), clock=clock)
    ).outcome is DeliveryOutcome.POSTED


async def test_failure_before_the_plan_leaves_nothing(store: Observed, clock: FakeClock) -> None:
    """A process that fails before its plan is stored leaves no trace, and the next one chooses anew."""

    class Unable(FakeChat):
        def plan(self, channel: ChannelRef, post: Post, *, key: str) -> tuple[Outgoing, ...]:
            raise ChatUnavailable("No plan.")

    with pytest.raises(ChatUnavailable):
        await digest.deliver(READER, DAY, store=store, chat=Unable(), clock=clock)
    assert await store.delivery(READER, DAY, DAILY) is None
    assert (
        await digest.deliver(READER, DAY, store=store, chat=FakeChat(), clock=clock)
    ).outcome is DeliveryOutcome.POSTED


@pytest.mark.parametrize("lost", range(4))
async def test_every_message_without_a_record_is_looked_for(store: Observed, clock: FakeClock, lost: int) -> None:
    """However many messages were sent whose records were lost, none is sent twice, and each is on record then."""
    delivery = await held(store)
    chat = FakeChat()
    parent = None
    for outgoing in delivery.plan[:lost]:
        parent = parent or await chat.send(CHANNEL, outgoing, None)
        if outgoing.parent_key:
            await chat.send(CHANNEL, outgoing, parent)
    await store.release_delivery(delivery, at=AT)
    await digest.deliver(READER, DAY, store=store, chat=chat, clock=clock)
    assert chat.keys == [outgoing.key for outgoing in delivery.plan]
    found = await store.delivery(READER, DAY, DAILY)
    assert found and list(found.sent) == chat.keys


async def test_a_reader_that_left_is_no_failure(store: Observed, clock: FakeClock) -> None:
    """Where whoever reads the output has seen enough, the delivery is free at once and by an earlier clock, too."""

    class Pipe(FakeChat):
        async def send(
            self,
            channel: ChannelRef,
            outgoing: Outgoing,
            parent: MessageRef | None,
            *,
            before_sending: BeforeSending = at_once,
        ) -> MessageRef:
            raise BrokenPipeError

    with pytest.raises(BrokenPipeError):
        await digest.deliver(READER, DAY, store=store, chat=Pipe(), clock=clock)
    found = await store.delivery(READER, DAY, DAILY)
    assert found and (found.failure, found.attempts, found.retry_at) == (None, 0, None)
    clock.move(timedelta(hours=-1))
    assert (
        await digest.deliver(READER, DAY, store=store, chat=FakeChat(), clock=clock)
    ).outcome is DeliveryOutcome.POSTED


async def test_post_is_kept_with_its_replies(store: Observed, clock: FakeClock) -> None:
    """A finished delivery has the post that its messages were made from."""
    chat = FakeChat()
    await digest.deliver(READER, DAY, store=store, chat=chat, clock=clock)
    found = await store.delivery(READER, DAY, DAILY)
    assert found and found.post and len(found.post.replies) == 2
    key = await store.delivery_key(READER, DAY, DAILY)
    assert chat.plan(CHANNEL, found.post, key=key) == found.plan


async def test_two_databases_on_one_channel(clock: FakeClock) -> None:
    """A database does not take another one's messages for its own, though both post the same digest there."""
    chat = FakeChat()
    async with SqlStore("sqlite://").open() as one, SqlStore("sqlite://").open() as other:
        for store in (one, other):
            await subscribed(store)
            await listed(store, [1, 2])
        await digest.deliver(READER, DAY, store=one, chat=chat, clock=clock)
        await interrupted_and_resumed(other, chat, clock)
    assert len(chat.keys) == len(set(chat.keys)) == 6


async def interrupted_and_resumed(store: Store, chat: FakeChat, clock: FakeClock) -> None:
    chat.fails_before(len(chat.sent) + 1)
    with pytest.raises(ChatUnavailable):
        await digest.deliver(READER, DAY, store=store, chat=chat, clock=clock)
    result = await digest.deliver(READER, DAY, store=store, chat=chat, clock=clock)
    assert result.outcome is DeliveryOutcome.POSTED


async def test_copy_with_a_new_id_runs_beside_the_first(tmp_path: Path, clock: FakeClock) -> None:
    """A copied database with an id of its own posts a whole digest beside the first one's."""
    chat, path = FakeChat(), tmp_path / "paperboy.db"
    async with SqlStore(f"sqlite:///{path}").open() as store:
        await subscribed(store)
        await listed(store, [1, 2])
    shutil.copyfile(path, tmp_path / "copy.db")
    await upkeep.new_id(f"sqlite:///{tmp_path / 'copy.db'}")
    for name in ("paperboy.db", "copy.db"):
        async with SqlStore(f"sqlite:///{tmp_path / name}").open() as store:
            await interrupted_and_resumed(store, chat, clock)
    assert len(chat.keys) == len(set(chat.keys)) == 6


async def test_new_id_leaves_what_is_under_way(tmp_path: Path, clock: FakeClock) -> None:
    """A delivery that was planned before the database got a new id goes on with the keys of its plan."""
    chat, url = FakeChat(), f"sqlite:///{tmp_path / 'paperboy.db'}"
    async with SqlStore(url).open() as store:
        await subscribed(store)
        await listed(store, [1, 2])
        delivery = await held(store)
        await chat.send(CHANNEL, delivery.plan[0], None)
        await store.release_delivery(delivery, at=AT)
    await upkeep.new_id(url)
    async with SqlStore(url).open() as store:
        await digest.deliver(READER, DAY, store=store, chat=chat, clock=clock)
    assert chat.keys == [outgoing.key for outgoing in delivery.plan]


async def test_two_processes_at_once(tmp_path: Path, clock: FakeClock) -> None:
    """Of two processes that deliver the same digest at once one posts it, and each message is there once."""
    chat, url = FakeChat(), f"sqlite:///{tmp_path / 'paperboy.db'}"
    async with SqlStore(url).open() as one, SqlStore(url).open() as other:
        await subscribed(one)
        await listed(one, [1, 2])
        async with asyncio.TaskGroup() as group:
            both = [
                group.create_task(digest.deliver(READER, DAY, store=store, chat=chat, clock=clock))
                for store in (one, other)
            ]
    outcomes = [task.result().outcome for task in both]
    assert outcomes.count(DeliveryOutcome.POSTED) == 1
    assert {*outcomes} <= {DeliveryOutcome.POSTED, DeliveryOutcome.ALREADY, DeliveryOutcome.ELSEWHERE}
    assert len(chat.keys) == len(set(chat.keys)) == 3
