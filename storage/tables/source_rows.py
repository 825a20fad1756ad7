"""Sources: how refreshes went, how far backfills have come, whom indexes were asked about."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import Index
from sqlmodel import Field, SQLModel

from storage.tables.columns import CLUSTERED, NEVER_REUSED, SafeText


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
    #: JSON, a list
    problems: str = Field(sa_type=SafeText)
    came_otherwise: bool
    wait_until: datetime | None
    troubles: int


class RefreshRow(SQLModel, table=True):
    """How one refresh of one scope of one source went: a line of its history."""

    __tablename__ = "refreshes"
    __table_args__ = (
        Index("refreshes_scope", "source", "scope", "at"),
        Index("refreshes_at", "at"),
        NEVER_REUSED,
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
    #: JSON, a list
    problems: str = Field(sa_type=SafeText)
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
    phase: str = Field(sa_type=SafeText)
    cursor: str = Field(sa_type=SafeText)
    fetched: int
    new: int
    updated: int
    known: int
    merged: int
    failed: int
    troubles: int
    wait_until: datetime | None
    #: when it last came on, or was last in trouble
    at: datetime


class ArchivedSpanRow(SQLModel, table=True):
    """Days that an archive was read for, all of them and whatever it had."""

    __tablename__ = "archived_spans"

    source: str = Field(primary_key=True, sa_type=SafeText)
    scope: str = Field(primary_key=True, sa_type=SafeText)
    since: date = Field(primary_key=True)
    #: inclusive
    until: date = Field(primary_key=True)


class EnrichmentRow(SQLModel, table=True):
    """When an enricher was last asked about a paper, whatever it knew."""

    __tablename__ = "enrichments"
    __table_args__ = (Index("enrichments_paper", "paper_id"), CLUSTERED)

    source: str = Field(primary_key=True, sa_type=SafeText)
    paper_id: int = Field(primary_key=True, foreign_key="papers.id")
    at: datetime
