"""The bookmark button: puts a paper on the presser's reading list, and takes it off when pressed again."""

from __future__ import annotations

from typing import Final

from core.converse.command import Command
from core.converse.lists import library
from core.converse.spec import CommandSpec, Services
from core.deliver.card import BOOKMARK
from core.posts.tree import Audience, Post


async def answer(services: Services, command: Command) -> Post:
    """Says what was changed on the list. Raises NotFound, SeveralFound."""
    paper = await services.lookup.identifier(command.arguments)
    return await library.toggle_bookmark(
        command.actor, paper, command.place, store=services.store, clock=services.clock
    )


COMMAND: Final = CommandSpec(name=BOOKMARK, answer=answer, audience=lambda _: Audience.PERSONAL, is_typed=False)
