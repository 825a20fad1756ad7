"""The rows that the database holds, as SQLModel classes without behaviour; migrations make them, `rows` reads them.

Every moment is aware and in UTC, every text is one that both databases can hold (`SafeText`), and every look-up that a
store method makes has its index here, because the store is to work with a million papers. Lists inside a row are JSON.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Final

from sqlalchemy import BigInteger, Dialect, Index, Table, Text, UniqueConstraint, text
from sqlalchemy.types import TypeDecorator
from sqlmodel import Field, SQLModel

_CLUSTERED: Final = {"sqlite_with_rowid": False}
_NEVER_REUSED: Final = {"sqlite_autoincrement": True}


def safe(text: str) -> str:
    """The text as a database can hold it."""
    if text.isascii() and "\0" not in text:
        return text
    return text.replace("\0", "\ufffd").encode("utf-16", "surrogatepass").decode("utf-16", "replace")


class SafeText(TypeDecorator[str]):
    """Text of any origin: what no database can hold (NUL, half a surrogate pair) becomes U+FFFD on its way in."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        """The text as it is stored."""
        return None if value is None else safe(value)


class PaperRow(SQLModel, table=True):
    """A paper as its newest version describes it; `rowid` order is the order in which papers were first seen."""

    __tablename__ = "papers"
    __table_args__ = (
        UniqueConstraint("key", name="papers_key"),
        Index("papers_announced", "announced", "id"),
        Index("papers_published", "published"),
        Index("papers_title", "title_key"),
    )

    id: int | None = Field(default=None, primary_key=True)
    #: `arxiv:2601.15529`
    key: str = Field(sa_type=SafeText)
    version: int
    announced: date
    announce_type: str = Field(sa_type=SafeText)
    published: datetime | None
    first_seen: datetime
    doi: str | None = Field(sa_type=SafeText)
    journal: str | None = Field(sa_type=SafeText)
    licence: str | None = Field(sa_type=SafeText)
    url: str = Field(sa_type=SafeText)
    pdf_url: str = Field(sa_type=SafeText)
    #: JSON lists of strings, without spaces between the items
    categories: str = Field(sa_type=SafeText)
    sources: str = Field(sa_type=SafeText)
    identifiers: str = Field(sa_type=SafeText)
    #: a JSON object without its empty fields
    signals: str = Field(sa_type=SafeText)
    title: str = Field(sa_type=SafeText)
    authors: str = Field(sa_type=SafeText)
    #: nearly last, because it is long and most look-ups stop before it
    abstract: str = Field(sa_type=SafeText)
    comment: str = Field(sa_type=SafeText, sa_column_kwargs={"server_default": text("''")})
    #: `storage.accounts.mark_of`; other papers of this title and first author are found by it
    title_key: int | None = Field(sa_type=BigInteger)


class PaperCategoryRow(SQLModel, table=True):
    """One category of a paper, or its archive, with the day that papers of a category are listed by."""

    __tablename__ = "paper_categories"
    __table_args__ = (Index("paper_categories_listing", "category", "announced", "paper_id"), _CLUSTERED)

    paper_id: int = Field(primary_key=True, foreign_key="papers.id")
    category: str = Field(primary_key=True, sa_type=SafeText)
    announced: date


class IdentifierRow(SQLModel, table=True):
    """A name that a paper goes by, its own key among them."""

    __tablename__ = "identifiers"
    __table_args__ = (Index("identifiers_paper", "paper_id"), _CLUSTERED)

    key: str = Field(primary_key=True, sa_type=SafeText)
    paper_id: int = Field(foreign_key="papers.id")


class ClueRow(SQLModel, table=True):
    """What may tie a paper to others beside its identifiers and title: an identifier that leads elsewhere, as it is
    written in `identifiers`, or another title that it had, as `title:` and the title's mark."""

    __tablename__ = "clues"
    __table_args__ = (Index("clues_paper", "paper_id"), _CLUSTERED)

    key: str = Field(primary_key=True, sa_type=SafeText)
    paper_id: int = Field(primary_key=True, foreign_key="papers.id")


class AccountRow(SQLModel, table=True):
    """What one source tells of a paper; kept only where the paper's own row does not say all of it."""

    __tablename__ = "accounts"
    __table_args__ = (Index("accounts_paper", "paper_id"), _CLUSTERED)

    source: str = Field(primary_key=True, sa_type=SafeText)
    #: the source's own identifier of the paper
    name: str = Field(primary_key=True, sa_type=SafeText)
    paper_id: int = Field(foreign_key="papers.id")
    #: a `storage.accounts.Account` as JSON, without what is empty
    value: str = Field(sa_type=SafeText)


class ApartRow(SQLModel, table=True):
    """Two identifiers that a person has said are two papers, the lower one first."""

    __tablename__ = "apart"
    __table_args__ = (Index("apart_other", "other"), _CLUSTERED)

    one: str = Field(primary_key=True, sa_type=SafeText)
    other: str = Field(primary_key=True, sa_type=SafeText)
    at: datetime


class ReadingRow(SQLModel, table=True):
    """Signals of a paper as one source told them at one moment."""

    __tablename__ = "readings"
    __table_args__ = (Index("readings_paper", "paper_id"),)

    id: int | None = Field(default=None, primary_key=True)
    paper_id: int = Field(foreign_key="papers.id")
    source: str = Field(sa_type=SafeText)
    #: the source's own identifier of the paper
    name: str = Field(sa_type=SafeText)
    at: datetime
    #: a JSON object without its empty fields
    signals: str = Field(sa_type=SafeText)


class EventRow(SQLModel, table=True):
    """Something that happened to a paper after it was first stored."""

    __tablename__ = "events"
    __table_args__ = (UniqueConstraint("paper_id", "kind", "detail", name="events_once"), _NEVER_REUSED)

    id: int | None = Field(default=None, primary_key=True)
    paper_id: int = Field(foreign_key="papers.id")
    kind: str = Field(sa_type=SafeText)
    detail: str = Field(sa_type=SafeText)
    source: str = Field(sa_type=SafeText)
    at: datetime


class AnnouncementRow(SQLModel, table=True):
    """One line of a listing; `seq` is the order in which lines came, the watermark that deliveries count by."""

    __tablename__ = "announcements"
    __table_args__ = (
        UniqueConstraint("paper_id", "source", "scope", "type", "version", "name", name="announcements_once"),
        Index("announcements_day", "day", "paper_id"),
        _NEVER_REUSED,
    )

    seq: int | None = Field(default=None, primary_key=True)
    paper_id: int = Field(foreign_key="papers.id")
    source: str = Field(sa_type=SafeText)
    scope: str = Field(sa_type=SafeText)
    type: str = Field(sa_type=SafeText)
    version: int
    #: the identifier that it was announced under, the source's own
    name: str = Field(sa_type=SafeText)
    #: the source's local date
    day: date
    #: read from an archive long after its day
    history: bool
    seen_at: datetime


class SummaryRow(SQLModel, table=True):
    """A summary; a later one by the same hand takes the place, and a higher id, of the one before."""

    __tablename__ = "summaries"
    __table_args__ = (
        UniqueConstraint("paper_id", "language", "version", "made_by", name="summaries_once"),
        _NEVER_REUSED,
    )

    id: int | None = Field(default=None, primary_key=True)
    paper_id: int = Field(foreign_key="papers.id")
    language: str = Field(sa_type=SafeText)
    version: int
    made_by: str = Field(sa_type=SafeText)
    gist: str = Field(sa_type=SafeText)
    motivation: str = Field(sa_type=SafeText)
    method: str = Field(sa_type=SafeText)
    result: str = Field(sa_type=SafeText)
    conclusion: str = Field(sa_type=SafeText)
    #: JSON
    evidence: str = Field(sa_type=SafeText)


class SourceStateRow(SQLModel, table=True):
    """What is remembered of one scope of one source."""

    __tablename__ = "source_states"

    source: str = Field(primary_key=True, sa_type=SafeText)
    scope: str = Field(primary_key=True, sa_type=SafeText)
    state: str = Field(sa_type=SafeText)
    checked_at: datetime
    fresh_at: datetime | None
    listing_day: date | None
    listed: int
    etag: str | None = Field(sa_type=SafeText)
    last_modified: str | None = Field(sa_type=SafeText)
    error: str = Field(sa_type=SafeText)
    wait_until: datetime | None
    troubles: int


class RefreshRow(SQLModel, table=True):
    """How one refresh of one scope of one source went: a line of its history."""

    __tablename__ = "refreshes"
    __table_args__ = (
        Index("refreshes_scope", "source", "scope", "at"),
        Index("refreshes_at", "at"),
        _NEVER_REUSED,
    )

    id: int | None = Field(default=None, primary_key=True)
    source: str = Field(sa_type=SafeText)
    scope: str = Field(sa_type=SafeText)
    at: datetime
    state: str = Field(sa_type=SafeText)
    fetched: int
    new: int
    updated: int
    known: int
    merged: int
    failed: int
    error: str = Field(sa_type=SafeText)
    #: in seconds
    retry_after_s: float | None


class BackfillRow(SQLModel, table=True):
    """How far reading a span of days has come; the row goes when it is complete."""

    __tablename__ = "backfills"

    source: str = Field(primary_key=True, sa_type=SafeText)
    scope: str = Field(primary_key=True, sa_type=SafeText)
    since: date = Field(primary_key=True)
    #: inclusive
    until: date = Field(primary_key=True)
    cursor: str = Field(sa_type=SafeText)
    fetched: int
    new: int
    updated: int
    known: int
    merged: int
    failed: int
    #: when the last page was stored
    at: datetime


class EnrichmentRow(SQLModel, table=True):
    """When an enricher was last asked about a paper, whatever it knew."""

    __tablename__ = "enrichments"
    __table_args__ = (Index("enrichments_paper", "paper_id"), _CLUSTERED)

    source: str = Field(primary_key=True, sa_type=SafeText)
    paper_id: int = Field(primary_key=True, foreign_key="papers.id")
    at: datetime


class SubscriptionRow(SQLModel, table=True):
    """What a channel wants; the id is new when a removed one is added again, so that it starts afresh."""

    __tablename__ = "subscriptions"
    __table_args__ = (UniqueConstraint("channel", "name", name="subscriptions_name"), _NEVER_REUSED)

    id: int | None = Field(default=None, primary_key=True)
    channel: str = Field(sa_type=SafeText)
    name: str = Field(sa_type=SafeText)
    #: the whole Subscription, as JSON
    value: str = Field(sa_type=SafeText)
    saved_at: datetime


class DeliveryRow(SQLModel, table=True):
    """One digest of one subscription on one day; its number is part of its messages' keys and never used again."""

    __tablename__ = "deliveries"
    __table_args__ = (
        UniqueConstraint("subscription_id", "day", "kind", name="deliveries_once"),
        Index("deliveries_channel", "channel", "name", "id"),
        _NEVER_REUSED,
    )

    id: int | None = Field(default=None, primary_key=True)
    #: no foreign key: what was posted stays on record when the subscription goes
    subscription_id: int
    channel: str = Field(sa_type=SafeText)
    name: str = Field(sa_type=SafeText)
    day: date
    kind: str = Field(sa_type=SafeText)
    state: str = Field(sa_type=SafeText)
    #: when the one who holds it took it up; it tells holders apart
    begun_at: datetime
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
    __table_args__ = (_CLUSTERED,)

    channel: str = Field(primary_key=True, sa_type=SafeText)
    message: str = Field(primary_key=True, sa_type=SafeText)
    #: JSON list of keys
    papers: str = Field(sa_type=SafeText)
    sent_at: datetime


class DecisionRow(SQLModel, table=True):
    """What a delivery decided on a paper that its rule kept."""

    __tablename__ = "decisions"
    __table_args__ = (Index("decisions_paper", "paper_id"), _CLUSTERED)

    delivery_id: int = Field(primary_key=True, foreign_key="deliveries.id")
    paper_id: int = Field(primary_key=True, foreign_key="papers.id")
    score: float
    #: JSON list
    reasons: str = Field(sa_type=SafeText)
    place: int
    chosen: bool


class PostingRow(SQLModel, table=True):
    """A paper that was posted in a channel, and is never posted there again."""

    __tablename__ = "postings"
    __table_args__ = (Index("postings_paper", "paper_id"), _CLUSTERED)

    channel: str = Field(primary_key=True, sa_type=SafeText)
    paper_id: int = Field(primary_key=True, foreign_key="papers.id")
    #: the message that showed it
    message_key: str = Field(sa_type=SafeText)
    posted_at: datetime


class BookmarkRow(SQLModel, table=True):
    """A paper on a person's reading list."""

    __tablename__ = "bookmarks"
    __table_args__ = (
        UniqueConstraint("person", "paper_id", name="bookmarks_once"),
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


class ParkedReactionRow(SQLModel, table=True):
    """A reaction that was quicker than our record of its message: the last word of a person, kept for minutes."""

    __tablename__ = "parked_reactions"
    __table_args__ = (Index("parked_reactions_at", "at"), _CLUSTERED)

    channel: str = Field(primary_key=True, sa_type=SafeText)
    message: str = Field(primary_key=True, sa_type=SafeText)
    person: str = Field(primary_key=True, sa_type=SafeText)
    feeling: str = Field(primary_key=True, sa_type=SafeText)
    added: bool
    at: datetime


def _table(name: str) -> Table:
    return SQLModel.metadata.tables[name]


papers: Final = _table("papers")
paper_categories: Final = _table("paper_categories")
identifiers: Final = _table("identifiers")
clues: Final = _table("clues")
accounts: Final = _table("accounts")
apart: Final = _table("apart")
readings: Final = _table("readings")
events: Final = _table("events")
announcements: Final = _table("announcements")
summaries: Final = _table("summaries")
source_states: Final = _table("source_states")
refreshes: Final = _table("refreshes")
backfills: Final = _table("backfills")
enrichments: Final = _table("enrichments")
subscriptions: Final = _table("subscriptions")
deliveries: Final = _table("deliveries")
messages: Final = _table("messages")
shown: Final = _table("shown")
decisions: Final = _table("decisions")
postings: Final = _table("postings")
bookmarks: Final = _table("bookmarks")
parked_reactions: Final = _table("parked_reactions")
