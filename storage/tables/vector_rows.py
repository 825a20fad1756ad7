"""What papers mean, as models for embedding see it."""

from __future__ import annotations

from datetime import datetime

from sqlmodel import Field, SQLModel

from storage.tables.columns import CLUSTERED, SafeText


class VectorRow(SQLModel, table=True):
    """The vector of a paper's present title and abstract; it goes when they change."""

    __tablename__ = "vectors"
    __table_args__ = (CLUSTERED,)

    paper_id: int = Field(primary_key=True, foreign_key="papers.id")
    model: str = Field(primary_key=True, sa_type=SafeText)
    #: numbers of two bytes (float16), the lower byte first
    vector: bytes
    made_at: datetime


class EmbedderRow(SQLModel, table=True):
    """How a model for embedding is doing."""

    __tablename__ = "embedders"

    model: str = Field(primary_key=True, sa_type=SafeText)
    #: empty where it works
    problem: str = Field(sa_type=SafeText)
    since: datetime
    #: numbers of its vectors; None where none was kept
    size: int | None
