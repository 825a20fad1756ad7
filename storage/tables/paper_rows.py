"""Papers: what they are called, what was told of them by whom, and what happened to them."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import BigInteger, Index, UniqueConstraint, text
from sqlmodel import Field, SQLModel

from storage.tables.columns import CLUSTERED, NEVER_REUSED, SafeText


class PaperRow(SQLModel, table=True):
    """A paper as its newest version describes it; `rowid` order is the order in which papers were first seen."""

    __tablename__ = "papers"
    __table_args__ = (
        UniqueConstraint("key", name="papers_key"),
        Index("papers_announced", "announced", "id"),
        Index("papers_published", "published"),
        Index("papers_title", "title_key"),
        Index("papers_shown", "shown_key"),
        # most papers have neither mark: arXiv's addresses tell their identifier. For PostgreSQL, `schema` says the same
        Index("papers_url", "url_key", sqlite_where=text("url_key IS NOT NULL")),
        Index("papers_pdf", "pdf_key", sqlite_where=text("pdf_key IS NOT NULL")),
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
    #: `core.papers.identity.records.mark_of`; other papers of this title and first author are found by it
    title_key: int | None = Field(sa_type=BigInteger)
    #: what the index has of them (`core.text.terms.index_words`); None where it is their own words
    title_words: str | None = Field(default=None, sa_type=SafeText)
    abstract_words: str | None = Field(default=None, sa_type=SafeText)
    author_words: str | None = Field(default=None, sa_type=SafeText)
    #: `core.papers.marks`; papers are found by what people see of them: title, page, PDF
    shown_key: int | None = Field(sa_type=BigInteger)
    url_key: int | None = Field(sa_type=BigInteger)
    pdf_key: int | None = Field(sa_type=BigInteger)


class PaperCategoryRow(SQLModel, table=True):
    """One category of a paper, or its archive, with the day that papers of a category are listed by."""

    __tablename__ = "paper_categories"
    __table_args__ = (Index("paper_categories_listing", "category", "announced", "paper_id"), CLUSTERED)

    paper_id: int = Field(primary_key=True, foreign_key="papers.id")
    category: str = Field(primary_key=True, sa_type=SafeText)
    announced: date


class IdentifierRow(SQLModel, table=True):
    """A name that a paper goes by, its own key among them."""

    __tablename__ = "identifiers"
    __table_args__ = (Index("identifiers_paper", "paper_id"), CLUSTERED)

    key: str = Field(primary_key=True, sa_type=SafeText)
    paper_id: int = Field(foreign_key="papers.id")


class ClueRow(SQLModel, table=True):
    """What may tie a paper to others beside its identifiers and title: an identifier that leads elsewhere, as it is
    written in `identifiers`, or another title that it had, as `title:` and the title's mark."""

    __tablename__ = "clues"
    __table_args__ = (Index("clues_paper", "paper_id"), CLUSTERED)

    key: str = Field(primary_key=True, sa_type=SafeText)
    paper_id: int = Field(primary_key=True, foreign_key="papers.id")


class RecordRow(SQLModel, table=True):
    """What one source tells of a paper; kept only where the paper's own row does not say all of it."""

    __tablename__ = "records"
    __table_args__ = (Index("records_paper", "paper_id"), CLUSTERED)

    source: str = Field(primary_key=True, sa_type=SafeText)
    #: the source's own identifier of the paper
    name: str = Field(primary_key=True, sa_type=SafeText)
    paper_id: int = Field(foreign_key="papers.id")
    #: a `core.papers.identity.records.Record` as JSON, without what is empty
    value: str = Field(sa_type=SafeText)


class ApartRow(SQLModel, table=True):
    """Two identifiers that a person has said are two papers, the lower one first."""

    __tablename__ = "apart"
    __table_args__ = (Index("apart_other", "other"), CLUSTERED)

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
    __table_args__ = (
        UniqueConstraint("paper_id", "kind", "detail", name="events_once"),
        Index("events_at", "at"),
        NEVER_REUSED,
    )

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
        NEVER_REUSED,
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
        UniqueConstraint("paper_id", "language", "version", "made_by", "depth", "recipe", name="summaries_once"),
        NEVER_REUSED,
    )

    id: int | None = Field(default=None, primary_key=True)
    paper_id: int = Field(foreign_key="papers.id")
    language: str = Field(sa_type=SafeText)
    version: int
    made_by: str = Field(sa_type=SafeText)
    #: `line`, `parts` or `full`
    depth: str = Field(sa_type=SafeText)
    #: which prompt and schema a model was given; empty where no model of ours wrote it
    recipe: str = Field(sa_type=SafeText)
    gist: str = Field(sa_type=SafeText)
    motivation: str = Field(sa_type=SafeText)
    method: str = Field(sa_type=SafeText)
    result: str = Field(sa_type=SafeText)
    conclusion: str = Field(sa_type=SafeText)
    readers: str = Field(sa_type=SafeText)
    novelty: str = Field(sa_type=SafeText)
    #: JSON
    evidence: str = Field(sa_type=SafeText)
