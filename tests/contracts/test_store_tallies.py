"""The contract of `Store` for what messages say of who saved their paper, and for hints, over every store there is."""

from __future__ import annotations

import asyncio

import pytest

from core.channels import ChannelRef
from core.converse.ports import Store
from core.deliver.tallies import DEBOUNCE, EDITABLE_FOR, PAUSE
from core.posts.messages import MessageRef
from tests.fakes.ledger import CHANNEL, finished, listed, subscribed
from tests.fakes.papers import AT, a_paper
from tests.fakes.posts import a_paper_card
from tests.fakes.reactions import ANN, BOB, PAPER, a_reaction, at, post_answers, take


class TestTallies:
    """How many people saved a paper, and the messages that are to say so."""

    answer = MessageRef(CHANNEL, "answer")

    async def answered(self, store: Store) -> None:
        await post_answers(store, "answer")
        await store.keep_answer(self.answer, PAPER, a_paper_card(), shown_saves=0, at=AT)

    async def claim(self, store: Store, seconds: float) -> list[tuple[str, int, int]]:
        found = await store.claim_tallies(at=AT + at(seconds), until=AT + at(seconds + 300), limit=9)
        return [(one.message.id, one.shown_saves, one.saves) for one in found]

    async def test_people_are_counted_once(self, store: Store) -> None:
        """Public marks of a channel count, each person once; private ones and those of other channels do not."""
        await post_answers(store, "1", "2")
        for user, message in ((ANN, "1"), (ANN, "2"), (BOB, "1")):
            await take(store, a_reaction(message, user=user))
        elsewhere = ChannelRef("slack", "T1", "C2")
        await store.add_bookmark("slack:T1/C", PAPER, str(CHANNEL), at=AT, public=False)
        await store.add_bookmark("slack:T1/D", PAPER, str(elsewhere), at=AT, public=True)
        assert await store.saved_by(CHANNEL, PAPER) == 2
        assert await store.saved_by(elsewhere, PAPER) == 1
        assert await store.saved_by(CHANNEL, a_paper(9).id) == 0

    async def test_an_answer_wants_one_edit_for_several(self, store: Store) -> None:
        """After some seconds the message is given out once, with what it says besides and with the number of then."""
        await self.answered(store)
        for user in (ANN, BOB):
            await take(store, a_reaction("answer", user=user))
        assert await self.claim(store, DEBOUNCE.total_seconds() - 1) == []
        (tally,) = await store.claim_tallies(at=AT + DEBOUNCE, until=AT + at(300), limit=9)
        assert (tally.message, tally.paper.id, tally.shown_saves, tally.saves) == (self.answer, PAPER, 0, 2)
        assert (tally.post, tally.delivery) == (a_paper_card(), None)
        assert await self.claim(store, 299) == []
        assert await self.claim(store, 301) == [("answer", 0, 2)]  # whoever took it up has died

    async def test_those_of_other_places_are_left_to_others(self, store: Store) -> None:
        """Whoever asks for some channels alone takes up no others."""
        await self.answered(store)
        await take(store, a_reaction("answer"))
        for within, count in (
            ((), 0),
            (("discord:", "slack:T2/"), 0),
            (("slack%",), 0),
            (("discord:", "slack:T1/"), 1),
        ):
            found = await store.claim_tallies(at=AT + at(20), until=AT + at(300), limit=9, within=within)
            assert len(found) == count

    async def test_edits_of_a_message_keep_their_distance(self, store: Store) -> None:
        """A message that was edited just now waits; what changed while it was edited is not forgotten."""
        await self.answered(store)
        await take(store, a_reaction("answer"))
        await self.claim(store, 20)
        await take(store, a_reaction("answer", user=BOB))
        await store.keep_tally(self.answer, shown_saves=1, at=AT + at(20))
        assert await self.claim(store, 21) == []
        assert await self.claim(store, 20 + PAUSE.total_seconds()) == [("answer", 1, 2)]
        await store.keep_tally(self.answer, shown_saves=2, at=AT + at(200))
        assert await self.claim(store, 9_999) == []
        await take(store, a_reaction("answer", user=BOB, added=False), minute=5)
        assert await self.claim(store, 320) == [("answer", 2, 1)]

    async def test_a_digests_message_knows_its_digest(self, store: Store) -> None:
        """A reaction on any message of a paper has the digest's own message edited as well."""
        await subscribed(store)
        await listed(store, [1, 2])
        delivery = await finished(store, [1, 2])
        await self.answered(store)
        await take(store, a_reaction("answer"))
        found = await store.claim_tallies(at=AT + at(20), until=AT + at(300), limit=9)
        by_message = {one.message: one for one in found}
        own = by_message[MessageRef(CHANNEL, f"m-{delivery.plan[1].key}")]
        assert (own.delivery and own.delivery.id, own.planned_id, own.saves) == (delivery.id, PAPER, 1)
        assert by_message.keys() == {own.message, self.answer}

    async def test_what_nobody_knows_is_left(self, store: Store) -> None:
        """A message whose words are not on record is not given out, and one that is fixed never again."""
        await self.answered(store)
        await post_answers(store, "1")
        await take(store, a_reaction("1"))
        assert await self.claim(store, 20) == [("answer", 0, 1)]
        await store.forget_tally(self.answer)
        await take(store, a_reaction("answer", user=BOB), minute=5)
        assert await self.claim(store, 9_999) == []

    @pytest.mark.parametrize("way", ["list", "privacy"])
    async def test_marks_that_go_in_another_way_count_too(self, store: Store, way: str) -> None:
        """Who takes a paper off the channel's list by a command, or has everything deleted, is counted no more."""
        await self.answered(store)
        for user in (ANN, BOB):
            await take(store, a_reaction("answer", user=user))
        await self.claim(store, 20)
        await store.keep_tally(self.answer, shown_saves=2, at=AT + at(20))
        if way == "list":
            assert await store.remove_bookmark(str(BOB), PAPER, channel=str(CHANNEL))
        else:
            await store.forget_person(BOB)
        assert await self.claim(store, 60) == [("answer", 2, 1)]

    async def test_old_answers_are_forgotten(self, store: Store) -> None:
        """The words of an answer are kept for a while; then its message stays as it is."""
        await self.answered(store)
        later = AT + EDITABLE_FOR + at(1)
        await store.keep_answer(MessageRef(CHANNEL, "new"), PAPER, a_paper_card(), shown_saves=0, at=later)
        await take(store, a_reaction("answer"))
        found = await store.claim_tallies(at=AT + at(20), until=AT + at(300), limit=9)
        assert [one.message.id for one in found] == ["new"]


async def test_a_hint_is_given_once(store: Store) -> None:
    """Of many who claim a hint for a recipient one succeeds; another hint, or recipient, is another matter."""
    async with asyncio.TaskGroup() as group:
        claims = [group.create_task(store.claim_hint(str(ANN), "first press", at=AT)) for _ in range(6)]
    assert sorted(one.result() for one in claims) == [False] * 5 + [True]
    assert await store.claim_hint(str(BOB), "first press", at=AT)
    assert await store.claim_hint(str(ANN), "list 1", at=AT)
