"""Channels that say what they wish for, and not in which categories."""

from __future__ import annotations

from dataclasses import replace

import pytest

from core.papers.paper import AnnounceType
from tests.fakes.desk_driver import CHANNEL, READS_CL, DeskDriver, words
from tests.fakes.papers import AT, a_listing, a_paper


@pytest.fixture
async def new(driver: DeskDriver) -> DeskDriver:
    """A channel without a digest, where nobody reads anything."""
    await driver.store.remove_subscription(CHANNEL, "main")
    return driver


async def categories(driver: DeskDriver) -> tuple[str, ...]:
    (saved,) = await driver.store.subscriptions(CHANNEL)
    return saved.categories


@pytest.mark.parametrize("typed", ['rule: "world model" AND NOT survey', "rule: transformers"])
async def test_a_rule_alone_is_a_wish(new: DeskDriver, typed: str) -> None:
    """A rule without categories chooses those that fit and stores them, and the answer says why and how to change."""
    answer = words(await new.asks("subscribe", typed))
    assert await categories(new) == ("cs.LG",)
    assert "Reading cs.LG (Machine Learning), because you wrote" in answer
    assert "/settings categories cs.LG" in answer
    assert await new.store.wanted_categories() == ("cs.LG",)


async def test_an_author_alone_is_read_where_known_papers_are(new: DeskDriver) -> None:
    """Who follows an author alone reads the categories of the author's known papers."""
    answer = words(await new.asks("subscribe", 'author:"Mira Holt"'))
    assert await categories(new) == ("cs.CL",)
    assert "by authors you follow" in answer


async def test_an_unknown_author_alone_reads_what_others_read(new: DeskDriver) -> None:
    """Where no category can be told the channel reads all that others read, or is told that nothing can come."""
    alone = words(await new.asks("subscribe", 'author:"Nobody Known"'))
    assert await categories(new) == ()
    assert "no other channel reads any: no paper can come" in alone
    other = replace(READS_CL, channel=replace(CHANNEL, place="other"), categories=("cs.RO",))
    await new.store.save_subscription(other, at=AT)
    beside = words(await new.asks("subscribe", 'author:"Unknown Too"'))
    assert "reads all that others read (cs.RO)" in beside
    papers = [a_paper(50, authors=("Nobody Known",), categories=("cs.RO",)), a_paper(51, categories=("cs.RO",))]
    await new.store.add(a_listing(papers, scope="cs.RO", type=AnnounceType.NEW), at=AT)
    assert [one.paper.id for one in (await new.store.candidates((await new.store.subscriptions(CHANNEL))[0])).items]


async def test_a_wish_that_comes_later(new: DeskDriver) -> None:
    """An interest that is set in a channel without categories chooses them; `any` is taken at its word."""
    await new.asks("subscribe", 'author:"Nobody Known"')
    answer = words(await new.saves("settings", "interest robots that fold laundry"))
    assert await categories(new) == ("cs.RO",)
    assert "Reading cs.RO (Robotics)" in answer
    await new.asks("settings", "categories any")
    assert await categories(new) == ()
    await new.asks("settings", "size 5")
    assert await categories(new) == ()


async def test_named_categories_are_left_alone(driver: DeskDriver) -> None:
    """Who names categories reads those and no others, whatever the rule is about."""
    answer = words(await driver.asks("subscribe", "rule: robots"))
    assert await categories(driver) == ("cs.CL",)
    assert "Reading cs.RO" not in answer


async def test_known_papers_tell_where_words_do_not(new: DeskDriver) -> None:
    """Papers that have all words of the wish tell its categories, and a wish of any length is read in a moment."""
    papers = [a_paper(n, title=f"Looms that knit, part {n}", categories=("cs.GR",)) for n in range(60, 66)]
    await new.store.add(a_listing(papers, scope="cs.GR"), at=AT)
    answer = words(await new.asks("subscribe", "rule: knitting loom"))
    assert await categories(new) == ("cs.GR",)
    assert "6 of 6 known papers that match are in it" in answer
    await new.asks("settings", f"interest {'knitting looms, ' * 2_000}")
    assert await categories(new) == ("cs.GR",)
