"""A question in a paper's thread, or in reply to its message, is about that paper: everywhere, and after restarts."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.origins import SOURCES
from core.converse.ports import Store
from core.deliver import card
from core.papers.paper import Paper
from core.posts.messages import MessageRef
from core.summarise import extract
from core.summarise.reading import TextReader
from tests.fakes.clock import FakeClock
from tests.fakes.desk import Relay, real_desk
from tests.fakes.fulltexts import ARXIV_ONLY, CC_BY, FakeFullTexts, a_text
from tests.fakes.papers import AT, a_listing, a_paper
from tests.fakes.platform_drivers import PlatformDriver, TerminalDriver
from tests.fakes.posts import a_digest

OPEN, CLOSED = a_paper(1, licence=CC_BY), a_paper(2, licence=ARXIV_ONLY)


@pytest.fixture
async def store(store: Store) -> Store:
    await store.add(a_listing([OPEN, CLOSED, a_paper(3)]), at=AT)
    return store


def a_desk(store: Store, clock: FakeClock | None = None) -> Relay:
    clock, source = clock or FakeClock(AT), FakeFullTexts(a_text(OPEN.id))
    return real_desk(store, clock, texts=TextReader(store, clock, lambda: source))


async def post_card(driver: PlatformDriver, store: Store, paper: Paper) -> MessageRef:
    """A message of the paper's own, as an earlier process sent and recorded it."""
    post = card.paper(paper, extract.summarise(paper), traits=SOURCES)
    (outgoing,) = driver.chat.plan(driver.channel, post, key="1")
    message = await driver.chat.send(driver.channel, outgoing, None)
    await store.remember_message(message, outgoing.papers, at=AT)
    return message


async def test_a_question_at_a_paper_is_answered_from_its_text(driver: PlatformDriver, store: Store) -> None:
    """The answer quotes the passage with its section, and says where it is from."""
    message = await post_card(driver, store, OPEN)
    await driver.person_asks(a_desk(store), message, "what did the camera miss in heavy fog?")
    assert "In heavy fog it misses 21 of 100 lanterns." in driver.flat()
    assert "3 Results" in driver.flat()
    assert "From the full text (HTML, v1, CC BY 4.0)." in driver.flat()


async def test_a_closed_licence_is_told(driver: PlatformDriver, store: Store) -> None:
    """Where the full text may not be used, the abstract answers, and the person reads why."""
    message = await post_card(driver, store, CLOSED)
    await driver.person_asks(a_desk(store), message, "does it work in every case?")
    assert "It works in every case." in driver.flat()
    assert "From the abstract alone: the paper's licence (arXiv's non-exclusive licence)" in driver.flat()


async def test_an_answer_is_about_its_paper_too(driver: PlatformDriver, store: Store) -> None:
    """A message with an answer is on record as the paper's, so that the next question can be asked there."""
    desk = a_desk(store)
    await driver.person_asks(desk, await post_card(driver, store, OPEN), "what are the limitations?")
    (asked,) = [one for one in desk.commands if one.name in ("ask", "talk")]
    assert asked.arguments == "what are the limitations?"
    assert "All harbours are small, and we saw no snow." in driver.flat()


async def test_a_list_asks_which_paper_is_meant(driver: PlatformDriver, store: Store) -> None:
    """At a message that shows several papers, a question is answered with their numbers, and one of these chooses."""
    if isinstance(driver, TerminalDriver):
        pytest.skip("in a terminal every paper of a list has its number")
    head = driver.chat.plan(driver.channel, a_digest(), key="1")[0]
    message = await driver.chat.send(driver.channel, head, None)
    await store.remember_message(message, [OPEN.id, CLOSED.id], at=AT)
    await driver.person_asks(a_desk(store), message, "what are the limitations?")
    assert "Which of these papers?" in driver.flat()
    await driver.person_asks(a_desk(store), message, "ask 1 what are the limitations?")
    assert "All harbours are small, and we saw no snow." in driver.flat()


async def test_months_later_the_paper_is_known(driver: PlatformDriver, store: Store) -> None:
    """Which paper a message shows is on record, whatever was restarted in the meantime."""
    message = await post_card(driver, store, OPEN)
    later = FakeClock(AT + timedelta(days=200))
    await driver.person_asks(a_desk(store, later), message, "what are the limitations?")
    assert "All harbours are small, and we saw no snow." in driver.flat()
