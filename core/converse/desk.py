"""The desk: where every platform brings commands and reactions, and where they are carried out.

A command's own file answers it; errors come back as posts. Only bugs are raised to whoever runs the platform.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from core.channels import ChannelEvent, ChannelRef
from core.converse.command import Command, Mistake, Origin
from core.converse.completions import MOST, buttons, fitting
from core.converse.link_cards import CardLimits, link_card
from core.converse.lists import library, missed_reactions
from core.converse.options import Completion
from core.converse.pasted import PastedLinks
from core.converse.ports import Desk
from core.converse.spec import CommandSpec, Services
from core.converse.table import BY_NAME
from core.deliver import compose, places
from core.deliver.languages import channel_language
from core.errors import PaperboyError, StoreError, UnknownCommand, UsageError
from core.papers.identifiers import PaperId
from core.posts.messages import MessageRef
from core.posts.reactions import ListReactions, Reaction, ReactionClearing
from core.posts.tree import Audience, Post
from core.speech import ENGLISH, Language, Languages, _, shipped_languages, speaking

_log: Final = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class FrontDesk(Services, Desk):
    """Answers commands and takes reactions."""

    card_limits: CardLimits = field(default_factory=CardLimits)
    #: those that can be spoken
    languages: Languages = field(default_factory=shipped_languages)

    async def language(self, channel: ChannelRef) -> Language:
        """As `channel_language`; English where the database is out of reach."""
        try:
            return await channel_language(channel, store=self.store, languages=self.languages)
        except StoreError as error:
            _log.warning("A channel's language could not be looked up. %s", error.sentence())
            return ENGLISH

    async def handle(self, command: Command) -> Post:
        """The answer to a command, or the sentence that says why there is none, with the signs of the channel."""
        with speaking(await self.language(command.place)):
            return await self._with_signs(await self._answer(command), command.place)

    async def _with_signs(self, post: Post, channel: ChannelRef) -> Post:
        if not post.names_signs:
            return post
        try:
            return replace(post, signs=await self.store.channel_signs(channel))
        except StoreError as error:  # the answer itself is there
            _log.warning("The signs of a channel could not be read. %s", error.sentence())
            return post

    async def _answer(self, command: Command) -> Post:
        try:
            command = await self._at_its_paper(command)
            spec = _spec(command)
            post = await spec.answer(self, command)
            if spec.is_shared and command.is_public and post.audience is Audience.ASKER:
                post = compose.in_public(post)
            await self._remember_thread(command, post)
        except UsageError as error:
            return await self._with_choices(_refusal(error), command)
        except PaperboyError as error:
            return _refusal(error)
        return post

    async def _with_choices(self, post: Post, command: Command) -> Post:
        """A refusal with buttons for what was left away: not every platform completes what is typed."""
        spec = BY_NAME.get(command.name)
        lacks_more = spec is not None and any(option.is_required for option in spec.options[1:])
        if command.origin is Origin.BUTTON or lacks_more or len(command.arguments.split()) > 1:
            return post
        line = f"{command.arguments} ".lstrip()
        choices = await self.complete(replace(command, arguments=line, origin=Origin.COMPLETION))
        return replace(post, actions=buttons(command.name, choices))

    async def _at_its_paper(self, command: Command) -> Command:
        """The command with the paper, or the papers, of the message or thread that it was given at."""
        for message in (command.reply_to, command.thread):
            papers = await self.store.message_papers(message) if message else ()
            if papers:
                return replace(command, paper=papers[0] if len(papers) == 1 else None, papers=papers)
        return command

    async def _remember_thread(self, command: Command, post: Post) -> None:
        """Makes the thread that a paper was asked for in that paper's thread from now on."""
        is_new = command.thread and not command.papers and post.audience is Audience.EVERYONE
        if command.thread and is_new and len(post.papers) == 1:
            try:
                await self.store.remember_message(command.thread, post.papers, at=self.clock.now())
            except StoreError as error:  # the answer itself is there
                _log.warning("A thread's paper was not recorded. %s", error.sentence())

    async def correct(self, mistake: Mistake) -> Post:
        """The sentence that says what is wrong, and what to type."""
        with speaking(await self.language(mistake.place)):
            return await self._with_signs(_refusal(mistake.translate()), mistake.place)

    async def complete(self, command: Command) -> tuple[Completion, ...]:
        """Returns the command's completions, at most `MOST`; none where the database is out of reach."""
        spec = BY_NAME.get(command.name)
        try:
            with speaking(await self.language(command.place)):
                return (await _completions(spec, self, command))[:MOST] if spec else ()
        except PaperboyError as error:
            _log.warning("What completes a command could not be looked up. %s", error.sentence())
            return ()

    async def meaning(self, reaction: Reaction) -> Reaction | None:
        """The reaction with what its emoji says in its channel."""
        return await library.meaning(reaction, store=self.store)

    async def react(self, reaction: Reaction) -> Post | None:
        """Take note of a reaction."""
        with speaking(await self.language(reaction.message.channel)):
            try:
                post = await library.react(reaction, store=self.store, clock=self.clock)
            except PaperboyError as error:
                post = _refusal(error)
            return post and await self._with_signs(post, reaction.message.channel)

    async def reactions_cleared(self, clearing: ReactionClearing) -> None:
        """Take note that a moderator took reactions off a message."""
        now = self.clock.now()
        await self.store.clear_reactions(clearing, at=now, since=now - library.PATIENCE)

    async def events_missed(self, place: ChannelRef, list_reactions: ListReactions) -> None:
        """Compare what is on record of the last days with what the platform shows."""
        await missed_reactions.reconcile(place, list_reactions, store=self.store, clock=self.clock)

    async def record_message(self, message: MessageRef, papers: Sequence[PaperId], post: Post | None = None) -> None:
        """Remember which papers an answer's message shows, and what one paper's own message says."""
        now = self.clock.now()
        await self.store.remember_message(message, papers, at=now)
        if post and len(papers) == 1:
            saves = await self.store.saved_by(message.channel, papers[0])
            await self.store.keep_answer(message, papers[0], post, shown_saves=saves, at=now)
        await library.settle(message, store=self.store, clock=self.clock)

    async def card_for_links(self, links: PastedLinks) -> Post | None:
        """A short card for what somebody pasted, where the channel wants that."""
        with speaking(await self.language(links.place)):
            post = await link_card(links, self, self.card_limits)
            return post and await self._with_signs(post, links.place)

    async def saved_by(self, channel: ChannelRef, paper: PaperId) -> int:
        """How many people saved a paper openly in a channel."""
        return await self.store.saved_by(channel, paper)

    async def channel_changed(self, event: ChannelEvent) -> None:
        """Pause, resume or move what is subscribed there."""
        await places.take_event(event, store=self.store, clock=self.clock, write=self.write)


async def _completions(spec: CommandSpec, services: Services, command: Command) -> tuple[Completion, ...]:
    if spec.completions:
        return await spec.completions(services, command)
    return fitting(((example, example) for example in spec.examples if example), command.arguments)


def _refusal(error: PaperboyError) -> Post:
    """What went wrong, for the person; the log keeps what only the operator should read."""
    if isinstance(error, StoreError):
        _log.error("An answer failed because of the database. %s", error.sentence())
    return compose.error(error)


def _spec(command: Command) -> CommandSpec:
    if spec := BY_NAME.get(command.name):
        return spec
    raise UnknownCommand(_("This button is of another version of Paperboy."), hint=_("Type `/help` for what there is."))
