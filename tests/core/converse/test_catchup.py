"""What somebody missed."""

from __future__ import annotations

from datetime import timedelta

from core.papers.identifiers import PaperId
from core.posts.tree import Audience
from tests.fakes.desk_driver import BOB, CHANNEL, READS_CL, DeskDriver, words
from tests.fakes.papers import AT


async def posted(driver: DeskDriver) -> list[PaperId]:
    """A digest of what is stored, posted now; its papers, best first."""
    day = READS_CL.at.local_day(driver.clock.now())
    await driver.deliver(READS_CL, day)
    chosen = await driver.store.chosen_papers(CHANNEL, since=day)
    return [one.paper for one in sorted(chosen, key=lambda one: one.place)]


async def test_what_others_saved_comes_first(driver: DeskDriver) -> None:
    """/digest catchup lists what was posted, what others saved first, and leaves out what the asker saved."""
    own, other, last = await posted(driver)
    await driver.store.add_bookmark(str(BOB), last, str(CHANNEL), at=AT, public=True)
    await driver.asks("bookmark", str(own))
    driver.clock.move(timedelta(days=2))
    post = await driver.asks("digest", "catchup 7d")
    assert post.papers == (last, other) and post.audience is Audience.ASKER
    assert "saved by 1" in words(post) and "3 papers posted, 1 of them saved by you" in words(post)


async def test_nothing_was_missed(driver: DeskDriver) -> None:
    """Without papers in those days it says so, and for the wrong number of days what is right."""
    await posted(driver)
    driver.clock.move(timedelta(days=9))
    assert "Nothing was posted here in the last 7 days" in words(await driver.asks("digest", "catchup"))
    assert "not a number of days" in words(await driver.asks("digest", "catchup soon"))


async def test_all_was_saved(driver: DeskDriver) -> None:
    """Who saved all that was posted has missed nothing."""
    for paper in await posted(driver):
        await driver.asks("bookmark", str(paper))
    assert "You saved all" in words(await driver.asks("digest", "missed 3d"))
