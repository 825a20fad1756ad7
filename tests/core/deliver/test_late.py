"""A digest that was planned in its hour and is finished hours later: it says so where nobody saw anything of it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from core.channels import ChannelRef
from core.converse.ports import Store
from core.deliver import digest
from core.deliver.ledger import Delivery, DeliveryState
from core.deliver.resume import resume_interrupted
from core.deliver.retry import late_for
from core.errors import ChatDown, ChatThrottled, ChatUnanswered, ChatUnreachable, PaperboyError
from core.posts.json import to_json
from core.posts.messages import MessageRef
from tests.fakes.chat import FakeChat
from tests.fakes.clock import FakeClock
from tests.fakes.ledger import DAILY, READER, listed, planned, subscribed
from tests.fakes.papers import AT, DAY
from tests.fakes.stores import SqlStore

HOURS = timedelta(hours=1)
LATE = "Late: due at 09:00"


class DownChat(FakeChat):
    """Fails until it is mended: with an answer, or none, for a request that was let go or not."""

    def __init__(
        self, error: PaperboyError | None, *, asks: bool = True, can_find: bool = False, after: int = 0
    ) -> None:
        super().__init__(can_find=can_find)
        self.error = error
        self._asks = asks
        self._after = after

    async def send(self, channel: ChannelRef, *args: Any, **named: Any) -> MessageRef:
        if self.error and len(self.sent) >= self._after:
            if self._asks:
                await named["before_sending"]()
            raise self.error
        return await super().send(channel, *args, **named)


@pytest.fixture
async def store() -> AsyncIterator[Store]:
    async with SqlStore("sqlite://").open() as opened:
        await subscribed(opened)
        await listed(opened, [1, 2])
        yield opened


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock(AT)


async def fails(store: Store, chat: DownChat, clock: FakeClock) -> Delivery:
    """The day's digest is planned in its hour and fails; how the ledger holds it."""
    assert chat.error
    with pytest.raises(type(chat.error)):
        await digest.deliver(READER, DAY, store=store, chat=chat, clock=clock)
    return await stored(store)


async def stored(store: Store) -> Delivery:
    delivery = await store.delivery(READER, DAY, DAILY)
    assert delivery
    return delivery


async def resumed_later(store: Store, chat: DownChat, clock: FakeClock) -> Delivery:
    """Three hours later the platform is back, and a paper came in meanwhile."""
    await listed(store, [3])
    chat.error = None
    clock.move(3 * HOURS)
    await resume_interrupted(store, lambda _: chat, clock=clock)
    delivery = await stored(store)
    assert delivery.state is DeliveryState.DONE
    return delivery


def is_called_late(delivery: Delivery) -> bool:
    assert delivery.post
    return LATE in str(to_json(delivery.post))


NOTHING_DONE = {
    "unreachable": (ChatUnreachable("No connection."), True),
    "throttled": (ChatThrottled("Wait.", retry_after_s=1), True),
    "down": (ChatDown("Down.", until=AT), False),
    "before the request": (ChatUnanswered("No answer."), False),
}


@pytest.mark.parametrize("name", NOTHING_DONE)
async def test_nothing_was_sent(store: Store, clock: FakeClock, name: str) -> None:
    """It says that it is late, and shows what came in meanwhile, also where the platform cannot tell what is there."""
    error, asks = NOTHING_DONE[name]
    chat = DownChat(error, asks=asks)
    before = await fails(store, chat, clock)
    assert not before.in_doubt and not is_called_late(before)
    after = await resumed_later(store, chat, clock)
    assert is_called_late(after)
    assert (before.counts.posted, after.counts.posted, len(chat.sent)) == (2, 3, 4)
    assert (after.id, after.begun_at, after.attempts) == (before.id, before.begun_at, 1)


async def test_its_head_was_sent(store: Store, clock: FakeClock) -> None:
    """What was begun in time is finished as it was planned."""
    chat = DownChat(ChatUnreachable("No connection."), after=1)
    before = await fails(store, chat, clock)
    after = await resumed_later(store, chat, clock)
    assert (after.plan, after.post) == (before.plan, before.post)
    assert chat.keys == [one.key for one in before.plan]


async def test_its_head_is_in_doubt(store: Store, clock: FakeClock) -> None:
    """Where the head may be there and the platform cannot tell, the stored plan is sent."""
    chat = DownChat(ChatUnanswered("No answer."))
    before = await fails(store, chat, clock)
    assert before.in_doubt == {before.plan[0].key}
    chat.error = ChatUnreachable("No connection.")  # this says nothing of the first attempt
    clock.move(HOURS)
    await resume_interrupted(store, lambda _: chat, clock=clock)
    after = await resumed_later(store, chat, clock)
    assert (after.plan, after.post) == (before.plan, before.post)


async def test_platform_tells_that_its_head_is_not_there(store: Store, clock: FakeClock) -> None:
    """Nothing is in doubt where the platform can tell that nothing is there."""
    chat = DownChat(ChatUnanswered("No answer."), can_find=True)
    before = await fails(store, chat, clock)
    assert before.in_doubt
    assert is_called_late(await resumed_later(store, chat, clock))


@pytest.mark.parametrize("is_known", [True, False])
async def test_platform_tells_that_its_head_is_there(store: Store, clock: FakeClock, is_known: bool) -> None:
    """What is there is not planned anew, also where the ledger was set back and knows of no attempt."""
    chat = DownChat(None, can_find=True)
    before = await planned(store, [1, 2])
    if is_known:
        await store.intend(before, before.plan[0].key, at=AT, lease=HOURS)
    await chat.send(READER.channel, before.plan[0], None)
    after = await resumed_later(store, chat, clock)
    assert (after.plan, chat.keys) == (before.plan, [one.key for one in before.plan])


async def test_taken_up_in_time(store: Store, clock: FakeClock) -> None:
    """A digest that is taken up within its patience is not late, and stays as it was planned."""
    chat = DownChat(ChatUnreachable("No connection."))
    before = await fails(store, chat, clock)
    chat.error = None
    clock.move(HOURS)
    await resume_interrupted(store, lambda _: chat, clock=clock)
    after = await stored(store)
    assert (after.state, after.plan, after.post) == (DeliveryState.DONE, before.plan, before.post)


@pytest.mark.parametrize(
    ("planned_after", "now_after", "is_late"),
    [(-1, 200, False), (0, 65, False), (0, 66, True), (65, 66, True), (66, 200, False)],
)
async def test_what_counts_as_late(store: Store, planned_after: int, now_after: int, is_late: bool) -> None:
    """Late is what was planned in its hour, or within its patience, and is sent after that."""
    plan = await planned(store, [1])
    minute = timedelta(minutes=1)
    delivery = replace(plan, begun_at=AT + planned_after * minute)
    assert late_for(delivery, AT + now_after * minute) == (AT if is_late else None)
