"""The contract of `ScheduleStore`: looks, days on record, and what is due next, over every store there is."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from functools import partial

import pytest

from core.channels import ChannelRef, DeliveryTime, Subscription
from core.choose.profile.signs import KeptProfile, Seed
from core.converse.ports import Store
from core.deliver.appointments import ScheduledDays
from core.deliver.ledger import DeliveryState
from core.deliver.schedule import DayReason, DayState, DueDay, Look, LookOutcome
from tests.fakes.ledger import CHANNEL, READER, finished, listed, planned, subscribed
from tests.fakes.papers import AT, DAY, a_paper

SECOND, MINUTE = timedelta(seconds=1), timedelta(minutes=1)
UNTIL = AT + 5 * MINUTE
OPEN = DueDay(day=DAY, due_at=AT, opened_at=AT + SECOND)


def named(*names: str) -> list[Subscription]:
    return [replace(READER, name=name) for name in names]


async def claim(store: Store, *, at: datetime = AT, until: datetime = UNTIL, limit: int = 100) -> tuple[Look, ...]:
    return await store.claim_looks(at=at, until=until, limit=limit)


async def claimed(store: Store) -> Look:
    (look,) = await claim(store)
    return look


def looked(look: Look, *days: DueDay, look_at: datetime | None = AT + timedelta(hours=1)) -> LookOutcome:
    return LookOutcome(
        number=look.number,
        claimed_until=look.claimed_until,
        settled_until=AT,
        next_due=AT + timedelta(days=1),
        look_at=look_at,
        days=days,
    )


class TestClaims:
    async def test_saved_subscription_is_looked_at_once(self, store: Store) -> None:
        """Who saves a subscription has it looked at; it is claimed once, until its claim runs out."""
        await subscribed(store)
        look = await claimed(store)
        assert (look.subscription, look.settled_until, look.claimed_until) == (READER, AT, UNTIL)
        assert await claim(store, at=UNTIL - SECOND) == ()
        (again,) = await claim(store, at=UNTIL, until=UNTIL + MINUTE)
        assert again.number == look.number

    async def test_one_of_two_gets_each(self, store: Store) -> None:
        """Of two that claim at once each subscription goes to one."""
        for one in named("a", "b", "c", "d"):
            await subscribed(store, one)
        async with asyncio.TaskGroup() as group:
            both = [group.create_task(claim(store, until=UNTIL + place * SECOND)) for place in range(2)]
        found = [look.subscription.name for task in both for look in task.result()]
        assert sorted(found) == ["a", "b", "c", "d"]

    async def test_of_one_channel(self, store: Store) -> None:
        """Who serves one channel alone claims nothing of others."""
        here = replace(READER, channel=ChannelRef("terminal", "", "main"))
        for one in (READER, here):
            await subscribed(store, one)
        (look,) = await store.claim_looks(at=AT, until=UNTIL, limit=9, only=here.channel)
        assert look.subscription == here
        assert [one.subscription for one in await claim(store)] == [READER]

    async def test_those_that_wait_longest_come_first(self, store: Store) -> None:
        """No more than the limit are given, those that wait longest first, and none before its moment."""
        for minutes, one in enumerate(named("c", "a", "b", "d")):
            await store.save_subscription(one, at=AT + minutes * MINUTE)
        found = [await claim(store, at=AT + 2 * MINUTE, limit=2) for _ in range(3)]
        assert [{one.subscription.name for one in looks} for looks in found] == [{"c", "a"}, {"b"}, set()]

    async def test_look_is_recorded(self, store: Store) -> None:
        """What a look leads to is kept: days, up to where all is dealt with, and when to look again."""
        await subscribed(store)
        look = await claimed(store)
        await store.record_looks([looked(look, OPEN)])
        assert await claim(store, at=AT + timedelta(minutes=59)) == ()
        (again,) = await claim(store, at=AT + timedelta(hours=1), until=AT + timedelta(hours=2))
        assert (again.days, again.settled_until) == ((OPEN,), AT)

    async def test_day_is_recorded_once(self, store: Store) -> None:
        """A day has one record, which the last look decides; open days are known however old they are."""
        await subscribed(store)
        look = await claimed(store)
        old = replace(OPEN, day=DAY - timedelta(days=90), due_at=AT - timedelta(days=90))
        await store.record_looks([looked(look, OPEN, old, look_at=AT)])
        posted = replace(OPEN, state=DayState.POSTED, closed_at=AT + MINUTE)
        (look,) = await claim(store)
        await store.record_looks([looked(look, posted)])
        assert (await store.looks())[0].days == (old, posted)

    @pytest.mark.parametrize("meanwhile", ["saved", "woken", "claimed"])
    async def test_change_while_it_was_looked_at(self, store: Store, meanwhile: str) -> None:
        """A subscription that changed since the claim is looked at again, whatever the look led to; its days count."""
        await subscribed(store)
        look = await claimed(store)
        if meanwhile == "saved":
            await store.save_subscription(replace(READER, size=7), at=AT + SECOND)
        elif meanwhile == "woken":
            await store.look_again(at=AT + SECOND)
        else:
            await claim(store, at=UNTIL, until=UNTIL + MINUTE)
        await store.record_looks([looked(look, OPEN, look_at=AT + timedelta(days=9))])
        (again,) = await claim(store, at=UNTIL + MINUTE, until=UNTIL + 9 * MINUTE)
        assert again.days == (OPEN,)

    async def test_removed_while_it_was_looked_at(self, store: Store) -> None:
        """A subscription that is gone takes its days with it, and a look at it changes nothing."""
        await subscribed(store)
        look = await claimed(store)
        await store.record_looks([looked(look, replace(OPEN, day=DAY - timedelta(days=1)))])
        await store.remove_subscription(CHANNEL, READER.name)
        await store.record_looks([looked(look, OPEN)])
        assert await store.looks() == await store.upcoming(limit=9) == ()
        assert await store.scheduled_days(DayState.OPEN, limit=9) == ScheduledDays()
        await subscribed(store)
        assert (await claimed(store)).days == ()

    async def test_never_again(self, store: Store) -> None:
        """Without a next look it is not looked at, nor woken, before it is saved."""
        await subscribed(store)
        await store.record_looks([looked(await claimed(store), look_at=None)])
        await store.look_again(at=AT)
        assert await claim(store, at=AT + timedelta(days=999), until=AT + timedelta(days=1000)) == ()
        await subscribed(store)
        assert await claim(store)

    async def test_deliveries_are_known(self, store: Store) -> None:
        """A look tells which days had a daily digest, sent or on its way; not of other subscriptions."""
        await subscribed(store)
        await subscribed(store, replace(READER, name="other"))
        await listed(store, [1])
        await finished(store, [1])
        await planned(store, [], days=1)
        looks = {one.subscription.name: one for one in await claim(store)}
        assert looks["other"].deliveries == {}
        assert looks["main"].deliveries == {DAY: DeliveryState.DONE, DAY + timedelta(days=1): DeliveryState.SENDING}


class TestSaving:
    async def test_new_hour_begins_when_it_is_changed(self, store: Store) -> None:
        """A changed hour begins anew, everything else goes on as it was; unpausing counts as a change of the hour."""
        await subscribed(store)
        changes = [
            (replace(READER, size=3), False),
            (replace(READER, size=3, at=DeliveryTime(at=time(8))), True),
            (replace(READER, paused=True, at=DeliveryTime(at=time(8))), False),
            (replace(READER, at=DeliveryTime(at=time(8))), True),
        ]
        expected = AT
        for days, (changed, is_new) in enumerate(changes, 1):
            at = AT + timedelta(days=days)
            await store.save_subscription(changed, at=at)
            expected = at if is_new else expected
            assert [one.settled_until for one in await store.looks()] == [expected]

    async def test_next_hour_is_known_at_once(self, store: Store) -> None:
        """What is due next is known before anybody looked, earliest first; nothing of a paused one."""
        at = DeliveryTime(at=time(8), zone="Europe/Berlin")
        early = replace(READER, name="early", at=at)
        for one in (READER, early, replace(READER, name="paused", paused=True)):
            await store.save_subscription(one, at=AT)
        found = [(one.subscription, one.due_at) for one in await store.upcoming(limit=9)]
        tomorrow = datetime(2026, 2, 5, 9, tzinfo=UTC)
        assert found == [(early, tomorrow - timedelta(hours=2)), (READER, tomorrow)]
        assert len(await store.upcoming(limit=1)) == 1

    async def test_digests_of_channels_that_taught_something(self, store: Store) -> None:
        """Those with a profile or seeds, by the moment at which they are due and then by number, a part at a time."""
        places = [ChannelRef("slack", "T1", f"C{number}") for number in range(5)]
        tomorrow = datetime(2026, 2, 5, 9, tzinfo=UTC)
        for place in places:
            await store.save_subscription(replace(READER, channel=place), at=AT)
        early = replace(READER, name="early", channel=places[0], at=DeliveryTime(at=time(8)))
        await store.save_subscription(early, at=AT)
        for place in places[:3]:
            await store.keep_profile(place, KeptProfile(basis="b", value="{}", at=AT))
        await store.forget_profile(places[1], at=AT)
        await store.add_seeds(places[3], [Seed(paper=a_paper(1), at=AT)], most=9)
        find = partial(store.taught_digests, until=tomorrow)
        found = await find(since=AT, limit=9)
        names = [(digest.channel, digest.name, digest.due_at) for digest in found]
        at_nine = [(place, READER.name, tomorrow) for place in (places[0], places[2], places[3])]
        assert names == [(places[0], "early", tomorrow - timedelta(hours=1)), *at_nine]
        assert await find(since=AT, limit=2) == found[:2]
        assert await find(since=tomorrow, after=found[1].number, limit=9) == found[2:]
        assert await store.taught_digests(since=AT, until=tomorrow - timedelta(hours=2), limit=9) == ()


class TestRecords:
    async def test_looks_of_a_channel(self, store: Store) -> None:
        """Looks can be read without a claim, of one channel or all."""
        elsewhere = replace(READER, channel=ChannelRef("slack", "T1", "C2"))
        for one in (elsewhere, *named("b", "a")):
            await subscribed(store, one)
        assert [one.subscription.name for one in await store.looks(CHANNEL)] == ["a", "b"]
        assert [one.claimed_until for one in await store.looks()] == [None] * 3
        assert len(await claim(store)) == 3

    async def test_days_by_state(self, store: Store) -> None:
        """Days are found by state, the latest first, from a moment on, up to a limit."""
        await subscribed(store)
        ends = [DayState.MISSED, DayState.QUIET, DayState.MISSED, DayState.OPEN]
        days = [
            replace(OPEN, day=DAY + timedelta(days=n), due_at=AT + timedelta(days=n), state=state, reason=DayReason.OFF)
            for n, state in enumerate(ends)
        ]
        await store.record_looks([looked(await claimed(store), *days)])

        async def found(*states: DayState, since: datetime | None = None, limit: int = 9) -> list[DueDay]:
            return [one.day for one in (await store.scheduled_days(*states, since=since, limit=limit)).days]

        assert await found(DayState.MISSED) == [days[2], days[0]]
        assert await found(DayState.MISSED, DayState.QUIET, limit=2) == [days[2], days[1]]
        assert await found(DayState.MISSED, since=AT + SECOND) == [days[2]]
        await store.forget_days(before=days[2].due_at)
        assert await found(*DayState) == [days[3], days[2]]

    async def test_days_are_counted(self, store: Store) -> None:
        """Days are counted beyond the limit, with the first and the last; each condition leaves out the others."""
        await subscribed(store)
        reasons = [DayReason.WAITING, DayReason.QUIET, DayReason.WAITING, DayReason.FAILED]
        days = [
            replace(OPEN, day=DAY + timedelta(days=n), due_at=AT + timedelta(days=n), reason=reason)
            for n, reason in enumerate(reasons)
        ]
        closed = [
            replace(one, day=one.day - timedelta(days=9), state=DayState.MISSED, closed_at=one.due_at) for one in days
        ]
        await store.record_looks([looked(await claimed(store), *days, *closed)])
        found = await store.scheduled_days(DayState.OPEN, limit=1)
        assert [one.day for one in found.days] == [days[3]]
        assert (found.total, found.earliest, found.latest) == (4, AT, days[3].due_at)
        late = await store.scheduled_days(DayState.OPEN, until=days[2].due_at, reasons={DayReason.WAITING}, limit=9)
        assert [one.day for one in late.days] == [days[2], days[0]]
        assert (late.total, late.earliest, late.latest) == (2, AT, days[2].due_at)
        missed = await store.scheduled_days(DayState.MISSED, closed_after=days[1].due_at, limit=9)
        assert [one.day for one in missed.days] == [closed[3], closed[2]]

    async def test_only_open_days_are_woken(self, store: Store) -> None:
        """With `only_open` a subscription without an open day is left alone."""
        for one in named("a", "b"):
            await subscribed(store, one)
        first, second = await claim(store)
        await store.record_looks([looked(first, OPEN), looked(second)])
        await store.look_again(at=AT, only_open=True)
        assert [one.number for one in await claim(store)] == [first.number]

    async def test_last_digest(self, store: Store) -> None:
        """When the last daily digest of each subscription was finished; one that never had any is not there."""
        await subscribed(store)
        await subscribed(store, replace(READER, name="other"))
        await listed(store, [1, 2])
        await finished(store, [1])
        await listed(store, [3], days=1)
        await finished(store, [3], days=1)
        last = AT + timedelta(days=1, seconds=1)
        assert await store.last_posted() == await store.last_posted(CHANNEL) == {(CHANNEL, "main"): last}
        assert await store.last_posted(ChannelRef("slack", "T1", "C2")) == {}
