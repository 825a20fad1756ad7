"""The contract of `Store` for events on saved papers: whom they are to be told, and once."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from core.converse.ports import Store
from core.papers.paper import AnnounceType, EventKind
from tests.fakes.papers import AT, a_listing, a_paper

HOUR = timedelta(hours=1)
CHANNEL, OTHER = "slack:T1/C1", "slack:T1/C2"
ANN, BOB, CY = "slack:T1/U1", "slack:T1/U2", "slack:T1/U3"


async def new_version(store: Store, number: int, version: int, *, hours: int = 2) -> None:
    paper = replace(a_paper(number), version=version)
    await store.add(a_listing([paper], type=AnnounceType.REPLACE), at=AT + hours * HOUR)


async def untold(store: Store) -> list[tuple[str, str, str]]:
    found = await store.untold_events(since=AT, limit=100)
    return [(one.recipient, one.paper.id.value, one.event.detail) for one in found]


@pytest.fixture(autouse=True)
async def _papers(store: Store) -> None:
    await store.add(a_listing([a_paper(number) for number in (1, 2, 3)]), at=AT)


async def test_whom_an_event_is_told(store: Store) -> None:
    """Each channel in which a paper was saved, and each who saved it in private and nowhere openly; nobody twice."""
    one = a_paper(1).id
    for person, channel, public in (
        (ANN, CHANNEL, True),
        (ANN, OTHER, True),
        (ANN, CHANNEL, False),
        (BOB, CHANNEL, True),
        (CY, CHANNEL, False),
    ):
        await store.add_bookmark(person, one, channel, at=AT + HOUR, public=public)
    await new_version(store, 1, 2)
    await new_version(store, 2, 2)
    assert await untold(store) == [(who, one.value, "2") for who in (CHANNEL, OTHER, CY)]
    (notice, *_) = await store.untold_events(since=AT, limit=1)
    assert (str(notice.channel), notice.person, notice.event.kind) == (CHANNEL, None, EventKind.VERSION)
    assert notice.paper.version == 2


async def test_papers_saved_later(store: Store) -> None:
    """What happened before a paper was saved is never told, and what is old is not told any more."""
    await new_version(store, 1, 2)
    await store.add_bookmark(CY, a_paper(1).id, CHANNEL, at=AT + 3 * HOUR, public=False)
    assert await untold(store) == []
    await new_version(store, 1, 3, hours=4)
    assert await untold(store) == [(CY, a_paper(1).id.value, "3")]
    assert await store.untold_events(since=AT + 5 * HOUR, limit=9) == ()
    await store.remove_bookmark(CY, a_paper(1).id)
    assert await untold(store) == []


async def test_claims(store: Store) -> None:
    """Events are claimed together and once for each recipient; what is released can be claimed again."""
    await store.add_bookmark(CY, a_paper(1).id, CHANNEL, at=AT + HOUR, public=False)
    await store.add_bookmark(BOB, a_paper(1).id, CHANNEL, at=AT + HOUR, public=True)
    await new_version(store, 1, 2)
    await new_version(store, 1, 3, hours=3)
    first, second = (one.event.number for one in await store.untold_events(since=AT, limit=9) if one.recipient == CY)
    assert await store.claim_notices([first], CY, at=AT)
    assert not await store.claim_notices([first, second], CY, at=AT)
    assert await store.claim_notices([second], CY, at=AT)
    assert {who for who, *_ in await untold(store)} == {CHANNEL}
    await store.release_notices([second], CY)
    assert [one for one in await untold(store) if one[0] == CY] == [(CY, a_paper(1).id.value, "3")]
