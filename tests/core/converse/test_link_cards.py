"""Links that people paste: which lead to papers, and which of them get a card."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from core.channels import ChannelRef, UserRef
from core.converse.link_cards import MOST
from core.converse.pasted import PastedLinks, papers_in
from tests.fakes.desk_driver import CHANNEL, READS_CL, DeskDriver, words
from tests.fakes.papers import AT, a_listing, a_paper


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("see https://arxiv.org/abs/2602.00002v3, it is good", ["arxiv:2602.00002"]),
        ("(https://arxiv.org/pdf/2602.00002) https://arxiv.org/abs/2602.00002", ["arxiv:2602.00002"]),
        (
            "https://doi.org/10.1038/s41586-020-2649-2 arXiv:2602.00001",
            ["doi:10.1038/s41586-020-2649-2", "arxiv:2602.00001"],
        ),
        ("https://example.org/2602.00002 and 2602.00002", []),
        ("at 12:30: nothing", []),
        ("", []),
        ("arXiv: nothing https://", []),
        ("https://[::1 https://arxiv.org/abs/\u202e2602.00002", []),
    ],
)
def test_papers_in_words(text: str, found: list[str]) -> None:
    """Only what certainly leads to a paper counts, each paper once."""
    assert [str(one) for one in papers_in(text)] == found


async def paste_link(driver: DeskDriver, number: int, *, channel: ChannelRef = CHANNEL) -> str:
    """What the desk says to a link to a paper; empty where nothing."""
    pasted = PastedLinks(
        user=UserRef("slack", "T1", "A"), place=channel, papers=(a_paper(number).id,), at=driver.clock.now()
    )
    post = await driver.desk.card_for_links(pasted)
    return words(post) if post else ""


@pytest.fixture
async def wanting(driver: DeskDriver) -> DeskDriver:
    """A channel that wants cards, and enough papers."""
    await driver.store.save_subscription(replace(READS_CL, link_cards=True), at=AT)
    await driver.store.add(a_listing([a_paper(number) for number in range(20)]), at=AT)
    return driver


async def test_a_channel_has_few_cards_an_hour(wanting: DeskDriver) -> None:
    """A flood of links gets some cards, and later ones again; the same paper gets one a day."""
    cards = [bool(await paste_link(wanting, number)) for number in range(MOST + 2)]
    assert cards == [True] * MOST + [False] * 2
    wanting.clock.move(timedelta(hours=1, seconds=1))
    assert not await paste_link(wanting, 0)
    assert await paste_link(wanting, MOST + 3)
    wanting.clock.move(timedelta(days=1))
    assert await paste_link(wanting, 0)


async def test_other_channels_are_left_alone(wanting: DeskDriver) -> None:
    """A channel without the setting, or without any digest, hears nothing."""
    assert not await paste_link(wanting, 1, channel=ChannelRef("slack", "T1", "C9"))


async def test_what_cannot_be_found_is_passed_over(wanting: DeskDriver) -> None:
    """A paper that no source brings in time gets no card and no word."""
    assert await paste_link(wanting, 99) == ""


async def test_a_withdrawn_paper_says_so(wanting: DeskDriver) -> None:
    """The card of a paper that was taken back begins with that."""
    gone = a_paper(50, comment="This paper has been withdrawn by the authors")
    await wanting.store.add(a_listing([gone]), at=AT)
    assert "Withdrawn: " in await paste_link(wanting, 50)


async def test_a_manager_turns_cards_on(driver: DeskDriver) -> None:
    """/settings link-cards on is all it takes; it is off before."""
    assert not (await driver.store.subscriptions())[0].link_cards
    await driver.asks("settings", "link-cards on")
    assert (await driver.store.subscriptions())[0].link_cards
    await driver.asks("settings", "link-cards on", may_manage=False)
    await driver.asks("settings", "link-cards off")
    assert not (await driver.store.subscriptions())[0].link_cards
