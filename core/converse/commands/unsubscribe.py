"""`/unsubscribe`: take something away from the channel's digest, or end it once that is confirmed."""

from __future__ import annotations

from typing import Final

from core.channels import Subscription
from core.converse import completions, replies, subscribing
from core.converse.changes import changes_between
from core.converse.command import Command
from core.converse.options import Option
from core.converse.spec import CommandSpec, Group, Services, require_manager
from core.posts.tree import Post

_CONFIRMED: Final = "yes"
_EVERYTHING: Final = ("", "all", "everything")
_NOTHING_LEFT: Final = "Without that the digest would have nothing to choose papers by."


async def answer(services: Services, command: Command) -> Post:
    """What is left of the digest, or the question whether to end it. Raises NotAllowed, NotFound, UsageError."""
    require_manager(command)
    before = await services.subscription(command.place)
    wanted = command.arguments.lower()
    if wanted in _EVERYTHING:
        return replies.confirm_end(before)
    if wanted == _CONFIRMED:
        await services.store.remove_subscription(command.place, before.name, at=services.clock.now())
        return replies.farewell(before)
    after = subscribing.unsubscribe(before, command.arguments)
    if not _chooses(after):
        return replies.confirm_end(before, _NOTHING_LEFT)
    await services.store.save_subscription(after, at=services.clock.now())
    return replies.settings(
        [await services.look(after)],
        services.clock.now(),
        changes=changes_between(before, after),
        has_model=services.has_model,
    )


def _chooses(subscription: Subscription) -> bool:
    """Is there anything that says which papers are wanted?"""
    return bool(subscription.categories or subscription.rule or subscription.interest or subscription.authors)


COMMAND: Final = CommandSpec(
    name="unsubscribe",
    usage="[CATEGORY...] [author:NAME] [rule] [interest]",
    does="take something away, or end this channel's digest",
    examples=("cs.RO", "author:Lee", "yes"),
    group=Group.SET_UP,
    options=(Option(name="from", does="What to take away; nothing ends the digest", is_completed=True),),
    completions=completions.subscribed,
    answer=answer,
    other_words=dict.fromkeys(("stop", "leave", "quit"), "unsubscribe"),
    concerns_managers=lambda _: True,
)
