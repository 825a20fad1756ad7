"""The contract of `Store` for changes that people make to digests, over every store there is."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import date, timedelta

from core.channels import ChannelMoved, ChannelRef, DeliveryTime, Subscription, UserRef
from core.converse.ports import Store
from core.converse.settings.changes import MOST_LOGGED, MOST_PENDING, LoggedChange, PendingChange, Person
from core.posts.signs import USUAL_SIGNS, Signs
from tests.fakes.papers import AT

CHANNEL, OTHER = ChannelRef("slack", "T1", "C1"), ChannelRef("slack", "T1", "C2")
ANN, BOB = Person(user=UserRef("slack", "T1", "U1"), name="Ann \0"), Person(user=UserRef("slack", "T1", "U2"))
READS = Subscription(channel=CHANNEL, categories=("cs.CL",), at=DeliveryTime(not_before=date(2026, 3, 1)))
HOUR = timedelta(hours=1)


async def test_a_change_is_saved_and_on_record(store: Store) -> None:
    """A digest is begun, changed and ended; each is on record with its person, newest first, and nowhere else."""
    later = replace(READS, size=5)
    assert await store.change_settings(None, READS, person=ANN, at=AT)
    assert await store.change_settings(READS, later, person=BOB, at=AT + HOUR)
    assert await store.subscriptions(CHANNEL) == (later,)
    assert await store.change_settings(later, None, person=ANN, at=AT + 2 * HOUR)
    assert await store.subscriptions(CHANNEL) == ()
    assert [one.subscription for one in await store.ended_subscriptions(CHANNEL, since=AT)] == [later]
    ended, changed, begun = await store.setting_changes(CHANNEL)
    assert [(one.before, one.after) for one in (begun, changed, ended)] == [
        (None, READS),
        (READS, later),
        (later, None),
    ]
    assert (changed.person, changed.at, begun.person.name) == (BOB, AT + HOUR, "Ann \ufffd")
    assert await store.setting_changes(OTHER) == ()


async def test_nothing_is_saved_over_what_nobody_saw(store: Store) -> None:
    """Where the digest is other than it was before, or is there already, nothing is changed and nothing on record."""
    found = replace(READS, size=7)
    await store.save_subscription(found, at=AT)
    assert await store.change_settings(READS, replace(READS, size=5), person=ANN, at=AT) is None
    assert await store.change_settings(None, READS, person=ANN, at=AT) is None
    assert await store.change_settings(READS, None, person=ANN, at=AT) is None
    assert await store.subscriptions(CHANNEL) == (found,)
    assert await store.setting_changes(CHANNEL) == ()


async def test_of_two_at_once_one_saves(store: Store) -> None:
    """Of two people who saw the same digest and change it at once, one saves; of two who begin it as well."""

    async def both(before: Subscription | None) -> list[LoggedChange | None]:
        async with asyncio.TaskGroup() as group:
            tries = [
                group.create_task(store.change_settings(before, replace(READS, size=size), person=ANN, at=AT))
                for size in (5, 6)
            ]
        return [one.result() for one in tries]

    assert sum(one is not None for one in await both(None)) == 1
    (found,) = await store.subscriptions(CHANNEL)
    await store.save_subscription(READS, at=AT)
    assert found.size in (5, 6)
    assert sum(one is not None for one in await both(READS)) == 1


async def test_a_digest_gets_another_name(store: Store) -> None:
    """Under another name it is the same digest, and its old name is free; a name that is taken is not."""
    renamed, vision = replace(READS, name="sight"), replace(READS, name="vision")
    await store.save_subscription(READS, at=AT)
    await store.save_subscription(vision, at=AT)
    (before, _) = await store.looks(CHANNEL)
    assert await store.change_settings(READS, replace(READS, name="vision"), person=ANN, at=AT) is None
    assert await store.change_settings(READS, renamed, person=ANN, at=AT)
    assert await store.subscriptions(CHANNEL) == (renamed, vision)
    (after, _) = await store.looks(CHANNEL)
    assert (after.number, after.subscription, after.settled_until) == (before.number, renamed, before.settled_until)


async def test_old_changes_are_forgotten(store: Store) -> None:
    """Of each channel the last changes are kept, and their numbers are never given again."""
    digests = [replace(READS, size=size) for size in (5, 6)]
    await store.save_subscription(digests[0], at=AT)
    for number in range(MOST_LOGGED + 2):
        before, after = digests[number % 2], digests[1 - number % 2]
        assert await store.change_settings(before, after, person=ANN, at=AT)
    kept = await store.setting_changes(CHANNEL)
    numbers = [one.number for one in kept]
    assert len(kept) == MOST_LOGGED and numbers == sorted(set(numbers), reverse=True)


async def test_a_change_waits_until_it_is_saved(store: Store) -> None:
    """What somebody was shown is kept under its key, in its channel, for as long as is asked; then it is forgotten."""
    waiting = PendingChange(key="one", channel=CHANNEL, person=ANN.user, before=None, after=READS, at=AT)
    await store.keep_pending(waiting, since=AT - HOUR)
    assert await store.pending("one", CHANNEL, person=ANN.user, since=AT) == waiting
    assert await store.pending("one", OTHER, person=ANN.user, since=AT) is None
    assert await store.pending("one", CHANNEL, person=ANN.user, since=AT + HOUR) is None
    later = replace(waiting, key="two", before=READS, at=AT + 2 * HOUR)
    await store.keep_pending(later, since=AT + HOUR)
    assert await store.pending("one", CHANNEL, person=ANN.user, since=AT) is None
    assert await store.pending("two", CHANNEL, person=ANN.user, since=AT) == later
    assert await store.pending("", CHANNEL, person=ANN.user, since=AT) == later
    assert await store.pending("", CHANNEL, person=BOB.user, since=AT) is None
    await store.forget_pending("two")
    assert await store.pending("two", CHANNEL, person=ANN.user, since=AT) is None


async def test_few_changes_wait(store: Store) -> None:
    """Of one person in one channel the newest few wait; those of others are left alone."""
    own = [
        PendingChange(
            key=f"{number}", channel=CHANNEL, person=ANN.user, before=None, after=READS, at=AT + number * HOUR / 9
        )
        for number in range(MOST_PENDING + 1)
    ]
    other = replace(own[0], key="other", person=BOB.user)
    for one in (other, *own):
        await store.keep_pending(one, since=AT)
    found = [await store.pending(one.key, CHANNEL, person=ANN.user, since=AT) for one in (other, *own)]
    assert found == [other, None, *own[1:]]


async def test_changes_move_with_their_channel(store: Store) -> None:
    """A channel that gets another reference keeps what was changed in it, and what waits there."""
    await store.change_settings(None, READS, person=ANN, at=AT)
    waiting = PendingChange(key="one", channel=CHANNEL, person=ANN.user, before=READS, after=READS, at=AT)
    await store.keep_pending(waiting, since=AT)
    moved = ChannelRef("slack", "T1", "C9")
    await store.move_channel(ChannelMoved(channel=CHANNEL, to=moved, keeps_messages=True))
    assert await store.setting_changes(CHANNEL) == ()
    (one,) = await store.setting_changes(moved)
    assert one.after == replace(READS, channel=moved)
    assert await store.pending("one", moved, person=ANN.user, since=AT) == replace(
        waiting, channel=moved, before=one.after, after=one.after
    )


async def test_the_signs_of_a_channel(store: Store) -> None:
    """Signs are saved where nobody else changed them, are on record beside digests, move with their channel, and are
    forgotten where it chooses the usual ones."""
    stars = Signs(bookmark=("⭐", "<:star:7>"), done=("🎉",))
    assert await store.channel_signs(CHANNEL) == USUAL_SIGNS
    entry = await store.change_signs(CHANNEL, USUAL_SIGNS, stars, person=BOB, at=AT)
    assert entry and (entry.person, entry.before, entry.after) == (BOB, USUAL_SIGNS, stars)
    assert await store.change_signs(CHANNEL, USUAL_SIGNS, Signs(more=("🔥",)), person=ANN, at=AT) is None
    assert await store.channel_signs(CHANNEL) == stars
    assert await store.channel_signs(OTHER) == USUAL_SIGNS
    await store.change_settings(None, READS, person=ANN, at=AT)
    digest, signs = await store.setting_changes(CHANNEL)
    assert signs == entry and digest.number > entry.number
    moved = ChannelRef("slack", "T1", "C9")
    await store.move_channel(ChannelMoved(channel=CHANNEL, to=moved, keeps_messages=True))
    assert await store.channel_signs(moved) == stars
    assert await store.change_signs(moved, stars, USUAL_SIGNS, person=ANN, at=AT)
    assert await store.channel_signs(moved) == USUAL_SIGNS
