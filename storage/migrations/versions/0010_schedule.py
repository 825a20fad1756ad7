"""When each subscription is looked at, and what became of the days on which its digest was due."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    for name in ("next_look", "settled_until", "next_due"):
        op.add_column("subscriptions", sa.Column(name, sa.DateTime(timezone=True)))
    op.execute("UPDATE subscriptions SET next_look = saved_at")
    op.create_index("subscriptions_next_look", "subscriptions", ["next_look"])
    op.create_table(
        "delivery_days",
        sa.Column("subscription_id", sa.Integer(), primary_key=True, autoincrement=False),
        sa.Column("day", sa.Date(), primary_key=True),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True)),
        sqlite_with_rowid=False,
    )
    op.create_index("delivery_days_state", "delivery_days", ["state", "due_at"])
