"""What became of the channel of a delivery that this ended; the rest is in the subscriptions' JSON."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    op.add_column("deliveries", sa.Column("absence", sa.Text()))
