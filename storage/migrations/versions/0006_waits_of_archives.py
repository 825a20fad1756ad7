"""What an archive asked of us in a backfill: how often in a row, and until when it wants to be left alone."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    with op.batch_alter_table("backfills") as backfills:
        backfills.add_column(sa.Column("wait_until", sa.DateTime(timezone=True)))
        backfills.add_column(sa.Column("troubles", sa.Integer(), nullable=False, server_default="0"))
    # nobody had counted before; the tables know no defaults, so this one goes again
    with op.batch_alter_table("backfills") as backfills:
        backfills.alter_column("troubles", server_default=None)
