"""`/settings`: show the channel's digest, or change one thing about it."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from core.channels import Subscription, is_private_chat
from core.choose.rules.lists import owner_of, save_list
from core.converse import completions, learned, replies, subscribing, taste
from core.converse.changes import changes_between
from core.converse.command import Command
from core.converse.fitted import fit
from core.converse.options import Completion, Option
from core.converse.rule_notes import rule_notes
from core.converse.spec import CommandSpec, Group, Services, require_manager
from core.converse.upcoming import likely_zones
from core.errors import NotFound
from core.papers.feeds import known_feeds
from core.papers.filters import check_feeds
from core.posts.tree import Post
from core.summarise.budget import first_of_month


async def answer(services: Services, command: Command) -> Post:
    """The settings, one of them, or the lists that rules name, after the change where there is one.

    Raises NotAllowed, NotFound, BadSetting, BadRule.
    """
    if not command.arguments:
        now = services.clock.now()
        spending = await services.store.spending(since=first_of_month(now), channel=command.place)
        return replies.settings(
            await services.store.looks(command.place),
            now,
            spending=spending,
            has_model=services.has_model,
            learned=taste.sentence(
                await services.store.kept_profile(command.place),
                await services.store.corrections(command.place),
                is_private=is_private_chat(command.place),
            ),
        )
    name, _, value = command.arguments.partition(" ")
    if name.lower() in ("list", "lists"):
        return await _lists(services, command, value)
    if name.lower() == "learned":
        return await learned.answer(services, command, value.strip())
    if not value.strip():
        one = await services.subscription(command.place)
        key = subscribing.setting_name(name)
        remarks = await rule_notes(one, store=services.store, clock=services.clock) if key == "rule" else ()
        offered = completions.setting_values(key, "") if key in completions.CHOSEN else ()
        actions = likely_zones(command.locale) if key == "zone" else completions.buttons("settings", offered)
        return replace(replies.setting(key, one, remarks=remarks), actions=actions)
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
        remarks=await _remarks(services, before, after),
        changes=changes_between(before, after),
        has_model=services.has_model,
    )


async def _remarks(services: Services, before: Subscription, after: Subscription) -> tuple[str, ...]:
    """What to say on a rule that was just set, or meets other papers now."""
    if (before.rule, before.categories) == (after.rule, after.categories):
        return ()
    return await rule_notes(after, store=services.store, clock=services.clock)


async def _lists(services: Services, command: Command, typed: str) -> Post:
    """Show the lists that rules may name, or change one. Raises NotAllowed, UsageError, BadRule."""
    name, _, rule = typed.strip().partition(" ")
    if rule.strip():
        require_manager(command)
        await save_list(command.place, name, rule, store=services.store, at=services.clock.now())
    known = await services.store.rule_lists(owner_of(command.place))
    if rule.strip() or not name:
        return replies.rule_lists(known, changed=name.lower() if rule.strip() else "")
    if name.lower() not in known:
        raise NotFound(f"There is no list '{name[:40]}'.", hint="`/settings list` shows those there are.")
    return replies.rule_lists({name.lower(): known[name.lower()]})


async def _completions(_services: Services, command: Command) -> tuple[Completion, ...]:
    name, space, value = command.arguments.partition(" ")
    if space:
        return completions.setting_values(name.lower(), value.strip())
    return completions.fitting(((one, one) for one in (*subscribing.NAMES, "list", "learned")), name)


COMMAND: Final = CommandSpec(
    name="settings",
    usage="[NAME [VALUE]]",
    does="this channel's digest: show it, or change one thing",
    examples=(
        "",
        "size 20",
        "depth line",
        "zone Europe/Berlin",
        "weekdays mon,thu",
        "interest robots that learn",
        "list ours planning, robot*",
        "learned less diffusion",
    ),
    group=Group.SET_UP,
    options=(
        Option(name="name", does="Which setting", is_completed=True),
        Option(name="value", does="Its new value; without one it is shown", is_completed=True),
    ),
    completions=_completions,
    answer=answer,
    other_words={
        **dict.fromkeys(("setting", "config", "configure", "set", "options", "setup"), "settings"),
        **dict.fromkeys(("zone", "timezone"), "settings zone"),
    },
    concerns_managers=lambda arguments: len(arguments.split()) > 1,
)
