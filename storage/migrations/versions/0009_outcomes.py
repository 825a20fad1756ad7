"""Facts that were hidden in others: the phase of a backfill."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    _add("backfills", sa.Column("phase", sa.Text(), nullable=False, server_default="reading"))
    op.execute("UPDATE backfills SET phase = 'complete', cursor = '' WHERE cursor = 'end'")
    op.execute("UPDATE backfills SET phase = 'unread' WHERE cursor = '' AND phase = 'reading' AND failed > 0")


def _add(table: str, column: sa.Column[str]) -> None:
    """The tables know no defaults, so that of the rows of before goes again."""
    with op.batch_alter_table(table) as rows:
        rows.add_column(column)
    with op.batch_alter_table(table) as rows:
        rows.alter_column(column.name, server_default=None)
