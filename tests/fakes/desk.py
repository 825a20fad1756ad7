"""Desks for tests: one that hears everything people do and answers as it was told, and the real one over a store."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import date
from typing import Any

from core.channels import ChannelEvent, ChannelRef, Subscription
from core.converse.command import Command, Mistake, Origin
from core.converse.desk import FrontDesk
from core.converse.options import Completion
from core.converse.pasted import PastedLinks
from core.converse.ports import Desk, Store
from core.deliver import compose
from core.deliver.digest import Result
from core.errors import PaperboyError
from core.ingest.lookup import Lookup
from core.papers.identifiers import PaperId
from core.posts.messages import MessageRef
from core.posts.reactions import ListReactions, Reaction, ReactionClearing
from core.posts.tree import Paragraph, Post, text
from core.speech import ENGLISH, Language
from tests.fakes.clock import FakeClock
from tests.fakes.papers import AT


class FakeDesk(Desk):
    """Remembers commands and reactions in the order they came, and answers each command with a post."""

    def __init__(self, answer: Post | None = None) -> None:
        #: everything that was brought, in order
        self.events: list[Command | Reaction] = []
        #: what happened to channels, in order
        self.channel_events: list[ChannelEvent] = []
        #: messages with links to papers, in order
        self.pastes: list[PastedLinks] = []
        #: what is spoken in every channel
        self.spoken = ENGLISH
        #: reactions that moderators took off messages, in order
        self.clearings: list[ReactionClearing] = []
        #: where events may have been missed, with what lists the reactions there
        self.missed: list[tuple[ChannelRef, ListReactions]] = []
        #: set when those were looked for
        self.caught_up = asyncio.Event()
        #: the papers of each answer's message
        self.seen: dict[MessageRef, tuple[PaperId, ...]] = {}
        self._answer = answer or Post(blocks=(Paragraph(spans=(text("Here you are."),)),), fallback="Here you are.")
        self._told: Post | None = None
        self._completions: tuple[Completion, ...] = ()
        self._error: PaperboyError | None = None
        self._forgets: PaperboyError | None = None
        self._takes_s = 0.0
        self._may_answer = asyncio.Event()
        self._may_answer.set()

    @property
    def commands(self) -> list[Command]:
        """The commands alone."""
        return [one for one in self.events if isinstance(one, Command)]

    @property
    def reactions(self) -> list[Reaction]:
        """The reactions alone."""
        return [one for one in self.events if isinstance(one, Reaction)]

    @property
    def presses(self) -> list[Command]:
        """The pressed buttons alone."""
        return [one for one in self.commands if one.origin is Origin.BUTTON]

    def answers_with(self, post: Post) -> None:
        """Answer every command so."""
        self._answer = post

    def tells(self, post: Post) -> None:
        """Say this to every reaction, which is otherwise taken in silence."""
        self._told = post

    def fails_with(self, error: PaperboyError) -> None:
        """Break down, as with a database that is gone."""
        self._error = error

    def takes(self, seconds: float) -> None:
        """Think that long about every command."""
        self._takes_s = seconds

    def hesitates(self) -> None:
        """Keep everybody who asks waiting until it `goes_on`: how long that is does not depend on the machine."""
        self._may_answer.clear()

    def goes_on(self) -> None:
        """Answer whoever waits."""
        self._may_answer.set()

    async def handle(self, command: Command) -> Post:
        self.events.append(command)
        await asyncio.sleep(self._takes_s)
        await self._may_answer.wait()
        if self._error:
            raise self._error
        return self._answer

    async def correct(self, mistake: Mistake) -> Post:
        return compose.error(mistake.error)

    async def complete(self, command: Command) -> tuple[Completion, ...]:
        self.events.append(command)
        await asyncio.sleep(self._takes_s)
        if self._error:
            raise self._error
        return self._completions

    async def language(self, channel: ChannelRef) -> Language:
        return self.spoken

    def completes_with(self, *completions: Completion) -> None:
        """Offer these to everybody who is still typing."""
        self._completions = completions

    async def react(self, reaction: Reaction) -> Post | None:
        self.events.append(reaction)
        if self._error:
            raise self._error
        return self._told

    async def card_for_links(self, links: PastedLinks) -> Post | None:
        self.pastes.append(links)
        return None

    def forgets_with(self, error: PaperboyError) -> None:
        """Fail to record what messages show."""
        self._forgets = error

    async def record_message(self, message: MessageRef, papers: Sequence[PaperId], post: Post | None = None) -> None:
        if self._forgets:
            raise self._forgets
        self.seen[message] = tuple(papers)

    async def reactions_cleared(self, cleared: ReactionClearing) -> None:
        self.clearings.append(cleared)

    async def events_missed(self, place: ChannelRef, list_reactions: ListReactions) -> None:
        self.missed.append((place, list_reactions))
        self.caught_up.set()

    async def channel_changed(self, event: ChannelEvent) -> None:
        self.channel_events.append(event)


class Relay(FakeDesk):
    """Has another desk do the work, and remembers what was brought once that is done."""

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self._desk = desk
        #: what people were to hear of their reactions
        self.hints: list[Post] = []

    async def handle(self, command: Command) -> Post:
        answer = await self._desk.handle(command)
        self.events.append(command)
        return answer

    async def correct(self, mistake: Mistake) -> Post:
        return await self._desk.correct(mistake)

    async def complete(self, command: Command) -> tuple[Completion, ...]:
        found = await self._desk.complete(command)
        self.events.append(command)
        return found

    async def meaning(self, reaction: Reaction) -> Reaction | None:
        return await self._desk.meaning(reaction)

    async def react(self, reaction: Reaction) -> Post | None:
        answer = await self._desk.react(reaction)
        self.hints += [answer] if answer else []
        self.events.append(reaction)
        return answer

    async def record_message(self, message: MessageRef, papers: Sequence[PaperId], post: Post | None = None) -> None:
        await self._desk.record_message(message, papers, post)

    async def card_for_links(self, links: PastedLinks) -> Post | None:
        answer = await self._desk.card_for_links(links)
        self.pastes.append(links)
        return answer

    async def language(self, channel: ChannelRef) -> Language:
        return await self._desk.language(channel)

    async def saved_by(self, channel: ChannelRef, paper: PaperId) -> int:
        return await self._desk.saved_by(channel, paper)

    async def reactions_cleared(self, cleared: ReactionClearing) -> None:
        await self._desk.reactions_cleared(cleared)
        self.clearings.append(cleared)

    async def events_missed(self, place: ChannelRef, list_reactions: ListReactions) -> None:
        await self._desk.events_missed(place, list_reactions)
        self.missed.append((place, list_reactions))
        self.caught_up.set()

    async def channel_changed(self, event: ChannelEvent) -> None:
        await self._desk.channel_changed(event)
        self.channel_events.append(event)


async def deliver_nothing(subscription: Subscription, day: date) -> Result:
    """In place of `deliver`, where nobody may order a digest."""
    raise AssertionError(f"{subscription} has no digest to deliver on {day}")


def real_desk(store: Store, clock: FakeClock | None = None, **services: Any) -> Relay:
    """The desk that the program has, over a store, with the other services that are given."""
    clock = clock or FakeClock(AT)
    needed = {"deliver": deliver_nothing, "lookup": Lookup(store=store, clock=clock)}
    return Relay(FrontDesk(store=store, clock=clock, **(needed | services)))
