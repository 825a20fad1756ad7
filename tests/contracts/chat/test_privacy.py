"""`/privacy` on each platform, from what somebody types to the database and back."""

from __future__ import annotations

import json

import pytest

from core.converse.ports import Store
from tests.fakes.desk import real_desk
from tests.fakes.papers import AT, a_listing, a_paper
from tests.fakes.platform_drivers import PlatformDriver, TerminalDriver


@pytest.fixture
async def store(store: Store) -> Store:
    await store.add(a_listing([a_paper(1)]), at=AT)
    return store


async def test_shown_given_and_deleted(driver: PlatformDriver, store: Store) -> None:
    """A person saves a paper, is shown what is kept, gets it as a file, has it deleted; nobody else sees any of it."""
    desk = real_desk(store)
    await driver.person_types(desk, ["/bookmarks add 2602.00001", "/privacy", "/privacy export"])
    seen = driver.flat()
    assert "1 private" in seen
    assert "What Paperboy keeps of you" in seen
    if isinstance(driver, TerminalDriver):
        assert '"format": "paperboy-personal-data"' in seen
    else:
        (*_, name, content) = driver.standin.files[-1]  # type: ignore[attr-defined]  # the stand-ins of platforms have files
        assert name == "paperboy-my-data.json"
        assert json.loads(content)["saved_papers"][0]["is_public"] is False
    assert len(await store.bookmarks()) == 1
    await driver.person_types(desk, ["/privacy delete"])
    assert len(await store.bookmarks()) == 1
    if isinstance(driver, TerminalDriver):
        await driver.person_types(desk, ["/privacy delete yes"])
    else:
        await driver.person_presses(desk, "Delete everything of mine")
    assert await store.bookmarks() == ()
    assert "Nothing is kept of you any more" in driver.flat()
    if not isinstance(driver, TerminalDriver):
        assert "keeps of you" not in driver.seen_by_all()
