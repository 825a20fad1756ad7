"""When a delivery that failed halfway is tried again, and why it failed; updates that wait to be carried out."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    op.add_column("deliveries", sa.Column("attempts", sa.Integer()))
    op.add_column("deliveries", sa.Column("retry_at", sa.DateTime(timezone=True)))
    op.add_column("deliveries", sa.Column("failure", sa.Text()))
    op.add_column("deliveries", sa.Column("failure_sentence", sa.Text()))
    op.create_index("deliveries_open", "deliveries", ["state", "id"])
    op.create_table(
        "updates",
        sa.Column("account", sa.Text(), primary_key=True),
        sa.Column("number", sa.BigInteger(), primary_key=True, autoincrement=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("done", sa.Boolean(), nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_index("updates_waiting", "updates", ["account", "done", "received_at"])
