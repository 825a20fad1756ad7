"""The contract of `Store`: what other channels read, and the order of reading, changes nothing for a channel."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from core.channels import Subscription
from core.choose.choice import choose_papers
from core.choose.verdicts import Decision
from core.converse.ports import Store
from core.ingest.listing import Listing
from core.papers.paper import Announcement, AnnounceType
from tests.fakes.ledger import CHANNEL, READER, finished, listed, number, subscribed
from tests.fakes.papers import AT, DAY, a_paper
from tests.fakes.stores import SqlStore

NEW, CROSS = AnnounceType.NEW, AnnounceType.CROSS
FEEDS = ("cs.CL", "cs.LG", "cs.RO", "stat.ML", "math", "biorxiv:ecology", "feed:counting")
#: the categories of the invented paper of each number
CATEGORIES = tuple((*FEEDS[first:], *FEEDS[:first])[:3] for first in range(len(FEEDS)))


@dataclass(frozen=True)
class Reading:
    """One listing of a feed, read."""

    feed: str
    days: int
    #: number of a paper, and how it is announced
    lines: tuple[tuple[int, AnnounceType], ...]

    @property
    def day(self) -> date:
        return DAY + timedelta(days=self.days)

    def listing(self) -> Listing:
        papers = [(a_paper(one, categories=CATEGORIES[one % len(CATEGORIES)]), type) for one, type in self.lines]
        lines = [
            Announcement(
                paper=replace(paper, announced=self.day), source="arxiv", scope=self.feed, day=self.day, type=type
            )
            for paper, type in papers
        ]
        return Listing(source="arxiv", scope=self.feed, day=self.day, announcements=tuple(lines))


#: what a channel is offered: how each paper is announced, and on which day
Offer = Mapping[int, tuple[AnnounceType, date]]


def lines() -> st.SearchStrategy[tuple[tuple[int, AnnounceType], ...]]:
    line = st.tuples(st.integers(1, 12), st.sampled_from([NEW, NEW, CROSS, AnnounceType.REPLACE]))
    return st.lists(line, max_size=5, unique_by=lambda one: one[0]).map(tuple)


def readings() -> st.SearchStrategy[list[Reading]]:
    reading = st.builds(Reading, feed=st.sampled_from(FEEDS), days=st.integers(-2, 0), lines=lines())
    return st.lists(reading, max_size=12)


async def read(store: Store, told: Sequence[Reading]) -> None:
    for one in told:
        await store.add(one.listing(), at=AT)


async def offer(store: Store, reader: Subscription, listing_day: date | None = None) -> Offer:
    found = await store.candidates(reader, listing_day=listing_day)
    return {number(one.paper.id): (one.type, one.day) for one in found.items}


async def decisions(store: Store, reader: Subscription) -> list[Decision]:
    return list(choose_papers(await store.candidates(reader), reader).decisions())


def expected(told: Sequence[Reading], wanted: Collection[str], days: int) -> Offer:
    """What a channel is offered of one day, from the feeds that it reads alone; new beats cross."""
    offers: dict[int, tuple[AnnounceType, date]] = {}
    for one in told:
        for paper, type in one.lines if one.feed in wanted and one.days == days else ():
            if type is NEW or (type is CROSS and paper not in offers):
                offers[paper] = (type, one.day)
    return offers


async def _offers(store: SqlStore, told: Sequence[Reading], reader: Subscription) -> tuple[object, ...]:
    """Everything that a channel is offered where this was read into an empty store."""
    await store.begin_anew()
    await read(store, told)
    days = [await offer(store, reader, DAY + timedelta(days=days)) for days in (-2, -1, 0)]
    return (await offer(store, reader), days, await decisions(store, reader))


@settings(max_examples=20, deadline=None)
@given(st.data(), readings(), st.lists(st.sampled_from(FEEDS), min_size=1, max_size=3, unique=True))
def test_others_do_not_matter(
    in_memory: tuple[asyncio.Runner, SqlStore], data: st.DataObject, told: list[Reading], wanted: list[str]
) -> None:
    """Feeds that others read, before and after in any order, change no candidate, no verdict and no place."""
    runner, store = in_memory
    reader = Subscription(channel=CHANNEL, categories=tuple(wanted))
    alone = [one for one in told if one.feed in wanted]
    among_others = data.draw(st.permutations(told))
    assert runner.run(_offers(store, alone, reader)) == runner.run(_offers(store, among_others, reader))


class TestFeedsRead:
    async def test_own_feeds_alone(self, store: Store) -> None:
        """Whatever all feeds announced, each channel is offered what the feeds that it reads announced, as they did."""
        random = Random(5)
        told = [
            Reading(
                feed,
                days,
                tuple((one - 6 * days, random.choice((NEW, CROSS))) for one in random.sample(range(1, 7), 4)),
            )
            for feed in FEEDS
            for days in (-1, 0)
        ]
        random.shuffle(told)
        await read(store, told)
        for wanted in (*((feed,) for feed in FEEDS), FEEDS[:2], FEEDS[2:5], FEEDS):
            reader = Subscription(channel=CHANNEL, categories=wanted)
            assert await offer(store, reader) == expected(told, wanted, 0)
            assert await offer(store, reader, DAY - timedelta(days=1)) == expected(told, wanted, -1)

    async def test_first_day_is_the_own_feeds(self, store: Store) -> None:
        """A later listing of a feed that others read is not the first day of a new channel."""
        await listed(store, [1], categories=("cs.CL", "cs.LG"))
        await listed(store, [2], scope="cs.LG", days=1, categories=("cs.LG", "cs.CL"))
        assert list(await offer(store, READER)) == [1]

    async def test_cross_list_for_others_is_no_news(self, store: Store) -> None:
        """A dropped paper does not come back because a category that only others read lists it, and `why` says so."""
        await subscribed(store)
        await listed(store, [1], categories=("cs.CL", "cs.LG"))
        await finished(store, [])
        await listed(store, [1], scope="cs.LG", days=1, type=CROSS, categories=("cs.CL", "cs.LG"))
        assert await offer(store, READER) == {}
        await finished(store, [], days=1)
        trace = await store.trace(CHANNEL, a_paper(1).id, "main")
        assert trace and [(delivery.day - DAY).days for delivery, _ in trace.deliveries] == [0]

    async def test_saved_pages_are_for_everybody(self, store: Store) -> None:
        """A page that only files hold, which nobody can subscribe to, announces its papers in all their categories."""
        told = Reading("cs.LG", 0, ((1, NEW),)).listing()
        paper = replace(told.announcements[0].paper, categories=("cs.LG", "cs.CL"))
        page = replace(
            told,
            source="daily-arxiv",
            announcements=(replace(told.announcements[0], paper=paper, source="daily-arxiv"),),
        )
        await store.add(page, at=AT)
        assert await offer(store, READER) == {1: (NEW, DAY)}

    async def test_without_categories_everything_counts(self, store: Store) -> None:
        """A channel without categories is offered all feeds, and new in one of them is new."""
        await listed(store, [1], scope="cs.LG", type=CROSS, categories=("cs.CL", "cs.LG"))
        await listed(store, [1], categories=("cs.CL", "cs.LG"))
        await listed(store, [1], scope="cs.RO", type=CROSS, categories=("cs.CL", "cs.LG"))
        assert await offer(store, replace(READER, categories=())) == {1: (NEW, DAY)}
