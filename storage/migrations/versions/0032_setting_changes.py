"""What people change of digests, and what they were shown and have not saved yet."""

import sqlalchemy as sa
from alembic import op

revision = "0032"
down_revision = "0031"


def upgrade() -> None:
    op.create_table(
        "setting_changes",
        sa.Column("number", sa.Integer(), primary_key=True),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("person", sa.Text(), nullable=False),
        sa.Column("person_name", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("before", sa.Text(), nullable=True),
        sa.Column("after", sa.Text(), nullable=True),
        sa.UniqueConstraint("channel", "number", name="setting_changes_channel"),
        sqlite_autoincrement=True,
    )
    op.create_index("setting_changes_person", "setting_changes", ["person"])
    op.create_table(
        "pending_changes",
        sa.Column("key", sa.Text(), primary_key=True),
        sa.Column("channel", sa.Text(), primary_key=True),
        sa.Column("person", sa.Text(), nullable=False),
        sa.Column("before", sa.Text(), nullable=True),
        sa.Column("after", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_index("pending_changes_at", "pending_changes", ["at"])
    op.create_index("pending_changes_person", "pending_changes", ["person", "channel"])
