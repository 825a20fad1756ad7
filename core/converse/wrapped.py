"""A desk with another one behind it: the base of desks that add something of their own.

Every method of the port is passed on, which a test makes sure of.
"""

from __future__ import annotations

from collections.abc import Sequence

from core.channels import ChannelEvent, ChannelRef
from core.converse.command import Command, Mistake
from core.converse.options import Completion
from core.converse.pasted import PastedLinks
from core.converse.ports import Desk
from core.papers.identifiers import PaperId
from core.posts.messages import MessageRef
from core.posts.reactions import ListReactions, Reaction, ReactionClearing
from core.posts.tree import Post
from core.speech import Language


class WrappedDesk(Desk):
    """A desk as it is."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk

    async def language(self, channel: ChannelRef) -> Language:
        """The language of a channel."""
        return await self.desk.language(channel)

    async def handle(self, command: Command) -> Post:
        """The answer to a command."""
        return await self.desk.handle(command)

    async def correct(self, mistake: Mistake) -> Post:
        """The answer to words that are no command."""
        return await self.desk.correct(mistake)

    async def complete(self, command: Command) -> tuple[Completion, ...]:
        """Completions of the arguments."""
        return await self.desk.complete(command)

    async def meaning(self, reaction: Reaction) -> Reaction | None:
        """The reaction with what its emoji says."""
        return await self.desk.meaning(reaction)

    async def react(self, reaction: Reaction) -> Post | None:
        """Take note of a reaction."""
        return await self.desk.react(reaction)

    async def reactions_cleared(self, clearing: ReactionClearing) -> None:
        """A moderator took reactions off a message."""
        await self.desk.reactions_cleared(clearing)

    async def events_missed(self, place: ChannelRef, list_reactions: ListReactions) -> None:
        """Reactions may have come and gone unheard."""
        await self.desk.events_missed(place, list_reactions)

    async def channel_changed(self, event: ChannelEvent) -> None:
        """The bot lost a channel, or is back, or a channel moved."""
        await self.desk.channel_changed(event)

    async def record_message(self, message: MessageRef, papers: Sequence[PaperId], post: Post | None = None) -> None:
        """An answer's message was sent and shows these papers."""
        await self.desk.record_message(message, papers, post)

    async def card_for_links(self, links: PastedLinks) -> Post | None:
        """A short card for what somebody pasted."""
        return await self.desk.card_for_links(links)

    async def saved_by(self, channel: ChannelRef, paper: PaperId) -> int:
        """How many people saved a paper openly in a channel."""
        return await self.desk.saved_by(channel, paper)
