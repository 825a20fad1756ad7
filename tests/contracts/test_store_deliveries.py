"""The contract of `Store` for the ledger of deliveries, over every store there is."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta

from core.channels import ChannelRef
from core.converse.ports import Store
from core.deliver.ledger import Counts, DeliveryKind, DeliveryState
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


class TestLease:
    async def test_interrupted_sending_is_resumed(self, store: Store) -> None:
        """A delivery in state SENDING comes back with its stored plan, decisions and what was sent of it."""
        await subscribed(store)
        await listed(store, [1, 2])
        delivery = await planned(store, [2, 1])
        message = MessageRef(CHANNEL, "1700.1")
        await store.intend(delivery, delivery.plan[0].key, at=AT, lease=LEASE)
        await store.sent(delivery, delivery.plan[0].key, message, at=AT)
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


class TestSending:
    async def test_sent_once(self, store: Store) -> None:
        """Recording a message again, even under another reference, keeps the first."""
        await subscribed(store)
        await listed(store, [1])
        delivery = await planned(store, [1])
        for id in ("a", "b"):
            await store.sent(delivery, delivery.plan[1].key, MessageRef(CHANNEL, id), at=AT)
        found = await store.delivery(READER, DAY, DAILY)
        assert found and found.sent == {delivery.plan[1].key: MessageRef(CHANNEL, "a")}
        assert await store.message_papers(MessageRef(CHANNEL, "b")) == ()

    async def test_sent_counts_though_the_lease_is_lost(self, store: Store) -> None:
        """The platform has the message whoever holds the delivery now, so it is recorded."""
        await subscribed(store)
        await listed(store, [1])
        delivery = await planned(store, [1])
        await store.claim_delivery(delivery, at=AT + LEASE, lease=LEASE)
        await store.sent(delivery, delivery.plan[1].key, MessageRef(CHANNEL, "a"), at=AT)
        found = await store.delivery(READER, DAY, DAILY)
        assert found and list(found.sent) == [delivery.plan[1].key]

    async def test_own_message_posts_a_paper(self, store: Store) -> None:
        """A paper with a message of its own is posted when that one is sent, not when the list is."""
        await subscribed(store)
        await listed(store, [1, 2])
        delivery = await planned(store, [1, 2])
        head, first, _ = delivery.plan
        await store.sent(delivery, head.key, MessageRef(CHANNEL, "head"), at=AT)
        assert await offered(store) == [1, 2]
        await store.sent(delivery, first.key, MessageRef(CHANNEL, "first"), at=AT)
        assert await offered(store) == [2]

    async def test_list_posts_the_papers_without_their_own(self, store: Store) -> None:
        """A paper that only a list shows is posted by the list."""
        await subscribed(store)
        await listed(store, [1, 2])
        whole = await a_delivery_plan(store, [1, 2])
        plan = whole.messages[:2]
        delivery = await store.save_plan(replace(whole, messages=plan), at=AT, lease=LEASE)
        assert delivery
        await store.sent(delivery, plan[0].key, MessageRef(CHANNEL, "head"), at=AT)
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


async def test_updates_of_four_tasks_are_all_kept(store: Store) -> None:
    """Four tasks that each read and write fifty times at once lose none of their two hundred updates."""

    async def add_one_by_one(start: int) -> None:
        for one in range(start, start + 50):
            await listed(store, [1], scope=f"cs.{one}")

    async with asyncio.TaskGroup() as group:
        for task in range(4):
            group.create_task(add_one_by_one(task * 50))
    trace = await store.trace(CHANNEL, a_paper(1).id, "main")
    assert trace and len(trace.announcements) == 200
