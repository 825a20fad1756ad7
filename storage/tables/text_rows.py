"""Full texts of papers, for as long as there is room."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Index
from sqlmodel import Field, SQLModel

from storage.tables.columns import SafeText


class FullTextRow(SQLModel, table=True):
    """The text of one version of a paper; by the paper's own words, for it may be forgotten at any time."""

    __tablename__ = "full_texts"
    __table_args__ = (Index("full_texts_kept", "kept_at"),)

    #: `arxiv:2601.15529`
    paper: str = Field(primary_key=True, sa_type=SafeText)
    version: int = Field(primary_key=True)
    kept_at: datetime
    #: JSON of a `FullText`
    content: str = Field(sa_type=SafeText)
