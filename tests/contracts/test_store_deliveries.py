"""The contract of `Store` for the ledger of deliveries, over every store there is."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

from core.channels import ChannelRef, Subscription
from core.converse.ports import Store
from core.deliver.ledger import Counts, DeliveryKind, DeliveryState
from core.errors import NotAllowed, NotFound
from core.posts.messages import MessageRef
from tests.fakes.ledger import (
    CHANNEL,
    DAILY,
    LEASE,
    READER,
    a_plan,
    begun,
    decided,
    finished,
    listed,
    offered,
    planned,
    subscribed,
)
from tests.fakes.papers import AT, DAY, a_paper


class TestLease:
    async def test_new_delivery_is_choosing(self, store: Store) -> None:
        """A delivery that is taken up knows its subscription, day and kind, and nothing is decided."""
        delivery = await begun(store, await subscribed(store))
        assert (delivery.subscription, delivery.day, delivery.kind) == (READER, DAY, DAILY)
        assert delivery.state is DeliveryState.CHOOSING and delivery.begun_at == AT
        assert (delivery.plan, delivery.sent, delivery.decisions, delivery.finished_at) == ((), {}, (), None)
        assert await store.delivery(READER, DAY, DAILY) == delivery

    async def test_unknown_subscription(self, store: Store) -> None:
        """Nobody can take up a delivery of a subscription that is not stored."""
        with pytest.raises(NotFound, match="slack:T1/C1 main"):
            await begun(store)
        assert await store.delivery(READER, DAY, DAILY) is None

    async def test_one_of_two_gets_it(self, store: Store) -> None:
        """Of two that begin the same delivery at once, exactly one gets it."""
        await subscribed(store)
        async with asyncio.TaskGroup() as group:
            both = [group.create_task(store.begin_delivery(READER, DAY, DAILY, at=AT, lease=LEASE)) for _ in range(2)]
        assert sorted(task.result() is None for task in both) == [False, True]

    async def test_held_until_the_lease_ends(self, store: Store) -> None:
        """Nobody else gets a delivery before its lease runs out; then it comes back as it was, CHOOSING."""
        first = await begun(store, await subscribed(store))
        late = AT + LEASE - timedelta(microseconds=1)
        assert await store.begin_delivery(READER, DAY, DAILY, at=late, lease=LEASE) is None
        again = await store.begin_delivery(READER, DAY, DAILY, at=AT + LEASE, lease=LEASE)
        assert again == replace(first, begun_at=AT + LEASE)

    async def test_each_day_kind_and_name_has_its_own(self, store: Store) -> None:
        """Days, kinds and subscriptions do not stand in one another's way."""
        other = Subscription(channel=CHANNEL, name="other")
        for subscription in (READER, other):
            await subscribed(store, subscription)
        numbers = [
            (await begun(store, subscription, days=days, kind=kind)).id
            for subscription in (READER, other)
            for days in (0, 1)
            for kind in DeliveryKind
        ]
        assert len(set(numbers)) == 12

    async def test_interrupted_sending_is_resumed(self, store: Store) -> None:
        """A delivery in state SENDING comes back with its stored plan, decisions and what was sent of it."""
        await subscribed(store)
        await listed(store, [1, 2])
        delivery = await planned(store, await begun(store), [2, 1])
        message = MessageRef(CHANNEL, "1700.1")
        await store.intend(delivery, delivery.plan[0].key, at=AT, lease=LEASE)
        await store.sent(delivery, delivery.plan[0].key, message, at=AT)
        await store.save_subscription(replace(READER, size=1), at=AT)
        resumed = await store.begin_delivery(replace(READER, size=1), DAY, DAILY, at=AT + LEASE, lease=LEASE)
        assert resumed and resumed.state is DeliveryState.SENDING and resumed.subscription == READER
        assert resumed.plan == a_plan(delivery.key, [2, 1])
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
        assert await store.begin_delivery(READER, DAY, DAILY, at=AT + timedelta(days=9), lease=LEASE) is None

    async def test_intend_renews_the_lease(self, store: Store) -> None:
        """Every message that is about to be sent gives the sender the whole lease again."""
        await subscribed(store)
        delivery = await planned(store, await begun(store), [], until=0)
        await store.intend(delivery, "none", at=AT + timedelta(seconds=59), lease=LEASE)
        late = AT + timedelta(seconds=118)
        assert await store.begin_delivery(READER, DAY, DAILY, at=late, lease=LEASE) is None

    async def test_lost_lease_is_noticed(self, store: Store) -> None:
        """Once somebody else took over, the first one can neither plan, send, finish nor drop."""
        await subscribed(store)
        first = await begun(store)
        second = await store.begin_delivery(READER, DAY, DAILY, at=AT + LEASE, lease=LEASE)
        assert second is not None
        with pytest.raises(NotAllowed, match="took over"):
            await planned(store, first, [], until=0)
        await store.drop_delivery(first)
        sending = await planned(store, second, [], until=0)
        with pytest.raises(NotAllowed, match="took over"):
            await store.intend(first, "1/0", at=AT, lease=LEASE)
        with pytest.raises(NotAllowed, match="took over"):
            await store.finish_delivery(first, at=AT)
        await store.finish_delivery(sending, at=AT)

    async def test_dropped_as_if_never_begun(self, store: Store) -> None:
        """A delivery that is given back unplanned may be begun at once, under a number never used before."""
        first = await begun(store, await subscribed(store))
        await store.drop_delivery(first)
        assert await store.delivery(READER, DAY, DAILY) is None
        assert (await begun(store)).id > first.id

    async def test_planned_is_not_dropped(self, store: Store) -> None:
        """Dropping does nothing once a plan is stored."""
        delivery = await planned(store, await begun(store, await subscribed(store)), [], until=0)
        await store.drop_delivery(delivery)
        assert await store.delivery(READER, DAY, DAILY) == delivery


class TestSending:
    async def test_sent_once(self, store: Store) -> None:
        """Recording a message again, even under another reference, keeps the first."""
        await subscribed(store)
        await listed(store, [1])
        delivery = await planned(store, await begun(store), [1])
        for id in ("a", "b"):
            await store.sent(delivery, delivery.plan[1].key, MessageRef(CHANNEL, id), at=AT)
        found = await store.delivery(READER, DAY, DAILY)
        assert found and found.sent == {delivery.plan[1].key: MessageRef(CHANNEL, "a")}
        assert await store.message_papers(MessageRef(CHANNEL, "b")) == ()

    async def test_sent_counts_though_the_lease_is_lost(self, store: Store) -> None:
        """The platform has the message whoever holds the delivery now, so it is recorded."""
        await subscribed(store)
        await listed(store, [1])
        delivery = await planned(store, await begun(store), [1])
        await store.begin_delivery(READER, DAY, DAILY, at=AT + LEASE, lease=LEASE)
        await store.sent(delivery, delivery.plan[1].key, MessageRef(CHANNEL, "a"), at=AT)
        found = await store.delivery(READER, DAY, DAILY)
        assert found and list(found.sent) == [delivery.plan[1].key]

    async def test_own_message_posts_a_paper(self, store: Store) -> None:
        """A paper with a message of its own is posted when that one is sent, not when the list is."""
        await subscribed(store)
        await listed(store, [1, 2])
        delivery = await planned(store, await begun(store), [1, 2])
        head, first, _ = delivery.plan
        await store.sent(delivery, head.key, MessageRef(CHANNEL, "head"), at=AT)
        assert await offered(store) == [1, 2]
        await store.sent(delivery, first.key, MessageRef(CHANNEL, "first"), at=AT)
        assert await offered(store) == [2]

    async def test_list_posts_the_papers_without_their_own(self, store: Store) -> None:
        """A paper that only a list shows is posted by the list."""
        await subscribed(store)
        await listed(store, [1, 2])
        delivery = await begun(store)
        plan = (*a_plan(delivery.key, [1, 2])[:2],)
        await store.save_plan(delivery, plan=plan, decisions=(), counts=Counts(), sources=(), until=2)
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
        await begun(store, days=3)
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
