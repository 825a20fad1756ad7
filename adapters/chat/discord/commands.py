"""Slash commands as Discord registers them, and what comes back of them. Pure, knows no SDK.

`client` registers `registration()` where Discord knows something else, because a bot may create only two
hundred commands a day, and reads interactions with `arguments_of`. Options are those that the command files name; their
values make the one line that people type elsewhere.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from core.converse.options import Completion, Option, join
from core.converse.spec import CommandSpec
from core.converse.table import BY_NAME, TYPED_COMMANDS

Json = dict[str, Any]

_STRING: Final = 3
_CHAT_INPUT: Final = 1
#: in servers and in direct messages with the bot; the bot is added to servers, not to people
_CONTEXTS: Final = [0, 1]
_INSTALLATION_TYPES: Final = [0]
#: characters of a description, of a choice's name and value; choices of one answer
_LONGEST: Final = 100
_MOST_CHOICES: Final = 25


def registration() -> list[Json]:
    """All commands in the form in which Discord registers them."""
    return [_command(spec) for spec in TYPED_COMMANDS]


def is_current(commands: Sequence[Mapping[str, Any]]) -> bool:
    """Are these the commands that Discord should know? It adds defaults and names of its own, which do not count."""
    return _by_name(commands) == _by_name(registration())


def arguments_of(data: Mapping[str, Any]) -> str:
    """What a person gave to a slash command, as they would have typed it after the command's name."""
    return join(_options(str(data.get("name", ""))), _values(data))


def unfinished_arguments(data: Mapping[str, Any]) -> str:
    """The arguments that a person has typed so far, up to the option in focus."""
    before, lead, value = _typing(data)
    return f"{before}{lead}{value}"


def choices(data: Mapping[str, Any], completions: Sequence[Completion]) -> list[Json]:
    """What is offered for the option that a person is at, within Discord's limits."""
    before, lead, _ = _typing(data)
    labels: dict[str, str] = {}
    for completion in completions:
        if completion.arguments.startswith(before):
            value = Option(name="", does="", lead=lead).value_of(completion.arguments.removeprefix(before))
            if 0 < _size(value) <= _LONGEST and completion.label:
                labels.setdefault(value, _clip(completion.label))
    return [{"name": label, "value": value} for value, label in list(labels.items())[:_MOST_CHOICES]]


def _typing(data: Mapping[str, Any]) -> tuple[str, str, str]:
    """What stands before the value of the option in focus, what leads it, and the value as far as it was typed."""
    options, values = _options(str(data.get("name", ""))), _values(data)
    given_options: Sequence[Mapping[str, Any]] = data.get("options") or ()
    focus: Mapping[str, Any] = next((option for option in given_options if option.get("focused")), {})
    names = [option.name for option in options]
    name = str(focus.get("name", ""))
    place = names.index(name) if name in names else len(names)
    before = join(options[:place], {name: values[name] for name in names[:place] if name in values})
    lead = options[place].lead if place < len(options) else ""
    return f"{before} " if before else "", lead, str(focus.get("value", ""))


def _values(data: Mapping[str, Any]) -> dict[str, str]:
    return {str(option.get("name", "")): str(option.get("value", "")) for option in data.get("options") or ()}


def _options(command: str) -> tuple[Option, ...]:
    """The options of a command; one for everything where its file names none."""
    spec = BY_NAME.get(command)
    if spec is None or not spec.usage:
        return ()
    return spec.options or (Option(name="what", does=spec.usage),)


def _command(spec: CommandSpec) -> Json:
    # Discord wants those first that have to be there
    options = sorted(_options(spec.name), key=lambda option: not option.is_required)
    return {
        "name": spec.name,
        "type": _CHAT_INPUT,
        "description": _clip(f"{spec.does[:1].upper()}{spec.does[1:]}"),
        "options": list(map(_option, options)),
        "contexts": _CONTEXTS,
        "integration_types": _INSTALLATION_TYPES,
    }


def _option(option: Option) -> Json:
    body = {
        "type": _STRING,
        "name": option.name,
        "description": _clip(option.does),
        "required": option.is_required,
    }
    if option.choices:
        return body | {"choices": [{"name": choice, "value": choice} for choice in option.choices]}
    return body | ({"autocomplete": True} if option.is_completed else {})


def _size(text: str) -> int:
    """Characters by Discord's count."""
    return len(text.encode("utf-16-le", "ignore")) // 2


def _clip(text: str) -> str:
    return (
        text
        if _size(text) <= _LONGEST
        else f"{text.encode('utf-16-le')[: 2 * _LONGEST - 2].decode('utf-16-le', 'ignore')}…"
    )


def _by_name(commands: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    return {command["name"]: _comparable(command) for command in commands}


def _comparable(command: Mapping[str, Any]) -> Json:
    options = [
        (
            option["type"],
            option["name"],
            option["description"],
            bool(option.get("required")),
            _values_of(option),
            _completes(option),
        )
        for option in command.get("options") or ()
    ]
    return {
        "description": command.get("description"),
        "options": options,
        "contexts": sorted(command.get("contexts") or ()),
        "integration_types": sorted(command.get("integration_types") or ()),
    }


def _values_of(option: Mapping[str, Any]) -> list[Any]:
    return [choice["value"] for choice in option.get("choices") or ()]


def _completes(option: Mapping[str, Any]) -> bool:
    return bool(option.get("autocomplete"))
