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
    name, typed = naming.read_name(command.arguments)
    wanted = typed or (str(command.paper) if command.paper else "")
    if not wanted:
        raise UsageError(_("Why what?"), hint=_("Write `/why 2601.15529`."))
    paper = str(await services.lookup.identifier(wanted))
    digests = await services.store.subscriptions(command.place)
    one = naming.pick(digests, name)
    posts = [await _explain(services, each, paper, len(digests)) for each in ([one] if one else digests)]
    return replace(posts[0], blocks=tuple(block for post in posts for block in post.blocks))


async def _explain(services: Services, subscription: Subscription, wanted: str, digests: int) -> Post:
    explained = await explain.why(subscription, wanted, store=services.store)
    stages = [(stage.name, stage.passed, stage.detail) for stage in explained.stages]
    title = explained.paper.title if explained.paper else wanted
    return replies.why(title, stages, posted=explained.posted, digest=naming.needed_name(subscription, digests))


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
