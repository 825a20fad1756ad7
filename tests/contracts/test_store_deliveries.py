"""The contract of `Store` for the ledger of deliveries, over every store there is."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from core.channels import ChannelRef
from core.converse.ports import Store
from core.deliver.ledger import Counts, DeliveryKind, DeliveryState, Failure, Shipment
from core.errors import LeaseLost
from core.posts.messages import MessageRef
from tests.fakes.ledger import (
    CHANNEL,
    DAILY,
    LEASE,
    READER,
    a_delivery_plan,
    a_plan,
    decided,
    finished,
    listed,
    offered,
    planned,
    subscribed,
)
from tests.fakes.papers import AT, DAY, a_paper

TROUBLE = Failure(kind="ChatUnavailable", sentence="The platform is down.")


class TestLease:
    async def test_interrupted_sending_is_resumed(self, store: Store) -> None:
        """A delivery in state SENDING comes back with its stored plan, decisions and what was sent of it."""
        await subscribed(store)
        await listed(store, [1, 2])
        delivery = await planned(store, [2, 1])
        message = MessageRef(CHANNEL, "1700.1")
        await store.intend(delivery, delivery.plan[0].key, at=AT, lease=LEASE)
        await store.record_sent(delivery, delivery.plan[0].key, message, at=AT)
        await store.save_subscription(replace(READER, size=1), at=AT)
        resumed = await store.claim_delivery(delivery, at=AT + LEASE, lease=LEASE)
        assert resumed and resumed.state is DeliveryState.SENDING and resumed.subscription == READER
        assert resumed.plan == a_plan(await store.delivery_key(READER, DAY, DAILY), [2, 1])
        assert resumed.sent == {delivery.plan[0].key: message}
        assert resumed.decisions == decided([2, 1], [2, 1])
        assert resumed.counts == Counts(candidates=9, kept=2, posted=2)
        assert [state.scope for state in resumed.sources] == ["cs.CL"]

    async def test_done_is_done(self, store: Store) -> None:
        """A finished delivery is never taken up again, and finishing it again changes nothing."""
        await subscribed(store)
        await listed(store, [1])
        delivery = await finished(store, [1])
        await store.finish_delivery(delivery, at=AT + timedelta(hours=5))
        done = await store.delivery(READER, DAY, DAILY)
        assert done and done.state is DeliveryState.DONE and done.finished_at == AT + timedelta(seconds=1)
        assert await store.claim_delivery(delivery, at=AT + timedelta(days=9), lease=LEASE) is None

    async def test_intend_renews_the_lease(self, store: Store) -> None:
        """Every message that is about to be sent gives the sender the whole lease again."""
        await subscribed(store)
        delivery = await planned(store, [], until=0)
        await store.intend(delivery, "none", at=AT + timedelta(seconds=59), lease=LEASE)
        late = AT + timedelta(seconds=118)
        assert await store.claim_delivery(delivery, at=late, lease=LEASE) is None


class TestRetry:
    async def test_interrupted_deliveries_are_due_when_their_lease_and_pause_are_over(self, store: Store) -> None:
        """What nobody holds and waits for no pause, oldest first and bounded; what is done or given up never is."""
        await subscribed(store)
        first, second, third = [await planned(store, [], days=days, until=0) for days in range(3)]
        now = AT + timedelta(days=2)
        assert await self.due(store, now) == [first.id, second.id]
        held = await store.claim_delivery(first, at=now, lease=LEASE)
        assert held
        assert await self.due(store, now) == [second.id]
        await store.release_delivery(held, at=now, failure=TROUBLE, retry_at=now + timedelta(minutes=5))
        assert await self.due(store, now + timedelta(minutes=4)) == [second.id, third.id]
        assert await self.due(store, now + timedelta(minutes=5)) == [first.id, second.id, third.id]
        assert await self.due(store, now + timedelta(minutes=5), limit=2) == [first.id, second.id]
        await store.finish_delivery(third, at=now)
        held = await store.claim_delivery(second, at=now, lease=LEASE)
        assert held
        await store.close_delivery(held, at=now, failure=TROUBLE)
        assert await self.due(store, now + timedelta(days=1)) == [first.id]
        assert [one.id for one in await store.open_deliveries(READER)] == [first.id]
        assert await store.open_days(READER) == {(first.day, first.kind)}

    @staticmethod
    async def due(store: Store, at: datetime, limit: int = 9) -> list[int]:
        due_deliveries = await store.interrupted_deliveries(at=at, limit=limit)
        assert await store.interrupted_shipments(at=at, limit=limit) == tuple(
            Shipment(channel=CHANNEL, name=READER.name, day=one.day, kind=one.kind) for one in due_deliveries
        )
        return [one.id for one in due_deliveries]

    async def test_every_failure_counts(self, store: Store) -> None:
        """Failures are counted, and the last one is kept with the moment of the next attempt."""
        await subscribed(store)
        delivery = await planned(store, [], until=0)
        for _ in range(2):
            await store.release_delivery(delivery, at=AT, failure=TROUBLE, retry_at=AT + timedelta(minutes=2))
        found = await store.delivery(READER, DAY, DAILY)
        assert found and (found.attempts, found.failure, found.retry_at) == (2, TROUBLE, AT + timedelta(minutes=2))

    async def test_given_up_papers_are_candidates_again(self, store: Store) -> None:
        """What was posted of a delivery that is given up stays posted, and all else is decided on again."""
        await subscribed(store)
        await listed(store, [1, 2, 3])
        delivery = await planned(store, [1, 2], kept=[3])
        await store.record_sent(delivery, delivery.plan[1].key, MessageRef(CHANNEL, "a"), at=AT)
        await store.close_delivery(delivery, at=AT, failure=TROUBLE)
        await listed(store, [4], days=1)
        assert await offered(store) == [2, 3, 4]
        found = await store.delivery(READER, DAY, DAILY)
        assert found and found.state is DeliveryState.FAILED and found.failure == TROUBLE
        assert (found.counts.posted, found.counts.failed) == (1, 1)
        assert await store.claim_delivery(delivery, at=AT + LEASE, lease=LEASE) is None
        with pytest.raises(LeaseLost):
            await store.close_delivery(delivery, at=AT, failure=TROUBLE)

    async def test_given_up_delivery_is_reopened_on_demand(self, store: Store) -> None:
        """It is taken up again as it was planned, unless a later digest has decided on its papers."""
        await subscribed(store)
        await listed(store, [1])
        delivery = await planned(store, [1])
        await store.close_delivery(delivery, at=AT, failure=TROUBLE)
        reopened = await store.claim_delivery(delivery, at=AT, lease=LEASE, reopens=True)
        assert reopened and reopened.state is DeliveryState.SENDING
        assert (reopened.plan, reopened.counts) == (delivery.plan, delivery.counts)
        await store.close_delivery(reopened, at=AT, failure=TROUBLE)
        await finished(store, [1], days=1)
        assert await store.claim_delivery(delivery, at=AT, lease=LEASE, reopens=True) is None


class TestSending:
    async def test_sent_once(self, store: Store) -> None:
        """Recording a message again, even under another reference, keeps the first."""
        await subscribed(store)
        await listed(store, [1])
        delivery = await planned(store, [1])
        for id in ("a", "b"):
            await store.record_sent(delivery, delivery.plan[1].key, MessageRef(CHANNEL, id), at=AT)
        found = await store.delivery(READER, DAY, DAILY)
        assert found and found.sent == {delivery.plan[1].key: MessageRef(CHANNEL, "a")}
        assert await store.message_papers(MessageRef(CHANNEL, "b")) == ()

    async def test_sent_counts_though_the_lease_is_lost(self, store: Store) -> None:
        """The platform has the message whoever holds the delivery now, so it is recorded."""
        await subscribed(store)
        await listed(store, [1])
        delivery = await planned(store, [1])
        await store.claim_delivery(delivery, at=AT + LEASE, lease=LEASE)
        await store.record_sent(delivery, delivery.plan[1].key, MessageRef(CHANNEL, "a"), at=AT)
        found = await store.delivery(READER, DAY, DAILY)
        assert found and list(found.sent) == [delivery.plan[1].key]

    async def test_own_message_posts_a_paper(self, store: Store) -> None:
        """A paper with a message of its own is posted when that one is sent, not when the list is."""
        await subscribed(store)
        await listed(store, [1, 2])
        delivery = await planned(store, [1, 2])
        head, first, _ = delivery.plan
        await store.record_sent(delivery, head.key, MessageRef(CHANNEL, "head"), at=AT)
        assert await offered(store) == [1, 2]
        await store.record_sent(delivery, first.key, MessageRef(CHANNEL, "first"), at=AT)
        assert await offered(store) == [2]

    async def test_list_posts_the_papers_without_their_own(self, store: Store) -> None:
        """A paper that only a list shows is posted by the list."""
        await subscribed(store)
        await listed(store, [1, 2])
        whole = await a_delivery_plan(store, [1, 2])
        plan = whole.messages[:2]
        delivery = await store.save_plan(replace(whole, messages=plan), at=AT, lease=LEASE)
        assert delivery
        await store.record_sent(delivery, plan[0].key, MessageRef(CHANNEL, "head"), at=AT)
        assert await offered(store) == [1]

    async def test_messages_know_their_papers(self, store: Store) -> None:
        """A sent message leads to the papers that it shows, and to none where it is not ours."""
        await subscribed(store)
        await listed(store, [1, 2])
        delivery = await finished(store, [2, 1])
        shows = [await store.message_papers(MessageRef(CHANNEL, f"m-{one.key}")) for one in delivery.plan]
        assert shows == [(a_paper(2).id, a_paper(1).id), (a_paper(2).id,), (a_paper(1).id,)]
        assert await store.message_papers(MessageRef(CHANNEL, "else")) == ()
        assert await store.message_papers(MessageRef(ChannelRef("slack", "T1", "C2"), f"m-{delivery.id}/0")) == ()

    async def test_answers_are_remembered_and_post_nothing(self, store: Store) -> None:
        """An answer's message leads to its papers too, and they may still be posted."""
        await subscribed(store)
        await listed(store, [1, 2])
        for numbers in ([1], [2, 1]):
            await store.remember_message(MessageRef(CHANNEL, "x"), [a_paper(n).id for n in numbers], at=AT)
        assert await store.message_papers(MessageRef(CHANNEL, "x")) == (a_paper(2).id, a_paper(1).id)
        assert await offered(store) == [1, 2]

    async def test_last_that_posted(self, store: Store) -> None:
        """The last delivery is the latest finished daily one that posted a paper."""
        await subscribed(store)
        assert await store.last_delivery(READER) is None
        await listed(store, [1])
        await finished(store, [1])
        await finished(store, [], days=1)
        await finished(store, [], days=2, kind=DeliveryKind.NOTICE)
        await planned(store, [], days=3)
        last = await store.last_delivery(READER)
        assert last and last.day == DAY and last.plan and last.decisions


class TestChosenPapers:
    async def test_latest_day_first(self, store: Store) -> None:
        """Those of the channel's finished digests since a day, by day and place; each paper once, and no near miss."""
        await subscribed(store)
        await listed(store, [1, 2, 3, 4, 5])
        await finished(store, [1])
        await finished(store, [3, 2], kept=[4], days=1)
        await finished(store, [], days=2, kind=DeliveryKind.NOTICE)
        await planned(store, [5], days=3)
        found = await store.chosen_papers(CHANNEL, since=DAY)
        assert [one.paper for one in found] == [a_paper(number).id for number in (3, 2, 1)]
        assert found[:2] == decided([3, 2, 4], [3, 2])[:2]
        later = await store.chosen_papers(CHANNEL, since=DAY + timedelta(days=1))
        assert [one.paper for one in later] == [a_paper(3).id, a_paper(2).id]
        assert await store.chosen_papers(ChannelRef("slack", "T1", "C9"), since=DAY) == ()


async def test_updates_of_four_tasks_are_all_kept(store: Store) -> None:
    """Four tasks that each read and write fifteen times at once lose none of their sixty updates."""

    async def add_one_by_one(start: int) -> None:
        for one in range(start, start + 15):
            await listed(store, [1], scope=f"cs.{one}")

    async with asyncio.TaskGroup() as group:
        for task in range(4):
            group.create_task(add_one_by_one(task * 15))
    trace = await store.trace(CHANNEL, a_paper(1).id, "main")
    assert trace and len(trace.announcements) == 60
