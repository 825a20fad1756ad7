"""`/why`: why a paper was or was not posted in the channel."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from core.channels import Subscription
from core.converse import completions, explain, replies
from core.converse.command import Command
from core.converse.options import Option
from core.converse.settings import naming
from core.converse.spec import CommandSpec, Group, Services
from core.errors import UsageError
from core.posts.tree import Post
from core.speech import N_, _


async def answer(services: Services, command: Command) -> Post:
    """Every stage that the paper went through. Raises UsageError, BadIdentifier, NotFound."""
    name, arguments = naming.read_name(command.arguments)
    reference = arguments or (str(command.paper) if command.paper else "")
    if not reference:
        raise UsageError(_("Why what?"), hint=_("Write `/why 2601.15529`."))
    paper = str(await services.lookup.identifier(reference))
    digests = await services.store.subscriptions(command.place)
    digest = naming.pick(digests, name)
    posts = [
        await _explain(services, subscription, paper, len(digests))
        for subscription in ([digest] if digest else digests)
    ]
    return replace(posts[0], blocks=tuple(block for post in posts for block in post.blocks))


async def _explain(services: Services, subscription: Subscription, paper: str, digests: int) -> Post:
    explanation = await explain.why(subscription, paper, store=services.store)
    stages = [(stage.name, stage.is_passed, stage.detail) for stage in explanation.stages]
    title = explanation.paper.title if explanation.paper else paper
    return replies.why(title, stages, is_posted=explanation.is_posted, digest=naming.needed_name(subscription, digests))


COMMAND: Final = CommandSpec(
    name="why",
    usage="ID|URL|DOI|title [name:NAME]",
    does=N_("why a paper was or was not posted here"),
    examples=("2601.15529",),
    options=(
        Option(
            name="id", does=N_("arXiv id, DOI, address, or words of the title"), is_required=True, is_completed=True
        ),
    ),
    completions=completions.papers,
    answer=answer,
    group=Group.FIND,
    settings=("rule", "interest"),
    is_shared=True,
)
