"""The grammar that all platforms share: typed words -> the name of a command and its arguments.

Platforms take their own decoration off first, such as a mention of the bot. Pure.
"""

from __future__ import annotations

import re
from typing import Final

from core.converse.command import Command
from core.converse.commands import talk
from core.converse.table import BY_NAME, TYPED
from core.errors import UnknownCommand
from core.posts.tree import Audience
from core.text.nearest import nearest

#: commands that a sentence, or a question mark, may follow
_TAKES_SENTENCES: Final = frozenset({"ask", "search"})
#: commands whose names also begin sentences
_BEGINS_SENTENCES: Final = frozenset({"why", "help"})
NAMES: Final = tuple(spec.name for spec in TYPED)

_SLASH: Final = re.compile(r"^/?(?P<name>[a-z][a-z_-]*)(?:@\w+)?(?:\s+(?P<rest>.*))?$", re.IGNORECASE | re.DOTALL)


def split(typed: str) -> tuple[str, str]:
    """`/search graph nets` -> `("search", "graph nets")`. Raises UnknownCommand, naming the nearest command."""
    match = _SLASH.match(typed.strip())
    name = match["name"].lower() if match else " ".join(typed.split())
    if match and name in NAMES:
        return name, (match["rest"] or "").strip()
    near = nearest(name, NAMES)
    hint = f"Did you mean `/{near}`?" if near else "Type `/help` for the commands there are."
    raise UnknownCommand(f"There is no command '{name[:40]}'.", hint=hint)


def spoken(typed: str, *, in_thread: bool = False) -> tuple[str, str]:
    """What stands after `/paper` or a mention: a command without its slash, or else a paper.

    `search graph nets` -> `("search", "graph nets")`; `2601.15529` -> `("paper", "2601.15529")`; nothing -> help.
    With `in_thread` it was said in a thread or as a reply: other words than commands are `talk` about the paper there,
    and so is a question that begins with a command's name (`why does it work?`).
    """
    words = typed.strip()
    if not words:
        return "help", ""
    if in_thread and _is_question(words):
        return talk.NAME, words
    match = _SLASH.match(words)
    if words.startswith("/") or (match and match["name"].lower() in NAMES):
        return split(words)
    return (talk.NAME if in_thread else "paper"), words


def _is_question(words: str) -> bool:
    """Does it begin as a command that takes no sentence, and go on as one, or end with a question mark?"""
    first, *others = words.split()
    if first.startswith("/") or first.lower() in _TAKES_SENTENCES:
        return False
    return words.endswith(("?", "？")) or (first.lower() in _BEGINS_SENTENCES and len(others) > 1)


def audience_of(command: Command) -> Audience:
    """Who will read the answer, as far as the command tells before it is carried out."""
    spec = BY_NAME.get(command.name)
    return spec.audience(command.arguments) if spec else Audience.ASKER


def wants_zone(name: str) -> bool:
    """Should the platform tell in which time zone the person is, if it knows?"""
    spec = BY_NAME.get(name)
    return bool(spec and spec.wants_zone)


def concerns_channel(name: str, arguments: str) -> bool:
    """Is it about the channel that it was given in, so that a button in another place has to name that one?"""
    spec = BY_NAME.get(name)
    return bool(spec and (spec.concerns_channel(arguments) or spec.concerns_managers(arguments)))


def concerns_managers(name: str, arguments: str) -> bool:
    """Should the platform find out whether the person manages the channel, before the command is carried out?"""
    spec = BY_NAME.get(name)
    return bool(spec and spec.concerns_managers(arguments))
