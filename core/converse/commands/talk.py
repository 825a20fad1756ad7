"""Words to the bot in a thread that are no command: a question about the thread's paper, or else a paper's name."""

from __future__ import annotations

from typing import Final

from core.converse.command import Command
from core.converse.commands import ask, paper
from core.converse.spec import CommandSpec, Services, is_for_everyone
from core.errors import BadIdentifier
from core.papers.identifiers import Reference
from core.posts.tree import Post

#: the command that the grammar gives such words
NAME: Final = "talk"


async def answer(services: Services, command: Command) -> Post:
    """Answers the words as `ask` or as `paper` does. Raises what those raise."""
    return await (paper.answer if _names_paper(command) else ask.answer)(services, command)


def _names_paper(command: Command) -> bool:
    try:
        Reference.parse(command.arguments)
    except BadIdentifier:
        return not (command.paper or command.papers or command.arguments.endswith("?"))
    return True


COMMAND: Final = CommandSpec(name=NAME, answer=answer, audience=is_for_everyone, is_typed=False)
