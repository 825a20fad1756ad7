"""Reactions that nobody heard of: how far they are looked for."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import timedelta
from functools import partial

import pytest

from core.channels import ChannelRef, UserRef
from core.converse.lists.missed_reactions import LOOK_BACK, reconcile
from core.converse.ports import Store
from core.converse.settings.changes import Person
from core.errors import ChannelGone, ChatThrottled, NotAllowed, PaperboyError
from core.posts.messages import MessageRef
from core.posts.reactions import Feeling, Reaction
from core.posts.signs import USUAL_SIGNS, emoji_name
from tests.fakes.clock import FakeClock
from tests.fakes.desk_driver import DeskDriver
from tests.fakes.feedback import feedback_in
from tests.fakes.papers import AT, a_paper

PLACE = ChannelRef("slack", "T1", "")
ANN = UserRef("slack", "T1", "A")
HERE, THERE = ChannelRef("slack", "T1", "C1"), ChannelRef("slack", "T1", "C2")


class Platform:
    """Lists an emoji of one person on every message, and remembers what it was asked."""

    def __init__(
        self, error: PaperboyError | None = None, *, at: ChannelRef = THERE, emoji: Sequence[str] = ("🔖",)
    ) -> None:
        self.requests: list[str] = []
        self.emoji = emoji
        self._error, self._at = error, at

    async def list_reactions(self, message: MessageRef, counts: Callable[[str], bool]) -> Sequence[Reaction] | None:
        self.requests.append(message.id)
        if self._error and message.channel == self._at:
            raise self._error
        listed = [one for one in self.emoji if counts(one)]
        return [Reaction(user=ANN, message=message, added=True, emoji=emoji_name(one)) for one in listed]


async def show_papers(store: Store, channel: ChannelRef, count: int, *, begin: int = 0, days: float = 0) -> None:
    """So many messages of a paper, each a second newer than the one before."""
    for number in range(begin, begin + count):
        at = AT - timedelta(days=days) + timedelta(seconds=number)
        await store.remember_message(MessageRef(channel, f"{number}"), [a_paper(1).id], at=at)


async def test_the_newest_messages_of_the_last_days(driver: DeskDriver) -> None:
    """Old messages are left alone, and of many the newest are looked at."""
    await show_papers(driver.store, HERE, 1, days=LOOK_BACK.days + 1)
    await show_papers(driver.store, HERE, 6, begin=1)
    platform = Platform()
    assert await reconcile(PLACE, platform.list_reactions, store=driver.store, clock=FakeClock(AT), most=5) == 5
    assert platform.requests == ["6", "5", "4", "3", "2"]


@pytest.mark.parametrize("error", [ChannelGone("Gone."), NotAllowed("No.")], ids=["gone", "not let in"])
async def test_a_channel_that_cannot_be_read(driver: DeskDriver, error: PaperboyError) -> None:
    """A channel is left after a few messages that cannot be read; the others are looked at."""
    await show_papers(driver.store, HERE, 2)
    await show_papers(driver.store, THERE, 9, begin=2)
    platform = Platform(error)
    assert await reconcile(PLACE, platform.list_reactions, store=driver.store, clock=FakeClock(AT)) == 2
    assert len(platform.requests) == 5


async def test_the_signs_of_the_channel_count(driver: DeskDriver) -> None:
    """An emoji means what it does in its channel, and what counts on record goes on counting while it stands, whatever
    it stands for by now."""
    await show_papers(driver.store, HERE, 1)
    reconciled = partial(reconcile, PLACE, store=driver.store, clock=FakeClock(AT))
    assert await reconciled(Platform(emoji=["📌", "👍"]).list_reactions) == 1
    pins = replace(USUAL_SIGNS, bookmark=("📌",), more=("🔥",))
    await driver.store.change_signs(HERE, USUAL_SIGNS, pins, person=Person(user=ANN), at=AT)
    assert await reconciled(Platform(emoji=["📌", "👍", "🔖"]).list_reactions) == 1
    assert [one.feeling for one in await feedback_in(driver.store, HERE)] == [Feeling.MORE]
    assert len(await driver.store.bookmarks()) == 1
    assert await reconciled(Platform(emoji=["📌"]).list_reactions) == 1
    assert await feedback_in(driver.store, HERE) == ()


async def test_a_platform_in_trouble(driver: DeskDriver) -> None:
    """Where the platform refuses or is down, nothing more is asked, and what is on record stays."""
    await show_papers(driver.store, HERE, 1)
    await show_papers(driver.store, THERE, 9, begin=1)
    platform = Platform(ChatThrottled("Wait.", retry_after_s=60))
    assert await reconcile(PLACE, platform.list_reactions, store=driver.store, clock=FakeClock(AT)) == 0
    assert len(platform.requests) == 1
