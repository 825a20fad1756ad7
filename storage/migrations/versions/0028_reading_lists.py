"""What people write beside papers on their lists, and which events on saved papers were told to whom."""

import sqlalchemy as sa
from alembic import op

revision = "0028"
down_revision = "0027"


def upgrade() -> None:
    op.create_table(
        "paper_annotations",
        sa.Column("person", sa.Text(), primary_key=True),
        sa.Column("paper_id", sa.Integer(), sa.ForeignKey("papers.id"), primary_key=True),
        sa.Column("channel", sa.Text(), primary_key=True),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("tags", sa.Text(), nullable=False),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_index("paper_annotations_channel", "paper_annotations", ["channel"])
    op.create_index("paper_annotations_paper", "paper_annotations", ["paper_id"])
    op.create_table(
        "event_notices",
        sa.Column("event_id", sa.Integer(), primary_key=True, autoincrement=False),
        sa.Column("recipient", sa.Text(), primary_key=True),
        sa.Column("claimed_at", sa.DateTime(timezone=True), nullable=False),
        sqlite_with_rowid=False,
    )
