"""What calls to language models consumed, and what models thought of papers."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import BigInteger, Index
from sqlmodel import Field, SQLModel

from storage.tables.columns import CLUSTERED, SafeText


class ModelUsageRow(SQLModel, table=True):
    """The calls of one day to one model for one purpose that were wanted first in one channel, added up.

    A day's calls make as many rows as channels want something new, not as many as there are calls: years stay small.
    """

    __tablename__ = "model_usage"
    __table_args__ = (Index("model_usage_channel", "channel", "day"), CLUSTERED)

    #: UTC
    day: date = Field(primary_key=True)
    model: str = Field(primary_key=True, sa_type=SafeText)
    purpose: str = Field(primary_key=True, sa_type=SafeText)
    #: empty at the command line
    channel: str = Field(primary_key=True, sa_type=SafeText)
    calls: int
    input_tokens: int = Field(sa_type=BigInteger)
    cached_tokens: int = Field(sa_type=BigInteger)
    output_tokens: int = Field(sa_type=BigInteger)
    #: US dollars, of the calls whose price is known
    cost_usd: float
    unpriced_calls: int


class GradeRow(SQLModel, table=True):
    """A model's opinion of a paper; by the paper's own words, for it may be forgotten at any time."""

    __tablename__ = "grades"
    __table_args__ = (Index("grades_graded_at", "graded_at"), CLUSTERED)

    #: a short name for what was asked
    criteria: str = Field(primary_key=True, sa_type=SafeText)
    #: `arxiv:2601.15529`
    paper: str = Field(primary_key=True, sa_type=SafeText)
    version: int
    fit: int
    novelty: int
    criterion: int
    basis: str = Field(sa_type=SafeText)
    made_by: str = Field(sa_type=SafeText)
    graded_at: datetime
