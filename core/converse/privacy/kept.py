"""What is kept of one person, as values: `/privacy` counts it, exports it and has it deleted."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from core.channels import ChannelRef, EndedSubscription, Subscription, UserRef
from core.choose.profile.signs import Correction, Seed
from core.converse.lists.feedback import Annotation, Bookmark, Feedback
from core.converse.settings.changes import LogEntry
from core.posts.reactions import Reaction


@dataclass(frozen=True, slots=True, kw_only=True)
class PrivateChat:
    """What is kept of a conversation that the person alone reads, beside its subscriptions and marks."""

    channel: ChannelRef
    #: day and kind of each digest that was posted there, oldest first
    digests: tuple[tuple[date, str], ...] = ()
    corrections: tuple[Correction, ...] = ()
    #: JSON of what was learned there; empty where nothing was
    profile_json: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonalRecords:
    """Everything that is kept of a person."""

    person: UserRef
    #: each mark by itself, oldest first: a paper may have several
    marks: tuple[Bookmark, ...] = ()
    annotations: tuple[Annotation, ...] = ()
    feedback: tuple[Feedback, ...] = ()
    #: papers that the person named for a channel to learn from
    seeds: tuple[tuple[ChannelRef, Seed], ...] = ()
    #: digests that the person set up, or reads alone
    subscriptions: tuple[Subscription, ...] = ()
    #: those that were ended and whose settings are kept yet
    ended_subscriptions: tuple[EndedSubscription, ...] = ()
    #: the last word with each emoji on each message, and since when it is known
    reactions: tuple[tuple[Reaction, datetime], ...] = ()
    #: what the person changed of digests and signs, oldest first
    changes: tuple[LogEntry, ...] = ()
    #: how many events on saved papers the person was told of in private lately
    notices: int = 0
    #: names of hints that the person was given and is not given again
    hints: tuple[str, ...] = ()
    private_chats: tuple[PrivateChat, ...] = ()

    @property
    def is_empty(self) -> bool:
        """Is nothing kept?"""
        return self == PersonalRecords(person=self.person)


@dataclass(frozen=True, slots=True, kw_only=True)
class Erasure:
    """What deleting a person's data did."""

    #: records that were deleted or changed
    records: int
    #: digests of channels that the person had set up: they stay, and say no longer who did
    nameless: tuple[Subscription, ...] = ()
    #: the person's own digests that ended
    ended_subscriptions: tuple[Subscription, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Departure:
    """A workspace, a channel or a chat that the bot left."""

    #: with an empty place the workspace
    place: ChannelRef
    #: UTC
    at: datetime
