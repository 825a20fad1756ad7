"""Deliveries: who wants what, what was planned, sent and decided."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import Index, UniqueConstraint
from sqlmodel import Field, SQLModel

from storage.tables.columns import CLUSTERED, NEVER_REUSED, Moment, SafeText


class IdentityRow(SQLModel, table=True):
    """The one row with the database's own id, which begins the key of every message."""

    __tablename__ = "identity"

    #: always 1
    number: int = Field(primary_key=True)
    database: str = Field(sa_type=SafeText)


class SubscriptionRow(SQLModel, table=True):
    """What a channel wants; the id is new when a removed one is added again, so that it starts afresh."""

    __tablename__ = "subscriptions"
    __table_args__ = (
        UniqueConstraint("channel", "name", name="subscriptions_name"),
        Index("subscriptions_next_look", "next_look"),
        Index("subscriptions_next_due", "next_due", "id"),
        Index("subscriptions_absent_since", "absent_since"),
        NEVER_REUSED,
    )

    id: int | None = Field(default=None, primary_key=True)
    channel: str = Field(sa_type=SafeText)
    name: str = Field(sa_type=SafeText)
    #: the whole Subscription, as JSON
    value: str = Field(sa_type=SafeText)
    saved_at: datetime = Field(sa_type=Moment)
    #: when the schedule looks at it; None: not before it is saved again
    next_look: datetime | None = Field(sa_type=Moment)
    #: digests due up to here are dealt with; None for one of a version without a schedule
    settled_until: datetime | None = Field(sa_type=Moment)
    #: the next hour, for people to see; None where there is none
    next_due: datetime | None = Field(sa_type=Moment)
    #: since when its channel is lost; None where it is not
    absent_since: datetime | None = Field(sa_type=Moment)


class EndedSubscriptionRow(SQLModel, table=True):
    """What a channel wanted until somebody ended it, kept for a month."""

    __tablename__ = "ended_subscriptions"
    __table_args__ = (Index("ended_subscriptions_ended_at", "ended_at"), CLUSTERED)

    channel: str = Field(primary_key=True, sa_type=SafeText)
    name: str = Field(primary_key=True, sa_type=SafeText)
    #: the whole Subscription, as JSON
    value: str = Field(sa_type=SafeText)
    ended_at: datetime = Field(sa_type=Moment)


class DepartureRow(SQLModel, table=True):
    """A workspace, a channel or a chat that the bot left; what is kept of it is deleted a month later."""

    __tablename__ = "departures"
    __table_args__ = (Index("departures_left_at", "left_at"), CLUSTERED)

    #: `slack:T123/` is the workspace
    channel: str = Field(primary_key=True, sa_type=SafeText)
    reason: str = Field(sa_type=SafeText)
    left_at: datetime = Field(sa_type=Moment)


class RuleListRow(SQLModel, table=True):
    """A list that rules name."""

    __tablename__ = "rule_lists"
    __table_args__ = (CLUSTERED,)

    #: the workspace whose list it is, or the channel where there are no workspaces
    channel: str = Field(primary_key=True, sa_type=SafeText)
    name: str = Field(primary_key=True, sa_type=SafeText)
    rule: str = Field(sa_type=SafeText)
    saved_at: datetime = Field(sa_type=Moment)


class SettingChangeRow(SQLModel, table=True):
    """What a person changed of a channel's digests, or of its signs."""

    __tablename__ = "setting_changes"
    __table_args__ = (
        UniqueConstraint("channel", "number", name="setting_changes_channel"),
        Index("setting_changes_person", "person"),
        NEVER_REUSED,
    )

    number: int | None = Field(default=None, primary_key=True)
    channel: str = Field(sa_type=SafeText)
    person: str = Field(sa_type=SafeText)
    #: as the platform shows the person; empty where it does not tell
    person_name: str = Field(sa_type=SafeText)
    at: datetime = Field(sa_type=Moment)
    #: the whole Subscription, as JSON; None where it was begun
    before: str | None = Field(sa_type=SafeText)
    #: the same; None where it was ended
    after: str | None = Field(sa_type=SafeText)
    #: all signs of the channel, as JSON, where those were changed; None where a digest was
    signs_before: str | None = Field(default=None, sa_type=SafeText)
    signs_after: str | None = Field(default=None, sa_type=SafeText)


class PendingChangeRow(SQLModel, table=True):
    """What a person was shown, and may save within the hour."""

    __tablename__ = "pending_changes"
    __table_args__ = (
        Index("pending_changes_at", "at"),
        Index("pending_changes_person", "person", "channel"),
        CLUSTERED,
    )

    key: str = Field(primary_key=True, sa_type=SafeText)
    channel: str = Field(primary_key=True, sa_type=SafeText)
    person: str = Field(sa_type=SafeText)
    #: the whole Subscription, as JSON; None for a new one
    before: str | None = Field(sa_type=SafeText)
    after: str = Field(sa_type=SafeText)
    at: datetime = Field(sa_type=Moment)


class SubscriptionCategoryRow(SQLModel, table=True):
    """A category that a subscription names."""

    __tablename__ = "subscription_categories"
    __table_args__ = (Index("subscription_categories_category", "category"), CLUSTERED)

    subscription_id: int = Field(primary_key=True, foreign_key="subscriptions.id", ondelete="CASCADE")
    category: str = Field(primary_key=True, sa_type=SafeText)


class DeliveryDayRow(SQLModel, table=True):
    """A local day on which a digest of a subscription was due, and what became of it."""

    __tablename__ = "delivery_days"
    __table_args__ = (Index("delivery_days_state", "state", "due_at"), CLUSTERED)

    #: no foreign key: a subscription may be removed while a digest of it is sent
    subscription_id: int = Field(primary_key=True)
    day: date = Field(primary_key=True)
    due_at: datetime = Field(sa_type=Moment)
    state: str = Field(sa_type=SafeText)
    reason: str = Field(sa_type=SafeText)
    opened_at: datetime = Field(sa_type=Moment)
    closed_at: datetime | None = Field(sa_type=Moment)


class DeliveryRow(SQLModel, table=True):
    """One digest of one subscription on one day, planned: there is none before its plan."""

    __tablename__ = "deliveries"
    __table_args__ = (
        UniqueConstraint("subscription_id", "day", "kind", name="deliveries_once"),
        Index("deliveries_channel", "channel", "name", "id"),
        Index("deliveries_open", "state", "id"),
        NEVER_REUSED,
    )

    id: int | None = Field(default=None, primary_key=True)
    #: no foreign key: what was posted stays on record when the subscription goes
    subscription_id: int
    channel: str = Field(sa_type=SafeText)
    name: str = Field(sa_type=SafeText)
    day: date
    kind: str = Field(sa_type=SafeText)
    state: str = Field(sa_type=SafeText)
    #: when it was planned
    begun_at: datetime
    #: a random name of who sends it now, or did last; None for one that an older version took up last
    holder: str | None = Field(sa_type=SafeText)
    lease_until: datetime
    finished_at: datetime | None
    #: announcements after this one, up to `until`, were looked at; None for a first delivery: its latest day alone
    after: int | None
    until: int
    candidates: int
    kept: int
    posted: int
    failed: int
    #: the Subscription and the SourceStates as they were, as JSON
    subscription: str = Field(sa_type=SafeText)
    sources: str = Field(sa_type=SafeText)
    #: the post that the plan was made from, as JSON; None in deliveries of older versions
    post: str | None = Field(sa_type=SafeText)
    #: how many times it failed halfway; None is never
    attempts: int | None
    retry_at: datetime | None
    #: of the last attempt that failed: the name of the error, and its sentence
    failure: str | None = Field(sa_type=SafeText)
    failure_sentence: str | None = Field(sa_type=SafeText)
    #: what became of the channel, where that ended the delivery
    absence: str | None = Field(sa_type=SafeText)


class StandInRow(SQLModel, table=True):
    """A delivery that shows summaries which stand in for better ones that may come."""

    __tablename__ = "stand_ins"
    __table_args__ = (Index("stand_ins_look_at", "look_at"),)

    delivery_id: int = Field(primary_key=True, foreign_key="deliveries.id", sa_column_kwargs={"autoincrement": False})
    #: JSON list of the papers that still have one
    papers: str = Field(sa_type=SafeText)
    is_improved: bool
    #: how many times somebody looked for better ones, and when that may be done again
    attempts: int
    look_at: datetime = Field(sa_type=Moment)


class MessageRow(SQLModel, table=True):
    """One message of a delivery's plan: planned, intended, sent."""

    __tablename__ = "messages"
    __table_args__ = (UniqueConstraint("delivery_id", "position", name="messages_position"),)

    key: str = Field(primary_key=True, sa_type=SafeText)
    delivery_id: int = Field(foreign_key="deliveries.id")
    position: int
    parent_key: str | None = Field(sa_type=SafeText)
    #: JSON list of the papers it shows
    papers: str = Field(sa_type=SafeText)
    #: JSON, for the platform's adapter
    payload: str = Field(sa_type=SafeText)
    state: str = Field(sa_type=SafeText)
    #: the platform's own identifier, once it is sent
    message: str | None = Field(sa_type=SafeText)
    sent_at: datetime | None


class ShownRow(SQLModel, table=True):
    """The papers that a sent message shows, whether a delivery or an answer sent it."""

    __tablename__ = "shown"
    __table_args__ = (Index("shown_message", "message"), Index("shown_sent_at", "sent_at"), CLUSTERED)

    channel: str = Field(primary_key=True, sa_type=SafeText)
    message: str = Field(primary_key=True, sa_type=SafeText)
    #: JSON list of keys
    papers: str = Field(sa_type=SafeText)
    sent_at: datetime


class DecisionRow(SQLModel, table=True):
    """What a delivery decided on a paper that its rule kept."""

    __tablename__ = "decisions"
    __table_args__ = (Index("decisions_paper", "paper_id"), CLUSTERED)

    delivery_id: int = Field(primary_key=True, foreign_key="deliveries.id")
    paper_id: int = Field(primary_key=True, foreign_key="papers.id")
    score: float
    #: JSON list
    reasons: str = Field(sa_type=SafeText)
    place: int
    chosen: bool
    #: JSON: what became of it, and what its score is made of; null where an older version decided
    standing: str | None = Field(sa_type=SafeText)


class PostingRow(SQLModel, table=True):
    """A paper that was posted in a channel, and is never posted there again."""

    __tablename__ = "postings"
    __table_args__ = (Index("postings_paper", "paper_id"), CLUSTERED)

    channel: str = Field(primary_key=True, sa_type=SafeText)
    paper_id: int = Field(primary_key=True, foreign_key="papers.id")
    #: the message that showed it
    message_key: str = Field(sa_type=SafeText)
    posted_at: datetime


class DigestOrderRow(SQLModel, table=True):
    """When somebody who does not manage a channel last ordered a digest there."""

    __tablename__ = "digest_orders"
    __table_args__ = (CLUSTERED,)

    channel: str = Field(primary_key=True, sa_type=SafeText)
    at: datetime
