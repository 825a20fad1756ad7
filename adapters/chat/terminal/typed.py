"""What a line typed in the terminal means: a command, a reaction on numbered papers, leaving, or nothing we know.

Pure; `client` calls it for every line and acts on the answer.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from adapters.chat.terminal.layout import NO_BREAK
from core.channels import UserRef
from core.converse.grammar import NAMES, split
from core.errors import UsageError
from core.posts.messages import MessageRef
from core.posts.reactions import Feeling, Reaction
from core.posts.signs import Signs, emoji_name, feeling_named, feeling_of, shown_signs, typed_emoji
from core.posts.tree import Action, Post
from core.speech import _
from core.text.keyboard import straighten

_LEAVE: Final = frozenset({"exit", "quit", "/exit", "/quit"})
#: commands that a paper's number may follow
_TAKES_A_PAPER: Final = frozenset({"paper", "why"})
#: what numbers are written with
_COUNTING: Final = "0123456789[], \t"
_DIGITS: Final = re.compile(r"(?<![0-9])[0-9]{1,9}(?![0-9])")
_NUMBER: Final = re.compile(r"^\[?([0-9]{1,9})\]?$")


@dataclass(frozen=True, slots=True, kw_only=True)
class CommandLine:
    """A command: one of `core.converse.grammar.NAMES`, and what follows it; or what a button brings."""

    name: str
    arguments: str
    #: a button of what was shown last brings it, whose label was typed
    is_pressed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ReactionLine:
    """A reaction put on the messages with these numbers, or taken away."""

    #: None where an emoji was typed, whose meaning the channel knows
    feeling: Feeling | None = None
    emoji: str = ""
    is_added: bool
    #: as typed, each once
    numbers: tuple[int, ...]

    def on(self, message: MessageRef, user: UserRef) -> Reaction:
        """The reaction of a person on one of the messages."""
        return Reaction(
            user=user, message=message, feeling=self.feeling, added=self.is_added, emoji=self.emoji, is_typed=True
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class OpeningLine:
    """The paper with this number is to be shown."""

    number: int


@dataclass(frozen=True, slots=True, kw_only=True)
class UnclearLine:
    """Neither command nor reaction; a sentence that helps."""

    sentence: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LeavingLine:
    """The person wants to go."""


def understand(
    line: str, actions: Sequence[Action] = ()
) -> CommandLine | OpeningLine | ReactionLine | UnclearLine | LeavingLine | None:
    """What the person wants; None for an empty line. `actions`: the buttons of what was shown last.

    Raises UsageError with what to type instead.
    """
    text = straighten(line)
    if not text:
        return None
    label = " ".join(text.lower().split()).removeprefix("/")
    if action := next((action for action in actions if _label_to_type(action) == label), None):
        return CommandLine(name=action.name, arguments=action.arguments, is_pressed=True)
    if text.lower() in _LEAVE:
        return LeavingLine()
    if (number := number_of(text)) is not None:
        return OpeningLine(number=number)
    if text[0] in "+-" or _is_emoji_alone(text):
        return _reaction(text)
    if text[0] == "/" or text.split()[0].lower() in NAMES:
        name, arguments = split(text)
        return CommandLine(name=name, arguments=arguments)
    if text.endswith("?"):
        return UnclearLine(
            sentence=_(
                "A question about the paper that you opened last begins with /ask: {command}",
                command=f"/ask {_shorten(text)}",
            )
        )
    return UnclearLine(
        sentence=_("Commands begin with a slash: {command} or /help.", command=f"/search {_shorten(text)}")
    )


def what_to_type(post: Post, number: int | None) -> str:
    """What to type where others have a button; a paper of a list is opened by its number."""
    papers = frozenset(map(str, post.papers)) if number is None else frozenset()
    buttons = [action for action in post.actions if not action.url and action.arguments not in papers]
    lines = ((action.label, _line_for(action, number, post.signs)) for action in buttons)
    hints = [f"{label}: {line}".replace(" ", NO_BREAK) for label, line in lines if line]
    if any(action.arguments in papers for action in post.actions):
        hints.append(f"{_('Open one')}:{NO_BREAK}{min(post.numbers, default=1)}")
    if labels := ", ".join(filter(None, map(_label_to_type, buttons))):
        hints.append(f"{_('Type')}: {labels}")
    return "   ".join(hints)


def _line_for(action: Action, number: int | None, signs: Signs) -> str:
    if number is not None and action.name not in NAMES and (feeling := feeling_named(action.name)):
        return f"+{shown_signs(feeling, 'terminal', signs)[0]} {number}"
    return f"/{action.name} {action.arguments}" if action.name in NAMES and action.arguments else ""


def _label_to_type(action: Action) -> str:
    """The label to type for a button whose command cannot be typed; empty for links, commands and reactions."""
    return "" if action.url or action.name in NAMES or feeling_named(action.name) else action.label.lower()


def paper_number(line: CommandLine) -> tuple[int | None, str]:
    """The number of the paper that a command is about, and what else was typed.

    `/why 3`, `/ask 3 which data?`, `/paper 3 in German`.
    """
    first, _, words = line.arguments.partition(" ")
    words = words.strip()
    is_numbered = line.name == "ask" or (
        line.name in _TAKES_A_PAPER and (not words or (line.name == "paper" and words.lower().startswith("in ")))
    )
    return (number_of(first), words) if is_numbered else (None, "")


def number_of(arguments: str) -> int | None:
    """`3` and `[3]` -> 3: a message's number where a command expects a paper; None for anything else."""
    match = _NUMBER.match(arguments)
    return int(match[1]) if match else None


def _is_emoji_alone(line: str) -> bool:
    """`👍 3`, which means `+👍 3`."""
    return not line[0].isalnum() and feeling_of(line.rstrip(_COUNTING)) is not None


def _reaction(line: str) -> ReactionLine:
    text = line.removeprefix(line[0]) if line[0] in "+-" else line
    word = text.rstrip(_COUNTING)
    numbers = dict.fromkeys(int(digits) for digits in _DIGITS.findall(text[len(word) :]))
    feeling = feeling_named(word)
    emoji = "" if feeling else emoji_name(typed_emoji(word) or (word if feeling_of(word) else ""))
    if (feeling or emoji) and numbers:
        return ReactionLine(feeling=feeling, emoji=emoji, is_added=line[0] != "-", numbers=tuple(numbers))
    raise UsageError(
        _("That is not a reaction."),
        hint=_("Write +bookmark 3 to save paper [3], -bookmark 3 to undo it; +more, +less and +done work too."),
    )


def _shorten(words: str) -> str:
    line = " ".join(words.split())
    return line if len(line) <= 40 else f"{line[:39]}…"
