"""`/unsubscribe`: take something away from a digest of the channel, or end it once that is confirmed."""

from __future__ import annotations

from typing import Final

from core.channels import Subscription
from core.converse import completions
from core.converse.command import Command
from core.converse.options import Option
from core.converse.settings import digest_replies, naming, saving, subscribing
from core.converse.spec import CommandSpec, Group, Services, require_manager
from core.posts.tree import Post
from core.speech import N_, _

_CONFIRMATION: Final = "yes"
_EVERYTHING: Final = ("", "all", "everything")
_NOTHING_LEFT: Final = N_("Without that the digest would have nothing to choose papers by.")


async def answer(services: Services, command: Command) -> Post:
    """Word of what was taken away, or the question whether to end it. Raises NotAllowed, NotFound, UsageError."""
    name, arguments = naming.read_name(command.arguments)
    digests = await services.store.subscriptions(command.place)
    before = naming.pick(digests, name)
    if before is None:
        return digest_replies.which_digest(digests, COMMAND.name, arguments)
    require_manager(command, before)
    if arguments.lower() in _EVERYTHING:
        return digest_replies.confirm_end(before, name=name)
    if arguments.lower() == _CONFIRMATION:
        return await saving.save(services, command, before, None)
    after = subscribing.unsubscribe(before, arguments)
    if not _chooses(after):
        return digest_replies.confirm_end(before, name=name, sentence=_(_NOTHING_LEFT))
    return await saving.save(services, command, before, after)


def _chooses(subscription: Subscription) -> bool:
    """Does anything still say which papers are wanted?"""
    return bool(subscription.categories or subscription.rule or subscription.interest or subscription.authors)


COMMAND: Final = CommandSpec(
    name="unsubscribe",
    usage="[CATEGORY...] [author:NAME] [rule] [interest] [name:NAME]",
    does=N_("take something away, or end this channel's digest"),
    examples=("cs.RO", "author:Lee", "yes", "name:vision"),
    group=Group.SET_UP,
    options=(Option(name="from", does=N_("What to take away; nothing ends the digest"), is_completed=True),),
    completions=completions.subscription_parts,
    answer=answer,
    other_words=dict.fromkeys(("stop", "leave", "quit"), "unsubscribe"),
    concerns_managers=lambda _: True,
)
