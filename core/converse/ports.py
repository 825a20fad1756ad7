"""What conversation needs from the world: platforms that bring what people do, and all that is remembered.

Platforms implement `ChatPlatform` and call a `Desk`, which the core implements. No SDK's type crosses either.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from core.channels import ChannelEvent, ChannelRef, Subscription, UserRef
from core.converse.command import Command, Mistake
from core.converse.lists.feedback import Annotation, AnnotationChange, Bookmark, EventNotice, Feedback
from core.converse.lists.reaction_store import ReactionStore
from core.converse.options import Completion
from core.converse.pasted import PastedLinks
from core.converse.privacy.kept import Departure, Erasure, PersonalRecords
from core.converse.settings.changes import LogEntry, LoggedChange, LoggedSigns, PendingChange, Person
from core.deliver.channel_signs import SignStore
from core.deliver.hints import HintStore
from core.deliver.ports import Chat, DigestStore, MessageStore, SubscriptionStore, TraceStore
from core.errors import ChatUnavailable
from core.ingest.ports import ListingStore
from core.operate.ports import OperationStore
from core.operate.services import Hearing
from core.papers.identifiers import PaperId
from core.papers.paper import Paper
from core.papers.ports import PaperStore
from core.posts.messages import MessageRef
from core.posts.reactions import ListReactions, Reaction, ReactionClearing
from core.posts.signs import Signs
from core.posts.tree import Post
from core.speech import ENGLISH, Language, _
from core.summarise.ports import FullTextStore, SpendingStore


class Desk(ABC):
    """Where chat platforms bring what people do; implemented by the core, called by every `Chat`."""

    @abstractmethod
    async def handle(self, command: Command) -> Post:
        """The answer to a command. Never raises a PaperboyError: errors come back as posts."""

    @abstractmethod
    async def correct(self, mistake: Mistake) -> Post:
        """The answer to words that are no command."""

    @abstractmethod
    async def complete(self, command: Command) -> tuple[Completion, ...]:
        """Completions of these arguments, the likeliest first. Never raises a PaperboyError."""

    async def meaning(self, reaction: Reaction) -> Reaction | None:
        """The reaction with what its emoji says where it is; None where it says nothing. Raises StoreError."""
        return reaction

    @abstractmethod
    async def react(self, reaction: Reaction) -> Post | None:
        """Take note of a reaction; a post only where the person should hear something."""

    @abstractmethod
    async def reactions_cleared(self, clearing: ReactionClearing) -> None:
        """Take note that a moderator took reactions off a message. Raises StoreError, NotFound."""

    @abstractmethod
    async def events_missed(self, place: ChannelRef, list_reactions: ListReactions) -> None:
        """Find out which reactions came and went unheard in the channels that `place` covers. Raises StoreError."""

    @abstractmethod
    async def record_message(self, message: MessageRef, papers: Sequence[PaperId], post: Post | None = None) -> None:
        """An answer's message was sent and shows these papers: from now on reactions on it count.

        `post` is all that the message says, where everybody reads it and it can be edited later.
        """

    async def language(self, channel: ChannelRef) -> Language:
        """The language of a channel."""
        return ENGLISH

    async def saved_by(self, channel: ChannelRef, paper: PaperId) -> int:
        """How many people saved a paper openly in a channel. Raises StoreError."""
        return 0

    async def card_for_links(self, links: PastedLinks) -> Post | None:
        """A short card for what somebody pasted; None where there is none, or the channel wants none."""
        return None

    @abstractmethod
    async def channel_changed(self, event: ChannelEvent) -> None:
        """The bot lost a channel, or is back, or a channel moved. Raises StoreError."""


class ChatPlatform(Chat):
    """A platform on which people talk to Paperboy."""

    async def hears_links(self, channel: ChannelRef) -> str:
        """What the bot lacks to hear of links that people paste in a channel, with what to do; empty where nothing.

        Raises as `check` does.
        """
        return ""

    @property
    def rivals_since(self) -> datetime | None:
        """Since when another program, with a database of its own, uses the token, UTC; None where no sign is."""
        return None

    @property
    def can_listen(self) -> bool:
        """True where the platform tells any number of processes what people do, and `listen` keeps it."""
        return False

    async def listen(self, on_connection: Callable[[], None]) -> None:
        """Keep what people do for the process that runs, until cancelled; inside `open`, here also beside `run`.

        Calls `on_connection` once it hears. Raises ChatUnavailable where that ends in any other way.
        """
        raise ChatUnavailable(_("{platform} tells one process alone what people do.", platform=self.platform))

    @property
    def hearing(self) -> Hearing | None:
        """Over how many connections `run` hears people just now; None where it does not count them, or does not run."""
        return None

    @abstractmethod
    async def run(self, desk: Desk) -> None:
        """Stay connected and bring every command and reaction to the desk; until cancelled, or the person leaves."""


class BookmarkStore(ABC):
    """Reading lists. Every method is one transaction."""

    @abstractmethod
    async def add_bookmark(self, user: str, id: PaperId, channel: str, *, at: datetime, public: bool) -> bool:
        """Put a person's mark on a paper: one private mark, and one public mark in each channel.

        False where that mark was there. Raises NotFound for an unknown paper.
        """

    @abstractmethod
    async def remove_bookmark(
        self, user: str, id: PaperId, *, channel: str | None = None, is_private: bool = False
    ) -> bool:
        """Take the paper off the person's list; with `channel`, remove that channel's public mark alone.

        With `is_private` the private mark alone.
        False where there was nothing to remove.
        """

    @abstractmethod
    async def bookmarks(self, *, user: str | None = None, channel: str | None = None) -> tuple[Bookmark, ...]:
        """Newest first; a person's whole list, the public marks of a channel, or everybody's lists.

        A list has each paper once: since the oldest mark that stands, public where any of them is.
        """

    @abstractmethod
    async def messages_showing(
        self, papers: Sequence[Paper], channel: ChannelRef
    ) -> Mapping[PaperId, tuple[MessageRef, ...]]:
        """The messages in a channel that show one of the papers and nothing else, the oldest first.

        Papers without one are left out.
        """


class AnnotationStore(ABC):
    """Notes, tags and read marks beside papers on reading lists. Every method is one transaction."""

    @abstractmethod
    async def annotate(
        self, user: str, id: PaperId, channel: str, change: AnnotationChange, *, at: datetime
    ) -> Annotation:
        """Change what a person wrote beside a paper on a channel's list, or with an empty `channel` on the own one.

        What it says then; changes of the same person at the same time are all kept. Raises NotFound for an unknown
        paper.
        """

    @abstractmethod
    async def annotations(self, *, user: str = "", channel: str = "") -> tuple[Annotation, ...]:
        """Annotations on a channel's list, or on a person's own list, the oldest first."""


class FeedbackStore(ABC):
    """What people like more and less of. Every method is one transaction."""

    @abstractmethod
    async def add_feedback(self, feedback: Feedback) -> bool:
        """Record it, once per person, paper, feeling and channel; MORE and LESS may stand side by side.

        False where it was there. Raises NotFound for an unknown paper.
        """


class PrivacyStore(ABC):
    """What is kept of people and places, to show and to delete. Every method is one transaction."""

    @abstractmethod
    async def personal_records(self, person: UserRef, *, here: ChannelRef | None = None) -> PersonalRecords:
        """Everything that is kept of a person; `here`: a channel that the person may be alone in."""

    @abstractmethod
    async def forget_person(self, person: UserRef, *, here: ChannelRef | None = None) -> Erasure:
        """Delete all of `personal_records`, with all that is kept of private chats; again, it changes nothing.

        Digests of channels stay, without the person's name; what was learned there is learned anew.
        """

    @abstractmethod
    async def forget_place(self, place: ChannelRef, *, limit: int) -> int:
        """Delete what is kept of a channel and those it `covers`, `limit` records of each kind; how many they were.

        Of a workspace with an empty place, its people's data too. 0 once nothing is left. What people saved in
        private in a channel stays theirs, without saying where; what models cost there stays, added up for nobody.
        """

    @abstractmethod
    async def departures(self, *, before: datetime, limit: int) -> tuple[Departure, ...]:
        """The places that the bot left before then, the first one first; where something happened since, none."""

    @abstractmethod
    async def forget_ended(self, *, before: datetime, limit: int) -> int:
        """Delete the settings of digests that ended before then, and what was learned or listed before then for none.

        `limit` records of each kind; how many they were.
        """


class LibraryStore(
    MessageStore, BookmarkStore, ReactionStore, AnnotationStore, FeedbackStore, HintStore, SignStore, PaperStore
):
    """Everything that people keep and say of papers."""


class EventNoticeStore(ABC):
    """Which events on saved papers were told to whom. Every method is one transaction."""

    @abstractmethod
    async def untold_events(self, *, since: datetime, limit: int) -> tuple[EventNotice, ...]:
        """Events of `since` or later on papers that were saved before, which nobody has claimed; in their order.

        By recipient and paper. Who saved a paper openly in a channel is told there alone.
        """

    @abstractmethod
    async def claim_notices(self, events: Sequence[int], recipient: str, *, at: datetime) -> bool:
        """Claim that these events are told to a recipient; False, and nothing is claimed, where any was before."""

    @abstractmethod
    async def release_notices(self, events: Sequence[int], recipient: str) -> None:
        """Give the claim back: the events did not arrive, and may be claimed again."""

    @abstractmethod
    async def database_id(self) -> str:
        """As `OperationStore`."""


class SavedEventStore(SubscriptionStore, LibraryStore, EventNoticeStore):
    """Reading lists, and what happens to the papers on them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WaitingUpdate:
    """What a platform handed out and nobody has carried out yet."""

    #: the platform's own number of it, or one that is made of the platform's name for it
    number: int
    #: as the platform wrote it
    content: str
    #: when it was taken, UTC; None where that is now
    received_at: datetime | None = field(default=None, compare=False)


class UpdateStore(ABC):
    """What a platform hands out once, to any of our processes, kept until the one that serves carries it out.

    `account` is whose updates they are: a bot of a platform. Every method is one transaction.
    """

    @abstractmethod
    async def take_updates(
        self, account: str, updates: Sequence[WaitingUpdate], *, at: datetime, is_begun: bool = False
    ) -> tuple[WaitingUpdate, ...]:
        """Keep all that were never taken before; those, in the order given. Old ones that are done are forgotten.

        `is_begun`: the caller carries them out, which counts as an attempt.
        """

    @abstractmethod
    async def waiting_updates(self, account: str, *, since: datetime) -> tuple[WaitingUpdate, ...]:
        """What was taken at `since` or later and is not done, in the order it came; all that is older is forgotten."""

    @abstractmethod
    async def try_update(self, account: str, number: int) -> int:
        """Count one more attempt to carry out an update that was left; how many that makes."""

    @abstractmethod
    async def update_done(self, account: str, number: int) -> None:
        """Mark an update as carried out: its content is removed, its number is kept for a while."""


#: a search is kept this long after its last answer, for the buttons below it
SEARCHES_KEPT: Final = timedelta(days=180)


class SearchStore(ABC):
    """Searches that are too long for a button, kept for a while so that it leads back to them after any restart."""

    @abstractmethod
    async def keep_search(self, text: str, *, at: datetime) -> str:
        """Keep what was typed; a short key of letters and digits, the same for the same words."""

    @abstractmethod
    async def kept_search(self, key: str) -> str | None:
        """What was typed; None where it is not kept any more."""


class SettingsStore(ABC):
    """Changes that people make to the digests of their channels. Every method is one transaction."""

    @abstractmethod
    async def change_settings(
        self, before: Subscription | None, after: Subscription | None, *, person: Person, at: datetime
    ) -> LoggedChange | None:
        """Save a digest where it is still as it was `before`, and put that on record.

        Without `before` it is a new one, without `after` it is ended and its settings are kept; under another name it
        is the same digest with all that was posted. Who set it up is not part of the record. None where what is stored
        is not `before`: nothing is changed.
        """

    @abstractmethod
    async def change_signs(
        self, channel: ChannelRef, before: Signs, after: Signs, *, person: Person, at: datetime
    ) -> LoggedSigns | None:
        """Save the signs of a channel where they are still as they were `before`, and put that on record, as above."""

    @abstractmethod
    async def setting_changes(self, channel: ChannelRef) -> tuple[LogEntry, ...]:
        """The channel's last changes, at most `changes.MOST_LOGGED`, newest first."""

    @abstractmethod
    async def keep_pending(self, change: PendingChange, *, since: datetime) -> None:
        """Keep a change until its person saves it; all that were kept before `since` are forgotten.

        Of one person in one channel at most `changes.MOST_PENDING` are kept, the newest.
        """

    @abstractmethod
    async def pending(self, key: str, channel: ChannelRef, *, person: UserRef, since: datetime) -> PendingChange | None:
        """What was kept under that key in that channel at `since` or later; None where nothing was.

        Without a key the last of the person's own.
        """

    @abstractmethod
    async def forget_pending(self, key: str) -> None:
        """Forget a change that was saved or cancelled."""


class Store(
    ListingStore,
    DigestStore,
    FullTextStore,
    SpendingStore,
    SettingsStore,
    TraceStore,
    SavedEventStore,
    SearchStore,
    PrivacyStore,
    UpdateStore,
    OperationStore,
):
    """Everything Paperboy remembers, in one database.

    Every method is one transaction: it happened or it did not. Any method may raise StoreLocked, StoreReadOnly,
    StoreFull, StoreBroken.
    """

    @abstractmethod
    def open(self) -> AbstractAsyncContextManager[Store]:
        """Open the database, bring its schema up to date, and close it at the end.

        Raises StoreTooNew and StoreTooOld for a database of another Paperboy, and the other StoreErrors.
        """
