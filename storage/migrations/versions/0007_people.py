"""What people want more and less of, private beside public marks on a paper, and orders of digests."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    with op.batch_alter_table("bookmarks") as bookmarks:
        bookmarks.drop_constraint("bookmarks_once", type_="unique")
        bookmarks.create_unique_constraint("bookmarks_once", ["person", "paper_id", "channel", "public"])
    op.create_table(
        "feedback",
        _key("person"),
        sa.Column("paper_id", sa.Integer(), sa.ForeignKey("papers.id"), primary_key=True),
        _key("feeling"),
        _key("channel"),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("public", sa.Boolean(), nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "digest_orders",
        _key("channel"),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_index("feedback_channel", "feedback", ["channel", "at"])
    op.create_index("feedback_paper", "feedback", ["paper_id"])


def _key(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.Text(), primary_key=True)
