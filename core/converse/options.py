"""The options of a command, for platforms that ask for them one by one, and what could be typed next.

An option is a part of the command's one line: `since:` and its value, or the words before all others. A platform puts
the values together with `join` and brings the same command that somebody else types. Pure.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Completion:
    """A suggestion for a person who is still typing."""

    #: what is shown to them
    label: str
    #: the arguments that it stands for
    arguments: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Option:
    """One part of what follows a command's name."""

    #: lower case, without spaces
    name: str
    #: what to write there, without a full stop, in at most 100 characters
    does: str
    #: what stands before its value in the one line: `since:`, `follow `
    lead: str = ""
    is_required: bool = False
    #: True where the command's completions know values of it
    is_completed: bool = False
    #: the only values there are; empty where any can be written
    choices: tuple[str, ...] = ()

    def as_text(self, value: str) -> str:
        """Writes the value as it stands in the line; a filter quotes a value of several words."""
        is_filter = self.lead.endswith(":")
        if is_filter and not value.isalnum():
            value = value.replace('"', "")
            value = f'"{value}"' if len(value.split()) > 1 else value.strip()
        return f"{self.lead}{value}".strip()

    def value_of(self, part: str) -> str:
        """Reads a value that `as_text` wrote."""
        value = part.removeprefix(self.lead)
        return value.strip('"') if self.lead.endswith(":") else value


def join(options: Sequence[Option], values: Mapping[str, str]) -> str:
    """The values of some options as one line, in the order of the options; others follow as they are."""
    parts = [option.as_text(value) for option in options if (value := values.get(option.name, "").strip())]
    names = {option.name for option in options}
    return " ".join((*parts, *(value for name, value in values.items() if name not in names))).strip()
