"""`/help`: all commands, or one with examples."""

from __future__ import annotations

from typing import Final

from core.converse import replies
from core.converse.command import Command
from core.converse.spec import CommandSpec, Services
from core.posts.tree import Post


async def answer(_services: Services, command: Command) -> Post:
    """The list, or one command. Raises UnknownCommand."""
    from core.converse import grammar, table  # both know this file: they list all commands

    if not command.arguments:
        return replies.help_all(table.TYPED)
    name, _ = grammar.split(command.arguments)
    return replies.help_one(table.BY_NAME[name])


COMMAND: Final = CommandSpec(
    name="help",
    usage="[COMMAND]",
    does="this list, or one command",
    examples=("search",),
    answer=answer,
    other_words=dict.fromkeys(("start", "commands", "usage", "hello", "hi"), "help"),
)
