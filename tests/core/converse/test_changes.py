"""What people change is told to the channel, on record, and taken back; of two at once neither is lost."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import fields, replace
from datetime import date, datetime, time

import pytest

from core.channels import Changers, DeliveryTime, Subscription
from core.converse.settings.changes import LoggedChange, Person, merge
from core.posts.tree import Audience, Post
from tests.fakes.desk_driver import ANN, BOB, CHANNEL, READS_CL, DeskDriver, words
from tests.fakes.papers import AT
from tests.fakes.stores import SqlStore


class CrowdedStore(SqlStore):
    """Has somebody else's change go in before a person's own, as often as it is told."""

    def __init__(self) -> None:
        super().__init__("sqlite://")
        self.others: list[Subscription] = []

    async def change_settings(
        self, before: Subscription | None, after: Subscription | None, *, person: Person, at: datetime
    ) -> LoggedChange | None:
        if self.others:
            await self.save_subscription(self.others.pop(0), at=at)
        return await super().change_settings(before, after, person=person, at=at)


@pytest.fixture
async def crowded() -> AsyncIterator[tuple[DeskDriver, CrowdedStore]]:
    store = CrowdedStore()
    async with store.open():
        await store.save_subscription(READS_CL, at=AT)
        yield DeskDriver(store), store


def pressed(post: Post, label: str) -> tuple[str, str]:
    """What a button of a post brings."""
    (found,) = [one for one in post.actions if one.label == label]
    return found.name, found.arguments


async def test_the_channel_hears_of_a_change(driver: DeskDriver) -> None:
    """A change is told to everybody, with who made it; a look, a question and what changes nothing to the asker."""
    post = await driver.asks("settings", "at 8:30")
    assert post.audience is Audience.EVERYONE
    assert "Somebody set" in words(post) and "09:00 → 08:30" in words(post)
    for arguments in ("at 8:30", "", "size", "log"):
        assert (await driver.asks("settings", arguments)).audience is Audience.ASKER
    assert (await driver.asks("unsubscribe")).audience is Audience.ASKER


async def test_a_change_is_taken_back(driver: DeskDriver) -> None:
    """The button under a change takes it back, and under that one brings it on again; what is old is told so."""
    post = await driver.asks("settings", "size 7")
    undone = await driver.asks(*pressed(post, "Undo"))
    assert await driver.store.subscriptions(CHANNEL) == (READS_CL,)
    await driver.asks(*pressed(undone, "Undo"))
    assert [one.size for one in await driver.store.subscriptions(CHANNEL)] == [7]
    assert "Only people who manage" in words(await driver.asks("settings", "undo", may_manage=False))
    assert "no such change" in words(await driver.asks("settings", "undo 99"))
    assert "not the number" in words(await driver.asks("settings", "undo it"))


async def test_an_older_change_is_taken_back_alone(driver: DeskDriver) -> None:
    """Taking back a change leaves what was changed after it; where that was the same setting, the person is asked."""
    first = await driver.asks("settings", "size 7")
    await driver.asks("settings", "at 8:30")
    await driver.asks(*pressed(first, "Undo"))
    (found,) = await driver.store.subscriptions(CHANNEL)
    assert (found.size, found.at.at) == (READS_CL.size, time(8, 30))
    second = await driver.asks("settings", "size 8")
    await driver.asks("settings", "size 9")
    asked = await driver.asks(*pressed(second, "Undo"))
    assert "9 now, 3 by you" in words(asked)
    await driver.asks(*pressed(asked, "Keep theirs"))
    assert [one.size for one in await driver.store.subscriptions(CHANNEL)] == [9]


async def test_a_beginning_and_an_end_are_taken_back(driver: DeskDriver) -> None:
    """A digest that was ended is there again as it was; one that was begun by mistake is gone."""
    ended = await driver.asks("unsubscribe", "yes")
    await driver.asks(*pressed(ended, "Undo"))
    assert await driver.store.subscriptions(CHANNEL) == (replace(READS_CL, set_up_by=ANN),)
    begun = await driver.asks("subscribe", "name:vision cs.CV")
    await driver.asks("settings", "size 9 name:vision")
    assert "since it was begun" in words(await driver.asks(*pressed(begun, "Undo")))
    await driver.asks("settings", "undo")
    await driver.asks(*pressed(begun, "Undo"))
    assert await driver.store.subscriptions(CHANNEL) == (replace(READS_CL, set_up_by=ANN),)
    assert "ended or renamed" in words(await driver.asks(*pressed(begun, "Undo")))


async def test_the_log(driver: DeskDriver) -> None:
    """/settings log tells who changed what and when, newest first, and nothing where nothing was changed."""
    assert "Nobody has changed" in words(await driver.asks("settings", "log"))
    await driver.asks("settings", "size 7")
    await driver.asks("subscribe", "cs.LG", user=BOB)
    told = words(await driver.asks("settings", "log"))
    assert told.index("cs.CL, cs.LG") < told.index("3 → 7")
    assert f"{AT:%Y-%m-%d %H:%M}" in told


async def test_two_who_change_different_things(crowded: tuple[DeskDriver, CrowdedStore]) -> None:
    """Where somebody else changed another setting meanwhile, both changes stand."""
    driver, store = crowded
    store.others = [replace(READS_CL, size=9), replace(READS_CL, size=9, language="de")]
    await driver.asks("settings", "at 8:30")
    (found,) = await store.subscriptions(CHANNEL)
    assert (found.size, found.language, found.at.at) == (9, "de", time(8, 30))


async def test_two_who_change_the_same_thing(crowded: tuple[DeskDriver, CrowdedStore]) -> None:
    """The second is told what is there by now, and asked; saved is what that person then wants, and by nobody else."""
    driver, store = crowded
    store.others = [replace(READS_CL, size=9)]
    asked = await driver.asks("settings", "size 5")
    assert asked.audience is Audience.ASKER
    assert "9 now, 5 by you" in words(asked)
    assert [one.size for one in await store.subscriptions(CHANNEL)] == [9]
    save = pressed(asked, "Save mine")
    assert "nobody else" in words(await driver.asks(*save, user=BOB))
    await driver.asks(*save)
    assert [one.size for one in await store.subscriptions(CHANNEL)] == [5]
    assert "saved or cancelled" in words(await driver.asks(*save))


async def test_everybody_may_change_it(driver: DeskDriver) -> None:
    """Where a manager lets everybody change a digest, everybody can, but not who may change it."""
    assert "Only people who manage" in words(await driver.asks("settings", "managers everyone", may_manage=False))
    await driver.asks("settings", "managers everyone")
    assert "Everybody here may change" in words(await driver.asks("settings"))
    await driver.asks("settings", "size 7", may_manage=False)
    await driver.asks("subscribe", "cs.LG", may_manage=False)
    (found,) = await driver.store.subscriptions(CHANNEL)
    assert (found.size, found.categories) == (7, ("cs.CL", "cs.LG"))
    assert "Only people who manage" in words(await driver.asks("settings", "managers managers", may_manage=False))
    assert "Only people who manage" in words(await driver.asks("subscribe", "name:new cs.CV", may_manage=False))


@pytest.mark.parametrize("field", [one.name for one in fields(Subscription)])
def test_every_field_is_carried_over(field: str) -> None:
    """A change of any field meets what others changed: it is made, and theirs stay."""
    other = Subscription(
        channel=CHANNEL,
        name="other",
        categories=("cs.RO",),
        rule="fog",
        interest="lamps",
        authors=("Ann Lee",),
        at=DeliveryTime(at=time(7), zone="Asia/Tokyo", weekdays=frozenset({1}), not_before=date(2026, 3, 1)),
        size=7,
        language="de",
        explores=False,
        link_cards=True,
        paused=True,
        changers=Changers.EVERYONE,
        set_up_by=ANN,
    )
    after = replace(READS_CL, **{field: getattr(other, field)})
    theirs = replace(other, **{field: getattr(READS_CL, field)})
    merged = merge(READS_CL, after, theirs)
    assert merged.subscription == other and not merged.conflicts
