"""What somebody missed."""

from __future__ import annotations

from datetime import timedelta

from core.papers.identifiers import PaperId
from core.posts.tree import Audience
from tests.fakes.desk_driver import BOB, CHANNEL, READS_CL, Office, words
from tests.fakes.papers import AT


async def posted(office: Office) -> list[PaperId]:
    """A digest of what is stored, posted now; its papers, best first."""
    day = READS_CL.at.local_day(office.clock.now())
    await office.deliver(READS_CL, day)
    chosen = await office.store.chosen_papers(CHANNEL, since=day)
    return [one.paper for one in sorted(chosen, key=lambda one: one.place)]


async def test_what_others_saved_comes_first(office: Office) -> None:
    """/digest catchup lists what was posted, what others saved first, and leaves out what the asker saved."""
    own, other, last = await posted(office)
    await office.store.add_bookmark(str(BOB), last, str(CHANNEL), at=AT, public=True)
    await office.asks("bookmark", str(own))
    office.clock.move(timedelta(days=2))
    post = await office.asks("digest", "catchup 7d")
    assert post.papers == (last, other) and post.audience is Audience.ASKER
    assert "saved by 1" in words(post) and "3 papers posted, 1 of them saved by you" in words(post)


async def test_nothing_was_missed(office: Office) -> None:
    """Without papers in those days it says so, and for the wrong number of days what is right."""
    await posted(office)
    office.clock.move(timedelta(days=9))
    assert "Nothing was posted here in the last 7 days" in words(await office.asks("digest", "catchup"))
    assert "not a number of days" in words(await office.asks("digest", "catchup soon"))


async def test_all_was_saved(office: Office) -> None:
    """Who saved all that was posted has missed nothing."""
    for paper in await posted(office):
        await office.asks("bookmark", str(paper))
    assert "You saved all" in words(await office.asks("digest", "missed 3d"))
