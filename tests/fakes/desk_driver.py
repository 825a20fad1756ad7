"""A desk with a store, a clock and a chat, and people who type, press and react."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime

from adapters.chat.vocabulary import Vocabulary
from core.channels import ChannelRef, Subscription, UserRef
from core.converse.command import Command, Origin
from core.converse.desk import FrontDesk
from core.converse.ports import Store
from core.deliver import digest
from core.deliver.digest import Result
from core.ingest.lookup import Lookup
from core.ingest.ports import Bibliography
from core.papers.identifiers import PaperId
from core.posts.messages import MessageRef
from core.posts.reactions import Feeling, Reaction
from core.posts.tree import Post
from tests.fakes.chat import FakeChat
from tests.fakes.clock import FakeClock
from tests.fakes.papers import AT

CHANNEL = ChannelRef("terminal", "", "main")
ANN, BOB = UserRef("terminal", "", "ann"), UserRef("terminal", "", "bob")
READS_CL = Subscription(channel=CHANNEL, categories=("cs.CL",), size=3)


class DeskDriver:
    """A desk with a store, a clock and a chat, and a person who types."""

    def __init__(self, store: Store) -> None:
        self.store, self.clock, self.chat = store, FakeClock(AT), FakeChat()
        self.desk = FrontDesk(
            store=store, clock=self.clock, deliver=self.deliver, lookup=Lookup(store=store, clock=self.clock)
        )

    def knows(self, *bibliographies: Bibliography) -> None:
        """From now on these are asked what a person wrote."""
        lookup = replace(self.desk.lookup, bibliographies=lambda: bibliographies)
        self.desk = replace(self.desk, lookup=lookup)

    async def deliver(self, subscription: Subscription, day: date) -> Result:
        return await digest.deliver(
            subscription, day, store=self.store, chat=self.chat, clock=self.clock, languages=self.desk.languages
        )

    async def asks(self, name: str, arguments: str = "", *, may_manage: bool = True, user: UserRef = ANN) -> Post:
        return await self.desk.handle(
            Command(
                place=CHANNEL, actor=user, name=name, arguments=arguments, at=self.clock.now(), may_manage=may_manage
            )
        )

    async def saves(self, name: str, arguments: str) -> Post:
        """Ask for what is shown before it is saved, and save it; what was shown."""
        shown = await self.asks(name, arguments)
        await self.asks("settings", "save")
        return shown

    async def reacts(
        self,
        key: str,
        feeling: Feeling,
        *,
        added: bool = True,
        user: UserRef = ANN,
        emoji: str = "",
        at: datetime | None = None,
    ) -> Post | None:
        message = MessageRef(CHANNEL, key)
        reaction = Reaction(user=user, message=message, feeling=feeling, added=added, emoji=emoji, at=at)
        return await self.desk.react(reaction)


def pressed(button: str, paper: PaperId) -> Command:
    return Command(name=button, arguments=str(paper), actor=ANN, place=CHANNEL, origin=Origin.BUTTON, at=AT)


def words(post: Post) -> str:
    """All text of a post and its thread."""
    return repr(Vocabulary().localise(post))
