"""What a group asks for in public is answered there; what is personal is not; and no answer is ever lost."""

from __future__ import annotations

import pytest

from core.converse.ports import Store
from core.ingest.lookup import Lookup
from tests.fakes.clock import FakeClock
from tests.fakes.desk import Relay, real_desk
from tests.fakes.discord_driver import connected
from tests.fakes.papers import AT, a_listing, a_paper
from tests.fakes.platform_drivers import PlatformDriver
from tests.fakes.running import running
from tests.fakes.slack_driver import a_chat, listening
from tests.fakes.sources import FakeFinder
from tests.fakes.telegram_driver import GROUP, PERSON, TelegramDriver, opened
from tests.standins.discord import DiscordStandIn
from tests.standins.discord_words import words_of
from tests.standins.slack import SlackStandIn
from tests.standins.slack_api import CHANNEL
from tests.standins.slack_messages import private_message
from tests.standins.telegram import TelegramStandin

PAPERS = [a_paper(number, title=f"Graph garden {number}", abstract="Gardens of graphs grow.") for number in (1, 2, 3)]


@pytest.fixture
async def desk(store: Store) -> Relay:
    await store.add(a_listing(PAPERS), at=AT)
    return real_desk(store)


async def test_telegram(desk: Relay) -> None:
    """A search in a group is answered in the group, and short: what was found stands behind buttons."""
    with TelegramStandin().running() as standin:
        async with opened(standin) as chat, running(chat, desk):
            standin.types("/search graph", chat=GROUP)
            await standin.answered(1)
    (hits,) = standin.messages
    assert hits.chat == GROUP and "Graph garden 1" in hits.text
    assert "grow" not in hits.text and hits.buttons


async def test_slack(desk: Relay) -> None:
    """A search by a mention is answered in the mention's thread; a slash command, which nobody else saw, is not."""
    with SlackStandIn() as slack:
        chat = a_chat(slack)
        async with chat.open(), listening(chat, desk, slack):
            ts = await slack.mention("search graph")
            await slack.wait_until_settled()
            await slack.slash("/paper", "search graph")
            await slack.wait_until_settled()
    assert not slack.violations
    (hits,) = slack.messages
    assert hits.thread_ts == ts and "Graph garden 1" in hits.visible_text
    assert len(slack.private) == 1


async def test_discord(desk: Relay) -> None:
    """So it is on Discord."""
    with DiscordStandIn() as discord:
        async with connected(discord) as chat, discord.listened_to(chat, desk):
            discord.say("search graph")
            await discord.wait_until_settled(lambda: desk.commands)
        said = [words_of(one) for one in discord.messages.values()]
    assert any("Graph garden 1" in one for one in said)
    assert not discord.complaints


@pytest.mark.parametrize(
    ("typed", "answer"),
    [
        ("/help", "What Paperboy answers"),
        ("/search graph", "Graph garden 1"),
        ("/search", "Search for what?"),
        ("/serach graph", "Did you mean"),
        ("/bookmarks", "press Start"),
        ("/settings", "no digest yet"),
        ("/paper 2602.00002", "Graph garden 2"),
        ("/why 2602.00001", "no digest yet"),
    ],
)
async def test_who_never_pressed_start_is_answered(desk: Relay, typed: str, answer: str) -> None:
    """On Telegram a bot may not write to somebody first: the answer stands where it was asked; of what is personal
    nothing does but how to be told it."""
    with TelegramStandin().running() as standin:
        standin.closed.add(PERSON)
        async with opened(standin) as chat, running(chat, desk):
            standin.types(typed, chat=GROUP)
            await standin.answered(1)
    (said,) = standin.messages
    assert said.chat == GROUP and answer in said.text


async def test_who_never_pressed_start_can_press(desk: Relay) -> None:
    """Their bookmark is told by the toast of the button; a card that no toast can hold stands in the group."""
    with TelegramStandin().running() as standin:
        standin.closed.add(PERSON)
        async with opened(standin) as chat, running(chat, desk):
            standin.types("/paper 2602.00002", chat=GROUP)
            await standin.answered(1)
            pressed = standin.presses(GROUP, standin.messages[0].id, button=0)
            await standin.wait_until_settled(lambda: pressed in standin.notices)
            standin.types("/search graph", chat=GROUP)
            await standin.answered(2)
            standin.presses(GROUP, standin.messages[1].id, button=0)
            await standin.answered(3)
    assert "On your reading list" in standin.notices[pressed]
    assert standin.messages[2].chat == GROUP and "Graph garden" in standin.messages[2].text


async def test_a_paper_that_nobody_read_is_fetched(driver: PlatformDriver, store: Store) -> None:
    """/paper of a paper that no listing brought asks the sources at once, on every platform; its buttons lead on."""
    new = a_paper(77, title="A garden nobody had read")
    clock = FakeClock(AT)
    lookup = Lookup(store=store, clock=clock, finders=lambda: (FakeFinder(new),))
    desk = real_desk(store, clock, lookup=lookup)
    await driver.person_types(desk, ["/paper 2602.00077"])
    assert "A garden nobody had read" in driver.seen_by_all()
    assert await store.paper(new.id)
    if driver.chat.platform != "terminal":
        (message,) = [one for ones in (await store.messages_showing([new], driver.channel)).values() for one in ones]
        await driver.person_presses_at(desk, message, "Ask")
        toasts = " ".join(driver.standin.notices.values()) if isinstance(driver, TelegramDriver) else ""
        assert "what data was used?" in driver.seen() + toasts
        assert [one.name for one in desk.commands] == ["paper", "ask"]


async def test_slack_shares_what_one_person_saw(desk: Relay) -> None:
    """A card that a button brought to one person alone is shown to the channel by another one."""
    with SlackStandIn() as slack:
        chat = a_chat(slack)
        async with chat.open(), listening(chat, desk, slack):
            await slack.slash("/paper", "search graph")
            await slack.wait_until_settled()
            await slack.press(private_message(slack.private[0], CHANNEL, slack.next_ts()), "Summary 1")
            await slack.wait_until_settled()
            assert not slack.messages
            await slack.press(private_message(slack.private[1], CHANNEL, slack.next_ts()), "Share")
            await slack.wait_until_settled()
    assert not slack.violations
    (card,) = slack.messages
    assert "Graph garden" in card.visible_text
