"""People: their reading lists, what they want more and less of, and their reactions."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import BigInteger, Index, UniqueConstraint
from sqlmodel import Field, SQLModel

from storage.tables.columns import CLUSTERED, SafeText


class BookmarkRow(SQLModel, table=True):
    """A person's mark on a paper: private, or public in a channel; the paper is on the list while any stands."""

    __tablename__ = "bookmarks"
    __table_args__ = (
        UniqueConstraint("person", "paper_id", "channel", "public", name="bookmarks_once"),
        Index("bookmarks_channel", "channel", "public", "at"),
        Index("bookmarks_at", "at"),
        Index("bookmarks_paper", "paper_id"),
    )

    id: int | None = Field(default=None, primary_key=True)
    person: str = Field(sa_type=SafeText)
    paper_id: int = Field(foreign_key="papers.id")
    channel: str = Field(sa_type=SafeText)
    at: datetime
    public: bool


class AnnotationRow(SQLModel, table=True):
    """What a person wrote beside a paper on one list: the own one, whose channel is empty, or a channel's."""

    __tablename__ = "paper_annotations"
    __table_args__ = (
        Index("paper_annotations_channel", "channel"),
        Index("paper_annotations_paper", "paper_id"),
        CLUSTERED,
    )

    person: str = Field(primary_key=True, sa_type=SafeText)
    paper_id: int = Field(primary_key=True, foreign_key="papers.id")
    channel: str = Field(primary_key=True, sa_type=SafeText)
    note: str = Field(sa_type=SafeText)
    #: JSON list
    tags: str = Field(sa_type=SafeText)
    #: when the person had read it
    done_at: datetime | None = None
    at: datetime


class EventNoticeRow(SQLModel, table=True):
    """An event on a saved paper that was told to a channel or a person, or is being told."""

    __tablename__ = "event_notices"
    __table_args__ = (Index("event_notices_claimed_at", "claimed_at"), CLUSTERED)

    #: of `events`, whose rows may go where two papers turn out to be one
    event_id: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    #: a channel or a person, written out
    recipient: str = Field(primary_key=True, sa_type=SafeText)
    claimed_at: datetime


class FeedbackRow(SQLModel, table=True):
    """A person wants more or less of what a paper is about."""

    __tablename__ = "feedback"
    __table_args__ = (
        Index("feedback_channel", "channel", "at"),
        Index("feedback_paper", "paper_id"),
        CLUSTERED,
    )

    person: str = Field(primary_key=True, sa_type=SafeText)
    paper_id: int = Field(primary_key=True, foreign_key="papers.id")
    feeling: str = Field(primary_key=True, sa_type=SafeText)
    channel: str = Field(primary_key=True, sa_type=SafeText)
    at: datetime
    public: bool


class UpdateRow(SQLModel, table=True):
    """Something that a platform handed out: what it says until it is carried out, and its number for a while after."""

    __tablename__ = "updates"
    __table_args__ = (Index("updates_waiting", "account", "done", "received_at"), CLUSTERED)

    account: str = Field(primary_key=True, sa_type=SafeText)
    number: int = Field(primary_key=True, sa_type=BigInteger, sa_column_kwargs={"autoincrement": False})
    #: as the platform wrote it; empty once it is done
    content: str = Field(sa_type=SafeText)
    received_at: datetime
    #: how many times it was taken up after it had been interrupted
    attempts: int
    done: bool


class ReactionRow(SQLModel, table=True):
    """The last word of a person with an emoji on a message: it is there, or was taken away."""

    __tablename__ = "reactions"
    __table_args__ = (Index("reactions_paper", "paper_id", "at"), CLUSTERED)

    channel: str = Field(primary_key=True, sa_type=SafeText)
    message: str = Field(primary_key=True, sa_type=SafeText)
    person: str = Field(primary_key=True, sa_type=SafeText)
    emoji: str = Field(primary_key=True, sa_type=SafeText)
    feeling: str = Field(sa_type=SafeText)
    added: bool
    #: by the platform's clock
    happened_at: datetime
    #: when it was heard of
    at: datetime
    #: the message's paper; None while the message is not on record
    paper_id: int | None = Field(default=None, foreign_key="papers.id")


class TallyRow(SQLModel, table=True):
    """A paper's own message that says, or is to say, how many people saved the paper in its channel."""

    __tablename__ = "tallies"
    __table_args__ = (
        Index("tallies_edit_at", "edit_at"),
        Index("tallies_paper", "paper_id"),
        Index("tallies_at", "at"),
    )

    channel: str = Field(primary_key=True, sa_type=SafeText)
    message: str = Field(primary_key=True, sa_type=SafeText)
    paper_id: int = Field(foreign_key="papers.id")
    #: how many the message says
    told: int
    #: JSON, what the message of an answer says besides; None for a digest's, or where it is too old
    post: str | None = Field(default=None, sa_type=SafeText)
    at: datetime
    #: when it is to be edited; None where it says what is so
    edit_at: datetime | None = None
    edited_at: datetime | None = None
    #: it cannot be edited
    is_fixed: bool


class ChannelSignsRow(SQLModel, table=True):
    """The emoji that a channel chose to stand for feelings; a channel that chose none has no row."""

    __tablename__ = "channel_signs"
    __table_args__ = (CLUSTERED,)

    channel: str = Field(primary_key=True, sa_type=SafeText)
    #: JSON, feeling -> list of emoji
    value: str = Field(sa_type=SafeText)


class HintRow(SQLModel, table=True):
    """A hint that was given to a channel or a person, and is not given again."""

    __tablename__ = "hints"
    __table_args__ = (CLUSTERED,)

    #: a channel or a person, written out
    recipient: str = Field(primary_key=True, sa_type=SafeText)
    name: str = Field(primary_key=True, sa_type=SafeText)
    at: datetime


class SearchRow(SQLModel, table=True):
    """What somebody searched for, kept for the buttons below the answer; nobody knows who it was."""

    __tablename__ = "searches"
    __table_args__ = (Index("searches_at", "at"), CLUSTERED)

    key: str = Field(primary_key=True, sa_type=SafeText)
    typed: str = Field(sa_type=SafeText)
    at: datetime
