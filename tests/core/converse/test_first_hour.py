"""What people typed in a reported first hour, read from the report itself."""

from __future__ import annotations

import re

from core.converse.table import BY_NAME
from tests.fakes.desk_driver import CHANNEL, DeskDriver, words
from tests.fakes.papers import AT, a_listing, a_paper
from tests.shared import SHARED, needs_shared

pytestmark = needs_shared


def commands(number: int) -> list[tuple[str, str]]:
    """The commands of one of the report's findings, as names and arguments."""
    report = (SHARED / "data/cases/14-first-hour/README").read_text(encoding="utf-8")
    finding = next(line for line in report.splitlines() if line.startswith(f"{number}."))
    typed = re.findall(r"`/(\w+) ?([^`]*)`", finding)
    return [(name, arguments) for name, arguments in typed if name in BY_NAME]


async def test_settings_without_a_value(driver: DeskDriver) -> None:
    """What erased a setting shows it, and nothing is changed."""
    await driver.saves("settings", "interest lanterns in fog")
    before = await driver.store.subscriptions(CHANNEL)
    for name, arguments in commands(4):
        assert "lanterns in fog" in words(await driver.asks(name, arguments))
    assert await driver.store.subscriptions(CHANNEL) == before


async def test_a_word_that_several_papers_have(driver: DeskDriver) -> None:
    """What opened one arbitrary paper offers several."""
    asked = [arguments for name, arguments in commands(5) if name == "paper" and " " not in arguments]
    for word in asked:
        papers = [a_paper(number, title=f"{word.title()} to lantern {number}") for number in (7, 8)]
        await driver.store.add(a_listing(papers), at=AT)
        post = await driver.asks("paper", word)
        assert [one.name for one in post.actions] == ["paper", "paper"]
        assert set(post.papers) == {paper.id for paper in papers}
    assert asked
