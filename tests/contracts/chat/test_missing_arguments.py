"""Where a command lacks its argument, platforms that complete nothing show buttons, and one press is enough."""

from __future__ import annotations

from core.channels import DeliveryTime, Depth, Subscription
from core.converse.ports import Store
from tests.fakes.desk import real_desk
from tests.fakes.papers import AT, a_listing, a_paper
from tests.fakes.platform_drivers import PlatformDriver


async def test_a_category_is_chosen_by_a_button(driver: PlatformDriver, store: Store) -> None:
    """`/subscribe` alone offers likely categories, and a button subscribes to one."""
    desk = real_desk(store)
    await driver.person_manages(desk, "/subscribe")
    await driver.person_presses(desk, "cs.LG (Machine Learning)")
    assert [one.categories for one in await store.subscriptions()] == [("cs.LG",)]


async def test_a_search_is_chosen_by_a_button(driver: PlatformDriver, store: Store) -> None:
    """`/search` alone offers what the channel is interested in and whom it follows, and a button searches for it."""
    digest = Subscription(
        channel=driver.channel, categories=("cs.LG",), interest="lantern robots, no surveys", authors=("Ada Ng",)
    )
    await store.save_subscription(digest, at=AT)
    await store.add(a_listing([a_paper(1, title="Lantern robots at dusk")]), at=AT)
    desk = real_desk(store)
    await driver.person_types(desk, ["/search"])
    assert "Search for what?" in driver.flat() and "surveys" not in driver.flat()
    await driver.person_presses(desk, "lantern robots")
    assert "Lantern robots at dusk" in driver.flat()


async def test_a_value_is_chosen_by_a_button(driver: PlatformDriver, store: Store) -> None:
    """`/settings depth` alone offers the values there are, and a button sets one."""
    known = DeliveryTime(has_chosen_zone=True)
    await store.save_subscription(Subscription(channel=driver.channel, categories=("cs.LG",), at=known), at=AT)
    desk = real_desk(store)
    await driver.person_manages(desk, "/settings depth")
    await driver.person_presses(desk, "full")
    assert [one.depth for one in await store.subscriptions()] == [Depth.FULL]
