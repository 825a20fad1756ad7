"""The command grammar that all platforms share: text -> Command.

Every adapter hands over what a person typed (with the platform's own decoration, such as a mention, taken off) and gets
a `Command` back; `core.converse.desk` carries it out.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from rapidfuzz import process

from core.channels import ChannelRef, UserRef
from core.errors import UnknownCommand
from core.papers.identifiers import PaperId

_SLASH: Final = re.compile(r"^/?(?P<name>[a-z][a-z_-]*)(?:@\w+)?(?:\s+(?P<rest>.*))?$", re.IGNORECASE | re.DOTALL)


@dataclass(frozen=True, slots=True, kw_only=True)
class CommandHelp:
    """What `/help` tells about one command."""

    name: str
    #: how it is typed
    usage: str
    #: what it does, without a full stop
    does: str
    examples: tuple[str, ...]


COMMANDS: Final = (
    CommandHelp(
        name="paper",
        usage="/paper ID|URL|DOI|title",
        does="one paper with its summary",
        examples=("/paper 2601.15529", "/paper attention is all you need"),
    ),
    CommandHelp(
        name="search",
        usage="/search QUERY [since:7d] [in:cs.CL] [author:NAME]",
        does="search all papers",
        examples=('/search "in-context learning" since:7d', "/search diffus* in:cs.CV author:Lee"),
    ),
    CommandHelp(
        name="digest",
        usage="/digest [today|DATE|preview]",
        does="the digest now, again, or a preview of it",
        examples=("/digest", "/digest preview", "/digest 2026-02-04"),
    ),
    CommandHelp(
        name="subscribe",
        usage="/subscribe CATEGORY... [RULE] [author:NAME]",
        does="add categories, a rule or an author to this channel's digest",
        examples=("/subscribe cs.RO cs.LG", '/subscribe rule: "world model" AND NOT survey', "/subscribe author:Lee"),
    ),
    CommandHelp(
        name="unsubscribe",
        usage="/unsubscribe [CATEGORY...] [author:NAME] [rule]",
        does="take something away, or end this channel's digest",
        examples=("/unsubscribe cs.RO", "/unsubscribe author:Lee", "/unsubscribe"),
    ),
    CommandHelp(
        name="settings",
        usage="/settings [NAME VALUE]",
        does="this channel's digest: show it, or change one thing",
        examples=(
            "/settings",
            "/settings size 20",
            "/settings layout by-category",
            "/settings interest robots that learn",
        ),
    ),
    CommandHelp(
        name="bookmarks",
        usage="/bookmarks [team]",
        does="your reading list, or the channel's",
        examples=("/bookmarks", "/bookmarks team"),
    ),
    CommandHelp(
        name="why",
        usage="/why ID",
        does="why a paper was or was not posted here",
        examples=("/why 2601.15529",),
    ),
    CommandHelp(name="help", usage="/help [COMMAND]", does="this list, or one command", examples=("/help search",)),
)
NAMES: Final = tuple(command.name for command in COMMANDS)


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """Something a person asked for, wherever they did."""

    channel: ChannelRef
    user: UserRef
    #: one of NAMES
    name: str
    #: what follows the name, trimmed
    arguments: str = ""
    #: when it was asked, UTC
    at: datetime
    #: the paper of the thread it was asked in
    paper: PaperId | None = None
    #: does the person manage the channel? Platforms need to tell only where `depends_on_rights`
    may_manage: bool = False
    #: why the platform cannot tell whether the person does, as a sentence; empty where it can
    rights_problem: str = ""


def depends_on_rights(name: str, arguments: str) -> bool:
    """Does the answer depend on whether the person manages the channel?"""
    match name:
        case "subscribe" | "unsubscribe":
            return True
        case "settings":
            return bool(arguments)
        case "digest":
            return not is_preview(name, arguments)
    return False


def is_preview(name: str, arguments: str) -> bool:
    """Is it `/digest preview`, which the asker alone sees?"""
    return name == "digest" and arguments.lower() == "preview"


def split(typed: str) -> tuple[str, str]:
    """`/search graph nets` -> `("search", "graph nets")`. Raises UnknownCommand, naming the nearest command."""
    match = _SLASH.match(typed.strip())
    name = match["name"].lower() if match else " ".join(typed.split())
    if match and name in NAMES:
        return name, (match["rest"] or "").strip()
    near = process.extractOne(name[:40], NAMES, score_cutoff=60)
    hint = f"Did you mean /{near[0]}?" if near else "Type /help for the commands there are."
    raise UnknownCommand(f"There is no command '{name[:40]}'.", hint=hint)


def spoken(typed: str) -> tuple[str, str]:
    """What stands after `/paper` or a mention: a command without its slash, or else a paper.

    `search graph nets` -> `("search", "graph nets")`; `2601.15529` -> `("paper", "2601.15529")`; nothing -> help.
    """
    words = typed.strip()
    if not words:
        return "help", ""
    match = _SLASH.match(words)
    if words.startswith("/") or (match and match["name"].lower() in NAMES):
        return split(words)
    return "paper", words
