"""Reading lists from the keystroke to the database, on every platform there is."""

from __future__ import annotations

import pytest

from core.converse.ports import Store
from core.posts.messages import MessageRef
from core.posts.reactions import Feeling
from core.posts.tree import Note, Post, text
from tests.contracts.chat.test_chat_files import files
from tests.fakes.clock import FakeClock
from tests.fakes.desk import real_desk
from tests.fakes.papers import AT, a_listing, a_paper
from tests.fakes.platform_drivers import PlatformDriver, TerminalDriver
from tests.fakes.posts import FIRST, a_digest
from tests.fakes.telegram_driver import TelegramDriver


@pytest.fixture
async def store(store: Store) -> Store:
    await store.add(a_listing([a_paper(number) for number in range(1, 4)]), at=AT)
    return store


def a_note() -> Post:
    return Post(blocks=(Note(spans=(text("Version 2 is out."),)),), papers=(FIRST,), fallback="News")


async def test_a_shared_list(driver: PlatformDriver, store: Store) -> None:
    """A person saves by a reaction, notes and tags, reads it back, and has a file by a button."""
    clock = FakeClock(AT)
    desk = real_desk(store, clock, address_of=driver.chat.address_of)
    head, card, *_ = driver.chat.plan(driver.channel, a_digest(), key="1")
    parent = await driver.chat.send(driver.channel, head, None)
    message = await driver.chat.send(driver.channel, card, parent)
    await store.remember_message(message, card.papers, at=AT)
    await driver.person_reacts(desk, message, Feeling.BOOKMARK, added=True)
    await driver.person_types(desk, ["/bookmarks team note 1 see <b> section 4", "/bookmarks team tag 1 robots"])
    (written,) = await store.annotations(channel=str(driver.channel))
    assert (written.paper, written.note, written.tags) == (FIRST, "see <b> section 4", ("robots",))
    await driver.person_types(desk, ["/bookmarks done 1", "/bookmarks team"])
    ((own),) = await store.annotations(user=written.user)
    assert own.done_at == AT
    assert "“see <b> section 4”" in driver.seen()
    assert "#robots" in driver.seen()
    await driver.person_presses(desk, "BibTeX")
    if isinstance(driver, TerminalDriver):
        assert "@misc{" in driver.seen()
    else:
        ((name, content),) = files(driver)
        assert name == "team-reading-list.bib"
        assert b"annote = {see <b> section 4}" in content


def test_addresses(driver: PlatformDriver) -> None:
    """A message has an address where people of the channel see it; in a terminal it has none."""
    place = driver.channel.place
    id = {"slack": "1770000001.000100", "discord": f"{place}:77"}.get(driver.channel.platform, "77")
    wanted = {
        "slack": f"https://papers.slack.com/archives/{place}/p1770000001000100",
        "discord": f"https://discord.com/channels/{driver.channel.workspace}/{place}/77",
        "telegram": "https://t.me/c/123/77",
        "terminal": "",
    }
    assert driver.chat.address_of(MessageRef(driver.channel, id)) == wanted[driver.channel.platform]


async def test_a_reply_beside_a_paper(driver: PlatformDriver) -> None:
    """A note on a paper goes into the thread in which the paper's own message lies, also after a restart."""
    head, card, *_ = driver.chat.plan(driver.channel, a_digest(), key="1")
    parent = await driver.chat.send(driver.channel, head, None)
    message = await driver.chat.send(driver.channel, card, parent)
    for of in (parent, message):
        thread = await driver.chat.thread_of(of)
        assert thread in (parent, message)
        (note,) = driver.chat.plan(driver.channel, a_note(), key=f"note/{of.id}")
        await driver.chat.send(driver.channel, note, thread)
    assert driver.seen().count("Version 2 is out") == 2
    if not isinstance(driver, TelegramDriver | TerminalDriver):  # where a reply to a reply is one as any other
        assert await driver.chat.thread_of(message) == parent
