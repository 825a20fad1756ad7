"""Rules in chat: what is said of a rule when it is set, mistakes, and lists that channels share."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.fakes.desk_driver import CHANNEL, READS_CL, DeskDriver, words
from tests.fakes.papers import AT, a_listing, a_paper


@pytest.fixture
async def read(driver: DeskDriver) -> DeskDriver:
    """A channel that has read a month's papers, all of which are about models."""
    await driver.store.add(a_listing([a_paper(n, title=f"Models {n}") for n in range(100, 160)]), at=AT)
    return driver


async def rule(driver: DeskDriver) -> str:
    (saved,) = await driver.store.subscriptions(CHANNEL)
    return saved.rule


async def test_a_wide_rule_is_told_when_it_is_set(read: DeskDriver) -> None:
    """Who sets a rule that keeps nearly everything hears so, and the rule is set; asking for it tells the same."""
    assert "of the last month's 64 papers in cs.CL: probably too wide." in words(
        await read.saves("settings", "rule model")
    )
    assert await rule(read) == "model"
    assert "probably too wide" in words(await read.asks("settings", "rule"))
    assert "probably too wide" not in words(await read.asks("settings", "size 5"))
    assert "probably too narrow" in words(await read.asks("subscribe", "rule: swarm -bee"))


async def test_a_mistake_is_shown_with_a_caret(read: DeskDriver) -> None:
    """A rule that cannot be read is not set, and the answer shows it with a caret below the place."""
    answer = words(await read.asks("settings", "rule graph AND AND nets"))
    assert "graph\\xa0AND\\xa0AND\\xa0nets" in answer and "^" in answer
    assert "Did you mean graph AND nets" in answer
    assert await rule(read) == ""


async def test_lists_are_kept_shown_and_used(read: DeskDriver) -> None:
    """A list that somebody makes is shown, used by rules, and removed with none."""
    assert "There are no lists yet" in words(await read.asks("settings", "list"))
    assert "There is no list:ours yet" in words(await read.asks("settings", "rule list:ours whispers"))
    assert "model OR swarm*" in words(await read.asks("settings", "list ours model, swarm*"))
    assert "model OR swarm*" in words(await read.asks("settings", "lists"))
    assert "model OR swarm*" in words(await read.asks("settings", "list Ours"))
    assert "of the last month" in words(await read.asks("settings", "rule list:ours"))
    assert "Removed." in words(await read.asks("settings", "list ours none"))
    assert "There is no list" in words(await read.asks("settings", "list ours"))


async def test_only_managers_change_lists(read: DeskDriver) -> None:
    """Everybody sees the lists, and only who manages the channel changes them."""
    answer = words(await read.asks("settings", "list ours model", may_manage=False))
    assert "Only people who manage this channel" in answer
    assert "There are no lists yet" in words(await read.asks("settings", "list", may_manage=False))


async def test_a_digest_tells_what_it_judged_without(read: DeskDriver) -> None:
    """A digest whose rule names a list that is gone is posted, and says that papers were judged without it."""
    await read.saves("settings", "rule list:gone model")
    answer = words(await read.asks("digest", "preview"))
    assert "There is no list for the rule's list:gone" in answer


async def test_a_stored_rule_that_cannot_be_read_stops_nothing(read: DeskDriver) -> None:
    """A rule that another version stored keeps every paper: digests, settings and `/why` say so or go on."""
    await read.store.save_subscription(replace(READS_CL, rule="graph AND"), at=AT)
    assert "The rule graph AND cannot be read any more" in words(await read.asks("digest", "preview"))
    assert "cannot be read any more, and keeps every paper" in words(await read.asks("settings", "rule"))
    assert "The rule keeps it" in words(await read.asks("why", "2602.00101"))
