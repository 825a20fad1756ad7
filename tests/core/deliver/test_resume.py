"""Deliveries that were interrupted or failed: taken up, tried again later, given up, and never posted twice."""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.channels import ChannelRef, DeliveryTime, Subscription
from core.converse.explain import why
from core.converse.ports import Store
from core.deliver import digest, retry
from core.deliver.digest import DeliveryOutcome
from core.deliver.ledger import Delivery, DeliveryKind, DeliveryState
from core.deliver.ports import Chat
from core.deliver.resume import Resumption, ResumptionOutcome, resume_interrupted
from core.deliver.send import LEASE
from core.errors import ChannelGone, ChatError, ChatThrottled, ChatUnavailable, NotAllowed, UsageError
from core.posts.messages import MessageRef
from tests.fakes.chat import FakeChat
from tests.fakes.clock import FakeClock
from tests.fakes.ledger import CHANNEL, DAILY, READER, listed, offered, planned, subscribed
from tests.fakes.papers import AT, DAY, a_paper
from tests.fakes.stores import SqlStore

#: the morning after DAY, when its digest is worth no other attempt
NEXT_DAY = datetime(DAY.year, DAY.month, DAY.day, 9, tzinfo=UTC) + timedelta(days=1)


class Failing(FakeChat):
    """Raises an error for each message from a number on, until it is mended."""

    def __init__(self, error: Exception | None = None, *, after: int = 1, can_find: bool = True) -> None:
        super().__init__(can_find=can_find)
        self.error = error
        self._after = after

    async def send(self, *args: Any, **named: Any) -> MessageRef:
        if self.error and len(self.sent) >= self._after:
            raise self.error
        return await super().send(*args, **named)

    async def find(self, channel: ChannelRef, key: str) -> MessageRef | None:
        if isinstance(self.error, ChannelGone | ChatUnavailable):
            raise self.error
        return await super().find(channel, key)


@pytest.fixture
async def store() -> AsyncIterator[Store]:
    async with SqlStore("sqlite://").open() as opened:
        await subscribed(opened)
        await listed(opened, [1, 2])
        yield opened


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock(AT)


async def sweep(store: Store, chat: Chat, clock: FakeClock) -> tuple[Resumption, ...]:
    return await resume_interrupted(store, lambda _: chat, clock=clock)


async def deliver(store: Store, chat: Chat, clock: FakeClock, *, days: int = 0, **more: Any) -> digest.Result:
    more = {"since": AT - timedelta(days=1)} | more
    return await digest.deliver(READER, DAY + timedelta(days=days), store=store, chat=chat, clock=clock, **more)


async def fails(store: Store, chat: Failing, clock: FakeClock) -> Delivery:
    """The day's digest fails; how the ledger holds it."""
    assert chat.error
    with pytest.raises(type(chat.error)):
        await deliver(store, chat, clock)
    return await stored(store)


async def stored(store: Store) -> Delivery:
    delivery = await store.delivery(READER, DAY, DAILY)
    assert delivery
    return delivery


async def test_every_kind_is_taken_up_once_its_lease_ran_out(store: Store, clock: FakeClock) -> None:
    """A crash leaves a lease; when it is over, deliveries of all kinds are finished, the oldest first."""
    kinds = (DeliveryKind.NOTICE, DeliveryKind.DAILY, DeliveryKind.LISTING)
    for kind in kinds:
        await planned(store, [1] if kind is DAILY else [], kind=kind)
    chat = FakeChat()
    assert await sweep(store, chat, clock) == ()
    clock.move(LEASE)
    resumed = await sweep(store, chat, clock)
    assert [(one.delivery.kind, one.outcome, one.sent) for one in resumed] == [
        (kind, ResumptionOutcome.FINISHED, 2 if kind is DAILY else 0) for kind in kinds
    ]
    assert await sweep(store, chat, clock) == ()


async def test_failure_is_tried_again_ever_more_slowly(store: Store, clock: FakeClock) -> None:
    """Each failure is on record with its sentence and the next moment; nothing is sent before, and nothing twice."""
    chat = Failing(ChatUnavailable("The platform is down.", hint="Wait."))
    await fails(store, chat, clock)
    pauses = []
    for attempt in range(1, 9):
        delivery = await stored(store)
        assert delivery.attempts == attempt and delivery.retry_at and delivery.failure
        assert (delivery.failure.kind, delivery.failure.sentence) == ("ChatUnavailable", "The platform is down. Wait.")
        pauses.append((delivery.retry_at - clock.now()).total_seconds() / 60)
        clock.set(delivery.retry_at - timedelta(seconds=1))
        assert await sweep(store, chat, clock) == ()
        clock.set(delivery.retry_at)
        (one,) = await sweep(store, chat, clock)
        assert (one.outcome, one.error) == (ResumptionOutcome.FAILING, chat.error)
        assert one.retry_at == (await stored(store)).retry_at
    assert pauses == [1, 2, 5, 15, 30, 60, 60, 60]
    chat.error = None
    clock.move(timedelta(hours=1))
    (one,) = await sweep(store, chat, clock)
    assert (one.outcome, one.sent) == (ResumptionOutcome.FINISHED, 2)
    assert chat.keys == [outgoing.key for outgoing in (await stored(store)).plan]


async def test_platform_that_names_a_longer_wait_is_given_it(store: Store, clock: FakeClock) -> None:
    """A delivery that a platform sent away is not tried before the platform wants it."""
    delivery = await fails(store, Failing(ChatThrottled("Wait.", retry_after_s=600)), clock)
    assert delivery.retry_at == clock.now() + timedelta(minutes=10)


async def test_whoever_asks_for_it_does_not_wait(store: Store, clock: FakeClock) -> None:
    """Somebody who orders the digest gets it now, whenever the next attempt is due."""
    chat = Failing(ChatUnavailable("Down."))
    await fails(store, chat, clock)
    chat.error = None
    assert (await deliver(store, chat, clock)).outcome is DeliveryOutcome.POSTED
    assert len(chat.sent) == 3


@pytest.mark.parametrize("error", [ChannelGone("Gone.", hint="Invite me."), NotAllowed("Not here.")])
async def test_what_only_people_mend_is_given_up_at_once(store: Store, clock: FakeClock, error: Exception) -> None:
    """A channel that is gone is not tried again; what was not posted comes with the next digest, the rest does not."""
    chat = Failing(error, after=2)
    delivery = await fails(store, chat, clock)
    assert delivery.state is DeliveryState.FAILED and delivery.failure
    assert delivery.failure.kind == type(error).__name__
    assert (delivery.counts.posted, delivery.counts.failed) == (1, 1)
    clock.move(timedelta(days=2))
    assert await sweep(store, chat, clock) == ()
    assert len(await offered(store)) == 1


async def test_sweep_hands_over_what_only_people_mend(store: Store, clock: FakeClock) -> None:
    """The sweep returns such a failure as a value, for whoever looks after channels."""
    chat = Failing(ChatUnavailable("Down."))
    await fails(store, chat, clock)
    clock.move(timedelta(minutes=1))
    chat.error = ChannelGone("Gone.")
    (one,) = await sweep(store, chat, clock)
    assert (one.outcome, one.error, one.retry_at) == (ResumptionOutcome.GIVEN_UP, chat.error, None)
    assert (await stored(store)).state is DeliveryState.FAILED


async def test_given_up_digest_comes_when_somebody_asks(store: Store, clock: FakeClock) -> None:
    """Once people have mended the channel, ordering the digest posts what is missing; the schedule alone does not."""
    chat = Failing(ChannelGone("Gone.", hint="Invite me."), after=2)
    await fails(store, chat, clock)
    chat.error = None
    result = await deliver(store, chat, clock)
    assert result.outcome is DeliveryOutcome.FAILED and result.failure
    assert "Gone. Invite me." in result.failed_because()
    assert (await deliver(store, chat, clock, reopens=True)).outcome is DeliveryOutcome.POSTED
    assert len(chat.keys) == len(set(chat.keys)) == 3
    delivery = await stored(store)
    assert (delivery.state, delivery.counts.posted, delivery.counts.failed) == (DeliveryState.DONE, 2, 0)


async def test_given_up_digest_is_not_opened_again_after_the_next_one(store: Store, clock: FakeClock) -> None:
    """The next digest has decided on its papers: they are posted there and nowhere else."""
    chat = Failing(ChannelGone("Gone."), after=2)
    await fails(store, chat, clock)
    chat.error = None
    clock.set(NEXT_DAY)
    assert (await deliver(store, chat, clock, days=1)).digest.counts.posted == 1
    assert (await deliver(store, chat, clock, reopens=True)).outcome is DeliveryOutcome.FAILED
    shown = [outgoing.papers for outgoing, _ in chat.sent if outgoing.parent_key]
    assert sorted(shown) == [(a_paper(1).id,), (a_paper(2).id,)]


@pytest.mark.parametrize("can_find", [True, False])
async def test_day_that_is_over_is_given_up(store: Store, clock: FakeClock, can_find: bool) -> None:
    """Nobody posts yesterday's digest; what the platform had accepted without a record of it comes no second time."""
    chat = Failing(ChatUnavailable("The connection broke."), after=9, can_find=can_find)
    chat.dies_after(1)
    await fails(store, chat, clock)
    assert len(chat.sent) == 2 and len((await stored(store)).sent) == 1
    clock.set(NEXT_DAY)
    (one,) = await sweep(store, chat, clock)
    assert one.outcome is ResumptionOutcome.FAILING  # the platform cannot tell now what is there
    chat.error = None
    clock.move(timedelta(hours=1))
    (one,) = await sweep(store, chat, clock)
    assert (one.outcome, one.error) == (ResumptionOutcome.GIVEN_UP, None)
    assert len(chat.sent) == 2
    assert len(await offered(store)) == (1 if can_find else 2)


async def test_next_digest_takes_what_the_last_one_left(store: Store, clock: FakeClock) -> None:
    """A digest that is still being tried when the next one is due gives its papers to that one; each comes once."""
    chat = Failing(ChatUnavailable("Down."), after=2)
    await fails(store, chat, clock)
    chat.error = None
    clock.set(NEXT_DAY)
    await listed(store, [3], days=1)
    result = await deliver(store, chat, clock, days=1)
    assert (result.outcome, result.digest.counts.posted) == (DeliveryOutcome.POSTED, 2)
    assert (await stored(store)).state is DeliveryState.FAILED
    assert await sweep(store, chat, clock) == ()
    shown = [outgoing.papers for outgoing, _ in chat.sent if outgoing.parent_key]
    assert sorted(shown) == [(a_paper(one).id,) for one in (1, 2, 3)]


async def test_next_digest_waits_for_whoever_sends_the_last_one(store: Store, clock: FakeClock) -> None:
    """While another process still posts yesterday's digest, today's decides on nothing."""
    await planned(store, [1])
    result = await deliver(store, FakeChat(), clock, days=1)
    assert result.outcome is DeliveryOutcome.ELSEWHERE
    assert await store.delivery(READER, DAY + timedelta(days=1), DAILY) is None


async def test_digest_of_a_day_leaves_out_what_is_about_to_be_posted(store: Store, clock: FakeClock) -> None:
    """The digest of a past listing does not show the papers that the interrupted one of today will show."""
    await planned(store, [1])
    assert await offered(store, listing_day=DAY) == [2]


@pytest.mark.parametrize("error", [KeyError("a bug"), ChatError("No."), ChannelGone("Gone.")])
async def test_one_failure_stops_no_other(store: Store, clock: FakeClock, error: Exception) -> None:
    """Whatever happens to one delivery, a bug among it, the others are finished."""
    elsewhere = Subscription(channel=ChannelRef("slack", "T1", "C2"), categories=("cs.CL",))
    await subscribed(store, elsewhere)
    await planned(store, [1, 2])
    await planned(store, [1, 2], subscription=elsewhere)
    clock.move(LEASE)
    chats: dict[ChannelRef, Chat] = {CHANNEL: Failing(error, after=0), elsewhere.channel: FakeChat()}
    resumed = await resume_interrupted(store, chats.__getitem__, clock=clock)
    assert [one.outcome is ResumptionOutcome.FINISHED for one in resumed] == [False, True]
    assert resumed[0].error and str(resumed[0].error)


async def test_platform_that_is_not_here_is_left_to_others(store: Store, clock: FakeClock) -> None:
    """A process without the platform leaves a delivery alone until its time is over; then it is closed."""

    def no_token(channel: ChannelRef) -> Chat:
        raise UsageError("slack is not connected.")

    await planned(store, [1])
    clock.move(LEASE)
    assert await resume_interrupted(store, no_token, clock=clock) == ()
    assert (await stored(store)).attempts == 0
    clock.set(NEXT_DAY)
    (one,) = await resume_interrupted(store, no_token, clock=clock)
    assert one.outcome is ResumptionOutcome.GIVEN_UP
    assert (await stored(store)).state is DeliveryState.FAILED


async def test_sweep_is_bounded(store: Store, clock: FakeClock) -> None:
    """A sweep takes up so many, the oldest; the next one goes on."""
    for days in range(3):
        await planned(store, [], days=days, kind=DeliveryKind.NOTICE)
    clock.set(AT + timedelta(days=2) + LEASE)
    counts = [len(await resume_interrupted(store, lambda _: FakeChat(), clock=clock, most=2)) for _ in range(3)]
    assert counts == [2, 1, 0]


async def test_why_tells_of_a_digest_that_was_given_up(store: Store, clock: FakeClock) -> None:
    """A paper that was planned and never posted says so, with the reason; one on its way tells its trouble."""
    chat = Failing(ChatUnavailable("The platform is down."))
    await fails(store, chat, clock)
    told = (await why(READER, "2602.00001", store=store)).stages[-1]
    assert "still being posted. The platform is down." in told.detail
    chat.error = ChannelGone("Gone.")
    clock.move(timedelta(minutes=1))
    await sweep(store, chat, clock)
    told = (await why(READER, "2602.00001", store=store)).stages[-1]
    assert not told.is_passed and "given up before it was posted. Gone. It waits for the next digest." in told.detail


@pytest.mark.parametrize(
    ("began", "is_looked_for"),
    [(None, True), (AT, True), (AT - timedelta(days=1), False)],
    ids=["nobody knows since when", "since today", "since yesterday"],
)
async def test_plan_that_the_ledger_forgot(
    tmp_path: Path, clock: FakeClock, began: datetime | None, is_looked_for: bool
) -> None:
    """A database that was set back to the same morning posts nothing twice; one that was open since then asks not."""
    chat, path = Counting(), tmp_path / "paperboy.db"
    async with SqlStore(f"sqlite:///{path}").open() as store:
        await subscribed(store)
        await listed(store, [1, 2])
    shutil.copyfile(path, tmp_path / "backup.db")
    for _ in range(2):
        async with SqlStore(f"sqlite:///{path}").open() as store:
            await deliver(store, chat, clock, since=began)
        shutil.copyfile(tmp_path / "backup.db", path)
    assert len(set(chat.keys)) == 3
    assert len(chat.keys) == (3 if is_looked_for else 6)
    assert bool(chat.looks) is is_looked_for


class Counting(FakeChat):
    """Counts how often it was asked for a message."""

    looks = 0

    async def find(self, channel: ChannelRef, key: str) -> MessageRef | None:
        self.looks += 1
        return await super().find(channel, key)


@given(
    st.integers(0, 24 * 3_653),
    st.sampled_from(["UTC", "Pacific/Kiritimati", "America/St_Johns", "Africa/Cairo", "America/Havana"]),
)
def test_time_of_a_delivery_ends_the_morning_after(hours: int, zone: str) -> None:
    """A delivery is worth an attempt for six hours at least, and for thirty at most, but for a shift of the clock."""
    begun = AT + timedelta(hours=hours)
    delivery = Delivery(
        id=1,
        subscription=Subscription(channel=CHANNEL, at=DeliveryTime(zone=zone)),
        day=DAY,
        kind=DAILY,
        state=DeliveryState.SENDING,
        sent={},
        begun_at=begun,
    )
    assert not retry.is_overdue(delivery, begun + timedelta(hours=4.9))
    assert retry.is_overdue(delivery, begun + timedelta(hours=31.1))
