"""Lists that the channels of a workspace share, and that rules name: `list:NAME` stands for what the list says.

A list is written like a rule, or as words and phrases between commas. It names no other list.
"""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Mapping
from datetime import datetime
from typing import Final

from core.channels import ChannelRef, Subscription
from core.choose.rules import syntax
from core.choose.rules.nodes import NamedList, Node, leaves_of
from core.errors import BadRule, UsageError
from core.speech import _, number

#: lists of a workspace
MOST: Final = 50
#: what stands between commas that are in no quotation marks
_PART: Final = re.compile(r'(?:[^",;\n]|"[^"\n]*(?:"|$))+', re.MULTILINE)
_NAMES_ONE: Final = re.compile(r"\blist:", re.IGNORECASE)


class RuleListStore(ABC):
    """Shared lists. Every method is one transaction."""

    @abstractmethod
    async def rule_lists(self, owner: str) -> Mapping[str, str]:
        """What each list of a workspace says, by name, in the order of the names."""

    @abstractmethod
    async def save_rule_list(self, owner: str, name: str, rule: str, *, at: datetime) -> None:
        """Add a list, or replace the one of that name; with an empty rule, remove it."""


def owner_of(channel: ChannelRef) -> str:
    """Whose lists a channel uses: its workspace's, or its own where the platform has no workspaces."""
    if channel.workspace:
        return f"{channel.platform}:{channel.workspace}"
    return f"{channel.platform}:{channel.place.partition('/')[0]}"


async def lists_for(subscription: Subscription, store: RuleListStore) -> Mapping[str, str]:
    """The lists that the subscription's rule may name; none are read where it names none."""
    if not _NAMES_ONE.search(subscription.rule):
        return {}
    return await store.rule_lists(owner_of(subscription.channel))


async def save_list(channel: ChannelRef, name: str, text: str, *, store: RuleListStore, at: datetime) -> str:
    """Add or replace a list of the channel's workspace, `none` removes it; its name. Raises UsageError, BadRule."""
    if not syntax.LIST_NAME.fullmatch(name):
        raise UsageError(_("'{name}' is no name of a list.", name=name[:40]), hint=_("Use letters, digits, - and _."))
    owner, name = owner_of(channel), name.lower()
    lists = await store.rule_lists(owner)
    rule = "" if text.strip().lower() in ("none", "-", "off") else read_list(text)
    if rule and name not in lists and len(lists) >= MOST:
        sentence = _("There are {most} lists already, and no more can be kept.", most=MOST)
        raise UsageError(sentence, hint=_("Remove one first."))
    if not rule and name not in lists:
        hint = _("There are {names}.", names=", ".join(lists)) if lists else ""
        raise UsageError(_("There is no list '{name}'.", name=name), hint=hint)
    await store.save_rule_list(owner, name, rule, at=at)
    return name


def read_list(text: str) -> str:
    """What a list says, as a rule. Raises BadRule."""
    if len(text) > syntax.LONGEST:
        counts = {"count": number(len(text)), "most": number(syntax.LONGEST)}
        raise BadRule(_("The list has {count} characters; at most {most} are read.", **counts))
    parts = [part for part in _PART.findall(text) if part.strip()]
    rule = text.strip()
    if len(parts) > 1:
        rule = " OR ".join(_as_clause(part.strip()) for part in parts)
    tree = syntax.parse(rule)
    if tree is None:
        raise BadRule(_("The list says nothing."), hint=_('Write it like "world model", robot*, planning.'))
    if naming := _other_list(tree):
        raise BadRule(_("A list names no other list, and this one names {list}.", list=naming))
    return rule


def _other_list(tree: Node) -> str:
    return next((str(leaf) for leaf in leaves_of(tree) if isinstance(leaf, NamedList)), "")


def _as_clause(part: str) -> str:
    """Words between commas are a phrase; what says more than words is a part of a rule."""
    if re.fullmatch(r"[\w.'-]+(?: [\w.'-]+)+", part) and not re.search(r"\b(?:AND|OR|NOT|NEAR)\b", part):
        return f'"{part}"'
    return f"({part})" if " " in part and not part.startswith('"') else part
