"""The abstract button, where a platform cannot fold an abstract: shows it to the presser alone."""

from __future__ import annotations

from typing import Final

from core.converse.command import Command
from core.converse.spec import CommandSpec, Services
from core.deliver import card
from core.posts.tree import Post


async def answer(services: Services, command: Command) -> Post:
    """The paper's abstract. Raises NotFound, BadIdentifier."""
    return card.abstract(await services.lookup.paper(command.arguments))


COMMAND: Final = CommandSpec(name=card.ABSTRACT, answer=answer, is_typed=False)
