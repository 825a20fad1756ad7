"""`make docs`: writes the reference of commands and settings, from the values that the program itself works with."""

from __future__ import annotations

import ast
import inspect
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final, Literal, get_args, get_origin

import typer
from pydantic import BaseModel, SecretStr
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

from bot import settings
from bot.cli import cli
from core.converse.settings.subscribing import NAMES
from core.converse.spec import CommandSpec, Group
from core.converse.table import TYPED_COMMANDS

REFERENCE: Final = Path(__file__).parents[1] / "docs" / "reference.md"
_COMMENT: Final = re.compile(r"^\s*#: ?(?P<text>.*)$")
_BEGIN: Final = """# Reference

Every command and every setting. Written by `make docs` from the program itself, and checked to be current.
"""


def reference() -> str:
    """The page as it should be."""
    parts = (_BEGIN, *_chat(), *_command_line(), *_settings())
    return "\n".join(parts).rstrip() + "\n"


def _chat() -> Iterator[str]:
    yield "## Commands in chats\n"
    yield "On Slack they are `/paper ...` or a mention of the bot, on Discord slash commands with options, on Telegram"
    yield "`/paper ...`; at a terminal they are typed as they stand here. `/help COMMAND` shows one of them.\n"
    for group in Group:
        yield f"### {group.value}\n"
        yield from (line for spec in TYPED_COMMANDS if spec.group is group for line in _chat_command(spec))
    yield "What `/settings NAME VALUE` knows: " + ", ".join(f"`{name}`" for name in NAMES) + ".\n"


def _chat_command(spec: CommandSpec) -> Iterator[str]:
    yield f"**`/{spec.name}{f' {spec.usage}' if spec.usage else ''}`**: {spec.does}."
    examples = [f"`/{spec.name} {example}`".replace(" `", "`") for example in spec.examples]
    if examples:
        yield f"For example {', '.join(examples)}."
    yield ""


def _command_line() -> Iterator[str]:
    yield "## The command line\n"
    root = typer.main.get_command(cli)
    yield "Options of every command stand before its name:\n"
    yield from _parameters(root)
    yield from _subcommands(root, "paperboy")


def _subcommands(command: Any, name: str) -> Iterator[str]:
    for inner in command.commands.values():
        if inner.hidden:
            continue
        full = f"{name} {inner.name}"
        if hasattr(inner, "commands"):
            yield from _subcommands(inner, full)
            continue
        arguments = "".join(f" {_argument(one)}" for one in inner.params if one.param_type_name == "argument")
        yield f"### `{full}{arguments}`\n"
        yield inspect.cleandoc(inner.help or "") + "\n"
        yield from _parameters(inner)


def _argument(parameter: Any) -> str:
    name = (parameter.metavar or parameter.name).upper() + ("..." if parameter.nargs == -1 else "")
    return name if parameter.required else f"[{name}]"


def _parameters(command: Any) -> Iterator[str]:
    options = [one for one in command.params if one.param_type_name == "option" and one.name != "help"]
    for one in options:
        names = ", ".join(f"`{name}`" for name in (*one.opts, *one.secondary_opts))
        yield f"- {names}: {' '.join((one.help or '').split())}"
    if options:
        yield ""


def _settings() -> Iterator[str]:
    yield "## Settings\n"
    yield "In `paperboy.toml`, or in the environment and `.env`: `sources.arxiv.base_url` is"
    yield "`PAPERBOY_SOURCES__ARXIV__BASE_URL`. The environment wins.\n"
    yield from _section(settings.Settings, "")


def _section(model: type[BaseModel], prefix: str) -> Iterator[str]:
    comments = _comments(model)
    inner: list[tuple[str, type[BaseModel]]] = []
    rows: list[str] = []
    for name, field in model.model_fields.items():
        if field.exclude:
            continue
        if isinstance(field.annotation, type) and issubclass(field.annotation, BaseModel):
            inner.append((name, field.annotation))
        else:
            rows.append(f"| `{prefix}{name}` | {_kind(field.annotation)} | {_default(field)} | {comments[name]} |")
    if rows:
        if prefix:
            yield f"### `{prefix.rstrip('.')}`\n"
            yield inspect.cleandoc(model.__doc__ or "") + "\n"
        yield from ("| setting | value | unless set | |", "|---|---|---|---|", *rows, "")
    for name, section in inner:
        yield from _section(section, f"{prefix}{name}.")


def _kind(annotation: Any) -> str:
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin is Literal:
        return " or ".join(f"`{value}`" for value in arguments)
    if origin is tuple:
        return f"list of {_kind(arguments[0])}"
    if arguments:
        return _kind(next(one for one in arguments if one is not type(None)))
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return "sections with " + " and ".join(f"`{name}`" for name in annotation.model_fields)
    names = {str: "text", int: "whole number", float: "number", bool: "`true` or `false`", SecretStr: "secret"}
    return names.get(annotation) or {"datetime": "moment"}.get(annotation.__name__, "address")


def _default(field: FieldInfo) -> str:
    value = field.default
    if value is None or value is PydanticUndefined or value in ("", ()):
        return ""
    if isinstance(value, tuple):
        return "`[" + ", ".join(f'"{one}"' for one in value) + "]`"
    return f"`{str(value).lower() if isinstance(value, bool) else value}`"


def _comments(model: type[BaseModel]) -> dict[str, str]:
    """What stands above each field; empty where nothing does."""
    lines, _ = inspect.getsourcelines(model)
    body = ast.parse(inspect.cleandoc("\n" + "".join(lines))).body[0]
    assert isinstance(body, ast.ClassDef)
    found = dict.fromkeys(model.model_fields, "")
    for node in body.body:
        if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name) and node.target.id in found:
            found[node.target.id] = _above(lines, node.lineno - 1)
    return found


def _above(lines: list[str], place: int) -> str:
    texts: list[str] = []
    while place > 0 and (match := _COMMENT.match(lines[place - 1])):
        texts.insert(0, match["text"].strip())
        place -= 1
    return " ".join(texts)


def main() -> None:
    """Write the page."""
    REFERENCE.write_text(reference(), encoding="utf-8")


if __name__ == "__main__":
    main()
