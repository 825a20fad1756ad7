"""The summaries of a search's hits: of one, behind its button, or of all, in the thread of the hits.

Nobody types it. Papers are told as their own cards, so that a reaction on one is about that paper.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Final, TypedDict

from core.channels import ChannelRef, is_private_chat
from core.converse.command import Command
from core.converse.spec import CommandSpec, Services
from core.deliver import card, compose
from core.papers.identifiers import PaperId
from core.posts.tree import Action, Audience, Post
from core.speech import _, plural

NAME: Final = "summary"
#: what shares a card that one person alone sees
SHARE: Final = "share"
#: platforms where a private answer stands in another chat, or where nobody else reads
_WITHOUT_SHARING: Final = frozenset({"telegram", "terminal"})
#: seconds that hits wait for a model; then sentences of the abstracts stand in
PATIENCE_S: Final = 10.0
#: papers of one answer
MOST: Final = 20


class Offer(TypedDict):
    """Fields of a post that lead to summaries."""

    actions: tuple[Action, ...]
    thread: Action | None


def offer(papers: Sequence[PaperId], *, first: int = 1) -> Offer:
    """Returns the buttons and the thread that lead from papers, numbered from `first`, to their summaries."""
    if not papers:
        return Offer(actions=(), thread=None)
    numbers = range(first, first + len(papers))
    labels = [_("Summary {number}", number=number) for number in numbers] if len(papers) > 1 else [_("Summary")]
    buttons = (Action(name=NAME, label=label, arguments=str(id)) for label, id in zip(labels, papers, strict=True))
    return Offer(
        actions=tuple(buttons), thread=Action(name=NAME, label=_("Summaries"), arguments="\n".join(map(str, papers)))
    )


async def answer(services: Services, command: Command) -> Post:
    """The card of one paper, or a reply for each of several. Raises NotFound, BadIdentifier."""
    if len(names := command.arguments.split("\n")[:MOST]) > 1:
        papers = await services.store.papers_by_id([PaperId.parse(name) for name in names])
    else:
        papers = (await services.lookup.paper(command.arguments),)
    reader = await services.reader(command.place)
    summaries = await services.summariser.summarise(
        papers, language=reader.language, depth=reader.depth, channel=command.place, within_s=PATIENCE_S
    )
    cards = tuple(card.paper(paper, summaries[paper.id].summary, traits=services.store.traits) for paper in papers)
    if len(cards) == 1:
        actions = (*cards[0].actions, *_share_buttons(papers[0].id, command.place))
        return replace(cards[0], audience=Audience.ASKER, actions=actions)
    title = plural("The summaries of {count} paper:", "The summaries of {count} papers:", len(cards))
    return replace(compose.say(title), replies=cards)


def _share_buttons(id: PaperId, place: ChannelRef) -> tuple[Action, ...]:
    """The button that shares a paper's card with a channel; none where nobody else reads it."""
    if place.platform in _WITHOUT_SHARING or is_private_chat(place):
        return ()
    return (Action(name=SHARE, label=_("Share"), arguments=str(id)),)


COMMAND: Final = CommandSpec(name=NAME, answer=answer, is_typed=False)
