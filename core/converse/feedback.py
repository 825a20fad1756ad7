"""What people say about papers: bookmarks and feedback."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from core.channels import ChannelRef, UserRef
from core.papers.identifiers import PaperId
from core.papers.paper import Paper
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
