"""What Paperboy knows about a command: how it is typed, who may give it, who reads the answer, how it is answered.

Each file in `core.converse.commands` has one `CommandSpec`; `core.converse.table` lists them.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from types import MappingProxyType
from typing import Protocol

from core.channels import Changers, ChannelRef, Subscription
from core.converse.command import Command
from core.converse.options import Completion, Option
from core.converse.ports import Store
from core.converse.settings import naming
from core.deliver.briefings import BriefingMemory
from core.deliver.digest import Result
from core.deliver.meanings import Meanings
from core.deliver.places import Write
from core.deliver.schedule import Look
from core.errors import NotAllowed, NotFound
from core.ingest.lookup import Lookup
from core.papers.paper import Paper
from core.posts.messages import MessageRef
from core.posts.tree import Audience, Post
from core.speech import N_, _
from core.summarise.reading import PaperText, TextReader
from core.summarise.requests import SummaryRequests
from core.summarise.summaries import Summariser
from core.time import Clock


class Deliver(Protocol):
    """Posts the day's digest of a subscription on its own platform; given by whoever wires the program."""

    async def __call__(self, subscription: Subscription, day: date) -> Result:
        """As `core.deliver.digest.deliver`."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Services:
    """What commands work with."""

    store: Store
    clock: Clock
    deliver: Deliver
    #: finds the papers that people name
    lookup: Lookup
    #: summaries that models write; None where none is configured
    requests: SummaryRequests | None = None
    #: briefings that models wrote lately
    briefings: BriefingMemory = field(default_factory=BriefingMemory)
    #: reads full texts of papers; None where there is no place to read them
    texts: TextReader | None = None
    #: the names of the configured feeds; None where nobody knows them
    feeds: tuple[str, ...] | None = None
    #: vectors of papers; None where no model embeds
    meanings: Meanings | None = None
    #: writes to a person alone, wherever that person is; None where nobody can be written to
    write: Write | None = None
    #: the address at which people see a message; empty where the platform has none
    address_of: Callable[[MessageRef], str] = lambda _: ""

    @property
    def has_model(self) -> bool:
        """Is a language model configured?"""
        return self.requests is not None

    @property
    def summariser(self) -> Summariser:
        """Writes summaries for answers, which wait less than digests: nobody edits an answer later."""
        return Summariser(self.store, self.requests)

    async def read(self, paper: Paper) -> PaperText:
        """The full text of a paper, or its abstract and why. Raises StoreError."""
        return await (self.texts or TextReader(self.store, self.clock, lambda: None)).read(paper)

    async def subscription(self, channel: ChannelRef, name: str = "") -> Subscription:
        """The channel's subscription of that name, else `main`, else its first one. Raises NotFound."""
        return naming.first(await self.store.subscriptions(channel), name)

    async def reader(self, channel: ChannelRef) -> Subscription:
        """The subscription whose language and depth answers in a channel follow: its first one, or the defaults."""
        return next(iter(await self.store.subscriptions(channel)), Subscription(channel=channel))

    async def look(self, subscription: Subscription) -> Look:
        """What is known of when the subscription is due. Raises NotFound."""
        looks = await self.store.looks(subscription.channel)
        if matches := [look for look in looks if look.subscription.name == subscription.name]:
            return matches[0]
        raise NotFound(_("This channel's digest was ended just now."), hint=_("Start one with `/subscribe cs.CL`"))


def is_for_asker(_arguments: str) -> Audience:
    """The audience of a command whose answer concerns the asker alone."""
    return Audience.ASKER


def is_for_everyone(_arguments: str) -> Audience:
    """The audience of a command whose answer everybody in the channel reads."""
    return Audience.EVERYONE


class Group(StrEnum):
    """What a command is for, as the help orders them."""

    READ = N_("Read")
    FIND = N_("Find")
    KEEP = N_("Keep")
    SET_UP = N_("Set up")


@dataclass(frozen=True, slots=True, kw_only=True)
class CommandSpec:
    """One command."""

    name: str
    #: what follows the name: `ID|URL|DOI|title`; empty where nothing does
    usage: str = ""
    #: what it does, without a full stop; empty for what is never typed
    does: str = ""
    #: arguments, each an example of its own; the first one stands in the list of all commands
    examples: tuple[str, ...] = ()
    group: Group = Group.READ
    #: names of the settings that its answer follows
    settings: tuple[str, ...] = ()
    #: the parts of what follows the name, for platforms that ask for them one by one, in the order of the one line
    options: tuple[Option, ...] = ()
    #: what a person may mean who has typed these arguments so far; without it, the examples that begin so
    completions: Callable[[Services, Command], Awaitable[tuple[Completion, ...]]] | None = None
    #: carries it out; a PaperboyError becomes the answer
    answer: Callable[[Services, Command], Awaitable[Post]]
    #: who reads the answer, as far as the arguments tell before it is there
    audience: Callable[[str], Audience] = is_for_asker
    #: True where these arguments ask for something that the channel's managers alone may do, or may do more of
    concerns_managers: Callable[[str], bool] = lambda _: False
    #: True where these arguments ask for what everybody in the channel may read: a button elsewhere names the channel
    concerns_channel: Callable[[str], bool] = lambda _: False
    #: True where it asks in which time zone the person is, if the platform tells
    wants_zone: bool = False
    #: words that people type for it, each with what they mean: `follow` -> `authors follow`
    other_words: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    #: True where the answer concerns everybody who read the question: asked in public it is told there, and short
    is_shared: bool = False
    #: False for what buttons bring and nobody types
    is_typed: bool = True


def require_manager(command: Command, digest: Subscription | None = None) -> None:
    """Raise NotAllowed where the person does not manage the channel, and the digest is not everybody's to change."""
    is_open = digest is not None and digest.changers is Changers.EVERYONE
    if not command.may_manage and not is_open:
        raise NotAllowed(command.rights_problem or _("Only people who manage this channel can change its digest."))
