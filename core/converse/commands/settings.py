"""`/settings`: show the channel's digest, or change one thing about it."""

from __future__ import annotations

from typing import Final

from core.converse import replies, subscribing
from core.converse.changes import changes_between
from core.converse.command import Command
from core.converse.fitted import fit
from core.converse.spec import CommandSpec, Services, require_manager
from core.papers.feeds import known_feeds
from core.papers.filters import check_feeds
from core.posts.tree import Post
from core.summarise.budget import first_of_month


async def answer(services: Services, command: Command) -> Post:
    """The settings, or one of them, after the change where there is one. Raises NotAllowed, NotFound, BadSetting."""
    if not command.arguments:
        now = services.clock.now()
        spending = await services.store.spending(since=first_of_month(now), channel=command.place)
        return replies.settings(
            await services.store.looks(command.place), now, spending=spending, has_model=services.has_model
        )
    name, _, value = command.arguments.partition(" ")
    if not value.strip():
        return replies.setting(subscribing.setting_name(name), await services.subscription(command.place))
    require_manager(command)
    before = await services.subscription(command.place)
    after = subscribing.change(before, name, value)
    added = [one for one in after.categories if one not in before.categories]
    check_feeds(added, await known_feeds(" ".join(added), services.feeds, services.store))
    told = "" if after != before else "Nothing was changed: it was set so before."
    if name.lower() in subscribing.WISHES:  # a channel that says what it wishes for, and not where
        fitted = await fit(after, store=services.store, how="`/settings categories {}`")
        after, told = fitted.subscription, f"{told} {fitted.note}".strip()
    await services.store.save_subscription(after, at=services.clock.now())
    return replies.settings(
        [await services.look(after)],
        services.clock.now(),
        changed=told,
        changes=changes_between(before, after),
        has_model=services.has_model,
    )


COMMAND: Final = CommandSpec(
    name="settings",
    usage="[NAME [VALUE]]",
    does="this channel's digest: show it, or change one thing",
    examples=("", "size 20", "depth line", "zone Europe/Berlin", "weekdays mon,thu", "interest robots that learn"),
    answer=answer,
    concerns_managers=lambda arguments: len(arguments.split()) > 1,
)
