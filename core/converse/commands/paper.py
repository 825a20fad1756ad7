"""`/paper`: one paper with its summary, by identifier, address, DOI or title."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from core.channels import Subscription
from core.converse.command import Command
from core.converse.spec import CommandSpec, Services, is_for_everyone
from core.deliver import card
from core.deliver.makers import language_notes
from core.errors import UsageError
from core.posts.tree import Post


async def answer(services: Services, command: Command) -> Post:
    """The card of the paper that was named, or of the thread's own. Raises UsageError, NotFound."""
    if not command.arguments and command.paper is None:
        raise UsageError("Which paper?", hint="Write `/paper 2601.15529`, an address, a DOI, or words of its title.")
    paper = await services.lookup.paper(command.arguments or str(command.paper))
    subscriptions = await services.store.subscriptions(command.place)
    reader = subscriptions[0] if subscriptions else Subscription(channel=command.place)
    found = await services.summariser.summarise_paper(
        paper, language=reader.language, depth=reader.depth, channel=command.place
    )
    post = card.paper(paper, found.summary, await services.store.dossier(paper.id))
    return replace(post, blocks=(*post.blocks, *language_notes(found, reader.language)))


COMMAND: Final = CommandSpec(
    name="paper",
    usage="ID|URL|DOI|title",
    does="one paper with its summary",
    examples=("2601.15529", "attention is all you need"),
    answer=answer,
    audience=is_for_everyone,
)
