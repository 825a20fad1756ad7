"""A desk that has papers to show."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from core.ingest.state import SourceState, State
from tests.fakes.desk_driver import READS_CL, DeskDriver
from tests.fakes.papers import AT, DAY, a_listing, a_paper
from tests.fakes.stores import SqlStore


@pytest.fixture
async def driver() -> AsyncIterator[DeskDriver]:
    async with SqlStore("sqlite://").open() as store:
        await store.save_subscription(READS_CL, at=AT)
        papers = [a_paper(n) for n in range(1, 4)]
        papers.append(a_paper(4, title="Graph <b>whispers</b> & @everyone", authors=("Mira Holt",)))
        await store.add(a_listing(papers), at=AT)
        state = SourceState(source="arxiv", scope="cs.CL", state=State.FRESH, checked_at=AT, listing_day=DAY, listed=4)
        await store.save_source_state(state)
        yield DeskDriver(store)
