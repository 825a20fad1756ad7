"""Use case: reactions that came and went while nobody listened: compare what is on record with what a platform shows.

Platforms that can list reactions have it done when they are connected anew. It is bounded, and nobody waits for it: the
last days alone, the newest messages first, one message after another, behind answers and digests.
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import Final

from core.channels import ChannelRef, UserRef
from core.converse.ports import LibraryStore
from core.errors import ChannelGone, ChatError, NotAllowed, NotFound
from core.posts.messages import MessageRef
from core.posts.reactions import Feeling, ListReactions, Reaction
from core.posts.signs import Signs, emoji_name, feeling_of
from core.time import Clock

#: how old a message may be, and how many are looked at
LOOK_BACK: Final = timedelta(days=3)
MOST: Final = 300
#: messages that cannot be read before the channel is given up
_MOST_UNREADABLE: Final = 3

_log: Final = logging.getLogger(__name__)


async def reconcile(
    place: ChannelRef, list_reactions: ListReactions, *, store: LibraryStore, clock: Clock, most: int = MOST
) -> int:
    """Put on record what was missed in the channels that `place` covers; how many reactions that were.

    `most`: messages that are looked at. What cannot be listed stays as it is. Raises StoreError.
    """
    count, unreadable = 0, Counter[ChannelRef]()
    for message in await store.recent_messages(place, since=clock.now() - LOOK_BACK, limit=most):
        if unreadable[message.channel] >= _MOST_UNREADABLE:
            continue
        try:
            count += await _compare(message, list_reactions, store, clock)
        except (ChannelGone, NotAllowed):
            unreadable[message.channel] += 1
        except NotFound:  # the paper is gone
            continue
        except ChatError as error:
            _log.info("Missed reactions are not looked for any further. %s", error.sentence())
            break
    if count:
        _log.info("Reactions that nobody had heard of were put on record: %d.", count)
    return count


async def _compare(message: MessageRef, list_reactions: ListReactions, store: LibraryStore, clock: Clock) -> int:
    """Put on record what was missed on one message. What counts there goes on counting as what it does."""
    signs, before = await store.channel_signs(message.channel), await store.reactions_on(message)
    on_record = {reaction.emoji for reaction in before}

    def says_something(emoji: str) -> bool:
        return emoji_name(emoji) in on_record or feeling_of(emoji, message.channel.platform, signs) is not None

    standing = await list_reactions(message, says_something)
    if standing is None:
        return 0
    feelings = {(reaction.user, reaction.emoji): reaction.feeling for reaction in before if reaction.added}
    with_feeling = partial(_with_feeling, feelings=feelings, signs=signs)
    now = [reaction for reaction in map(with_feeling, standing) if reaction.feeling]
    return await store.reconcile_reactions(message, before=before, now=now, at=clock.now())


def _with_feeling(
    reaction: Reaction, *, feelings: Mapping[tuple[UserRef, str], Feeling | None], signs: Signs
) -> Reaction:
    """The reaction with what it counts as on record, else with what its emoji says there."""
    known_as = feelings.get((reaction.user, reaction.emoji))
    says = feeling_of(reaction.emoji, reaction.message.channel.platform, signs)
    return replace(reaction, feeling=known_as or says)
