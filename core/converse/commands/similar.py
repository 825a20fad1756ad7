"""`/similar`: papers like one, by what its title and abstract say, and by meaning where vectors are compared."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from core.converse import completions
from core.converse.command import Command
from core.converse.commands import summary
from core.converse.hits import similar_papers
from core.converse.options import Option
from core.converse.spec import CommandSpec, Group, Services
from core.errors import SeveralFound, UsageError
from core.papers.paper import Paper
from core.posts.tree import Action, Post
from core.speech import N_, _

NAME: Final = "similar"
BUTTON_LABEL: Final = N_("Similar")
#: papers of an answer
_MOST: Final = 8


async def answer(services: Services, command: Command) -> Post:
    """The nearest papers, the nearest first. Raises UsageError, NotFound."""
    if not command.arguments and command.paper is None:
        raise UsageError(_("Similar to which paper?"), hint=_("Write `/similar 2601.15529`, or words of its title."))
    try:
        paper = await services.lookup.paper(command.arguments or str(command.paper))
    except SeveralFound as error:
        raise UsageError(str(error), hint=error.hint) from error
    hits = (await services.lookup.similar(paper, limit=_MOST)).hits
    offer = summary.offer([hit.id for hit in hits])
    return replace(similar_papers(paper, hits, offer["actions"]), thread=offer["thread"])


def button(paper: Paper) -> Action:
    """The button below a paper that asks for similar ones."""
    return Action(name=NAME, label=_(BUTTON_LABEL), arguments=str(paper.id))


COMMAND: Final = CommandSpec(
    name=NAME,
    usage="ID|URL|DOI|title",
    does=N_("papers like one"),
    examples=("2601.15529", "attention is all you need"),
    group=Group.FIND,
    options=(Option(name="id", does=N_("arXiv id, DOI, address, or words of the title"), is_completed=True),),
    completions=completions.papers,
    answer=answer,
    other_words=dict.fromkeys(("like", "related", "neighbours", "neighbors"), "similar"),
    is_shared=True,
)
