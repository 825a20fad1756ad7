"""Where the summaries of a search's hits are: in their thread, behind buttons, or behind a number in a terminal."""

from __future__ import annotations

import io
from dataclasses import replace

import pytest
from rich.console import Console

from adapters.chat.responder import Responder
from adapters.chat.terminal.client import TerminalChat
from core.channels import ChannelRef
from core.converse.command import Command
from core.converse.ports import Store
from core.posts.messages import MessageRef
from core.posts.tree import Action, Audience, Post
from core.summarise.extract import summarise
from tests.fakes.clock import NOON, FakeClock
from tests.fakes.desk import FakeDesk, Relay, real_desk
from tests.fakes.discord_driver import answered, connected
from tests.fakes.papers import AT, a_listing, a_paper
from tests.fakes.running import running
from tests.fakes.slack_driver import HERE, READER, a_chat, listening
from tests.fakes.surface import FakeSurface
from tests.fakes.telegram_driver import GROUP, PERSON, a_sentence, opened
from tests.standins.discord import DiscordStandIn
from tests.standins.discord_words import words_of
from tests.standins.slack import SlackStandIn
from tests.standins.slack_api import DIRECT, TEAM
from tests.standins.slack_messages import SlackMessage, blocks_of, buttons_of, whispered
from tests.standins.telegram import TelegramStandin

PAPERS = (
    a_paper(1, title="Graph whispers", abstract="Graphs are loud. We propose whispering graphs. Whispers save half."),
    a_paper(2, title="Graph gardens", abstract="Graphs grow wild. We propose a garden of graphs. It saves a third."),
)
#: a few words of each, which no platform breaks apart
GISTS = {paper.title: " ".join(summarise(paper).gist.split()[-3:]) for paper in PAPERS}

FOLLOW = "Follow this search"
#: more than a page of them, and a search that no button can carry
MANY = [
    a_paper(number, title=f"Lantern {number}", abstract="They are bright and they glow.") for number in range(10, 22)
]
LONG = "lanterns that are bright and that glow and that are bright and that glow"


@pytest.fixture
async def store(store: Store) -> Store:
    await store.add(a_listing(PAPERS), at=AT)
    return store


@pytest.fixture
def desk(store: Store) -> Relay:
    return real_desk(store)


async def test_slack_has_them_in_the_thread_of_a_direct_message(store: Store, desk: Relay) -> None:
    """The hits are one message without their buttons; below them each paper has a message of its own, for reactions."""
    with SlackStandIn() as slack:
        chat = a_chat(slack)
        async with chat.open(), listening(chat, desk, slack):
            await slack.slash("/paper", "search graph", channel=DIRECT)
            await slack.wait_until_settled()
    assert not slack.violations
    hits, *cards = slack.messages
    assert hits.thread_ts is None
    assert [one["text"]["text"] for one in buttons_of(hits)] == [FOLLOW]
    assert {card.thread_ts for card in cards} == {hits.ts}
    assert len(cards) == 2
    for card in cards:
        (title,) = (title for title in GISTS if title in card.visible_text)
        assert GISTS[title] in card.visible_text
        message = MessageRef(ChannelRef("slack", TEAM, DIRECT), card.ts)
        (paper,) = await store.papers_by_id(await store.message_papers(message))
        assert paper.title == title


async def test_slack_has_them_behind_buttons_of_a_private_answer(desk: Relay) -> None:
    """In a channel the asker alone reads the hits; a button brings a paper's card, which nobody else reads."""
    with SlackStandIn() as slack:
        chat = a_chat(slack)
        async with chat.open(), listening(chat, desk, slack):
            await slack.slash("/paper", "search graph")
            await slack.wait_until_settled()
            (hits,) = slack.private
            shown = SlackMessage(HERE.place, "1770000000.000001", "", blocks_of(hits), None, None)
            assert [one["text"]["text"] for one in buttons_of(shown)] == ["Summary 1", "Summary 2", FOLLOW]
            first = min(GISTS, key=whispered(hits).index)
            await slack.press(shown, "Summary 1")
            await slack.wait_until_settled()
    assert not slack.violations
    assert not slack.messages
    assert GISTS[first] in whispered(slack.private[1])
    assert "Bookmark" in whispered(slack.private[1])


async def test_discord_has_them_behind_buttons(desk: Relay) -> None:
    """The asker alone reads the hits, and the card that a button brings."""
    with DiscordStandIn() as discord:
        async with connected(discord) as chat, discord.listened_to(chat, desk):
            discord.command("search", "graph")
            await discord.wait_until_settled(lambda: discord.alone)
            (hits,) = discord.alone.values()
            buttons = [one for row in hits["components"] for one in row["components"]]
            assert [one["label"] for one in buttons] == ["Summary 1", "Summary 2", FOLLOW]
            first = min(GISTS, key=words_of(hits).index)
            await answered(discord, discord.press(int(hits["id"]), buttons[0]["custom_id"]))
        _, card = discord.alone.values()
        assert GISTS[first] in words_of(card)
        assert not discord.messages
    assert not discord.complaints


async def test_telegram_has_them_behind_buttons(store: Store, desk: Relay) -> None:
    """Hits are in the group that read the question, cards in the asker's private chat, with reactions of their own."""
    with TelegramStandin().running() as standin:
        async with opened(standin) as chat, running(chat, desk):
            standin.types("/search graph", chat=GROUP)
            await standin.answered(1)
            (hits,) = standin.messages
            first = min(GISTS, key=hits.text.index)
            standin.presses(GROUP, hits.id, button=0)
            await standin.answered(2)
        _, card = standin.messages
    assert (hits.chat, card.chat) == (GROUP, PERSON)
    assert GISTS[first] in card.text
    message = MessageRef(ChannelRef("telegram", "", str(PERSON)), str(card.id))
    (paper,) = await store.papers_by_id(await store.message_papers(message))
    assert paper.title == first


async def test_slack_turns_pages(store: Store, desk: Relay) -> None:
    """A button brings the next page of a long search, also to the asker alone."""
    await store.add(a_listing(MANY), at=AT)
    with SlackStandIn() as slack:
        chat = a_chat(slack)
        async with chat.open(), listening(chat, desk, slack):
            await slack.slash("/paper", f"search {LONG}")
            await slack.wait_until_settled()
            shown = SlackMessage(HERE.place, "1770000000.000001", "", blocks_of(slack.private[0]), None, None)
            await slack.press(shown, "More")
            await slack.wait_until_settled()
    assert not slack.violations
    assert "12. " in whispered(slack.private[1]) and "Lantern 10" in whispered(slack.private[1])


async def test_discord_turns_pages(store: Store, desk: Relay) -> None:
    """The same on Discord."""
    await store.add(a_listing(MANY), at=AT)
    with DiscordStandIn() as discord:
        async with connected(discord) as chat, discord.listened_to(chat, desk):
            discord.command("search", LONG)
            await discord.wait_until_settled(lambda: discord.alone)
            (hits,) = discord.alone.values()
            buttons = {one["label"]: one["custom_id"] for row in hits["components"] for one in row["components"]}
            await answered(discord, discord.press(int(hits["id"]), buttons["More"]))
        _, second = discord.alone.values()
    assert not discord.complaints
    assert "12. " in words_of(second).replace("\\", "") and "Lantern 10" in words_of(second)


async def test_telegram_turns_pages(store: Store, desk: Relay) -> None:
    """The same on Telegram."""
    await store.add(a_listing(MANY), at=AT)
    with TelegramStandin().running() as standin:
        async with opened(standin) as chat, running(chat, desk):
            standin.types(f"/search {LONG}", chat=GROUP)
            await standin.answered(1)
            (hits,) = standin.messages
            standin.presses(GROUP, hits.id, button=8)
            await standin.answered(2)
        _, second = standin.messages
    assert "12. " in second.text and "Lantern 10" in second.text


@pytest.mark.parametrize("query", ["graph", "whispers"], ids=["several hits", "one hit"])
async def test_a_terminal_has_them_behind_numbers(desk: Relay, query: str) -> None:
    """A number opens the card of that hit, also where there is one hit alone."""
    lines = iter([f"/search {query}", "1"])
    screen = io.StringIO()
    await TerminalChat(Console(file=screen, width=100), FakeClock(), ask=lambda _: next(lines, "exit")).run(desk)
    hits, _, card = screen.getvalue().partition("Open one:")
    assert GISTS[min((one for one in GISTS if one in hits), key=hits.index)] in card


async def test_a_terminal_numbers_the_next_page(store: Store, desk: Relay) -> None:
    """On the second page a number opens the hit that has it there."""
    await store.add(a_listing(MANY), at=AT)
    lines = iter([f"/search {LONG}", "more", "10"])
    screen = io.StringIO()
    await TerminalChat(Console(file=screen, width=100), FakeClock(), ask=lambda _: next(lines, "exit")).run(desk)
    title = screen.getvalue().partition("10. ")[2].splitlines()[0]
    assert "Open one: 9" in screen.getvalue()
    assert f"[10] {title}" in screen.getvalue()


# --- what the responder does with a thread ----------------------------------------------------------------------------

THREAD = Action(name="summary", label="Summaries", arguments="1\n2")
HITS = replace(a_sentence("Two hits."), actions=(replace(THREAD, arguments="1"),), thread=THREAD)


class ScriptedDesk(FakeDesk):
    """Gives its answers one after another."""

    def __init__(self, *posts: Post) -> None:
        super().__init__()
        self._posts = list(posts)

    async def handle(self, command: Command) -> Post:
        self.answers_with(self._posts.pop(0))
        return await super().handle(command)


async def answer(desk: FakeDesk, surface: FakeSurface) -> None:
    command = Command(name="search", arguments="graph", actor=READER, place=HERE, at=NOON)
    await Responder(desk, FakeClock(), patience_s=60).answer(command, surface)


async def test_a_thread_follows_its_message() -> None:
    """The message is said first; then its thread's command is carried out, for the same person and place."""
    desk = ScriptedDesk(HITS, replace(a_sentence("Both:"), replies=(a_sentence("First."), a_sentence("Second."))))
    surface = FakeSurface(has_threads=True)
    await answer(desk, surface)
    assert list(surface.open.values()) == ["Two hits.", "First.", "Second."]
    assert [(one.name, one.arguments, one.actor) for one in desk.commands] == [
        ("search", "graph", READER),
        ("summary", "1\n2", READER),
    ]


async def test_a_thread_that_fails_says_so() -> None:
    """What is wrong with the command of a thread is said in the thread."""
    surface = FakeSurface(has_threads=True)
    await answer(ScriptedDesk(HITS, a_sentence("Paperboy cannot reach its memory.")), surface)
    assert list(surface.open.values()) == ["Two hits.", "Paperboy cannot reach its memory."]


@pytest.mark.parametrize(
    ("post", "surface"),
    [
        (HITS, FakeSurface()),
        (replace(HITS, audience=Audience.ASKER), FakeSurface(has_threads=True)),
    ],
    ids=["no threads", "for the asker alone"],
)
async def test_without_a_thread_nothing_is_asked_for(post: Post, surface: FakeSurface) -> None:
    """Where no thread is, or only one person reads the answer, the buttons stay and no command follows."""
    desk = ScriptedDesk(post)
    await answer(desk, surface)
    assert len(desk.commands) == 1
    assert [*surface.open.values(), *surface.alone.values()] == ["Two hits."]
