"""Rows of reactions, and of whatever else is about a message, to values. Nothing here touches a database."""

from __future__ import annotations

from core.channels import ChannelRef, UserRef
from core.posts.messages import MessageRef
from core.posts.reactions import Feeling, Reaction
from storage import rows


def message_of(row: rows.Row) -> MessageRef:
    """The message that a row of `shown`, `reactions` or `tallies` is about."""
    return MessageRef(ChannelRef.from_store(row.channel), row.message)


def reaction_of(row: rows.Row) -> Reaction:
    """A row of `reactions` as a value."""
    return Reaction(
        user=UserRef.from_store(row.person),
        message=message_of(row),
        feeling=Feeling(row.feeling),
        added=row.added,
        emoji=row.emoji,
        at=row.happened_at,
    )
