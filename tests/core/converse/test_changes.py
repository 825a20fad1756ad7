"""What people change is told to the channel, on record, and taken back; of two at once neither is lost."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import fields, replace
from datetime import date, datetime, time

import pytest

from core.channels import Changers, DeliveryTime, Subscription
from core.converse.settings.changes import LoggedChange, Person, merge
from core.posts.tree import Audience, Post
from tests.fakes.office import ANN, BOB, CHANNEL, READS_CL, Office, words
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
async def crowded() -> AsyncIterator[tuple[Office, CrowdedStore]]:
    store = CrowdedStore()
    async with store.open():
        await store.save_subscription(READS_CL, at=AT)
        yield Office(store), store


def pressed(post: Post, label: str) -> tuple[str, str]:
    """What a button of a post brings."""
    (found,) = [one for one in post.actions if one.label == label]
    return found.name, found.arguments


async def test_the_channel_hears_of_a_change(office: Office) -> None:
    """A change is told to everybody, with who made it; a look, a question and what changes nothing to the asker."""
    post = await office.asks("settings", "at 8:30")
    assert post.audience is Audience.EVERYONE
    assert "Somebody set" in words(post) and "09:00 → 08:30" in words(post)
    for arguments in ("at 8:30", "", "size", "log"):
        assert (await office.asks("settings", arguments)).audience is Audience.ASKER
    assert (await office.asks("unsubscribe")).audience is Audience.ASKER


async def test_a_change_is_taken_back(office: Office) -> None:
    """The button under a change takes it back, and under that one brings it on again; what is old is told so."""
    post = await office.asks("settings", "size 7")
    undone = await office.asks(*pressed(post, "Undo"))
    assert await office.store.subscriptions(CHANNEL) == (READS_CL,)
    await office.asks(*pressed(undone, "Undo"))
    assert [one.size for one in await office.store.subscriptions(CHANNEL)] == [7]
    assert "Only people who manage" in words(await office.asks("settings", "undo", may_manage=False))
    assert "no such change" in words(await office.asks("settings", "undo 99"))
    assert "not the number" in words(await office.asks("settings", "undo it"))


async def test_an_older_change_is_taken_back_alone(office: Office) -> None:
    """Taking back a change leaves what was changed after it; where that was the same setting, the person is asked."""
    first = await office.asks("settings", "size 7")
    await office.asks("settings", "at 8:30")
    await office.asks(*pressed(first, "Undo"))
    (found,) = await office.store.subscriptions(CHANNEL)
    assert (found.size, found.at.at) == (READS_CL.size, time(8, 30))
    second = await office.asks("settings", "size 8")
    await office.asks("settings", "size 9")
    asked = await office.asks(*pressed(second, "Undo"))
    assert "9 now, 3 by you" in words(asked)
    await office.asks(*pressed(asked, "Keep theirs"))
    assert [one.size for one in await office.store.subscriptions(CHANNEL)] == [9]


async def test_a_beginning_and_an_end_are_taken_back(office: Office) -> None:
    """A digest that was ended is there again as it was; one that was begun by mistake is gone."""
    ended = await office.asks("unsubscribe", "yes")
    await office.asks(*pressed(ended, "Undo"))
    assert await office.store.subscriptions(CHANNEL) == (replace(READS_CL, set_up_by=ANN),)
    begun = await office.asks("subscribe", "name:vision cs.CV")
    await office.asks("settings", "size 9 name:vision")
    assert "since it was begun" in words(await office.asks(*pressed(begun, "Undo")))
    await office.asks("settings", "undo")
    await office.asks(*pressed(begun, "Undo"))
    assert await office.store.subscriptions(CHANNEL) == (replace(READS_CL, set_up_by=ANN),)
    assert "ended or renamed" in words(await office.asks(*pressed(begun, "Undo")))


async def test_the_log(office: Office) -> None:
    """/settings log tells who changed what and when, newest first, and nothing where nothing was changed."""
    assert "Nobody has changed" in words(await office.asks("settings", "log"))
    await office.asks("settings", "size 7")
    await office.asks("subscribe", "cs.LG", user=BOB)
    told = words(await office.asks("settings", "log"))
    assert told.index("cs.CL, cs.LG") < told.index("3 → 7")
    assert f"{AT:%Y-%m-%d %H:%M}" in told


async def test_two_who_change_different_things(crowded: tuple[Office, CrowdedStore]) -> None:
    """Where somebody else changed another setting meanwhile, both changes stand."""
    office, store = crowded
    store.others = [replace(READS_CL, size=9), replace(READS_CL, size=9, language="de")]
    await office.asks("settings", "at 8:30")
    (found,) = await store.subscriptions(CHANNEL)
    assert (found.size, found.language, found.at.at) == (9, "de", time(8, 30))


async def test_two_who_change_the_same_thing(crowded: tuple[Office, CrowdedStore]) -> None:
    """The second is told what is there by now, and asked; saved is what that person then wants, and by nobody else."""
    office, store = crowded
    store.others = [replace(READS_CL, size=9)]
    asked = await office.asks("settings", "size 5")
    assert asked.audience is Audience.ASKER
    assert "9 now, 5 by you" in words(asked)
    assert [one.size for one in await store.subscriptions(CHANNEL)] == [9]
    save = pressed(asked, "Save mine")
    assert "nobody else" in words(await office.asks(*save, user=BOB))
    await office.asks(*save)
    assert [one.size for one in await store.subscriptions(CHANNEL)] == [5]
    assert "saved or cancelled" in words(await office.asks(*save))


async def test_everybody_may_change_it(office: Office) -> None:
    """Where a manager lets everybody change a digest, everybody can, but not who may change it."""
    assert "Only people who manage" in words(await office.asks("settings", "managers everyone", may_manage=False))
    await office.asks("settings", "managers everyone")
    assert "Everybody here may change" in words(await office.asks("settings"))
    await office.asks("settings", "size 7", may_manage=False)
    await office.asks("subscribe", "cs.LG", may_manage=False)
    (found,) = await office.store.subscriptions(CHANNEL)
    assert (found.size, found.categories) == (7, ("cs.CL", "cs.LG"))
    assert "Only people who manage" in words(await office.asks("settings", "managers managers", may_manage=False))
    assert "Only people who manage" in words(await office.asks("subscribe", "name:new cs.CV", may_manage=False))


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
