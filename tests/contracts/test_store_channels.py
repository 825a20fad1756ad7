"""The contract of `Store` for channels that are lost, come back, or get another reference, over every store."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

from core.channels import Absence, ChannelMoved, ChannelRef, Subscription, UserRef
from core.converse.lists.feedback import Feedback
from core.converse.ports import Store
from core.deliver import absences
from core.deliver.ledger import DeliveryState
from core.errors import AbsenceReason, ChannelGone, NotAllowed
from core.posts.messages import MessageRef
from core.posts.reactions import Feeling, Reaction
from tests.fakes.feedback import feedback_in
from tests.fakes.ledger import CHANNEL, DAILY, LEASE, READER, finished, listed, number, offered, planned, subscribed
from tests.fakes.papers import AT, DAY, a_paper

ABSENCE = Absence(reason=AbsenceReason.KICKED, since=AT)
OLD, NEW = ChannelRef("telegram", "", "-123"), ChannelRef("telegram", "", "-1000123")
GROUP = Subscription(channel=OLD, categories=("cs.CL",))
MOVED = ChannelMoved(channel=OLD, to=NEW, keeps_messages=False)
READER_7 = UserRef("telegram", "", "7")


class TestLost:
    async def test_every_field_of_an_absence_survives(self, store: Store) -> None:
        """Who set a subscription up, and why and since when it is paused, is read back as it was saved."""
        absent = replace(READER, paused=True, absence=ABSENCE, set_up_by=READER_7, news_since=DAY)
        await store.save_subscription(absent, at=AT)
        assert await store.subscriptions() == (absent,)

    async def test_a_channel_pauses_with_all_that_it_covers(self, store: Store) -> None:
        """A workspace covers its channels and a chat its topics; a name that only begins alike is another one."""
        places = ("slack:T1/C1", "slack:T1/C2", "slack:T11/C1", "telegram:-1", "telegram:-1/7", "telegram:-17")
        for place in places:
            await store.save_subscription(Subscription(channel=ChannelRef.parse(place)), at=AT)
        lost = await store.lose_channel(ChannelRef("slack", "T1", ""), ABSENCE)
        topics = await store.lose_channel(ChannelRef("telegram", "", "-1"), ABSENCE)
        assert sorted(str(one.channel) for one in (*lost, *topics)) == sorted(
            ["slack:T1/C1", "slack:T1/C2", "telegram:-1", "telegram:-1/7"]
        )
        assert [one for one in await store.subscriptions() if one.paused] == sorted((*lost, *topics), key=str)
        assert await store.lost_subscriptions() == tuple(sorted((*lost, *topics), key=str))
        assert await store.lost_subscriptions(ChannelRef("telegram", "", "-1")) == tuple(sorted(topics, key=str))
        assert await store.lost_subscriptions(ChannelRef("telegram", "", "-17")) == ()
        await store.change_subscriptions(ChannelRef("slack", "T1", ""), lambda one: replace(one, absence=None), at=AT)
        assert await store.lost_subscriptions() == tuple(sorted(topics, key=str))

    async def test_of_several_who_notice_one_pauses(self, store: Store) -> None:
        """Whoever comes second gets nothing, and what a person had paused is never ours."""
        await store.save_subscription(READER, at=AT)
        await store.save_subscription(replace(READER, name="old", paused=True), at=AT)
        both = await asyncio.gather(*(store.lose_channel(CHANNEL, ABSENCE) for _ in range(2)))  # noqa: TID251 - the race is what is tested
        assert sorted(len(one) for one in both) == [0, 1]
        assert [one.absence for one in await store.subscriptions()] == [ABSENCE, None]

    async def test_a_delivery_under_way_ends_with_the_reason(self, store: Store) -> None:
        """Whoever sends it learns why before the next message; nobody takes it up but by name."""
        await subscribed(store)
        await listed(store, [1, 2])
        held = await planned(store, [1, 2])
        await store.lose_channel(CHANNEL, ABSENCE)
        with pytest.raises(ChannelGone) as caught:
            await store.intend(held, held.plan[0].key, at=AT, lease=LEASE)
        ended = await store.delivery(READER, DAY, DAILY)
        assert caught.value.reason is AbsenceReason.KICKED
        assert ended
        assert (ended.state, ended.absence) == (DeliveryState.FAILED, AbsenceReason.KICKED)
        assert not await store.claim_delivery(held, at=AT, lease=LEASE)
        again = await store.claim_delivery(held, at=AT, lease=LEASE, reopens=True)
        assert again
        assert (again.state, again.absence) == (DeliveryState.SENDING, None)

    async def test_what_was_not_sent_is_news_again(self, store: Store) -> None:
        """An ended digest posted what it posted; the next one brings the rest."""
        await subscribed(store)
        await listed(store, [1, 2])
        held = await planned(store, [1, 2])
        for outgoing in held.plan[:2]:
            await store.intend(held, outgoing.key, at=AT, lease=LEASE)
            await store.record_sent(held, outgoing.key, MessageRef(CHANNEL, outgoing.key), at=AT)
        await store.lose_channel(CHANNEL, ABSENCE)
        assert await offered(store) == [2]

    async def test_an_ended_subscription_ends_its_delivery(self, store: Store) -> None:
        """Somebody unsubscribes while a digest is sent: it stops before its next message."""
        await subscribed(store)
        await listed(store, [1])
        held = await planned(store, [1])
        await store.remove_subscription(CHANNEL, "main")
        with pytest.raises(NotAllowed, match="not subscribed any more"):
            await store.intend(held, held.plan[0].key, at=AT, lease=LEASE)


class TestReturned:
    async def test_after_a_long_absence_only_the_last_week_is_news(self, store: Store) -> None:
        """Months of papers are no digest; after a few days nothing is skipped."""
        await subscribed(store)
        await listed(store, [1])
        await finished(store, [1])
        for days, paper in ((10, 2), (60, 3), (89, 4)):
            await listed(store, [paper], days=days)
        back = AT + timedelta(days=90)
        long_ago = replace(READER, paused=True, absence=ABSENCE)
        lately = replace(long_ago, absence=replace(ABSENCE, since=back - timedelta(days=3)))
        assert await offered(store, absences.resume_subscription(long_ago, at=back)) == [4]
        assert await offered(store, absences.resume_subscription(lately, at=back)) == [2, 3, 4]


class TestMoved:
    async def test_everything_follows(self, store: Store) -> None:
        """Subscription, deliveries, what was posted, bookmarks and feedback are found under the new reference alone."""
        await subscribed(store, GROUP)
        await listed(store, [1, 2])
        await finished(store, [1], subscription=GROUP)
        await listed(store, [3], days=1)
        held = await planned(store, [3], days=1, subscription=GROUP)
        await store.add_bookmark(str(READER_7), a_paper(1).id, str(OLD), at=AT, public=True)
        more = Feedback(user=READER_7, paper=a_paper(1).id, feeling=Feeling.MORE, where=OLD, at=AT, public=True)
        await store.add_feedback(more)
        moved = replace(GROUP, channel=NEW)
        assert await store.move_channel(MOVED) == (moved,)
        assert await store.move_channel(MOVED) == ()
        assert await store.subscriptions() == (moved,)
        assert [number(one.paper.id) for one in await store.bookmarks(channel=str(NEW))] == [1]
        assert [one.user for one in await feedback_in(store, NEW)] == [READER_7]
        assert await feedback_in(store, OLD) == ()
        last = await store.last_delivery(moved)
        trace = await store.trace(NEW, a_paper(1).id, "main")
        assert last
        assert last.subscription == moved
        assert trace
        assert trace.posted_at
        await store.renew_lease(held, at=AT, lease=LEASE)
        assert await offered(store, moved) == [3]

    async def test_messages_that_are_numbered_anew_stay_behind(self, store: Store) -> None:
        """A message of the new channel with an old one's number is not taken for it, nor replied to."""
        await subscribed(store, GROUP)
        await listed(store, [1])
        held = await planned(store, [1], subscription=GROUP)
        await store.record_sent(held, held.plan[0].key, MessageRef(OLD, "17"), at=AT)
        await store.move_channel(MOVED)
        now = await store.delivery(replace(GROUP, channel=NEW), DAY, DAILY)
        assert now
        assert now.sent[held.plan[0].key] == MessageRef(NEW, "-123:17")
        assert await store.message_papers(MessageRef(NEW, "17")) == ()

    async def test_messages_that_keep_their_number_follow(self, store: Store) -> None:
        """Where a platform only renames a channel, reactions on old messages still find their paper."""
        await store.remember_message(MessageRef(CHANNEL, "17"), [a_paper(1).id], at=AT)
        early = Reaction(user=READER_7, message=MessageRef(CHANNEL, "18"), feeling=Feeling.MORE, added=True)
        assert await store.take_reaction(early, at=AT, since=AT) is None
        there = ChannelRef("slack", "T1", "C2")
        await store.move_channel(ChannelMoved(channel=CHANNEL, to=there, keeps_messages=True))
        assert await store.message_papers(MessageRef(there, "17")) == (a_paper(1).id,)
        await listed(store, [1])
        await store.remember_message(MessageRef(there, "18"), [a_paper(1).id], at=AT)
        await store.settle_reactions(MessageRef(there, "18"), since=AT)
        assert [one.user for one in await feedback_in(store, there)] == [READER_7]

    async def test_a_message_elsewhere_tells_of_the_move(self, store: Store) -> None:
        """A digest that goes on under the new reference is recorded there, with everything else, in one step."""
        await subscribed(store, GROUP)
        await listed(store, [1])
        held = await planned(store, [1], subscription=GROUP)
        for place, outgoing in enumerate(held.plan):
            await store.intend(held, outgoing.key, at=AT, lease=LEASE)
            await store.record_sent(held, outgoing.key, MessageRef(OLD if place == 0 else NEW, str(place)), at=AT)
        await store.finish_delivery(held, at=AT)
        moved = replace(GROUP, channel=NEW)
        assert await store.subscriptions() == (moved,)
        assert await store.message_papers(MessageRef(NEW, "1")) == (a_paper(1).id,)
        assert await offered(store, moved) == []

    async def test_where_both_are_subscribed_the_new_one_stays(self, store: Store) -> None:
        """Somebody subscribed the new channel by hand before the old one was known to have moved."""
        by_hand = Subscription(channel=NEW, categories=("cs.RO",))
        for one in (GROUP, by_hand):
            await store.save_subscription(one, at=AT)
        for place in (OLD, NEW):
            await store.claim_digest_order(place, at=AT, since=AT)
            await listed(store, [1])
            await store.add_bookmark(str(READER_7), a_paper(1).id, str(place), at=AT, public=True)
        await store.move_channel(MOVED)
        assert await store.subscriptions() == (by_hand,)
        assert len(await store.bookmarks(channel=str(NEW))) == 1
        assert await store.bookmarks(channel=str(OLD)) == ()
