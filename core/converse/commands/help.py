"""`/help`: all commands, or one with examples."""

from __future__ import annotations

from typing import Final

from core.channels import ChannelRef, is_private_chat
from core.converse import completions, guide
from core.converse.command import Command
from core.converse.options import Completion, Option
from core.converse.spec import CommandSpec, Group, Services
from core.errors import StoreError
from core.posts.tree import Post
from core.speech import N_, _


async def answer(services: Services, command: Command) -> Post:
    """Lists the commands, after three first steps for newcomers; or explains one. Raises UnknownCommand."""
    from core.converse import grammar, table  # both know this file: they list all commands

    if not command.arguments:
        is_private = is_private_chat(command.place)
        is_newcomer = is_private or await _is_new(services, command.place)
        return guide.overview(table.TYPED_COMMANDS, is_newcomer=is_newcomer, is_private=is_private)
    name, _arguments = grammar.split(command.arguments)
    return guide.about(table.BY_NAME[name])


async def _is_new(services: Services, channel: ChannelRef) -> bool:
    """Is nothing subscribed there? The help is there without a database as well."""
    try:
        return not await services.store.subscriptions(channel)
    except StoreError:
        return False


async def _completions(_services: Services, command: Command) -> tuple[Completion, ...]:
    from core.converse import table  # as above

    return completions.fitting(
        ((spec.name, f"{spec.name}: {_(spec.does)}") for spec in table.TYPED_COMMANDS), command.arguments
    )


COMMAND: Final = CommandSpec(
    name="help",
    usage="[COMMAND]",
    does=N_("this list, or one command"),
    examples=("search",),
    group=Group.SET_UP,
    options=(Option(name="command", does=N_("Tell about one command"), is_completed=True),),
    completions=_completions,
    answer=answer,
    other_words=dict.fromkeys(("start", "commands", "usage", "hello", "hi"), "help"),
)
