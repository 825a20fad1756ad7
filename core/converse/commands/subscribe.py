"""`/subscribe`: add categories, a rule or an author to the channel's digest."""

from __future__ import annotations

from typing import Final

from core.channels import Subscription
from core.converse import replies, subscribing
from core.converse.command import Command
from core.converse.spec import CommandSpec, Services, require_manager
from core.errors import UsageError
from core.posts.tree import Post


async def answer(services: Services, command: Command) -> Post:
    """The settings as they are now. Raises NotAllowed, UsageError."""
    require_manager(command)
    if not command.arguments:
        raise UsageError("Subscribe to what?", hint="Write categories, a rule or an author: `/subscribe cs.RO cs.LG`")
    existing = await services.store.subscriptions(command.place)
    before = existing[0] if existing else Subscription(channel=command.place)
    after = subscribing.subscribe(before, command.arguments)
    await services.store.save_subscription(after, at=services.clock.now())
    return replies.settings([after], changed="Subscribed. The next refresh brings its papers.")


COMMAND: Final = CommandSpec(
    name="subscribe",
    usage="CATEGORY... [RULE] [author:NAME]",
    does="add categories, a rule or an author to this channel's digest",
    examples=("cs.RO cs.LG", 'rule: "world model" AND NOT survey', "author:Lee"),
    answer=answer,
    concerns_managers=lambda _: True,
)
