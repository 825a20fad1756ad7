"""Use case: reactions that came and went while nobody listened: compare what is on record with what a platform shows.

Platforms that can list reactions have it done when they are connected anew. It is bounded, and nobody waits for it: the
last days alone, the newest messages first, one message after another, behind answers and digests.
"""

from __future__ import annotations

import logging
from collections import Counter
from dataclasses import replace
from datetime import timedelta
from typing import Final

from core.channels import ChannelRef
from core.converse.ports import LibraryStore
from core.errors import ChannelGone, ChatError, NotAllowed, NotFound
from core.posts.messages import MessageRef
from core.posts.reactions import Feeling, ListReactions, Reaction
from core.posts.signs import Signs, emoji_name, feeling_of
from core.time import Clock

#: how old a message may be, and how many are looked at
LOOK_BACK: Final = timedelta(days=3)
MOST: Final = 300
#: messages of a channel that cannot be read, after which its others are left
_MOST_UNREADABLE: Final = 3

_log: Final = logging.getLogger(__name__)


async def reconcile(
    place: ChannelRef, list_reactions: ListReactions, *, store: LibraryStore, clock: Clock, most: int = MOST
) -> int:
    """Put on record what was missed in the channels that `place` covers; how many reactions that were.

    `most`: messages that are looked at. What cannot be listed stays as it is. Raises StoreError.
    """
    missed, unreadable = 0, Counter[ChannelRef]()
    for message in await store.recent_messages(place, since=clock.now() - LOOK_BACK, limit=most):
        if unreadable[message.channel] >= _MOST_UNREADABLE:
            continue
        try:
            missed += await _compare(message, list_reactions, store, clock)
        except (ChannelGone, NotAllowed):
            unreadable[message.channel] += 1
        except NotFound:  # the paper is gone
            continue
        except ChatError as error:
            _log.info("Missed reactions are not looked for any further. %s", error.sentence())
            break
    if missed:
        _log.info("Reactions that nobody had heard of were put on record: %d.", missed)
    return missed


async def _compare(message: MessageRef, list_reactions: ListReactions, store: LibraryStore, clock: Clock) -> int:
    """Put on record what was missed on one message. What counts there goes on counting as what it does."""
    signs, known = await store.channel_signs(message.channel), await store.reactions_on(message)
    on_record = {one.emoji for one in known}

    def says_something(emoji: str) -> bool:
        return emoji_name(emoji) in on_record or feeling_of(emoji, message.channel.platform, signs) is not None

    listed = await list_reactions(message, says_something)
    if listed is None:
        return 0
    counted = {(one.user, one.emoji): one.feeling for one in known if one.added}
    meant = [
        replace(one, feeling=counted.get((one.user, one.emoji)) or _feeling(one, signs)) for one in listed if one.emoji
    ]
    return await store.reconcile_reactions(
        message, known=known, listed=[one for one in meant if one.feeling], at=clock.now()
    )


def _feeling(reaction: Reaction, signs: Signs) -> Feeling | None:
    return feeling_of(reaction.emoji, reaction.message.channel.platform, signs)
