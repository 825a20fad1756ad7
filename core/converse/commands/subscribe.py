"""`/subscribe`: add categories, a rule or an author to the channel's digest."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from core.channels import Subscription, parse_zone
from core.converse import replies, subscribing
from core.converse.command import Command
from core.converse.fitted import fit
from core.converse.spec import CommandSpec, Services, require_manager
from core.converse.upcoming import likely_zones
from core.deliver import absences
from core.errors import UsageError
from core.posts.tree import Post


async def answer(services: Services, command: Command) -> Post:
    """The settings as they are now. Raises NotAllowed, UsageError."""
    require_manager(command)
    if not command.arguments:
        raise UsageError("Subscribe to what?", hint="Write categories, a rule or an author: `/subscribe cs.RO cs.LG`")
    existing = await services.store.subscriptions(command.place)
    before = existing[0] if existing else Subscription(channel=command.place)
    after = absences.resumed(subscribing.subscribe(before, command.arguments), at=services.clock.now())
    after = replace(after, set_up_by=after.set_up_by or command.actor)
    told = "Subscribed. `/digest` posts one now."
    if not after.at.is_zone_known and (zone := _known_zone(command.zone)):
        after = replace(after, at=replace(after.at, zone=zone, has_chosen_zone=True))
        told = f"{told} Its time zone is yours, {zone}."
    fitted = await fit(after, store=services.store, how="/settings categories")
    after, told = fitted.subscription, " ".join(filter(None, (told, fitted.note)))
    await services.store.save_subscription(after, at=services.clock.now())
    is_asked = not existing and not after.at.is_zone_known
    zones = likely_zones(command.locale) if is_asked else ()
    return replies.settings(
        [await services.look(after)], services.clock.now(), changed=told, zones=zones, has_model=services.has_model
    )


def _known_zone(told: str) -> str:
    """The zone that a platform told, if it is one."""
    try:
        return parse_zone(told) if told else ""
    except UsageError:
        return ""


COMMAND: Final = CommandSpec(
    name="subscribe",
    usage="CATEGORY... [RULE] [author:NAME]",
    does="add categories, a rule or an author to this channel's digest",
    examples=("cs.RO cs.LG", 'rule: "world model" AND NOT survey', "author:Lee"),
    answer=answer,
    concerns_managers=lambda _: True,
    wants_zone=True,
)
