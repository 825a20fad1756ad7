"""What was learned of channels."""

from __future__ import annotations

from datetime import datetime

from sqlmodel import Field, SQLModel

from storage.tables.columns import SafeText


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
