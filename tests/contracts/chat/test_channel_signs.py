"""A channel chooses which emoji stand for what, on every platform, over the real desk and a real store."""

from __future__ import annotations

import pytest

from core.channels import Subscription
from core.converse.ports import Store
from core.deliver.digest import deliver
from core.posts.messages import MessageRef
from core.posts.reactions import Feeling
from tests.fakes.clock import FakeClock
from tests.fakes.desk import real_desk
from tests.fakes.papers import AT, DAY, a_listing, a_paper
from tests.fakes.platform_drivers import PlatformDriver

#: what a person types to choose an emoji there, how a reaction with it is told, and what messages show
CHOSEN = {
    "slack": (":our-star:", "our-star", ":our-star:"),
    "discord": ("<:star:77>", "<:star:77>", "<:star:77>"),
    "telegram": ("🔥", "🔥", "🔥"),
    "terminal": (":pushpin:", "📌", "📌"),
}
#: one that nobody can react with there, and what is said of it
UNUSABLE = {
    "slack": ("★", "Slack knows emoji by their names, and '★' is none."),
    "discord": (":our-star:", "':our-star:' is no emoji."),
    "telegram": ("📌", "Nobody can react with 📌 on Telegram."),
    "terminal": ("star", "'star' is no emoji."),
}


@pytest.fixture
async def store(store: Store) -> Store:
    await store.add(a_listing([a_paper(number) for number in (1, 2)]), at=AT)
    return store


async def post_digest(driver: PlatformDriver, store: Store) -> MessageRef:
    """Post a digest; the message of its first paper."""
    subscription = Subscription(channel=driver.channel, categories=("cs.CL",), size=2)
    await store.save_subscription(subscription, at=AT)
    await deliver(subscription, DAY, store=store, chat=driver.chat, clock=FakeClock(AT))
    delivery = await store.last_delivery(subscription)
    assert delivery
    return delivery.sent[delivery.plan[1].key]


async def test_a_channels_own_signs(driver: PlatformDriver, store: Store) -> None:
    """Once a channel chose a sign, that one counts and the usual one does not; what was counted stays until it is
    taken back. Digests and help name it, and the button below takes the choice back."""
    typed, told, shown = CHOSEN[driver.chat.platform]
    message, desk = await post_digest(driver, store), real_desk(store)

    async def saved() -> int:
        return len(await store.bookmarks(channel=str(driver.channel)))

    await driver.person_reacts(desk, message, Feeling.BOOKMARK, added=True)
    assert await saved() == 1
    await driver.person_manages(desk, f"/settings emoji bookmark {typed}")
    assert "chose signs: bookmark" in " ".join(driver.seen_by_all().split())
    assert await saved() == 1
    usual = {"slack": "bookmark", "telegram": "✍"}.get(driver.chat.platform, "🔖")
    await driver.person_reacts(desk, message, Feeling.BOOKMARK, added=False)
    assert await saved() == 0
    for added in (True, False):
        await driver.person_reacts(desk, message, usual, added=added)
        assert await saved() == 0
    await driver.person_reacts(desk, message, told, added=True)
    assert await saved() == 1
    await driver.person_manages(desk, "/help")
    assert f"React with {shown} on a paper" in driver.flat()
    await driver.person_manages(desk, "/settings")
    assert f"{shown} saves a paper" in driver.flat()
    await driver.person_manages(desk, "/settings log")
    assert "chose signs: bookmark" in driver.flat()
    await driver.person_manages(desk, "/settings undo")
    await driver.person_reacts(desk, message, told, added=False)
    assert await saved() == 0
    await driver.person_reacts(desk, message, told, added=True)
    assert await saved() == 0


async def test_the_first_digest_names_them(driver: PlatformDriver, store: Store) -> None:
    """What a digest teaches, it teaches with the signs of the channel."""
    typed, _, shown = CHOSEN[driver.chat.platform]
    desk = real_desk(store)
    await driver.person_manages(desk, f"/settings emoji bookmark {typed}")
    await post_digest(driver, store)
    assert f"{shown} saves it" in " ".join(driver.seen_by_all().split())


async def test_an_emoji_that_cannot_be_one(driver: PlatformDriver, store: Store) -> None:
    """An emoji that nobody can react with there, and one that stands for something else, are refused."""
    typed, said = UNUSABLE[driver.chat.platform]
    desk = real_desk(store)
    await driver.person_manages(desk, f"/settings emoji bookmark {typed}")
    assert said in driver.flat()
    await driver.person_manages(desk, "/settings emoji more :-1:")
    assert "would stand for both more and less" in driver.flat()
    await driver.person_manages(desk, "/settings emoji")
    assert "brings more like it" in driver.flat() and "To choose another" in driver.flat()
