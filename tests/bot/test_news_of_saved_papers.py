"""The running service tells news of saved papers, beside the digests."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from core.papers.paper import AnnounceType
from core.posts.messages import MessageRef
from tests.fakes.clock import FakeClock
from tests.fakes.papers import a_listing, a_paper
from tests.fakes.posting import CHANNEL, DUE, HOUR, MINUTE, AwayStore, BusyChat, Service, a_service, until


@pytest.fixture
async def store() -> AsyncIterator[AwayStore]:
    store = AwayStore("sqlite://")
    async with store.open():
        yield store


async def tick(service: Service) -> None:
    service.clock.set(service.clock.now() + MINUTE)
    await service.posting.tick()
    await until(lambda: not service.posting.is_busy)


async def test_once_and_after_a_restart(store: AwayStore) -> None:
    """A tick tells of a new version in the paper's thread; no later tick and no later process tells it again."""
    clock, paper = FakeClock(DUE), a_paper(1)
    await store.add(a_listing([paper]), at=DUE - 9 * HOUR)
    shown = MessageRef(CHANNEL, "m1")
    await store.remember_message(shown, (paper.id,), at=DUE - 9 * HOUR)
    await store.add_bookmark("slack:T1/U1", paper.id, str(CHANNEL), at=DUE - 8 * HOUR, public=True)
    new = replace(paper, version=2)
    await store.add(a_listing([new], type=AnnounceType.REPLACE), at=DUE - HOUR)
    chat = BusyChat()
    for _ in range(2):
        async with a_service(store, clock, chat) as service:
            await tick(service)
            await tick(service)
    assert [parent for _, parent in chat.sent] == [shown]
    assert await store.message_papers(MessageRef(CHANNEL, chat.keys[0])) == (paper.id,)
