"""What people said of papers, as the program asks for it: as signs that a channel's profile is learned from."""

from __future__ import annotations

from core.channels import ChannelRef, UserRef
from core.choose.profile.signs import SignKind
from core.converse.lists.feedback import Feedback
from core.converse.ports import Store
from core.posts.reactions import Feeling


async def feedback_in(store: Store, channel: ChannelRef) -> tuple[Feedback, ...]:
    """What everybody in a channel can see of it, newest first."""
    return tuple(
        Feedback(
            user=UserRef.from_store(sign.person),
            paper=sign.paper,
            feeling=Feeling(sign.kind.value),
            where=channel,
            at=sign.at,
            public=True,
        )
        for sign in await store.signs(channel, limit=1_000)
        if sign.kind in (SignKind.MORE, SignKind.LESS)
    )
