"""Operating: the running processes, who serves which installation, and what the operator was told."""

from __future__ import annotations

from datetime import datetime

from sqlmodel import Field, SQLModel

from storage.tables.columns import CLUSTERED, SafeText


class ServiceRow(SQLModel, table=True):
    """A running process, as it described itself last."""

    __tablename__ = "services"
    __table_args__ = (CLUSTERED,)

    id: str = Field(primary_key=True, sa_type=SafeText)
    host: str = Field(sa_type=SafeText)
    pid: int
    machine: str = Field(sa_type=SafeText)
    version: str = Field(sa_type=SafeText)
    started_at: datetime
    seen_at: datetime
    #: JSON: a list of names and PlatformStates
    platforms: str = Field(sa_type=SafeText)
    #: a ServiceRole; None of a version that had none
    role: str | None = Field(sa_type=SafeText)
    #: of the schema that it works with; None of a version that did not say
    revision: str | None = Field(sa_type=SafeText)


class ClaimRow(SQLModel, table=True):
    """Which process serves an installation, until when."""

    __tablename__ = "claims"
    __table_args__ = (CLUSTERED,)

    installation: str = Field(primary_key=True, sa_type=SafeText)
    holder: str = Field(sa_type=SafeText)
    host: str = Field(sa_type=SafeText)
    pid: int
    machine: str = Field(sa_type=SafeText)
    since: datetime
    until: datetime


class AlertRow(SQLModel, table=True):
    """Something that is or was broken, and what of it the operator was told."""

    __tablename__ = "alerts"
    __table_args__ = (CLUSTERED,)

    key: str = Field(primary_key=True, sa_type=SafeText)
    sentence: str = Field(sa_type=SafeText)
    since: datetime
    told_at: datetime | None
    resolved_at: datetime | None
    resolution_told_at: datetime | None
