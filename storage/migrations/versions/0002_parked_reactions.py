"""Reactions that arrive before the message they are on is recorded."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.create_table(
        "parked_reactions",
        *(sa.Column(name, sa.Text(), primary_key=True) for name in ("channel", "message", "person", "feeling")),
        sa.Column("added", sa.Boolean(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_index("parked_reactions_at", "parked_reactions", ["at"])
