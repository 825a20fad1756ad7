"""`/unsubscribe`: take something away from the channel's digest, or end it."""

from __future__ import annotations

from typing import Final

from core.converse import replies, subscribing
from core.converse.command import Command
from core.converse.spec import CommandSpec, Services, require_manager
from core.deliver import compose
from core.posts.tree import Post


async def answer(services: Services, command: Command) -> Post:
    """What is left of the digest. Raises NotAllowed, NotFound."""
    require_manager(command)
    before = await services.subscription(command.place)
    if not command.arguments:
        await services.store.remove_subscription(command.place, before.name)
        return compose.say("This channel's digest is ended. `/subscribe` starts it again; what was posted stays known.")
    after = subscribing.unsubscribe(before, command.arguments)
    await services.store.save_subscription(after, at=services.clock.now())
    return replies.settings(
        [await services.look(after)], services.clock.now(), changed="Changed.", has_model=services.has_model
    )


COMMAND: Final = CommandSpec(
    name="unsubscribe",
    usage="[CATEGORY...] [author:NAME] [rule]",
    does="take something away, or end this channel's digest",
    examples=("cs.RO", "author:Lee", ""),
    answer=answer,
    concerns_managers=lambda _: True,
)
