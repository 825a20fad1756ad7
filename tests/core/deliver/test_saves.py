"""Messages that say how many people saved their paper: what is edited, when, and what is left."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from core.channels import ChannelRef, Subscription, UserRef
from core.converse.lists import library
from core.deliver import card, digest
from core.deliver.ports import Chat
from core.deliver.saves import CLAIM, show_saves
from core.errors import ChannelGone, ChatUnavailable, NotFound, PaperboyError, UsageError
from core.posts.messages import MessageRef
from core.posts.reactions import Feeling, Reaction
from core.posts.tree import Note, sign
from core.summarise.summaries import Summariser
from tests.fakes.chat import FakeChat
from tests.fakes.clock import FakeClock
from tests.fakes.papers import AT, DAY, a_listing, a_paper
from tests.fakes.posts import a_paper_card
from tests.fakes.stores import SqlStore

CHANNEL = ChannelRef("slack", "T1", "C1")
READER = Subscription(channel=CHANNEL, categories=("cs.CL",), size=3)


class House:
    """A posted digest, people who save, and a sweep."""

    def __init__(self, store: SqlStore) -> None:
        self.store, self.clock, self.chat = store, FakeClock(AT), FakeChat()

    @property
    def card(self) -> MessageRef:
        """The first paper's own message."""
        return MessageRef(CHANNEL, self.chat.keys[1])

    async def save(self, user: str, *, added: bool = True) -> None:
        """Somebody saves that paper, or takes that back."""
        person = UserRef("slack", "T1", user)
        reaction = Reaction(user=person, message=self.card, feeling=Feeling.BOOKMARK, added=added)
        await library.react(reaction, store=self.store, clock=self.clock)

    async def sweep(self, minutes: float = 5, *, chat: Chat | None = None, is_busy: bool = False) -> int:
        self.clock.move(timedelta(minutes=minutes))
        return await show_saves(
            self.store,
            lambda _: chat or self.chat,
            clock=self.clock,
            summariser=Summariser(self.store),
            is_busy=lambda _: is_busy,
        )

    @property
    def savers_shown(self) -> list[str]:
        """The numbers that the edits say, in order."""
        notes = ([one for one in post.blocks if isinstance(one, Note)] for _, post in self.chat.edits)
        last = (note[-1].spans for note in notes)
        return [spans[1].text.strip() if spans[:1] == (sign(Feeling.BOOKMARK),) else "" for spans in last]


@pytest.fixture
async def house() -> AsyncIterator[House]:
    async with SqlStore("sqlite://").open() as store:
        await store.save_subscription(READER, at=AT)
        await store.add(a_listing([a_paper(number) for number in (1, 2, 3)]), at=AT)
        made = House(store)
        await digest.deliver(READER, DAY, store=store, chat=made.chat, clock=made.clock)
        yield made


async def test_several_savers_are_one_edit(house: House) -> None:
    """All that changes within a moment is told at once, all that changes later again, and nothing without a change."""
    for user in ("a", "b", "c"):
        await house.save(user)
    assert await house.sweep(0) == 0
    assert [await house.sweep(), await house.sweep()] == [1, 0]
    await house.save("a", added=False)
    await house.save("a")
    assert await house.sweep() == 0
    await house.save("b", added=False)
    assert await house.sweep() == 1
    assert house.savers_shown == ["3", "2"]
    assert {message for message, _ in house.chat.edits} == {house.card}


async def test_the_last_one_takes_the_number_away(house: House) -> None:
    """A paper that nobody saves any more has no number."""
    await house.save("a")
    await house.sweep()
    await house.save("a", added=False)
    await house.sweep()
    assert house.savers_shown == ["1", ""]


@pytest.mark.parametrize("error", [NotFound("It was deleted."), ChannelGone("The channel is gone.")])
async def test_what_cannot_be_edited_is_not_tried_again(house: House, error: PaperboyError) -> None:
    """A message that was deleted, or whose channel is gone, is left for good."""
    house.chat.refused_edits[house.card.id] = error
    await house.save("a")
    assert await house.sweep() == 0
    house.chat.refused_edits.clear()
    await house.save("b")
    assert await house.sweep(60) == 0


async def test_a_platform_that_is_down_is_tried_again(house: House) -> None:
    """So is one that this process does not serve, and a channel that is busy; each time after a while."""
    await house.save("a")
    house.chat.refused_edits[house.card.id] = ChatUnavailable("Slack is down.")
    assert await house.sweep() == 0
    house.chat.refused_edits.clear()
    assert await house.sweep() == 0
    again = CLAIM.total_seconds() / 60
    assert await house.sweep(again, is_busy=True) == 0

    def nobody(_: ChannelRef) -> Chat:
        raise UsageError("There is no token for it.")

    house.clock.move(CLAIM)
    assert await show_saves(house.store, nobody, clock=house.clock, summariser=Summariser(house.store)) == 0
    assert await house.sweep(again) == 1
    assert house.savers_shown == ["1"]


def test_a_number_takes_the_place_of_another() -> None:
    """A post that says a number already says the new one alone, and nothing at all for nobody."""
    post = card.with_saves(card.with_saves(a_paper_card(), 2), 3)
    assert post == card.with_saves(a_paper_card(), 3)
    assert card.with_saves(post, 0) == a_paper_card()
