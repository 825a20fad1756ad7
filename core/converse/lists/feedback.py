"""What people keep and say of papers: bookmarks, annotations and feedback; and news of what they keep."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from core.channels import ChannelRef, UserRef
from core.papers.identifiers import PaperId
from core.papers.paper import Event, Paper
from core.posts.reactions import Feeling


@dataclass(frozen=True, slots=True, kw_only=True)
class Bookmark:
    """A paper on somebody's reading list."""

    #: a UserRef, written out
    user: str
    paper: Paper
    #: the channel it was seen in, written out
    channel: str
    at: datetime
    #: a reaction is public and feeds the channel's list as well; a button feeds the person's alone
    public: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Annotation:
    """What a person wrote beside a paper on one list."""

    #: a UserRef, written out
    user: str
    paper: PaperId
    #: the channel whose list it is on, written out; empty for the person's own list, which nobody else sees
    channel: str = ""
    #: one paragraph
    note: str = ""
    #: in the order of the alphabet
    tags: tuple[str, ...] = ()
    #: when the person had read it, UTC; None before
    done_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AnnotationChange:
    """A change of an annotation; None or empty fields stay as they are."""

    note: str | None = None
    add_tags: tuple[str, ...] = ()
    remove_tags: tuple[str, ...] = ()
    is_done: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Feedback:
    """A person wants more or less of what a paper is about."""

    user: UserRef
    paper: PaperId
    #: MORE or LESS
    feeling: Feeling
    #: the channel where the person said so
    where: ChannelRef
    #: UTC
    at: datetime
    #: other people in the channel can see it
    public: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class EventNotice:
    """An event on a saved paper, and whom it is to be told."""

    event: Event
    paper: Paper
    #: where it was saved openly; None for who saved it in private
    channel: ChannelRef | None = None
    #: who saved it in private and nowhere openly; None for a channel
    person: UserRef | None = None

    @property
    def recipient(self) -> str:
        """The channel or the person, written out."""
        return str(self.channel or self.person)
