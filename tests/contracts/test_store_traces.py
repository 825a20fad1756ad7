"""The contract of `Store` for what became of a paper, over every store there is."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from core.channels import Subscription
from core.converse.ports import Store
from core.deliver.ledger import DeliveryKind
from core.deliver.ports import PaperTrace
from core.papers.paper import AnnounceType
from tests.fakes.ledger import (
    CHANNEL,
    READER,
    finished,
    listed,
    planned,
    subscribed,
)
from tests.fakes.papers import AT, DAY, a_paper


class TestTrace:
    async def trace(self, store: Store, one: int, subscription: Subscription = READER) -> PaperTrace:
        found = await store.trace(subscription.channel, a_paper(one).id, subscription.name)
        assert found is not None
        return found

    async def days(self, store: Store, one: int) -> list[tuple[int, int | None]]:
        """The deliveries that looked at a paper: days after DAY, and the place they gave it."""
        trace = await self.trace(store, one)
        return [((delivery.day - DAY).days, made.place if made else None) for delivery, made in trace.deliveries]

    async def test_unknown_paper(self, store: Store) -> None:
        """There is no trace of a paper that is not known."""
        assert await store.trace(CHANNEL, a_paper(1).id, "main") is None

    async def test_announcements_and_first_sight(self, store: Store) -> None:
        """Announcements come in order, with source, scope, day, type and number; nothing else happened yet."""
        await listed(store, [1])
        await listed(store, [1], scope="cs.LG", days=1, type=AnnounceType.CROSS)
        trace = await self.trace(store, 1)
        assert trace.announcements == (
            ("arxiv", "cs.CL", DAY, "new", 1),
            ("arxiv", "cs.LG", DAY + timedelta(days=1), "cross", 2),
        )
        assert (trace.paper.id, trace.first_seen, trace.deliveries, trace.posted_at) == (a_paper(1).id, AT, (), None)

    async def test_chosen_kept_and_dropped(self, store: Store) -> None:
        """The delivery that looked tells its decision: the place of a kept paper, None of a dropped one."""
        await subscribed(store)
        await listed(store, [1, 2, 3])
        await finished(store, [1], kept=[2])
        assert [await self.days(store, one) for one in (1, 2, 3)] == [[(0, 1)], [(0, 2)], [(0, None)]]
        assert (await self.trace(store, 1)).posted_at == AT + timedelta(seconds=1)
        assert (await self.trace(store, 2)).posted_at is None

    async def test_only_deliveries_that_looked(self, store: Store) -> None:
        """A first delivery looked at its latest day alone; one of another time or category did not look."""
        await subscribed(store)
        await listed(store, [1], days=-1)
        await listed(store, [2])
        await listed(store, [3], scope="cs.RO", categories=("cs.RO",))
        await finished(store, [])
        await listed(store, [4], days=1)
        await finished(store, [], days=1)
        assert [await self.days(store, one) for one in (1, 2, 3, 4)] == [[], [(0, None)], [], [(1, None)]]

    async def test_decided_once(self, store: Store) -> None:
        """A later cross-list of a kept paper is not looked at again; of a dropped one it is."""
        reader = await subscribed(store, replace(READER, categories=("cs.CL", "cs.LG")))
        await listed(store, [1, 2])
        await finished(store, [], kept=[1], subscription=reader)
        await listed(store, [1, 2], scope="cs.LG", days=1, type=AnnounceType.CROSS, categories=("cs.CL", "cs.LG"))
        await finished(store, [], days=1, subscription=reader)
        assert [await self.days(store, one) for one in (1, 2)] == [[(0, 1)], [(0, None), (1, None)]]

    async def test_posted_by_a_neighbour(self, store: Store) -> None:
        """What another subscription posted in the channel before is posted, and this one did not look at it."""
        other = await subscribed(store, Subscription(channel=CHANNEL, name="other"))
        await subscribed(store)
        await listed(store, [1])
        await finished(store, [1], subscription=other)
        await finished(store, [], days=1)
        trace = await self.trace(store, 1)
        assert (trace.deliveries, trace.posted_at) == ((), AT + timedelta(seconds=1))

    async def test_unfinished_delivery_shows(self, store: Store) -> None:
        """A delivery that is still sending tells what it decided."""
        await subscribed(store)
        await listed(store, [1])
        assert await self.days(store, 1) == []
        await planned(store, [1])
        assert await self.days(store, 1) == [(0, 1)]

    async def test_listing_looked_at_its_day(self, store: Store) -> None:
        """The digest of a listing day looked at what was announced that day."""
        await subscribed(store)
        await listed(store, [1], days=-1)
        await listed(store, [2])
        await finished(store, [], kept=[2], kind=DeliveryKind.LISTING)
        assert [await self.days(store, one) for one in (1, 2)] == [[], [(0, 1)]]

    async def test_record_outlives_the_subscription(self, store: Store) -> None:
        """What was posted stays on record when the subscription goes."""
        await subscribed(store)
        await listed(store, [1])
        await finished(store, [1])
        await store.remove_subscription(CHANNEL, READER.name)
        assert await self.days(store, 1) == [(0, 1)]
        assert (await self.trace(store, 1)).posted_at
