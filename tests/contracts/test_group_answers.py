"""What a group asks for in public is answered there; what is personal is not; and no answer is ever lost."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import date

import pytest

from core.channels import Subscription
from core.converse.desk import FrontDesk
from core.deliver.digest import Result
from core.ingest.lookup import Lookup
from storage.store import SqlStore
from tests.fakes.clock import FakeClock
from tests.fakes.desk import Relay
from tests.fakes.on_discord import connected
from tests.fakes.on_slack import a_chat, listening
from tests.fakes.on_telegram import GROUP, PERSON, opened
from tests.fakes.papers import AT, a_listing, a_paper
from tests.fakes.running import running
from tests.standins.discord import DiscordStandIn
from tests.standins.discord_words import words_of
from tests.standins.slack import SlackStandIn
from tests.standins.telegram import TelegramStandin

PAPERS = [a_paper(number, title=f"Graph garden {number}", abstract="Gardens of graphs grow.") for number in (1, 2, 3)]


@pytest.fixture
async def desk() -> AsyncIterator[Relay]:
    async def never(_: Subscription, _day: date) -> Result:
        raise AssertionError

    async with SqlStore("sqlite://").opened() as store:
        await store.add(a_listing(PAPERS), at=AT)
        clock = FakeClock(AT)
        yield Relay(FrontDesk(store=store, clock=clock, deliver=never, lookup=Lookup(store=store, clock=clock)))


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
        async with chat.opened(), listening(chat, desk, slack):
            ts = await slack.mention("search graph")
            await slack.settled()
            await slack.slash("/paper", "search graph")
            await slack.settled()
    assert not slack.violations
    (hits,) = slack.messages
    assert hits.thread_ts == ts and "Graph garden 1" in hits.shown
    assert len(slack.private) == 1


async def test_discord(desk: Relay) -> None:
    """So it is on Discord."""
    with DiscordStandIn() as discord:
        async with connected(discord) as chat, discord.listened_to(chat, desk):
            discord.say("search graph")
            await discord.settled(lambda: desk.commands)
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
            await standin.settled(lambda: pressed in standin.told)
            standin.types("/search graph", chat=GROUP)
            await standin.answered(2)
            standin.presses(GROUP, standin.messages[1].id, button=0)
            await standin.answered(3)
    assert "On your reading list" in standin.told[pressed]
    assert standin.messages[2].chat == GROUP and "Graph garden" in standin.messages[2].text
