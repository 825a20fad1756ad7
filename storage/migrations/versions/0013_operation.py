"""The running processes, who serves which installation, and what the operator was told."""

from datetime import datetime

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"


def upgrade() -> None:
    op.create_table(
        "services",
        _key("id"),
        _text("host"),
        sa.Column("pid", sa.Integer(), nullable=False),
        _text("machine"),
        _text("version"),
        _moment("started_at"),
        _moment("seen_at"),
        _text("platforms"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "claims",
        _key("installation"),
        _text("holder"),
        _text("host"),
        sa.Column("pid", sa.Integer(), nullable=False),
        _text("machine"),
        _moment("since"),
        _moment("until"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "alerts",
        _key("key"),
        _text("sentence"),
        _moment("since"),
        _moment("told_at", nullable=True),
        _moment("resolved_at", nullable=True),
        _moment("resolution_told_at", nullable=True),
        sqlite_with_rowid=False,
    )


def _key(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.Text(), primary_key=True)


def _text(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.Text(), nullable=False)


def _moment(name: str, *, nullable: bool = False) -> sa.Column[datetime]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)
