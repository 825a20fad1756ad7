"""`/settings`: show the channel's digests, change one thing about one of them, see what was changed, take it back."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from datetime import date
from typing import Final

from core.channels import Subscription, is_private_chat
from core.choose.rules.lists import owner_of, save_list
from core.converse import completions
from core.converse.command import Command
from core.converse.learning import learned, taste
from core.converse.options import Completion, Option
from core.converse.settings import (
    change_replies,
    digest_replies,
    naming,
    previewing,
    saving,
    sign_settings,
    subscribing,
)
from core.converse.settings.fitted import fit
from core.converse.settings.schedule_words import parse_day_ahead
from core.converse.settings.upcoming import likely_zones
from core.converse.settings.wish_notes import WishNotes, rule_notes, wish_notes
from core.converse.spec import CommandSpec, Group, Services, require_manager
from core.errors import BadSetting, NotFound, PaperboyError
from core.papers.feeds import known_feeds
from core.papers.filters import check_feeds
from core.posts.reactions import Feeling
from core.posts.tree import Post
from core.speech import N_, _
from core.summarise.budget import first_of_month

#: what can be typed beside the names of settings
WORDS: Final = ("emoji", "list", "learned", "log", "undo", "rename", "resume", "save", "cancel")
_LISTS: Final = ("list", "lists")
_LOG: Final = ("log", "history")
_SIGNS: Final = ("emoji", "emojis", "reactions", "signs")
_ON_OR_OFF: Final = ("", "on", "off", "yes", "no", "none")
#: what changes something without a value
_VERBS: Final = ("pause", "resume", "undo", "save", "cancel")


async def answer(services: Services, command: Command) -> Post:
    """The settings, one of them, what was changed, or the lists that rules name; after the change where there is one.

    Raises NotAllowed, NotFound, BadSetting, BadRule.
    """
    name, arguments = naming.read_name(command.arguments)
    word, _space, value = arguments.partition(" ")
    word, value = word.lower(), value.strip()
    if word in _OF_CHANNEL:
        return await _OF_CHANNEL[word](services, command, value)
    if word in _LOG:
        return await _log(services, command, name)
    if word == "undo":
        return await saving.undo(services, command, _number(value), name)
    if not arguments:
        return await _settings(services, command, name)
    if not value and word not in _VERBS:
        return await _setting(services, command, name, word)
    return await _change(services, command, name, arguments)


async def _settings(services: Services, command: Command, name: str) -> Post:
    now = services.clock.now()
    looks = await services.store.looks(command.place)
    if name:
        subscription = naming.find_digest([look.subscription for look in looks], name)
        looks = tuple(look for look in looks if look.subscription.name == subscription.name)
    return digest_replies.settings(
        looks,
        now,
        spending=await services.store.spending(since=first_of_month(now), channel=command.place),
        has_model=services.has_model,
        taste=taste.sentence(
            await services.store.kept_profile(command.place),
            await services.store.corrections(command.place),
            is_private=is_private_chat(command.place),
        ),
        signs=await services.store.channel_signs(command.place),
    )


async def _setting(services: Services, command: Command, name: str, word: str) -> Post:
    """One setting of the digest that is named, or of all."""
    digests = await services.store.subscriptions(command.place)
    digest = naming.pick(digests, name)
    key = subscribing.setting_name(word)
    shown_digests = [digest] if digest else list(digests)
    notes = WishNotes()
    if digest and key == "rule":
        notes = await rule_notes(digest, store=services.store, clock=services.clock)
    elif digest and key == "interest":
        notes = await wish_notes(replace(digest, rule=""), store=services.store, clock=services.clock)
    post = digest_replies.setting(key, shown_digests, of=len(digests), remarks=notes.sentences)
    if digest is None:
        return post
    values = completions.setting_values(key, "") if key in completions.WITH_BUTTONS else ()
    buttons = likely_zones(command.locale) if key == "zone" else completions.buttons("settings", values)
    return replace(post, actions=naming.buttons_for(buttons, naming.needed_name(digest, len(digests))))


async def _change(services: Services, command: Command, name: str, arguments: str) -> Post:
    """Change one thing about the digest that is named, or about the only one."""
    digests = await services.store.subscriptions(command.place)
    word, _space, value = arguments.partition(" ")
    word, value = word.lower(), value.strip()
    if word not in WORDS:
        word = subscribing.setting_name(word)
    before = naming.pick(digests, name)
    if before is None:
        return digest_replies.which_digest(digests, COMMAND.name, arguments)
    require_manager(command, before)
    if word == "rename":
        other_digests = [digest for digest in digests if digest is not before]
        return await saving.save(services, command, before, replace(before, name=naming.new_name(value, other_digests)))
    if word == "managers":
        require_manager(command)
    after = _apply(before, word, value, before.at.local_day(services.clock.now()))
    new_categories = [category for category in after.categories if category not in before.categories]
    check_feeds(new_categories, await known_feeds(" ".join(new_categories), services.feeds, services.store))
    note = ""
    if word in subscribing.WISHES:  # a channel that says what it wishes for, and not where
        result = await fit(after, store=services.store, how="`/settings categories {}`")
        after, note = result.subscription, result.note
    return await previewing.save_or_ask(services, command, before, after, note=note)


def _apply(before: Subscription, word: str, value: str, today: date) -> Subscription:
    if word == "resume":
        return subscribing.change(before, "pause", "off")
    if word == "pause" and value.lower() not in _ON_OR_OFF:
        return subscribing.change(before, word, f"{parse_day_ahead(value, today)}")
    return subscribing.change(before, word, value or "on")


async def _log(services: Services, command: Command, name: str) -> Post:
    entries = await services.store.setting_changes(command.place)
    return change_replies.log([entry for entry in entries if entry.concerns(name)])


def _number(digits: str) -> int | None:
    """The number of a change; None where none is typed. Raises BadSetting."""
    if not digits:
        return None
    if digits.isascii() and digits.isdigit():
        return int(digits[:9])
    raise BadSetting(
        _("'{typed}' is not the number of a change.", typed=digits[:40]), hint=_("`/settings log` shows them.")
    )


async def _lists(services: Services, command: Command, arguments: str) -> Post:
    """Show the lists that rules may name, or change one. Raises NotAllowed, UsageError, BadRule."""
    name, _space, rule = arguments.partition(" ")
    if rule.strip():
        require_manager(command)
        await save_list(command.place, name, rule, store=services.store, at=services.clock.now())
    lists = await services.store.rule_lists(owner_of(command.place))
    if rule.strip() or not name:
        return digest_replies.rule_lists(lists, changed_name=name.lower() if rule.strip() else "")
    if name.lower() not in lists:
        raise NotFound(
            _("There is no list '{name}'.", name=name[:40]), hint=_("`/settings list` shows those there are.")
        )
    return digest_replies.rule_lists({name.lower(): lists[name.lower()]})


#: what concerns no digest in particular
_OF_CHANNEL: Final[Mapping[str, Callable[[Services, Command, str], Awaitable[Post]]]] = {
    **dict.fromkeys(_LISTS, _lists),
    **dict.fromkeys(_SIGNS, sign_settings.answer),
    "learned": learned.answer,
    "save": saving.save_kept,
    "cancel": saving.cancel_kept,
}


def _is_change(arguments: str) -> bool:
    """Do these arguments change something, so that rights matter?"""
    try:
        _name, line = naming.read_name(arguments)
    except PaperboyError:
        return False
    words = line.lower().split()
    return bool(words) and (len(words) > 1 or words[0] in _VERBS)


async def _completions(_services: Services, command: Command) -> tuple[Completion, ...]:
    name, space, value = command.arguments.partition(" ")
    if space and name.lower() in _SIGNS:
        return completions.fitting(((feeling, feeling) for feeling in (*Feeling, "default")), value.strip())
    if space:
        return completions.setting_values(name.lower(), value.strip())
    return completions.fitting(((word, word) for word in (*subscribing.NAMES, *WORDS)), name)


COMMAND: Final = CommandSpec(
    name="settings",
    usage="[NAME [VALUE]] [name:DIGEST]",
    does=N_("this channel's digests: show them, or change one thing"),
    examples=(
        "",
        "size 20",
        "depth line",
        "zone Europe/Berlin",
        "weekdays mon,thu",
        "interest robots that learn",
        "pause 3 days",
        "name:vision rename sight",
        "list ours planning, robot*",
        "learned less diffusion",
        "emoji more :fire:",
        "log",
        "undo",
    ),
    group=Group.SET_UP,
    options=(
        Option(name="name", does=N_("Which setting"), is_completed=True),
        Option(name="value", does=N_("Its new value; without one it is shown"), is_completed=True),
    ),
    completions=_completions,
    answer=answer,
    other_words={
        **dict.fromkeys(("setting", "config", "configure", "set", "options", "setup"), "settings"),
        **dict.fromkeys(("zone", "timezone"), "settings zone"),
    },
    concerns_managers=_is_change,
)
