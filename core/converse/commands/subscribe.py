"""`/subscribe`: add categories, a rule or an author to the channel's digest, or have one again that was ended."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from core.channels import SETTINGS_KEPT, EndedSubscription, Subscription, parse_zone
from core.converse import completions, replies, subscribing
from core.converse.changes import changes_between
from core.converse.command import Command
from core.converse.fitted import fit
from core.converse.options import Option
from core.converse.rule_notes import rule_notes
from core.converse.spec import CommandSpec, Group, Services, require_manager
from core.converse.upcoming import likely_zones
from core.deliver import absences
from core.errors import NotFound, UsageError
from core.papers.categories import find_categories
from core.papers.feeds import known_feeds
from core.papers.filters import check_feeds
from core.posts.tree import Post

_AGAIN: Final = "again"
_WHAT: Final = "Write categories, a rule or an author: `/subscribe cs.RO cs.LG`"


async def answer(services: Services, command: Command) -> Post:
    """The settings as they are now, or the question what was meant. Raises NotAllowed, UsageError, NotFound."""
    require_manager(command)
    existing = await services.store.subscriptions(command.place)
    if not command.arguments:
        if not existing and (kept := await _ended(services, command)):
            return replies.offer_again(kept)
        raise UsageError("Subscribe to what?", hint=_WHAT)
    before = existing[0] if existing else Subscription(channel=command.place)
    if command.arguments.lower() == _AGAIN:
        if not (kept := await _ended(services, command)):
            raise NotFound("No digest of this channel was ended in the last month.", hint=_WHAT)
        after = replace(kept.subscription, paused=False)
        before = next((one for one in existing if one.name == after.name), Subscription(channel=command.place))
        existing = tuple(one for one in existing if one.name == after.name)
    else:
        wish = subscribing.read_wish(command.arguments)
        check_feeds(wish.categories, await known_feeds(" ".join(wish.categories), services.feeds, services.store))
        if named := find_categories(wish.words):
            return replies.which_categories(wish, named, read=(*before.categories, *wish.categories))
        after = subscribing.subscribe(before, wish)
    after = absences.resumed(after, at=services.clock.now())
    after = replace(after, set_up_by=after.set_up_by or command.actor)
    told = "Subscribed. `/digest` posts one now."
    if not after.at.is_zone_known and (zone := _known_zone(command.zone)):
        after = replace(after, at=replace(after.at, zone=zone, has_chosen_zone=True))
        told = f"{told} Its time zone is yours, {zone}."
    fitted = await fit(after, store=services.store, how="`/settings categories {}`")
    after, told = fitted.subscription, " ".join(filter(None, (told, fitted.note)))
    await services.store.save_subscription(after, at=services.clock.now())
    is_asked = not existing and not after.at.is_zone_known
    zones = likely_zones(command.locale) if is_asked else ()
    return replies.settings(
        [await services.look(after)],
        services.clock.now(),
        changed=told,
        remarks=await rule_notes(after, store=services.store, clock=services.clock)
        if after.rule != before.rule
        else (),
        changes=changes_between(before, after) if existing else (),
        zones=zones,
        has_model=services.has_model,
    )


async def _ended(services: Services, command: Command) -> EndedSubscription | None:
    """The digest of the channel that was ended last, where that was not long ago."""
    kept = await services.store.ended_subscriptions(command.place, since=services.clock.now() - SETTINGS_KEPT)
    return kept[0] if kept else None


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
    examples=("cs.RO cs.LG", "robotics", 'rule: "world model" AND NOT survey', "author:Lee"),
    group=Group.SET_UP,
    settings=("categories", "rule", "interest", "authors"),
    options=(
        Option(name="to", does="Categories by code or name, or a rule", is_completed=True),
        Option(name="author", does="Somebody to follow", lead="author:", is_completed=True),
        Option(name="rule", does="Words that papers must have, like: robot* AND NOT survey", lead="rule: "),
    ),
    completions=completions.wishes,
    answer=answer,
    other_words=dict.fromkeys(("add", "join"), "subscribe"),
    concerns_managers=lambda _: True,
    wants_zone=True,
)
