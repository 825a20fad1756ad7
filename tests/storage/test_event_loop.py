"""Work on long texts happens beside the event loop, so that one search or digest holds up nobody else."""

from __future__ import annotations

import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from types import FrameType

import pytest

from core.channels import ChannelRef, Subscription
from core.converse.ports import Store
from core.deliver import digest
from core.papers.search import parse_query
from tests.fakes.chat import FakeChat
from tests.fakes.clock import FakeClock
from tests.fakes.ledger import listed
from tests.fakes.papers import AT, DAY
from tests.fakes.stores import SqlStore

CHANNEL = ChannelRef("terminal", "", "main")
_WORK = ("form_opinions", "features_of", "learn", "score", "reasons_for", "by_company")
READER = Subscription(channel=CHANNEL, rule="paper OR count", interest="counting")


@pytest.fixture
async def store() -> AsyncIterator[Store]:
    """A store with five papers and a subscription to them."""
    async with SqlStore("sqlite://").open() as opened:
        await opened.save_subscription(READER, at=AT)
        await listed(opened, range(5))
        yield opened


@contextmanager
def calls_of_this_thread() -> Iterator[set[str]]:
    """The functions that this thread calls meanwhile, each as `module.name`."""
    calls: set[str] = set()

    def note(frame: FrameType, event: str, _: object) -> None:
        if event == "call":
            calls.add(f"{frame.f_globals.get('__name__')}.{frame.f_code.co_name}")

    before = sys.getprofile()
    sys.setprofile(note)
    try:
        yield calls
    finally:
        sys.setprofile(before)


async def test_a_search_cuts_passages_beside_the_event_loop(store: Store) -> None:
    """The thread of the event loop never looks for the passages of what a search found."""
    with calls_of_this_thread() as calls:
        found = await store.search(parse_query("count", today=DAY))
    assert found.hits and all(hit.snippet for hit in found.hits)
    assert "storage.search.page.find_page" in calls and "core.papers.passages.passage" not in calls


async def test_a_digest_is_made_beside_the_event_loop(store: Store) -> None:
    """The thread of the event loop judges, summarises and renders no paper of a digest."""
    chat = FakeChat()
    with calls_of_this_thread() as calls:
        await digest.deliver(READER, DAY, store=store, chat=chat, clock=FakeClock(AT))
    assert len(chat.sent) > 1
    work = {
        "core.choose.rules.judging.judge_for",
        "core.choose.ranking.choose",
        "core.summarise.extract.summarise",
        "core.deliver.compose.digest",
    }
    assert "core.deliver.digest.deliver" in calls and not work & calls


async def test_a_channel_learns_beside_the_event_loop(store: Store) -> None:
    """The thread of the event loop reads no features, learns no profile and applies none."""
    saved = (await store.papers()).papers[0]
    await store.add_bookmark("terminal:/ada", saved.id, str(CHANNEL), at=AT, public=True)
    with calls_of_this_thread() as calls:
        await digest.deliver(READER, DAY, store=store, chat=FakeChat(), clock=FakeClock(AT))
    assert await store.kept_profile(CHANNEL)
    assert "core.deliver.learning.lessons_of" in calls
    assert not {call for call in calls if call.startswith("core.choose.profile.") and call.endswith(_WORK)}
