"""Reactions that a person gives to a message of paper 1, for the contracts of the store."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from core.channels import ChannelRef, UserRef
from core.converse.lists.reaction_store import ReactionOutcome
from core.converse.ports import Store
from core.posts.messages import MessageRef
from core.posts.reactions import Feeling, Reaction
from tests.fakes.ledger import CHANNEL
from tests.fakes.papers import AT, a_listing, a_paper

ANN, BOB = UserRef("slack", "T1", "A"), UserRef("slack", "T1", "B")
PAPER = a_paper(1).id


def at(seconds: float) -> timedelta:
    return timedelta(seconds=seconds)


def a_reaction(
    message: str = "1",
    *,
    user: UserRef = ANN,
    feeling: Feeling = Feeling.BOOKMARK,
    added: bool = True,
    emoji: str = "",
    second: float | None = None,
    channel: ChannelRef = CHANNEL,
) -> Reaction:
    return Reaction(
        user=user,
        message=MessageRef(channel, message),
        feeling=feeling,
        added=added,
        emoji=emoji,
        at=None if second is None else AT + at(second),
    )


async def take(store: Store, reaction: Reaction, *, minute: float = 0) -> ReactionOutcome | None:
    now = AT + timedelta(minutes=minute)
    return await store.take_reaction(reaction, at=now, since=now - timedelta(minutes=10))


async def post_answers(store: Store, *messages: str) -> None:
    """Messages of paper 1, as answers showed them."""
    await store.add(a_listing([a_paper(1)]), at=AT)
    for one in messages:
        await store.remember_message(MessageRef(CHANNEL, one), [PAPER], at=AT)


async def savers(store: Store) -> Sequence[str]:
    return sorted(one.user for one in await store.bookmarks(channel=str(CHANNEL)))
