"""The contract of `Store` for what a delivery has to decide on, over every store there is."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from core.channels import ChannelRef, Subscription
from core.converse.ports import Store
from core.deliver.ledger import DeliveryKind
from core.papers.paper import AnnounceType
from tests.fakes.ledger import (
    CHANNEL,
    READER,
    finished,
    listed,
    number,
    offered,
    planned,
    subscribed,
)
from tests.fakes.papers import DAY, a_paper


class TestCandidates:
    async def test_first_delivery_has_the_latest_listing(self, store: Store) -> None:
        """Before the first delivery, the latest listing day of the subscription's own categories alone."""
        await subscribed(store)
        await listed(store, [1], days=-2)
        await listed(store, [2, 3], days=-1)
        await listed(store, [4], scope="cs.RO", categories=("cs.RO",))
        await listed(store, [1], type=AnnounceType.REPLACE, version=2)
        assert await offered(store) == [2, 3]

    async def test_later_ones_have_all_since(self, store: Store) -> None:
        """After a delivery, everything announced since it looked, of whatever day."""
        await subscribed(store)
        await listed(store, [1])
        await finished(store, [1])
        await listed(store, [2], days=1)
        await listed(store, [3], days=-7)
        assert await offered(store) == [2, 3]

    async def test_unfinished_delivery_has_not_looked(self, store: Store) -> None:
        """What an unfinished delivery looked at, and did not post, is still to be decided on."""
        await subscribed(store)
        await listed(store, [1, 2])
        await planned(store, [1])
        assert await offered(store) == [1, 2]

    async def test_notices_and_listings_have_not_looked(self, store: Store) -> None:
        """Only daily deliveries move on; what a listing's digest posted or kept is not offered again."""
        await subscribed(store)
        await listed(store, [1, 2, 3])
        await finished(store, [], kind=DeliveryKind.NOTICE)
        await finished(store, [1], kept=[2], kind=DeliveryKind.LISTING)
        assert await offered(store) == [3]

    async def test_newest_announcement_last(self, store: Store) -> None:
        """Each paper comes once, in the order of the latest announcements, and new in one of them is new."""
        reader = await subscribed(store, replace(READER, categories=("cs.LG", "cs.CL")))
        await listed(store, [1, 2], categories=("cs.CL", "cs.LG"))
        await listed(store, [1, 3], scope="cs.LG", type=AnnounceType.CROSS, categories=("cs.CL", "cs.LG"))
        found = (await store.candidates(reader)).items
        assert [(number(one.paper.id), one.scope, one.type, one.day) for one in found] == [
            (2, "cs.CL", AnnounceType.NEW, DAY),
            (1, "cs.CL", AnnounceType.NEW, DAY),
            (3, "cs.LG", AnnounceType.CROSS, DAY),
        ]
        assert found[0].paper == a_paper(2, categories=("cs.CL", "cs.LG"))

    @pytest.mark.parametrize(
        ("wanted", "numbers"),
        [
            ((), [1, 2, 3, 4]),
            (("cs",), [1, 2, 4]),
            (("cs.RO",), [4]),
            (("CS.ro", "math"), [3, 4]),
            (("stat",), []),
        ],
    )
    async def test_in_one_of_the_categories(self, store: Store, wanted: tuple[str, ...], numbers: list[int]) -> None:
        """The listing that announced a paper decides, not what else it is in; an archive stands for its categories."""
        reader = await subscribed(store, replace(READER, categories=wanted))
        await listed(store, [1])
        await listed(store, [2], categories=("cs.CL", "cs.RO"))
        await listed(store, [3], scope="math.AG", categories=("math.AG",))
        await listed(store, [4], scope="cs.RO", categories=())
        assert await offered(store, reader) == numbers

    async def test_replacements_are_not_news(self, store: Store) -> None:
        """A new version makes no candidate, nor does a paper first met as one."""
        await subscribed(store)
        await listed(store, [1])
        await finished(store, [])
        await listed(store, [1, 2], days=1, type=AnnounceType.REPLACE, version=2)
        await listed(store, [3], days=1, type=AnnounceType.REPLACE_CROSS, version=2)
        assert await offered(store) == []

    async def test_never_again_in_the_channel(self, store: Store) -> None:
        """What any subscription posted in the channel is not offered there again; another channel still has it."""
        second = Subscription(channel=CHANNEL, name="second")
        elsewhere = replace(READER, channel=ChannelRef("slack", "T1", "C2"))
        for subscription in (READER, second, elsewhere):
            await subscribed(store, subscription)
        await listed(store, [1, 2])
        await finished(store, [1])
        assert await offered(store, second) == [2]
        assert await offered(store, elsewhere) == [1, 2]
        await listed(store, [1], scope="cs.LG", days=1, type=AnnounceType.CROSS, categories=("cs.CL", "cs.LG"))
        assert await offered(store) == []

    async def test_kept_before_is_decided(self, store: Store) -> None:
        """What an earlier delivery kept and did not choose stays decided; what the rule dropped may come back."""
        reader = await subscribed(store, replace(READER, categories=("cs.CL", "cs.LG")))
        await listed(store, [1, 2, 3])
        await finished(store, [1], kept=[2], subscription=reader)
        await listed(store, [2, 3], scope="cs.LG", days=1, type=AnnounceType.CROSS, categories=("cs.CL", "cs.LG"))
        assert await offered(store, reader) == [3]

    async def test_of_a_listing_day(self, store: Store) -> None:
        """A listing day has all that was announced on it and never posted in the channel, decided or not."""
        await subscribed(store)
        await listed(store, [1, 2, 3])
        await finished(store, [1], kept=[2])
        await listed(store, [4], days=1)
        assert await offered(store, listing_day=DAY) == [2, 3]
        assert await offered(store, listing_day=DAY + timedelta(days=1)) == [4]
        assert await offered(store, listing_day=DAY + timedelta(days=2)) == []

    async def test_until_moves_without_candidates(self, store: Store) -> None:
        """`until` is the last announcement there is, whether or not anything is offered."""
        await subscribed(store)
        assert (await store.candidates(READER)).until == 0
        await listed(store, [1, 2], scope="cs.RO", categories=("cs.RO",))
        found = await store.candidates(READER)
        assert (found.items, found.until) == ((), 2)
        await listed(store, [3], scope="cs.RO", categories=("cs.RO",))
        assert (await store.candidates(READER, listing_day=DAY)).until == 3

    async def test_of_a_subscription_that_is_not_stored(self, store: Store) -> None:
        """A preview needs no stored subscription: it has the latest listing."""
        await listed(store, [1], days=-1)
        await listed(store, [2])
        assert await offered(store) == [2]

    async def test_a_listing_again(self, store: Store) -> None:
        """Asked for once more, a listing has all of its papers, whatever was posted of them."""
        await subscribed(store)
        await listed(store, [1, 2])
        await finished(store, [1])
        found = await store.candidates(READER, listing_day=DAY, is_again=True)
        assert [int(one.paper.id.value[-5:]) for one in found.items] == [1, 2]

    async def test_added_again_starts_afresh(self, store: Store) -> None:
        """A subscription that was removed and added again has the latest listing, not months of them."""
        await subscribed(store)
        await listed(store, [1])
        await finished(store, [1])
        await store.remove_subscription(CHANNEL, READER.name)
        await listed(store, [2], days=1)
        await listed(store, [3], days=2)
        await subscribed(store)
        assert await offered(store) == [3]

    async def test_changing_keeps_the_place(self, store: Store) -> None:
        """Changing a subscription does not make it start afresh."""
        await subscribed(store)
        await listed(store, [1])
        await finished(store, [1])
        await listed(store, [2], days=1)
        await listed(store, [3], days=2)
        await subscribed(store, replace(READER, size=3))
        assert await offered(store) == [2, 3]
