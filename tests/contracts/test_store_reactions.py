"""The contract of `Store` for reactions, over every store there is."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.channels import ChannelRef, UserRef
from core.converse.lists.feedback import AnnotationChange
from core.converse.lists.reaction_store import ReactionOutcome
from core.converse.ports import Store
from core.converse.settings.changes import Person
from core.errors import NotFound
from core.posts.messages import MessageRef
from core.posts.reactions import Feeling, Reaction, ReactionClearing
from core.posts.signs import USUAL_SIGNS, Signs
from storage.tables import bookmarks, feedback, paper_annotations, reactions, tallies
from tests.fakes.feedback import feedback_in
from tests.fakes.ledger import CHANNEL
from tests.fakes.papers import AT, a_listing, a_paper
from tests.fakes.reactions import ANN, BOB, PAPER, a_reaction, at, post_answers, savers, take
from tests.fakes.stores import SqlStore
from tests.soak import IS_SOAK

#: each takes tens of milliseconds
EXAMPLES = 300 if IS_SOAK else 12


async def test_a_reaction_is_a_public_mark_while_it_stands(store: Store) -> None:
    """Added, repeated and taken away; each tells whether that changed anything."""
    await post_answers(store, "1")
    told = [await take(store, a_reaction(added=added)) for added in (True, True, False, False)]
    assert [one and one.is_changed for one in told] == [True, False, True, False]
    assert await store.bookmarks() == ()


async def test_thumbs_are_feedback_while_they_stand(store: Store) -> None:
    """MORE and LESS are kept side by side, each until it is taken back."""
    await post_answers(store, "1")
    for feeling in (Feeling.MORE, Feeling.LESS):
        await take(store, a_reaction(feeling=feeling))
    await take(store, a_reaction(feeling=Feeling.MORE, added=False))
    assert [(one.feeling, one.user, one.public) for one in await feedback_in(store, CHANNEL)] == [
        (Feeling.LESS, ANN, True)
    ]


async def test_a_check_mark_means_read(store: Store) -> None:
    """DONE marks the paper as read on the channel's list and on the person's own; what was marked in private stays."""
    await post_answers(store, "1")

    async def read() -> list[tuple[str, bool]]:
        everything = (*await store.annotations(user=str(ANN)), *await store.annotations(channel=str(CHANNEL)))
        return [(one.channel, one.done_at is not None) for one in everything]

    done = a_reaction(feeling=Feeling.DONE)
    told = [await take(store, replace(done, added=added)) for added in (True, True, False, False)]
    assert [one and one.is_changed for one in told] == [True, False, True, False]
    assert await read() == [("", False), (str(CHANNEL), False)]
    await store.annotate(str(ANN), PAPER, "", AnnotationChange(is_done=True), at=AT)
    for added in (True, False):
        await take(store, replace(done, added=added), minute=1)
        assert await read() == [("", True), (str(CHANNEL), added)]
    assert await store.bookmarks() == () == await feedback_in(store, CHANNEL)


async def test_private_marks_stay(store: Store) -> None:
    """A reaction that goes leaves the person's private mark, and taking that back leaves the reaction's."""
    await post_answers(store, "1")
    await store.add_bookmark(str(ANN), PAPER, str(CHANNEL), at=AT, public=False)
    for added in (True, False):
        await take(store, a_reaction(added=added))
    assert [one.public for one in await store.bookmarks(user=str(ANN))] == [False]
    await take(store, a_reaction())
    assert await store.remove_bookmark(str(ANN), PAPER, is_private=True)
    assert not await store.remove_bookmark(str(ANN), PAPER, is_private=True)
    assert [one.public for one in await store.bookmarks(user=str(ANN))] == [True]


async def test_a_message_in_a_topic(store: Store) -> None:
    """A reaction that does not tell the topic of its message, as after a restart, finds the message there."""
    chat, topic = ChannelRef("telegram", "", "-100123"), ChannelRef("telegram", "", "-100123/7")
    await store.add(a_listing([a_paper(1)]), at=AT)
    await store.remember_message(MessageRef(topic, "55"), [PAPER], at=AT)
    await take(store, a_reaction("55", channel=chat))
    assert [one.channel for one in await store.bookmarks()] == [str(topic)]
    assert await take(store, a_reaction("55", channel=ChannelRef("telegram", "", "-1001237"))) is None
    await take(store, a_reaction("55", channel=topic, added=False))
    assert await store.bookmarks() == ()


async def test_several_papers_change_nothing(store: Store) -> None:
    """A reaction on a message of several papers is told which these are, and is none on any of them."""
    await store.add(a_listing([a_paper(1), a_paper(2)]), at=AT)
    await store.remember_message(MessageRef(CHANNEL, "list"), [PAPER, a_paper(2).id], at=AT)
    assert await take(store, a_reaction("list")) == ReactionOutcome(papers=(PAPER, a_paper(2).id))
    assert await store.bookmarks() == ()


async def test_reactions_wait_for_their_message(store: Store) -> None:
    """Those on an unknown message are taken, the last word of each person, once the message is on record."""
    for user, added in ((ANN, True), (BOB, True), (BOB, False)):
        assert await take(store, a_reaction(user=user, added=added)) is None
    await post_answers(store, "1")
    for _ in range(2):
        await store.settle_reactions(MessageRef(CHANNEL, "1"), since=AT)
        assert await savers(store) == [str(ANN)]


async def test_they_do_not_wait_for_ever(store: Store) -> None:
    """What has waited since before `since` is not taken, and the next one that waits makes the store forget it."""
    await take(store, a_reaction("old"))
    await post_answers(store, "old")
    await store.settle_reactions(MessageRef(CHANNEL, "old"), since=AT + at(1))
    assert await store.bookmarks() == ()
    await take(store, a_reaction("older"))
    await take(store, a_reaction("new"), minute=11)
    await store.remember_message(MessageRef(CHANNEL, "older"), [PAPER], at=AT)
    await store.settle_reactions(MessageRef(CHANNEL, "older"), since=AT)
    assert await store.bookmarks() == ()


async def test_a_paper_that_is_gone(store: Store) -> None:
    """A reaction on a message whose paper nobody knows any more says so."""
    await store.remember_message(MessageRef(CHANNEL, "1"), [PAPER], at=AT)
    with pytest.raises(NotFound):
        await take(store, a_reaction())


async def test_what_was_typed_takes_back_all(store: Store) -> None:
    """Where reactions are typed, one that takes back is about the paper, wherever it was shown."""
    await post_answers(store, "1", "2")
    await take(store, replace(a_reaction("1"), is_typed=True))
    told = await take(store, replace(a_reaction("2", added=False), is_typed=True))
    assert told and told.is_changed
    assert await store.bookmarks() == ()


async def test_papers_that_become_one_keep_their_reactions(store: Store) -> None:
    """Reactions on two papers that turn out to be one stand for that one, until both are gone."""
    first, second = a_paper(1), a_paper(2)
    await store.add(a_listing([first, second]), at=AT)
    for message, paper in (("1", first), ("2", second)):
        await store.remember_message(MessageRef(CHANNEL, message), [paper.id], at=AT)
        await take(store, a_reaction(message))
    await store.add(a_listing([a_paper(3, id=a_paper(3).id, identifiers=(first.id, second.id))]), at=AT)
    if len({one.paper.id for one in await store.bookmarks()}) == 1:
        await take(store, a_reaction("1", added=False))
        assert len(await store.bookmarks()) == 1
        await take(store, a_reaction("2", added=False))
        assert await store.bookmarks() == ()


async def test_two_messages_at_once(store: Store) -> None:
    """Of reactions on two messages that come and go at the same time, the one that is left keeps the mark."""
    await post_answers(store, "1", "2")
    for turn in range(4):
        await take(store, a_reaction("1", second=10 * turn))
        async with asyncio.TaskGroup() as group:
            group.create_task(take(store, a_reaction("1", added=False, second=10 * turn + 1)))
            group.create_task(take(store, a_reaction("2", second=10 * turn + 1)))
        assert await savers(store) == [str(ANN)]
        await take(store, a_reaction("2", added=False, second=10 * turn + 2))
        assert await savers(store) == []


async def clear(store: Store, message: str = "1", emoji: str = "", *, second: float | None = None) -> None:
    cleared = ReactionClearing(
        message=MessageRef(CHANNEL, message), emoji=emoji, at=None if second is None else AT + at(second)
    )
    await store.clear_reactions(cleared, at=AT, since=AT - timedelta(minutes=10))


async def test_a_moderator_clears_a_message(store: Store) -> None:
    """Everybody's reactions on the message go, or those of one emoji; private marks and other messages stay."""
    await post_answers(store, "1", "2")
    await store.add_bookmark(str(ANN), PAPER, str(CHANNEL), at=AT, public=False)
    for user, emoji, message in ((ANN, "🔖", "1"), (BOB, "✍", "1"), (BOB, "🔖", "2")):
        await take(store, a_reaction(message, user=user, emoji=emoji))
    await take(store, a_reaction(feeling=Feeling.LESS, emoji="👎"))
    await clear(store, emoji="🔖")
    assert await savers(store) == [str(BOB)]
    await clear(store)
    assert await savers(store) == [str(BOB)]  # by message 2
    assert await feedback_in(store, CHANNEL) == ()
    assert [one.public for one in await store.bookmarks(user=str(ANN))] == [False]
    await take(store, a_reaction(emoji="🔖"))
    assert await savers(store) == [str(ANN), str(BOB)]


async def test_clearing_may_be_quicker_than_the_record(store: Store) -> None:
    """Reactions that wait for their message are cleared as well; on a list of papers there is nothing to clear."""
    await take(store, a_reaction(user=ANN))
    await clear(store)
    await take(store, a_reaction(user=BOB))
    await post_answers(store, "1")
    await store.settle_reactions(MessageRef(CHANNEL, "1"), since=AT)
    assert await savers(store) == [str(BOB)]
    await store.remember_message(MessageRef(CHANNEL, "list"), [PAPER, a_paper(2).id], at=AT)
    await clear(store, "list")


async def reconcile(store: Store, *listed: Reaction, known: Sequence[Reaction] | None = None) -> int:
    message = MessageRef(CHANNEL, "1")
    before = await store.reactions_on(message) if known is None else known
    return await store.reconcile_reactions(message, before=before, now=listed, at=AT + at(900))


async def test_what_was_missed_is_put_on_record(store: Store) -> None:
    """What a platform lists and nobody heard of comes, what it lists no more goes, and the rest stays as it is."""
    await post_answers(store, "1")
    await take(store, a_reaction(user=ANN, emoji="🔖", second=5))
    await store.add_bookmark(str(ANN), PAPER, str(CHANNEL), at=AT, public=False)
    shown = [a_reaction(user=BOB, emoji="🔖"), a_reaction(user=BOB, emoji="👍", feeling=Feeling.MORE)]
    assert await reconcile(store, *shown) == 3
    assert await reconcile(store, *shown) == 0
    assert await savers(store) == [str(BOB)]
    assert [(one.user, one.feeling) for one in await feedback_in(store, CHANNEL)] == [(BOB, Feeling.MORE)]
    assert [one.public for one in await store.bookmarks(user=str(ANN))] == [False]
    assert await store.recent_messages(CHANNEL, since=AT, limit=9) == (MessageRef(CHANNEL, "1"),)


async def test_what_is_heard_meanwhile_is_newer(store: Store) -> None:
    """What somebody does while the platform is asked, and all that is heard afterwards, counts more than its list."""
    await post_answers(store, "1")
    await take(store, a_reaction(user=BOB, emoji="🔖", second=5))
    known = await store.reactions_on(MessageRef(CHANNEL, "1"))
    await take(store, a_reaction(user=ANN, emoji="🔖", second=6))
    await take(store, a_reaction(user=BOB, emoji="🔖", second=7, added=False))
    assert await reconcile(store, a_reaction(user=BOB, emoji="🔖"), known=known) == 0
    assert await savers(store) == [str(ANN)]
    assert await reconcile(store, a_reaction(user=BOB, emoji="🔖")) == 2
    assert await savers(store) == [str(BOB)]
    for user, added in ((ANN, True), (BOB, False)):
        await take(store, a_reaction(user=user, emoji="🔖", second=8, added=added))
    assert await savers(store) == [str(ANN)]


async def test_what_was_cleared_unheard_of_can_come_again(store: Store) -> None:
    """A platform that lists a reaction after a moderator cleared the message tells of a new one."""
    await post_answers(store, "1")
    await clear(store, second=50)
    assert await reconcile(store, a_reaction(user=BOB, emoji="🔖")) == 1
    assert await savers(store) == [str(BOB)]


async def test_what_was_deleted_does_not_come_back(store: Store) -> None:
    """Who had everything deleted is not on record again because an emoji still stands; others are heard as before."""
    await post_answers(store, "1")
    await take(store, a_reaction(user=BOB, emoji="🔖", second=5))
    await store.forget_person(BOB)
    assert await reconcile(store, a_reaction(user=BOB, emoji="🔖")) == 0
    assert await store.reactions_on(MessageRef(CHANNEL, "1")) == () == await store.bookmarks()
    await take(store, a_reaction(user=BOB, emoji="🔖", second=9))
    assert await savers(store) == [str(BOB)]
    assert await reconcile(store) == 1


async def test_only_recent_messages_of_one_paper(store: Store) -> None:
    """Those sent since a moment, the newest first, of a channel, a workspace or the whole platform."""
    await store.add(a_listing([a_paper(1), a_paper(2)]), at=AT)
    other, direct = ChannelRef("discord", "7", "1"), ChannelRef("discord", "@me", "2")
    for channel, message, papers, second in (
        (CHANNEL, "old", [PAPER], -1),
        (CHANNEL, "new", [PAPER], 1),
        (CHANNEL, "list", [PAPER, a_paper(2).id], 2),
        (other, "1:1", [PAPER], 3),
        (direct, "2:2", [PAPER], 4),
    ):
        await store.remember_message(MessageRef(channel, message), papers, at=AT + at(second))

    async def recent(place: ChannelRef, limit: int = 9) -> list[str]:
        return [one.id for one in await store.recent_messages(place, since=AT, limit=limit)]

    assert await recent(CHANNEL) == ["new"] == await recent(ChannelRef("slack", "T1", ""))
    assert await recent(ChannelRef("discord", "", "")) == ["2:2", "1:1"]
    assert await recent(ChannelRef("discord", "", ""), limit=1) == ["2:2"]


@dataclass(frozen=True)
class Deed:
    """What somebody does on the platform; nobody in particular where a moderator clears the message."""

    user: UserRef | None
    message: str
    emoji: str
    feeling: Feeling
    added: bool

    def on(self, shown: set[tuple[UserRef, str, str, Feeling]]) -> set[tuple[UserRef, str, str, Feeling]]:
        """What the platform shows afterwards."""
        if self.user is None:
            return {one for one in shown if one[1] != self.message or self.emoji not in ("", one[2])}
        mine = {(self.user, self.message, self.emoji, self.feeling)}
        return shown | mine if self.added else shown - mine


_EMOJI = st.sampled_from(
    (("🔖", Feeling.BOOKMARK), ("✍", Feeling.BOOKMARK), ("👍", Feeling.MORE), ("👎", Feeling.LESS))
)
_DEEDS = st.builds(
    lambda user, message, emoji, added: Deed(user, message, *emoji, added),
    st.sampled_from((ANN, BOB)),
    st.sampled_from(("1", "2")),
    _EMOJI,
    st.booleans(),
) | st.builds(
    lambda message, emoji: Deed(None, message, emoji, Feeling.BOOKMARK, False),
    st.sampled_from(("1", "2")),
    st.sampled_from(("", "🔖", "👍")),
)


async def _tell_all(store: SqlStore, told: Sequence[tuple[int, Deed]], late: int) -> set[tuple[str, Feeling]]:
    """What is on record once these were told in that order, message 2 being recorded after the first `late` of them."""
    async with store.database.writing() as connection:
        for table in (reactions, tallies, bookmarks, feedback, paper_annotations):
            await connection.execute(table.delete())
    await post_answers(store, "1")
    late_one = MessageRef(CHANNEL, f"2 {late} {len(told)}")
    for number, (second, deed) in enumerate(told):
        if number == late:
            await store.remember_message(late_one, [PAPER], at=AT)
            await store.settle_reactions(late_one, since=AT)
        message = late_one.id if deed.message == "2" else "1"
        if deed.user is None:
            await clear(store, message, deed.emoji, second=second)
            continue
        await take(
            store,
            a_reaction(
                message, user=deed.user, feeling=deed.feeling, added=deed.added, emoji=deed.emoji, second=second
            ),
        )
    await store.remember_message(late_one, [PAPER], at=AT)
    await store.settle_reactions(late_one, since=AT)
    saved = {(one.user, Feeling.BOOKMARK) for one in await store.bookmarks(channel=str(CHANNEL))}
    read = {(one.user, Feeling.DONE) for one in await store.annotations(channel=str(CHANNEL)) if one.done_at}
    return saved | read | {(str(one.user), one.feeling) for one in await feedback_in(store, CHANNEL)}


@settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.data(), st.lists(_DEEDS, min_size=1, max_size=12))
def test_reactions_end_as_the_platform_shows_them(
    in_memory: tuple[asyncio.Runner, SqlStore], data: st.DataObject, deeds: list[Deed]
) -> None:
    """Whatever several people add and take away on a paper's messages and moderators clear, and in whichever order and
    however often that is told, what stands in the end is what the platform shows."""
    runner, store = in_memory
    shown: set[tuple[UserRef, str, str, Feeling]] = set()
    for deed in deeds:
        shown = deed.on(shown)
    numbered = list(enumerate(deeds))
    told = data.draw(st.permutations(numbered + data.draw(st.lists(st.sampled_from(numbered), max_size=4))))
    late = data.draw(st.integers(0, len(told)))
    assert runner.run(_tell_all(store, told, late)) == {(str(user), feeling) for user, _, _, feeling in shown}


async def test_what_an_emoji_counts_as(store: Store) -> None:
    """The store tells the signs of the channel that a message is on record in, and what an emoji there counts as."""
    await post_answers(store, "1")
    stars = Signs(bookmark=("⭐",))
    await store.change_signs(CHANNEL, USUAL_SIGNS, stars, person=Person(user=ANN), at=AT)
    star = replace(a_reaction(emoji="⭐"), feeling=None)
    assert await store.reaction_signs(star) == (stars, None)
    await take(store, a_reaction(emoji="⭐"))
    assert await store.reaction_signs(star) == (stars, Feeling.BOOKMARK)
    assert await store.reaction_signs(replace(star, user=BOB)) == (stars, None)
    await take(store, a_reaction(emoji="⭐", added=False))
    assert await store.reaction_signs(star) == (stars, None)


async def test_an_emoji_that_says_something_else_by_now(store: Store) -> None:
    """One that stands for another feeling than before takes back what it said."""
    await post_answers(store, "1")
    await take(store, a_reaction(emoji="⭐"))
    outcome = await take(store, a_reaction(emoji="⭐", feeling=Feeling.MORE), minute=1)
    assert outcome and outcome.is_changed
    assert (await savers(store), len(await feedback_in(store, CHANNEL))) == ([], 1)


async def test_a_topics_signs(store: Store) -> None:
    """A reaction that does not tell in which topic its message lies has the signs of that topic."""
    topic, chat = ChannelRef("telegram", "", "-1001/7"), ChannelRef("telegram", "", "-1001")
    await store.add(a_listing([a_paper(1)]), at=AT)
    await store.remember_message(MessageRef(topic, "5"), [PAPER], at=AT)
    stars = Signs(bookmark=("🔥",))
    await store.change_signs(topic, USUAL_SIGNS, stars, person=Person(user=ANN), at=AT)
    assert await store.reaction_signs(a_reaction("5", channel=chat, emoji="🔥")) == (stars, None)
