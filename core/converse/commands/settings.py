"""`/settings`: show the channel's digest, or change one thing about it."""

from __future__ import annotations

from typing import Final

from core.converse import replies, subscribing
from core.converse.command import Command
from core.converse.fitted import fit
from core.converse.spec import CommandSpec, Services, require_manager
from core.posts.tree import Post
from core.summarise.budget import first_of_month


async def answer(services: Services, command: Command) -> Post:
    """The settings, after the change where there is one. Raises NotAllowed, NotFound, BadSetting."""
    if not command.arguments:
        now = services.clock.now()
        spending = await services.store.spending(since=first_of_month(now), channel=command.place)
        return replies.settings(
            await services.store.looks(command.place), now, spending=spending, has_model=services.has_model
        )
    require_manager(command)
    name, _, value = command.arguments.partition(" ")
    after = subscribing.change(await services.subscription(command.place), name, value)
    told = f"Changed {name.lower()}."
    if name.lower() in subscribing.WISHES:  # a channel that says what it wishes for, and not where
        fitted = await fit(after, store=services.store, how="/settings categories")
        after, told = fitted.subscription, f"{told} {fitted.note}".strip()
    await services.store.save_subscription(after, at=services.clock.now())
    looks = [await services.look(after)]
    return replies.settings(looks, services.clock.now(), changed=told, has_model=services.has_model)


COMMAND: Final = CommandSpec(
    name="settings",
    usage="[NAME VALUE]",
    does="this channel's digest: show it, or change one thing",
    examples=("", "size 20", "depth line", "zone Europe/Berlin", "weekdays mon,thu", "interest robots that learn"),
    answer=answer,
    concerns_managers=bool,
)
