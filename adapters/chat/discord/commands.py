"""Slash commands as Discord registers them, and what comes back of them. Pure, knows no SDK.

`client` registers `registered()` where Discord knows something else, because a bot may create only two
hundred commands a day, and reads interactions with `arguments_of`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from core.converse.grammar import NAMES
from core.converse.spec import CommandSpec
from core.converse.table import TYPED

Json = dict[str, Any]

_STRING: Final = 3
_CHAT_INPUT: Final = 1
#: in servers and in direct messages with the bot; the bot is added to servers, not to people
_CONTEXTS: Final = [0, 1]
_INSTALLED: Final = [0]
#: by command: the option's name, what to write there, and whether there must be something
_OPTIONS: Final[Mapping[str, tuple[str, str, bool]]] = {
    "paper": ("id", "arXiv id, DOI, address, or words of the title", True),
    "ask": ("question", "In a paper's thread about that paper; elsewhere begin with its id", True),
    "search": ("query", 'Words, "a phrase", in:cs.CL, author:NAME, since:7d', True),
    "similar": ("id", "arXiv id, DOI, address, or words of the title", False),
    "digest": ("when", "today, preview, catchup 7d, or a date like 2026-02-04", False),
    "brief": ("days", "How many days, 1 to 31; 7 unless given", False),
    "trending": ("days", "How many days, 1 to 31; all after it for every category", False),
    "authors": ("who", "follow NAME, unfollow NAME, or a name", False),
    "subscribe": ("to", "Categories, rule: …, or author:NAME", True),
    "unsubscribe": ("from", "Categories, author:NAME or rule; nothing ends the digest", False),
    "settings": ("change", "A name and its value, like: size 20", False),
    "bookmarks": ("what", "team, unread, search WORDS, done 3, note 3 TEXT, export bibtex; nothing shows yours", False),
    "why": ("id", "arXiv id, DOI or address", True),
    "help": ("command", "Tell about one command", False),
}


def registered() -> list[Json]:
    """All commands in the form that Discord registers."""
    return [_command(spec) for spec in TYPED]


def same(known: Sequence[Mapping[str, Any]]) -> bool:
    """Are these the commands Discord should know? It fills in defaults and names of its own, which do not count."""
    return _by_name(known) == _by_name(registered())


def arguments_of(data: Mapping[str, Any]) -> str:
    """What a person gave to a slash command, as they would have typed it after the command's name."""
    return " ".join(str(option.get("value", "")) for option in data.get("options") or ()).strip()


def _command(spec: CommandSpec) -> Json:
    return {
        "name": spec.name,
        "type": _CHAT_INPUT,
        "description": f"{spec.does[:1].upper()}{spec.does[1:]}"[:100],
        "options": [_option(spec.name)] if spec.name in _OPTIONS else [],
        "contexts": _CONTEXTS,
        "integration_types": _INSTALLED,
    }


def _option(command: str) -> Json:
    name, description, required = _OPTIONS[command]
    option = {"type": _STRING, "name": name, "description": description, "required": required}
    return option | ({"choices": [{"name": one, "value": one} for one in NAMES]} if command == "help" else {})


def _by_name(commands: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    return {command["name"]: _compared(command) for command in commands}


def _compared(command: Mapping[str, Any]) -> Json:
    options = [
        (one["type"], one["name"], one["description"], bool(one.get("required")), _choices(one))
        for one in command.get("options") or ()
    ]
    return {
        "description": command.get("description"),
        "options": options,
        "contexts": sorted(command.get("contexts") or ()),
        "integration_types": sorted(command.get("integration_types") or ()),
    }


def _choices(option: Mapping[str, Any]) -> list[Any]:
    return [choice["value"] for choice in option.get("choices") or ()]
