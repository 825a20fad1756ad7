"""Which reactions stand, which messages say how many people saved their paper, and which hints were given to whom."""

import sqlalchemy as sa
from alembic import op

revision = "0031"
down_revision = "0030"


def upgrade() -> None:
    op.drop_table("parked_reactions")  # they wait for minutes
    op.create_table(
        "reactions",
        *(sa.Column(name, sa.Text(), primary_key=True) for name in ("channel", "message", "person", "emoji")),
        sa.Column("feeling", sa.Text(), nullable=False),
        sa.Column("added", sa.Boolean(), nullable=False),
        sa.Column("happened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("paper_id", sa.Integer(), sa.ForeignKey("papers.id"), nullable=True),
        sqlite_with_rowid=False,
    )
    op.create_index("reactions_paper", "reactions", ["paper_id", "at"])
    op.create_index("shown_message", "shown", ["message"])
    op.create_table(
        "tallies",
        sa.Column("channel", sa.Text(), primary_key=True),
        sa.Column("message", sa.Text(), primary_key=True),
        sa.Column("paper_id", sa.Integer(), sa.ForeignKey("papers.id"), nullable=False),
        sa.Column("told", sa.Integer(), nullable=False),
        sa.Column("post", sa.Text(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("edit_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("edited_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("is_fixed", sa.Boolean(), nullable=False),
    )
    op.create_index("tallies_edit_at", "tallies", ["edit_at"])
    op.create_index("tallies_paper", "tallies", ["paper_id"])
    op.create_table(
        "hints",
        sa.Column("recipient", sa.Text(), primary_key=True),
        sa.Column("name", sa.Text(), primary_key=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sqlite_with_rowid=False,
    )
