"""What was learned of channels, and what people added to that and corrected."""

from __future__ import annotations

from datetime import datetime

from sqlmodel import Field, SQLModel

from storage.tables.columns import CLUSTERED, SafeText


class ProfileRow(SQLModel, table=True):
    """A channel's profile, and since when what it says counts."""

    __tablename__ = "profiles"

    channel: str = Field(primary_key=True, sa_type=SafeText)
    #: None where nothing was ever forgotten
    since: datetime | None
    #: which signs it was learned from; empty where it was forgotten
    basis: str = Field(sa_type=SafeText)
    #: JSON of a `Profile`; empty where it was forgotten
    value: str = Field(sa_type=SafeText)
    learned_at: datetime


class SeedRow(SQLModel, table=True):
    """A paper from somebody's library that a channel's profile learns from; it is no paper of any listing."""

    __tablename__ = "seeds"
    __table_args__ = (CLUSTERED,)

    channel: str = Field(primary_key=True, sa_type=SafeText)
    #: the paper's identifier, short enough for an index
    key: str = Field(primary_key=True, sa_type=SafeText)
    #: who named it; empty where that was done at the command line
    person: str = Field(sa_type=SafeText)
    at: datetime
    #: JSON of the paper
    value: str = Field(sa_type=SafeText)


class CorrectionRow(SQLModel, table=True):
    """A person's word on what was learned: on a term, or on a paper."""

    __tablename__ = "corrections"
    __table_args__ = (CLUSTERED,)

    channel: str = Field(primary_key=True, sa_type=SafeText)
    #: the term; empty where it is about a paper
    term: str = Field(primary_key=True, sa_type=SafeText)
    #: the paper's identifier; empty where it is about a term
    paper: str = Field(primary_key=True, sa_type=SafeText)
    wanted: str = Field(sa_type=SafeText)
    at: datetime
