"""The contract of `Store` for plans and for the lease under which they are sent, over every store there is."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

from core.channels import ChannelRef, Subscription
from core.converse.ports import Store
from core.deliver.ledger import Delivery, DeliveryKind, DeliveryPlan, DeliveryState, Failure
from core.errors import LeaseLost, NotAllowed, NotFound
from core.posts.messages import MessageRef
from tests.fakes.ledger import CHANNEL, DAILY, LEASE, READER, a_delivery_plan, decided, listed, offered, subscribed
from tests.fakes.papers import AT, DAY, a_paper

SOON = timedelta(seconds=1)


async def stored(store: Store, plan: DeliveryPlan) -> Delivery:
    delivery = await store.save_plan(plan, at=AT, lease=LEASE)
    assert delivery is not None
    return delivery


async def sent_and_finished(store: Store, delivery: Delivery) -> None:
    for outgoing in delivery.plan:
        await store.record_sent(delivery, outgoing.key, MessageRef(CHANNEL, outgoing.key), at=AT)
    await store.finish_delivery(delivery, at=AT)


class TestPlan:
    async def test_comes_back_as_it_was(self, store: Store) -> None:
        """A stored plan is a delivery with its post and replies, messages, decisions, counts and sources."""
        await subscribed(store)
        await listed(store, [1, 2, 3])
        plan = await a_delivery_plan(store, [2, 1], kept=[3])
        delivery = await stored(store, plan)
        assert (delivery.subscription, delivery.day, delivery.kind) == (READER, DAY, DAILY)
        assert (delivery.state, delivery.begun_at, delivery.finished_at) == (DeliveryState.SENDING, AT, None)
        assert (delivery.post, delivery.plan, delivery.sent) == (plan.post, plan.messages, {})
        assert len(plan.post.replies) == 2
        assert delivery.decisions == decided([2, 1, 3], [2, 1])
        assert (delivery.counts, delivery.sources, delivery.until) == (plan.counts, plan.sources, 3)
        assert await store.delivery(READER, DAY, DAILY) == delivery

    async def test_nothing_is_stored_before(self, store: Store) -> None:
        """Whoever looks, or asks for the key of the messages, leaves nothing behind."""
        await subscribed(store)
        await listed(store, [1])
        await a_delivery_plan(store, [1])
        assert await store.delivery(READER, DAY, DAILY) is None

    async def test_unknown_subscription(self, store: Store) -> None:
        """There is no key and no plan for a subscription that is not stored."""
        with pytest.raises(NotFound, match="slack:T1/C1 main"):
            await store.delivery_key(READER, DAY, DAILY)
        await subscribed(store)
        plan = await a_delivery_plan(store, [])
        await store.remove_subscription(CHANNEL, READER.name)
        with pytest.raises(NotFound, match="slack:T1/C1 main"):
            await store.save_plan(plan, at=AT, lease=LEASE)

    async def test_keys_are_those_of_one_delivery(self, store: Store) -> None:
        """The same delivery has the same key each time; others have others, all under the database's id."""
        other = Subscription(channel=CHANNEL, name="other")
        for subscription in (READER, other):
            await subscribed(store, subscription)
        asked = [
            (subscription, DAY + timedelta(days=days), kind)
            for subscription in (READER, other)
            for days in (0, 1)
            for kind in DeliveryKind
        ]
        keys = [await store.delivery_key(*one) for one in asked]
        assert [await store.delivery_key(*one) for one in asked] == keys
        assert len(set(keys)) == len(asked)
        assert len({key.partition("/")[0] for key in keys}) == 1

    async def test_subscription_that_was_added_again_has_other_keys(self, store: Store) -> None:
        """A subscription that was removed and added again uses no key of the one before."""
        await subscribed(store)
        before = await store.delivery_key(READER, DAY, DAILY)
        await store.remove_subscription(CHANNEL, READER.name)
        await subscribed(store)
        assert await store.delivery_key(READER, DAY, DAILY) != before

    async def test_each_day_kind_and_name_has_its_own(self, store: Store) -> None:
        """Days, kinds and subscriptions do not stand in one another's way."""
        other = Subscription(channel=CHANNEL, name="other")
        for subscription in (READER, other):
            await subscribed(store, subscription)
        numbers = [
            (await stored(store, await a_delivery_plan(store, [], subscription=one, days=days, kind=kind))).id
            for one in (READER, other)
            for days in (0, 1)
            for kind in DeliveryKind
        ]
        assert len(set(numbers)) == 4 * len(DeliveryKind)

    async def test_first_one_wins(self, store: Store) -> None:
        """Of two that store a plan of one delivery at once exactly one does, and its plan stays."""
        await subscribed(store)
        await listed(store, [1, 2])
        plans = [await a_delivery_plan(store, [number], kept=[3 - number]) for number in (1, 2)]
        async with asyncio.TaskGroup() as group:
            both = [group.create_task(store.save_plan(plan, at=AT, lease=LEASE)) for plan in plans]
        results = [task.result() for task in both]
        assert sorted(result is None for result in results) == [False, True]
        (winner,) = [result for result in results if result]
        assert await store.delivery(READER, DAY, DAILY) == winner
        assert winner.post == plans[results.index(winner)].post


class TestWatermark:
    async def test_listing_before_the_plan_is_stored_is_late(self, store: Store) -> None:
        """What is listed between choosing and storing the plan is offered to the next digest, and only that."""
        await subscribed(store)
        await listed(store, [1, 2])
        plan = await a_delivery_plan(store, [1], kept=[2])
        await listed(store, [3])
        await sent_and_finished(store, await stored(store, plan))
        assert await offered(store) == [3]

    @pytest.mark.parametrize(("first", "rest"), [(0, [3]), (1, [])])
    async def test_two_that_choose_at_different_moments(self, store: Store, first: int, rest: list[int]) -> None:
        """Whichever of two plans is stored, what was listed after its candidates were read is neither lost nor twice.

        The other one is not stored, while the first is sent as well as afterwards.
        """
        await subscribed(store)
        await listed(store, [1, 2])
        plans = [await a_delivery_plan(store, [1, 2])]
        await listed(store, [3])
        plans.append(await a_delivery_plan(store, [1, 2, 3]))
        delivery = await stored(store, plans[first])
        assert await store.save_plan(plans[1 - first], at=AT + SOON, lease=LEASE) is None
        await sent_and_finished(store, delivery)
        assert await store.save_plan(plans[1 - first], at=AT + SOON, lease=LEASE) is None
        assert await offered(store) == rest
        trace = await store.trace(CHANNEL, a_paper(3).id, READER.name)
        assert trace and len(trace.deliveries) == first

    async def test_plan_of_candidates_that_were_decided_meanwhile(self, store: Store) -> None:
        """A plan whose candidates another day's digest has decided on meanwhile is not stored."""
        await subscribed(store)
        await listed(store, [1, 2])
        overtaken = await a_delivery_plan(store, [1, 2], days=1)
        await sent_and_finished(store, await stored(store, await a_delivery_plan(store, [1, 2])))
        assert await store.save_plan(overtaken, at=AT + SOON, lease=LEASE) is None
        assert await store.delivery(READER, DAY + timedelta(days=1), DAILY) is None
        assert await offered(store) == []

    @pytest.mark.parametrize("kind", [DeliveryKind.LISTING, DeliveryKind.NOTICE])
    async def test_other_kinds_do_not_depend_on_it(self, store: Store, kind: DeliveryKind) -> None:
        """A listing's digest and a notice are stored whatever daily digest was finished meanwhile."""
        await subscribed(store)
        await listed(store, [1, 2])
        plan = await a_delivery_plan(store, [2], days=1, kind=kind)
        await sent_and_finished(store, await stored(store, await a_delivery_plan(store, [1])))
        await stored(store, plan)


class TestLease:
    async def planned(self, store: Store) -> Delivery:
        await subscribed(store)
        await listed(store, [1])
        return await stored(store, await a_delivery_plan(store, [1]))

    async def test_who_stored_the_plan_holds_it(self, store: Store) -> None:
        """Nobody else gets a delivery before its lease runs out; then it comes back as it stands."""
        first = await self.planned(store)
        message = MessageRef(CHANNEL, "1700.1")
        await store.intend(first, first.plan[0].key, at=AT, lease=LEASE)
        await store.record_sent(first, first.plan[0].key, message, at=AT)
        early = AT + LEASE - timedelta(microseconds=1)
        assert await store.claim_delivery(first, at=early, lease=LEASE) is None
        second = await store.claim_delivery(first, at=AT + LEASE, lease=LEASE)
        assert second and second.holder != first.holder
        assert replace(second, holder=first.holder) == replace(first, sent={first.plan[0].key: message})

    async def test_one_of_two_gets_it(self, store: Store) -> None:
        """Of two that claim a delivery at the same moment, exactly one gets it."""
        delivery = await self.planned(store)
        async with asyncio.TaskGroup() as group:
            both = [group.create_task(store.claim_delivery(delivery, at=AT + LEASE, lease=LEASE)) for _ in range(2)]
        assert sorted(task.result() is None for task in both) == [False, True]

    async def test_done_is_done(self, store: Store) -> None:
        """A finished delivery is never claimed again."""
        delivery = await self.planned(store)
        await store.finish_delivery(delivery, at=AT)
        assert await store.claim_delivery(delivery, at=AT + timedelta(days=9), lease=LEASE) is None

    async def test_renewed(self, store: Store) -> None:
        """Who renews the lease has the whole of it again."""
        delivery = await self.planned(store)
        await store.renew_lease(delivery, at=AT + timedelta(seconds=59), lease=LEASE)
        assert await store.claim_delivery(delivery, at=AT + timedelta(seconds=118), lease=LEASE) is None

    async def test_released(self, store: Store) -> None:
        """Who gives a delivery back leaves it to the next one at once, at the same moment even."""
        first = await self.planned(store)
        await store.release_delivery(first, at=AT)
        second = await store.claim_delivery(first, at=AT, lease=LEASE)
        assert second and second.plan == first.plan
        await store.release_delivery(first, at=AT)
        assert await store.claim_delivery(first, at=AT, lease=LEASE) is None

    async def test_loss_is_noticed(self, store: Store) -> None:
        """Once somebody else took over, even at the same moment, the first can neither renew, send nor finish."""
        first = await self.planned(store)
        await store.release_delivery(first, at=AT)
        second = await store.claim_delivery(first, at=AT, lease=LEASE)
        assert second
        with pytest.raises(NotAllowed, match="took over"):
            await store.renew_lease(first, at=AT, lease=LEASE)
        with pytest.raises(NotAllowed, match="took over"):
            await store.intend(first, first.plan[0].key, at=AT, lease=LEASE)
        with pytest.raises(NotAllowed, match="took over"):
            await store.finish_delivery(first, at=AT)
        await store.finish_delivery(second, at=AT)


class TestAnotherPlan:
    async def test_takes_the_place_of_the_first(self, store: Store) -> None:
        """What is planned anew is the delivery's post, messages, decisions and counts; it stays what it was besides."""
        await subscribed(store)
        await listed(store, [1, 2])
        first = await stored(store, await a_delivery_plan(store, [1, 2]))
        await listed(store, [3])
        plan = await a_delivery_plan(store, [3, 1], kept=[2])
        second = await store.replace_plan(first, plan, at=AT + SOON, lease=LEASE)
        assert second and second == await store.delivery(READER, DAY, DAILY)
        assert (second.id, second.holder, second.begun_at) == (first.id, first.holder, AT)
        assert (second.post, second.plan, second.counts) == (plan.post, plan.messages, plan.counts)
        assert (second.decisions, second.until) == (decided([3, 1, 2], [3, 1]), 3)
        assert await store.claim_delivery(second, at=AT + LEASE, lease=LEASE) is None
        await sent_and_finished(store, second)
        assert await offered(store) == []

    async def test_not_of_what_was_begun(self, store: Store) -> None:
        """Once a message is on record the stored plan stays."""
        await subscribed(store)
        await listed(store, [1, 2])
        first = await stored(store, await a_delivery_plan(store, [1]))
        await store.record_sent(first, first.plan[0].key, MessageRef(CHANNEL, "m"), at=AT)
        assert await store.replace_plan(first, await a_delivery_plan(store, [2]), at=AT, lease=LEASE) is None
        kept = await store.delivery(READER, DAY, DAILY)
        assert kept and kept.plan == first.plan

    async def test_not_by_others(self, store: Store) -> None:
        """Who does not hold the delivery changes nothing of it."""
        await subscribed(store)
        await listed(store, [1, 2])
        first = await stored(store, await a_delivery_plan(store, [1]))
        assert await store.claim_delivery(first, at=AT + LEASE, lease=LEASE)
        with pytest.raises(LeaseLost):
            await store.replace_plan(first, await a_delivery_plan(store, [2]), at=AT + LEASE, lease=LEASE)
        kept = await store.delivery(READER, DAY, DAILY)
        assert kept and kept.plan == first.plan


class TestDoubt:
    async def test_of_what_was_intended(self, store: Store) -> None:
        """A message is in doubt from the intention on, until it is on record or is known not to have been sent."""
        await subscribed(store)
        await listed(store, [1, 2])
        delivery = await stored(store, await a_delivery_plan(store, [1, 2]))
        head, reply, _ = (one.key for one in delivery.plan)

        async def in_doubt() -> set[str]:
            found = await store.delivery(READER, DAY, DAILY)
            assert found
            return set(found.in_doubt)

        assert await in_doubt() == set()
        for key in (head, reply):
            await store.intend(delivery, key, at=AT, lease=LEASE)
        assert await in_doubt() == {head, reply}
        await store.record_sent(delivery, head, MessageRef(CHANNEL, "m"), at=AT)
        await store.withdraw(delivery, head)
        assert await in_doubt() == {reply}
        await store.withdraw(delivery, reply)
        assert await in_doubt() == set()
        kept = await store.delivery(READER, DAY, DAILY)
        assert kept and set(kept.sent) == {head}

    async def test_is_the_holders(self, store: Store) -> None:
        """Who does not hold the delivery any more says nothing of its messages."""
        await subscribed(store)
        await listed(store, [1])
        delivery = await stored(store, await a_delivery_plan(store, [1]))
        await store.intend(delivery, delivery.plan[0].key, at=AT, lease=LEASE)
        later = await store.claim_delivery(delivery, at=AT + LEASE, lease=LEASE)
        await store.withdraw(delivery, delivery.plan[0].key)
        kept = await store.delivery(READER, DAY, DAILY)
        assert later and kept and kept.in_doubt == later.in_doubt == {delivery.plan[0].key}


class TestOneChannel:
    async def test_what_another_is_about_to_post(self, store: Store) -> None:
        """What an open delivery of the channel will show is no candidate of its other subscriptions, until it ends."""
        second = Subscription(channel=CHANNEL, name="second", categories=("cs.CL",))
        elsewhere = replace(second, channel=ChannelRef("slack", "T1", "C2"))
        for one in (READER, second, elsewhere):
            await subscribed(store, one)
        await listed(store, [1, 2, 3])
        first = await stored(store, await a_delivery_plan(store, [1], kept=[2]))
        assert [await offered(store, one) for one in (READER, second, elsewhere)] == [[1, 2, 3], [2, 3], [1, 2, 3]]
        assert [await offered(store, one, listing_day=DAY) for one in (READER, second)] == [[2, 3], [2, 3]]
        await store.close_delivery(first, at=AT, failure=Failure(kind="ChatError", sentence="No."))
        assert await offered(store, second) == [1, 2, 3]

    @pytest.mark.parametrize("is_sent", [False, True])
    async def test_plans_made_at_once(self, store: Store, is_sent: bool) -> None:
        """Of two plans that chose the same paper for a channel the first one is stored; the other has to look again."""
        second = Subscription(channel=CHANNEL, name="second", categories=("cs.CL",))
        for one in (READER, second):
            await subscribed(store, one)
        await listed(store, [1, 2])
        plans = [await a_delivery_plan(store, [1]), await a_delivery_plan(store, [2, 1], subscription=second)]
        first = await stored(store, plans[0])
        if is_sent:
            await sent_and_finished(store, first)
        assert await store.save_plan(plans[1], at=AT, lease=LEASE) is None
        assert await store.save_plan(await a_delivery_plan(store, [2], subscription=second), at=AT, lease=LEASE)

    async def test_both_at_the_same_moment(self, store: Store) -> None:
        """Whoever is first: one of many plans that chose the same paper at the same moment is stored."""
        many = [Subscription(channel=CHANNEL, name=f"reader-{n}", categories=("cs.CL",)) for n in range(6)]
        for one in many:
            await subscribed(store, one)
        await listed(store, [1])
        plans = [await a_delivery_plan(store, [1], subscription=one) for one in many]
        async with asyncio.TaskGroup() as group:
            saving = [group.create_task(store.save_plan(plan, at=AT, lease=LEASE)) for plan in plans]
        assert sum(one.result() is not None for one in saving) == 1
