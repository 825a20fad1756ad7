"""Reactions, buttons and pasted links on every platform, as the real desk takes them, over a real store."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from core.channels import Subscription, UserRef
from core.converse.lists import library
from core.converse.ports import Store
from core.deliver.digest import deliver
from core.deliver.saves import show_saves
from core.posts.messages import MessageRef
from core.posts.reactions import Feeling, Reaction
from core.summarise.summaries import Summariser
from tests.fakes.clock import FakeClock
from tests.fakes.desk import real_desk
from tests.fakes.feedback import feedback_in
from tests.fakes.papers import AT, DAY, a_listing, a_paper
from tests.fakes.platform_drivers import PlatformDriver, TerminalDriver
from tests.fakes.running import running

PAPERS = [a_paper(number) for number in (1, 2, 3)]
LINK = "https://arxiv.org/abs/2602.00002"


@pytest.fixture
async def store(store: Store) -> Store:
    await store.add(a_listing(PAPERS), at=AT)
    return store


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock(AT)


async def post_digest(driver: PlatformDriver, store: Store, clock: FakeClock, **more: bool) -> dict[str, MessageRef]:
    """A digest that is posted and on record; its messages by the papers they show."""
    subscription = Subscription(channel=driver.channel, categories=("cs.CL",), size=3, **more)
    await store.save_subscription(subscription, at=AT)

    async def settle(message: MessageRef) -> None:
        await library.settle(message, store=store, clock=clock)

    await deliver(subscription, DAY, store=store, chat=driver.chat, clock=clock, settle=settle)
    (delivery,) = [one for one in [await store.last_delivery(subscription)] if one]
    return {" ".join(map(str, one.papers)): delivery.sent[one.key] for one in delivery.plan}


async def edited(driver: PlatformDriver, store: Store, clock: FakeClock) -> int:
    clock.move(timedelta(minutes=5))
    async with driver.chat.open():
        return await show_saves(store, lambda _: driver.chat, clock=clock, summariser=Summariser(store))


async def others_save(
    driver: PlatformDriver, store: Store, clock: FakeClock, message: MessageRef, *names: str, added: bool = True
) -> None:
    for name in names:
        driver.shows_reaction(message, "🔖", user=name, added=added)
        workspace = message.channel.workspace if message.channel.platform == "slack" else ""
        user = UserRef(message.channel.platform, workspace, name)
        reaction = Reaction(user=user, message=message, feeling=Feeling.BOOKMARK, added=added, is_typed=not added)
        await library.react(reaction, store=store, clock=clock)


def flat(driver: PlatformDriver) -> str:
    return " ".join(driver.seen_by_all().replace("\u00a0", " ").split())


def sign(driver: PlatformDriver) -> str:
    return "✍" if driver.chat.platform == "telegram" else "🔖"


async def test_a_reaction_is_public_and_a_button_private(
    driver: PlatformDriver, store: Store, clock: FakeClock
) -> None:
    """Each feeds the person's list, the reaction the channel's as well, and taking one back leaves the other."""
    messages = await post_digest(driver, store, clock)
    desk, (paper, message) = real_desk(store, clock), list(messages.items())[1]

    async def lists() -> tuple[int, int]:
        """On how many people's lists the paper is, and on how many of the channel's marks."""
        everybody = await store.bookmarks()
        of_channel = await store.bookmarks(channel=str(driver.channel))
        assert {str(one.paper.id) for one in (*everybody, *of_channel)} <= {paper}
        return len(everybody), len(of_channel)

    await driver.person_presses_at(desk, message, "🔖 Bookmark")
    assert await lists() == (1, 0)
    await driver.person_reacts(desk, message, Feeling.BOOKMARK, added=True)
    assert await lists() == (1, 1)
    await driver.person_presses_at(desk, message, "🔖 Bookmark")
    assert await lists() == (1, 1)
    await driver.person_presses_at(desk, message, "🔖 Bookmark")
    await driver.person_reacts(desk, message, Feeling.BOOKMARK, added=False)
    assert await lists() == (1, 0)
    await driver.person_presses_at(desk, message, "🔖 Bookmark")
    assert await lists() == (0, 0)
    assert "reading list" not in driver.seen_by_all()


async def test_a_check_mark_means_read(driver: PlatformDriver, store: Store, clock: FakeClock) -> None:
    """The platform's check mark on a paper's message marks it as read until it is taken away."""
    messages = await post_digest(driver, store, clock)
    desk, message = real_desk(store, clock), list(messages.values())[1]
    for added in (True, False):
        await driver.person_reacts(desk, message, Feeling.DONE, added=added)
        (mark,) = await store.annotations(channel=str(driver.channel))
        assert (mark.done_at is not None) is added


async def test_what_happened_while_nobody_listened(driver: PlatformDriver, store: Store, clock: FakeClock) -> None:
    """Reactions that came or went while the program was down are on record soon after it is connected again, those of
    bots and other emoji never, and a private mark stays."""
    if driver.chat.platform in ("terminal", "telegram"):
        pytest.skip("the platform lists no reactions; Telegram keeps what happens for a day")
    messages = await post_digest(driver, store, clock)
    desk, message = real_desk(store, clock), list(messages.values())[1]

    async def marks() -> list[tuple[str, bool]]:
        desk.caught_up.clear()
        async with asyncio.timeout(20), running(driver.chat, desk):
            await desk.caught_up.wait()
        return [(one.channel, one.public) for one in await store.bookmarks()]

    for emoji in ("🔖", "👍", "🎉"):
        driver.shows_reaction(message, emoji)
    assert await marks() == [(str(driver.channel), True)]
    (liked,) = await feedback_in(store, driver.channel)
    await store.add_bookmark(str(liked.user), PAPERS[0].id, str(driver.channel), at=AT, public=False)
    assert liked.feeling is Feeling.MORE and liked.public
    for emoji in ("🔖", "👍"):
        driver.shows_reaction(message, emoji, added=False)
    assert await marks() == [(str(driver.channel), False)]
    assert await feedback_in(store, driver.channel) == ()


async def test_a_papers_message_says_how_many_saved_it(driver: PlatformDriver, store: Store, clock: FakeClock) -> None:
    """Some time after several people saved a paper openly its message says how many, once; private saves are no part
    of it, and a number that changes back is taken away."""
    if isinstance(driver, TerminalDriver):
        pytest.skip("what is printed stays as it is")
    messages = await post_digest(driver, store, clock)
    desk, message = real_desk(store, clock), list(messages.values())[1]
    await driver.person_presses_at(desk, message, "🔖 Bookmark")
    assert await edited(driver, store, clock) == 0
    await others_save(driver, store, clock, message, "2", "3")
    await driver.person_reacts(desk, message, Feeling.BOOKMARK, added=True)
    assert await edited(driver, store, clock) == 1
    assert f"{sign(driver)} 3" in flat(driver)
    assert await edited(driver, store, clock) == 0
    await driver.person_reacts(desk, message, Feeling.BOOKMARK, added=False)
    await others_save(driver, store, clock, message, "2", "3", added=False)
    assert await edited(driver, store, clock) == 1
    assert f"{sign(driver)} 1" not in flat(driver) and f"{sign(driver)} 3" not in flat(driver)


async def test_an_answers_message_says_so_too(driver: PlatformDriver, store: Store, clock: FakeClock) -> None:
    """So does the card that /paper brought: at once where the paper was saved before, else later."""
    desk = real_desk(store, clock)
    await driver.person_types(desk, ["/paper 2602.00002"])
    for name in ("u2", "u3"):
        await store.add_bookmark(
            f"{driver.chat.platform}:{name}", PAPERS[1].id, str(driver.channel), at=AT, public=True
        )
    await driver.person_types(desk, ["/paper 2602.00002"])
    assert f"{sign(driver)} 2" in flat(driver)


async def test_a_terminal_tells_when_a_paper_is_opened(driver: PlatformDriver, store: Store, clock: FakeClock) -> None:
    """What is printed stays; a paper that is opened again says that it was saved."""
    if not isinstance(driver, TerminalDriver):
        pytest.skip("elsewhere messages are edited")
    await post_digest(driver, store, clock)
    desk = real_desk(store, clock)
    await driver.person_types(desk, ["1", "+🔖 1", "1"])
    before, _, after = flat(driver).partition("On your reading list")
    assert "🔖 1" not in before.replace("+🔖 1", "") and "🔖 1" in after
    await driver.person_types(desk, ["-🔖 1", "1"])
    assert "🔖 1" not in flat(driver).rpartition("Taken off")[2].replace("+🔖 1", "")


async def test_a_message_that_is_gone_is_left(driver: PlatformDriver, store: Store, clock: FakeClock) -> None:
    """A reaction on a message whose paper nobody knows any more, or in a channel that is gone, breaks nothing."""
    if isinstance(driver, TerminalDriver):
        pytest.skip("a terminal is never gone")
    assert driver.absent
    gone = MessageRef(driver.absent, "1:1" if driver.chat.platform == "discord" else "1")
    await store.remember_message(gone, [PAPERS[0].id], at=AT)
    await others_save(driver, store, clock, gone, "2")
    assert await edited(driver, store, clock) == 0
    assert [one.user for one in await store.bookmarks(channel=str(driver.absent))]


async def test_the_first_digest_teaches(driver: PlatformDriver, store: Store, clock: FakeClock) -> None:
    """The first digest of a channel tells once what reactions do there."""
    await post_digest(driver, store, clock)
    assert f"{sign(driver)} saves it" in flat(driver)
    tomorrow = Subscription(channel=driver.channel, categories=("cs.CL",), size=3)
    listing = a_listing([a_paper(9, announced=DAY + timedelta(days=1))], day=DAY + timedelta(days=1))
    await store.add(listing, at=AT + timedelta(days=1))
    clock.move(timedelta(days=1))
    await deliver(tomorrow, DAY + timedelta(days=1), store=store, chat=driver.chat, clock=clock)
    assert flat(driver).count("saves it") == 1


async def test_a_pasted_link_gets_a_card(driver: PlatformDriver, store: Store, clock: FakeClock) -> None:
    """Where a channel turned link cards on, one short card follows a message that leads to papers, once a day each."""
    await post_digest(driver, store, clock, link_cards=True)
    desk, title = real_desk(store, clock), PAPERS[1].title
    before = flat(driver).count(title)
    for _ in range(2):
        await driver.person_says(desk, f"{LINK}")
    assert [one.papers for one in desk.pastes] == [(PAPERS[1].id,)] * 2
    assert flat(driver).count(title) == before + 1


async def test_no_card_where_nobody_wants_one(driver: PlatformDriver, store: Store, clock: FakeClock) -> None:
    """Without that setting, and for papers that nobody knows, nothing is said."""
    await post_digest(driver, store, clock)
    before, desk = driver.seen_by_all(), real_desk(store, clock)
    await driver.person_says(desk, LINK)
    await store.save_subscription(Subscription(channel=driver.channel, link_cards=True), at=AT)
    await driver.person_says(desk, "https://arxiv.org/abs/2602.99999")
    said = driver.seen_by_all()
    assert said.replace(before, "").replace(LINK, "").replace("https://arxiv.org/abs/2602.99999", "").strip() == ""
