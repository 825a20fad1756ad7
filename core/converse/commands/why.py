"""`/why`: why a paper was or was not posted in the channel."""

from __future__ import annotations

from typing import Final

from core.converse import completions, explain, replies
from core.converse.command import Command
from core.converse.options import Option
from core.converse.spec import CommandSpec, Group, Services
from core.errors import UsageError
from core.posts.tree import Post


async def answer(services: Services, command: Command) -> Post:
    """Every stage that the paper went through. Raises UsageError, BadIdentifier, NotFound."""
    wanted = command.arguments or (str(command.paper) if command.paper else "")
    if not wanted:
        raise UsageError("Why what?", hint="Write `/why 2601.15529`.")
    subscription = await services.subscription(command.place)
    paper = await services.lookup.identifier(wanted)
    explained = await explain.why(subscription, str(paper), store=services.store)
    stages = [(stage.name, stage.passed, stage.detail) for stage in explained.stages]
    title = explained.paper.title if explained.paper else wanted
    return replies.why(title, stages, posted=explained.posted)


COMMAND: Final = CommandSpec(
    name="why",
    usage="ID|URL|DOI|title",
    does="why a paper was or was not posted here",
    examples=("2601.15529",),
    options=(
        Option(name="id", does="arXiv id, DOI, address, or words of the title", is_required=True, is_completed=True),
    ),
    completions=completions.papers,
    answer=answer,
    group=Group.FIND,
    settings=("rule", "interest"),
    is_shared=True,
)
