"""The grammar that all platforms share: typed words -> the name of a command and its arguments.

Platforms take their own decoration off first, such as a mention of the bot. Pure.
"""

from __future__ import annotations

import re
from typing import Final

from core.converse.command import Command
from core.converse.commands import talk
from core.converse.table import BY_NAME, TYPED_COMMANDS
from core.errors import UnknownCommand, UsageError
from core.posts.tree import Audience
from core.speech import _, number
from core.text.keyboard import straighten
from core.text.nearest import nearest

#: commands that a sentence, or a question mark, may follow
_TAKES_SENTENCES: Final = frozenset({"ask", "search"})
#: commands whose names also begin sentences
_BEGINS_SENTENCES: Final = frozenset({"why", "help"})
NAMES: Final = tuple(spec.name for spec in TYPED_COMMANDS)
#: other words for commands, each with the command to write
_OTHER_WORDS: Final = {word: name for spec in TYPED_COMMANDS for word, name in spec.other_words.items()}
#: characters of one command
MOST_TYPED: Final = 10_000
#: likeness to a command's name, of 100, from which one word is hardly a title
_SURELY: Final = 88.0

_SLASH: Final = re.compile(
    r"^(?:[/\\]\s*)?(?P<name>[a-z][a-z_-]*)(?:@\w+)?(?:(?::\s*|\s+)(?P<rest>.*))?$", re.IGNORECASE | re.DOTALL
)


def render(name: str, arguments: str) -> str:
    """A command as one types it; `split` reads it back."""
    return f"/{name} {arguments}".strip()


def split(line: str) -> tuple[str, str]:
    """`/search graph nets` -> `("search", "graph nets")`; smart quotes and the like become plain ones.

    Raises UnknownCommand, naming the nearest command, and UsageError for what has no end.
    """
    words = _straighten_line(line)
    match = _SLASH.match(words)
    name = match["name"].lower() if match else " ".join(words.split())
    if not match or name not in NAMES:
        near = meant_command(name)
        hint = _("Type `/help` for the commands there are.")
        if near:
            hint = _("Did you mean {command}?", command=f"`/{near}`")
        raise UnknownCommand(_("There is no command '{name}'.", name=name[:40]), hint=hint)
    arguments = (match["rest"] or "").strip()
    return name, _title(arguments) if name == "paper" else arguments


def spoken(line: str, *, in_thread: bool = False) -> tuple[str, str]:
    """What stands after `/paper` or a mention: a command without its slash, or else a paper.

    `search graph nets` -> `("search", "graph nets")`; `2601.15529` -> `("paper", "2601.15529")`; nothing -> help.
    With `in_thread` it was said in a thread or as a reply: other words than commands are `talk` about the paper there,
    and so is a question that begins with a command's name (`why does it work?`). Raises as `split`.
    """
    words = _straighten_line(line)
    if not words:
        return "help", ""
    if in_thread and _is_question(words):
        return talk.NAME, words
    match = _SLASH.match(words)
    if words.startswith("/") or (match and match["name"].lower() in NAMES):
        return split(words)
    return (talk.NAME, words) if in_thread else ("paper", _title(words))


def meant_command(word: str, *, least: float | None = None) -> str:
    """The command that a word probably means, as one types it without the slash; empty where none is near.

    `serch` -> `search`, `follow` -> `authors follow`. `least` is the likeness that it must have.
    """
    name = word.lower()
    if name in NAMES:
        return name
    if name in _OTHER_WORDS:
        return _OTHER_WORDS[name]
    return nearest(name, NAMES) if least is None else nearest(name, NAMES, least=least)


def _straighten_line(line: str) -> str:
    if len(line) > MOST_TYPED:
        hint = _("Write at most {most}, for example `/search graph nets since:7d`.", most=number(MOST_TYPED))
        raise UsageError(_("That is too long: {count} characters.", count=number(len(line))), hint=hint)
    return straighten(line)


def _title(words: str) -> str:
    """The words as what names a paper. Raises UnknownCommand where they are a command's name in a title's place."""
    near = meant_command(words, least=_SURELY) if words.isalpha() else ""
    if not near or near == "paper":
        return words
    hint = _(
        'Did you mean {command}? A title of one word stands in quotes: `/paper "Attention"`.', command=f"`/{near}`"
    )
    raise UnknownCommand(_("'{words}' is what a command is called, and no paper's title.", words=words[:40]), hint=hint)


def _is_question(words: str) -> bool:
    """Does it begin as a command that takes no sentence, and go on as one, or end with a question mark?"""
    first, *tail = words.split()
    name = first.lower().removesuffix(":")
    if first.startswith("/") or name in _TAKES_SENTENCES:
        return False
    return words.endswith(("?", "？")) or (name in _BEGINS_SENTENCES and len(tail) > 1)


def audience_of(command: Command) -> Audience:
    """Who will read the answer, as far as the command tells before it is carried out."""
    spec = BY_NAME.get(command.name)
    audience = spec.audience(command.arguments) if spec else Audience.ASKER
    is_open = spec and spec.is_shared and command.is_public and audience is Audience.ASKER
    return Audience.EVERYONE if is_open else audience


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
