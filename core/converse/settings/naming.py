"""Several digests in one channel: which of them a command is about, and what they may be called. Pure.

`name:vision` at the beginning or the end of a command's arguments names one: `/settings name:vision size 5`.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from core.channels import Subscription
from core.errors import BadSetting, NotFound, UsageError
from core.posts.tree import Action, is_carried
from core.speech import _
from core.text.nearest import nearest

#: digests of one channel
MOST: Final = 10
#: characters of a new name: with it the buttons of every platform still carry a setting
LONGEST: Final = 16
#: the name of a channel's only digest
MAIN: Final = "main"

_NAME_OPTION: Final = r'name:\s*(?:"(?P<quoted>[^"]*)"|(?P<bare>\S*))'
_FIRST: Final = re.compile(rf"{_NAME_OPTION}(?:\s+|$)", re.IGNORECASE)
_LAST: Final = re.compile(rf"(?:^|\s){_NAME_OPTION}$", re.IGNORECASE)
_NAME: Final = re.compile(r"[\w-]+")


def read_name(arguments: str) -> tuple[str, str]:
    """Splits off the name of a digest, empty where none is there. Raises BadSetting for a name without letters."""
    line = arguments.strip()
    if not (match := _FIRST.match(line) or _LAST.search(line)):
        return "", line
    name = match["quoted"] if match["quoted"] is not None else match["bare"]
    if not _NAME.fullmatch(name):
        raise BadSetting(_("'{name}' is not a name of a digest.", name=name[:40]), hint=_("Write it like name:vision."))
    return name.lower(), f"{line[: match.start()]} {line[match.end() :]}".strip()


def naming(arguments: str, name: str) -> str:
    """The arguments with the name of a digest before them, where there is one."""
    return f"name:{name} {arguments}".strip() if name else arguments


def buttons_for(actions: Sequence[Action], name: str) -> tuple[Action, ...]:
    """Returns buttons for the digest of that name, without those that are too long for a platform."""
    buttons = (replace(button, arguments=naming(button.arguments, name)) for button in actions)
    return tuple(button for button in buttons if is_carried(button.arguments))


def needed_name(subscription: Subscription, digests: int) -> str:
    """Returns the name that a command needs for this digest; empty where the channel has only one."""
    return subscription.name if digests > 1 else ""


def special_name(subscription: Subscription) -> str:
    """The name of a digest that somebody named; empty for the usual one."""
    return "" if subscription.name == MAIN else subscription.name


def pick(subscriptions: Sequence[Subscription], name: str) -> Subscription | None:
    """The digest of that name, or the only one; None where it may be any of several.

    Raises NotFound where there is none, or none of that name.
    """
    if not subscriptions:
        raise NotFound(_("This channel has no digest yet."), hint=_("Start one with `/subscribe cs.CL`"))
    if name:
        return find_digest(subscriptions, name)
    return subscriptions[0] if len(subscriptions) == 1 else None


def find_digest(subscriptions: Sequence[Subscription], name: str) -> Subscription:
    """The digest of that name. Raises NotFound, naming the nearest or those that there are."""
    for subscription in subscriptions:
        if subscription.name.lower() == name.lower():
            return subscription
    names = [subscription.name for subscription in subscriptions]
    near = nearest(name, names)
    hint = _("Did you mean name:{near}?", near=near) if near else _("There are {names}.", names=", ".join(names))
    raise NotFound(_("This channel has no digest called '{name}'.", name=name[:40]), hint=hint)


def first(subscriptions: Sequence[Subscription], name: str) -> Subscription:
    """The digest of that name, else `main`, else the first one: for what only reads. Raises NotFound."""
    if digest := pick(subscriptions, name):
        return digest
    return next((subscription for subscription in subscriptions if subscription.name == MAIN), subscriptions[0])


def new_name(words: str, subscriptions: Sequence[Subscription]) -> str:
    """A name for one more digest, or for one that is renamed. Raises UsageError."""
    name = words.strip().strip('"').lower()
    if not _NAME.fullmatch(name) or len(name) > LONGEST:
        raise UsageError(
            _("'{typed}' is not a name for a digest.", typed=words[:40]),
            hint=_("Use up to {most} letters, digits, - and _, like vision.", most=LONGEST),
        )
    if any(subscription.name.lower() == name for subscription in subscriptions):
        raise UsageError(
            _("This channel has a digest called {name} already.", name=name), hint=_("Choose another name.")
        )
    return name


def check_room(subscriptions: Sequence[Subscription]) -> None:
    """Raise UsageError where the channel has as many digests as it can."""
    if len(subscriptions) >= MOST:
        raise UsageError(
            _("This channel has {most} digests, and no more can be kept.", most=MOST), hint=_("End one of them first.")
        )
