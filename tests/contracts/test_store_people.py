"""The contract of `Store` for subscriptions, reading lists and feedback, over every store there is."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, time, timedelta

import pytest

from core.channels import ChannelMoved, ChannelRef, DeliveryTime, Layout, Subscription, UserRef
from core.converse.lists.feedback import AnnotationChange, Feedback
from core.converse.ports import Store
from core.errors import NotFound
from core.papers.identifiers import PaperId
from core.posts.messages import MessageRef
from core.posts.reactions import Feeling
from tests.fakes.feedback import feedback_in
from tests.fakes.papers import AT, a_listing, a_paper

DOI = PaperId("doi", "10.1000/invented.1")
CHANNEL = ChannelRef("slack", "T1", "C1")


class TestSubscriptions:
    full = Subscription(
        channel=CHANNEL,
        name="robots",
        categories=("cs.RO", "math"),
        rule='"world model" AND NOT survey',
        interest="how machines learn to walk — 歩く",
        authors=("Ada Ng",),
        at=DeliveryTime(at=time(7, 30), zone="Europe/Berlin", weekdays=frozenset({0, 6})),
        size=50,
        language="zh",
        layout=Layout.BY_CATEGORY,
        paused=True,
    )

    async def test_every_field_survives(self, store: Store) -> None:
        """A subscription is read back as it was saved."""
        await store.save_subscription(self.full, at=AT)
        assert await store.subscriptions() == (self.full,)

    async def test_by_channel_and_name(self, store: Store) -> None:
        """Subscriptions come by channel and name; of one channel where it is named."""
        other = Subscription(channel=ChannelRef("discord", "1", "2"))
        second = Subscription(channel=CHANNEL, name="ants")
        for subscription in (self.full, other, second):
            await store.save_subscription(subscription, at=AT)
        assert await store.subscriptions() == (other, second, self.full)
        assert await store.subscriptions(CHANNEL) == (second, self.full)

    async def test_same_name_replaces(self, store: Store) -> None:
        """Saving under the same channel and name replaces it."""
        for size in (5, 7):
            await store.save_subscription(replace(self.full, size=size), at=AT)
        assert [one.size for one in await store.subscriptions()] == [7]

    async def test_removing(self, store: Store) -> None:
        """A removed subscription is gone; removing it again says that there was none."""
        await store.save_subscription(self.full, at=AT)
        assert await store.remove_subscription(CHANNEL, "robots")
        assert not await store.remove_subscription(CHANNEL, "robots")
        assert await store.subscriptions() == ()

    async def test_settings_of_an_ended_digest_are_kept(self, store: Store) -> None:
        """What a channel wanted when its digest was ended is told for a month, the last one under each name."""
        month, there = timedelta(days=30), ChannelRef("slack", "T1", "C9")
        for size, day in ((5, 1), (7, 2)):
            await store.save_subscription(replace(self.full, size=size), at=AT)
            await store.remove_subscription(CHANNEL, "robots", at=AT + timedelta(days=day))
        (kept,) = await store.ended_subscriptions(CHANNEL, since=AT)
        assert (kept.subscription, kept.at) == (replace(self.full, size=7), AT + timedelta(days=2))
        assert await store.ended_subscriptions(CHANNEL, since=AT + timedelta(days=3)) == ()
        assert await store.ended_subscriptions(there, since=AT) == ()
        await store.move_channel(ChannelMoved(channel=CHANNEL, to=there, keeps_messages=True))
        assert [one.at for one in await store.ended_subscriptions(there, since=AT)] == [kept.at]
        await store.save_subscription(replace(self.full, name="ants"), at=AT)
        await store.remove_subscription(CHANNEL, "ants", at=AT + timedelta(days=3) + month)
        assert await store.ended_subscriptions(there, since=AT) == ()
        await store.save_subscription(self.full, at=AT)
        await store.remove_subscription(CHANNEL, "robots")
        assert [one.subscription.name for one in await store.ended_subscriptions(CHANNEL, since=AT)] == ["ants"]

    async def test_they_are_counted(self, store: Store) -> None:
        """All subscriptions count, paused ones too."""
        assert await store.count_subscriptions() == 0
        for name in ("a", "b"):
            await store.save_subscription(replace(self.full, name=name), at=AT)
        assert await store.count_subscriptions() == 2

    async def test_wanted_categories(self, store: Store) -> None:
        """Each category that a subscription names is wanted once, as long as one does, whatever becomes of the rest."""
        assert await store.wanted_categories() == ()
        everything = replace(self.full, name="everything", categories=())
        ants = replace(self.full, name="ants", categories=("q-bio", "cs.RO", "cs.RO"))
        for one in (self.full, everything, ants):
            await store.save_subscription(one, at=AT)
        assert await store.wanted_categories() == ("cs.RO", "math", "q-bio")
        await store.save_subscription(replace(ants, categories=("feed:nature", "cs.RO")), at=AT)
        assert await store.wanted_categories() == ("cs.RO", "feed:nature", "math")
        await store.change_subscriptions(CHANNEL, lambda one: replace(one, categories=(*one.categories, "cs")), at=AT)
        assert await store.wanted_categories() == ("cs", "cs.RO", "feed:nature", "math")
        await store.move_channel(ChannelMoved(channel=CHANNEL, to=ChannelRef("slack", "T1", "C9"), keeps_messages=True))
        assert await store.wanted_categories() == ("cs", "cs.RO", "feed:nature", "math")
        for name in ("robots", "everything", "ants"):
            await store.remove_subscription(ChannelRef("slack", "T1", "C9"), name)
        assert await store.wanted_categories() == ()

    async def test_categories_go_with_a_channel_that_is_taken(self, store: Store) -> None:
        """What only a subscription named that gave way to another one of its name is wanted no more."""
        there = ChannelRef("slack", "T1", "C9")
        await store.save_subscription(self.full, at=AT)
        await store.save_subscription(replace(self.full, channel=there, categories=("cs.CL",)), at=AT)
        await store.move_channel(ChannelMoved(channel=CHANNEL, to=there, keeps_messages=True))
        assert await store.wanted_categories() == ("cs.CL",)


class TestBookmarks:
    async def mark(
        self, store: Store, user: str, number: int, *, minute: int, public: bool = False, place: str = str(CHANNEL)
    ) -> bool:
        at = AT + timedelta(minutes=minute)
        return await store.add_bookmark(user, a_paper(number).id, place, at=at, public=public)

    async def names(self, store: Store, **of: str) -> Sequence[tuple[str, PaperId]]:
        return [(one.user, one.paper.id) for one in await store.bookmarks(**of)]

    async def test_once_per_person(self, store: Store) -> None:
        """A paper is on a person's list once, and adding it again says that it was there."""
        await store.add(a_listing([a_paper(1)]), at=AT)
        assert await self.mark(store, "slack:T1/A", 1, minute=0)
        assert not await self.mark(store, "slack:T1/A", 1, minute=1)
        assert await self.mark(store, "slack:T1/B", 1, minute=2, public=True)
        (theirs,) = await store.bookmarks(user="slack:T1/B")
        assert (theirs.paper, theirs.channel, theirs.public) == (a_paper(1), str(CHANNEL), True)
        assert theirs.at == AT + timedelta(minutes=2)

    async def test_newest_first(self, store: Store) -> None:
        """A person's whole list, the public ones of a channel, or everybody's: the newest first."""
        await store.add(a_listing([a_paper(n) for n in range(4)]), at=AT)
        await self.mark(store, "slack:T1/A", 1, minute=1, public=True)
        await self.mark(store, "slack:T1/A", 2, minute=3)
        await self.mark(store, "slack:T1/B", 3, minute=2, public=True)
        mine, theirs, private = ("slack:T1/A", a_paper(1).id), ("slack:T1/B", a_paper(3).id), a_paper(2).id
        assert await self.names(store, user="slack:T1/A") == [("slack:T1/A", private), mine]
        assert await self.names(store, channel=str(CHANNEL)) == [theirs, mine]
        assert await self.names(store) == [("slack:T1/A", private), theirs, mine]
        assert await self.names(store, channel="slack:T1/C9") == []

    async def test_marks_are_independent(self, store: Store) -> None:
        """A paper is on a person's list while a private mark or one of a channel stands, and on a channel's list while
        one of that channel does."""
        ann, other = "slack:T1/A", "slack:T1/C2"
        await store.add(a_listing([a_paper(1)]), at=AT)
        assert await self.mark(store, ann, 1, minute=0)
        assert not await self.mark(store, ann, 1, minute=1, place=other)
        for minute, place in ((2, str(CHANNEL)), (3, other)):
            assert await self.mark(store, ann, 1, minute=minute, public=True, place=place)
            assert not await self.mark(store, ann, 1, minute=9, public=True, place=place)
        assert [(one.at, one.public) for one in await store.bookmarks(user=ann)] == [(AT, True)]
        assert await store.remove_bookmark(ann, a_paper(1).id, channel=str(CHANNEL))
        assert not await store.remove_bookmark(ann, a_paper(1).id, channel=str(CHANNEL))
        assert await store.bookmarks(channel=str(CHANNEL)) == ()
        assert await self.names(store, channel=other) == [(ann, a_paper(1).id)]
        assert await store.remove_bookmark(ann, a_paper(1).id, channel=other)
        assert [(one.at, one.public) for one in await store.bookmarks(user=ann)] == [(AT, False)]
        assert await self.mark(store, ann, 1, minute=4, public=True)
        assert await store.remove_bookmark(ann, a_paper(1).id)
        assert await store.bookmarks() == () == await store.bookmarks(channel=str(CHANNEL))

    async def test_removing(self, store: Store) -> None:
        """A removed bookmark is gone, by any identifier of its paper; removing it again says so."""
        await store.add(a_listing([a_paper(1, identifiers=(DOI,))]), at=AT)
        await self.mark(store, "slack:T1/A", 1, minute=0)
        assert not await store.remove_bookmark("slack:T1/B", DOI)
        assert await store.remove_bookmark("slack:T1/A", DOI)
        assert not await store.remove_bookmark("slack:T1/A", DOI)
        assert await store.bookmarks() == ()

    async def test_unknown_paper(self, store: Store) -> None:
        """An unknown paper cannot be bookmarked."""
        with pytest.raises(NotFound, match=r"2602\.00001"):
            await self.mark(store, "slack:T1/A", 1, minute=0)


class TestDigestOrders:
    hour = timedelta(hours=1)

    async def order(self, store: Store, minute: int, channel: ChannelRef = CHANNEL) -> datetime | None:
        at = AT + timedelta(minutes=minute)
        return await store.claim_digest_order(channel, at=at, since=at - self.hour)

    async def test_once_an_hour(self, store: Store) -> None:
        """A channel takes one order an hour; a refused one is told when the earlier one was, and does not count."""
        assert await self.order(store, 0) is None
        assert await self.order(store, 59) == AT
        assert await self.order(store, 59, ChannelRef("slack", "T1", "C2")) is None
        assert await self.order(store, 60) is None
        assert await self.order(store, 61) == AT + self.hour

    async def test_one_of_many(self, store: Store) -> None:
        """Of several orders at the same time one is taken, in a new channel and in one that had an order before."""
        for minute in (0, 60):
            async with asyncio.TaskGroup() as group:
                orders = [group.create_task(self.order(store, minute)) for _ in range(6)]
            assert sorted(str(one.result()) for one in orders) == [str(AT + timedelta(minutes=minute))] * 5 + ["None"]


class TestFeedback:
    ann, bob = UserRef("slack", "T1", "A"), UserRef("slack", "T1", "B")

    def says(self, user: UserRef, feeling: Feeling, number: int = 1, *, minute: int = 0, place: str = "C1") -> Feedback:
        return Feedback(
            user=user,
            paper=a_paper(number).id,
            feeling=feeling,
            where=ChannelRef("slack", "T1", place),
            at=AT + timedelta(minutes=minute),
            public=True,
        )

    async def test_as_it_was_given(self, store: Store) -> None:
        """Feedback is read back as it was given: a person's from the oldest on, a channel's from the newest."""
        await store.add(a_listing([a_paper(1), a_paper(2)]), at=AT)
        old, new = self.says(self.ann, Feeling.MORE), self.says(self.ann, Feeling.LESS, 2, minute=2, place="C2")
        other = self.says(self.bob, Feeling.MORE, minute=1)
        for one in (old, new, other):
            assert await store.add_feedback(one)
        assert (await store.personal_records(self.ann)).feedback == (old, new)
        assert await feedback_in(store, CHANNEL) == (other, old)

    async def test_once(self, store: Store) -> None:
        """The same feedback counts once, and the first moment stays."""
        await store.add(a_listing([a_paper(1)]), at=AT)
        assert await store.add_feedback(self.says(self.ann, Feeling.MORE))
        assert not await store.add_feedback(self.says(self.ann, Feeling.MORE, minute=5))
        assert await feedback_in(store, CHANNEL) == (self.says(self.ann, Feeling.MORE),)

    async def test_opposites_stand_side_by_side(self, store: Store) -> None:
        """A person can hold both feelings about a paper, and one of them in several channels."""
        await store.add(a_listing([a_paper(1, identifiers=(DOI,))]), at=AT)
        more, less = self.says(self.ann, Feeling.MORE), self.says(self.ann, Feeling.LESS, minute=1)
        elsewhere = self.says(self.ann, Feeling.MORE, minute=2, place="C2")
        for one in (more, less, elsewhere):
            await store.add_feedback(one)
        assert (await store.personal_records(self.ann)).feedback == (more, less, elsewhere)

    async def test_unknown_paper(self, store: Store) -> None:
        """Nobody can give feedback on an unknown paper."""
        with pytest.raises(NotFound, match=r"2602\.00001"):
            await store.add_feedback(self.says(self.ann, Feeling.MORE))


class TestAnnotations:
    paper = PaperId("arxiv", "2602.00001")

    @pytest.fixture(autouse=True)
    async def _papers(self, store: Store) -> None:
        await store.add(a_listing([a_paper(number) for number in (1, 2, 3)]), at=AT)

    async def test_what_is_written_is_kept(self, store: Store) -> None:
        """Notes, tags and the moment of reading stay until they are changed; a change leaves the rest alone."""
        changes = (
            AnnotationChange(note="Read § 3 — 歩く\x00", add_tags=("robots", "to-read")),
            AnnotationChange(is_done=True, remove_tags=("to-read", "absent")),
            AnnotationChange(add_tags=("ants",)),
        )
        for change in changes:
            told = await store.annotate("slack:T1/U1", self.paper, "", change, at=AT)
        assert (told.note, told.tags, told.done_at) == ("Read § 3 — 歩く\ufffd", ("ants", "robots"), AT)
        assert await store.annotations(user="slack:T1/U1") == (told,)
        undone = await store.annotate(
            "slack:T1/U1", self.paper, "", AnnotationChange(note="", is_done=False), at=AT + timedelta(days=1)
        )
        assert (undone.note, undone.tags, undone.done_at) == ("", ("ants", "robots"), None)

    async def test_own_lists_are_private(self, store: Store) -> None:
        """What a person writes on the own list is on no channel's, and on nobody else's; a channel's is everybody's."""
        for user, channel, note in (("a", "", "mine"), ("b", "", "yours"), ("a", "c", "ours"), ("b", "c", "ours too")):
            await store.annotate(user, self.paper, channel, AnnotationChange(note=note), at=AT)
        assert [one.note for one in await store.annotations(user="a")] == ["mine"]
        assert [one.note for one in await store.annotations(channel="c")] == ["ours", "ours too"]
        assert await store.annotations(user="c") == ()

    async def test_unknown_papers(self, store: Store) -> None:
        """Nothing is written beside a paper that is not there."""
        with pytest.raises(NotFound):
            await store.annotate("a", PaperId("arxiv", "2602.99999"), "", AnnotationChange(note="x"), at=AT)

    async def test_together(self, store: Store) -> None:
        """Changes that one person makes at the same time are all kept."""
        async with asyncio.TaskGroup() as group:
            for number in range(8):
                change = AnnotationChange(add_tags=(f"t{number}",))
                group.create_task(store.annotate("a", self.paper, "", change, at=AT))
        (told,) = await store.annotations(user="a")
        assert told.tags == tuple(f"t{number}" for number in range(8))

    async def test_they_follow_paper_and_channel(self, store: Store) -> None:
        """What is written follows the paper that turns out to be another one, and the channel that moves."""
        there = ChannelRef("slack", "T1", "C9")
        change = AnnotationChange(note="ours")
        await store.annotate("a", self.paper, str(CHANNEL), change, at=AT)
        alias = replace(a_paper(1), id=DOI, identifiers=(self.paper,), url="https://example.org/1")
        await store.add(replace(a_listing([alias]), source="journal"), at=AT)
        await store.move_channel(ChannelMoved(channel=CHANNEL, to=there, keeps_messages=True))
        assert [one.note for one in await store.annotations(channel=str(there))] == ["ours"]
        assert await store.annotations(channel=str(CHANNEL)) == ()


async def test_messages_that_show_a_paper(store: Store) -> None:
    """A paper's own messages in a channel are found, the oldest first; not those of lists and of other channels."""
    papers = [a_paper(number) for number in (1, 2)]
    await store.add(a_listing(papers), at=AT)
    one, other = (paper.id for paper in papers)
    shows = ((CHANNEL, "2", (one,)), (CHANNEL, "1", (one,)), (CHANNEL, "3", (one, other)))
    for number, (channel, message, ids) in enumerate((*shows, (ChannelRef("slack", "T1", "C2"), "4", (one,)))):
        await store.remember_message(MessageRef(channel, message), ids, at=AT + timedelta(minutes=number))
    found = await store.messages_showing(papers, CHANNEL)
    assert found == {one: (MessageRef(CHANNEL, "2"), MessageRef(CHANNEL, "1"))}
