"""The database's own id, and the post and the sender of each delivery; deliveries without a plan are gone."""

from secrets import token_hex

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    identity = op.create_table(
        "identity",
        sa.Column("number", sa.Integer(), primary_key=True),
        sa.Column("database", sa.Text(), nullable=False),
    )
    op.bulk_insert(identity, [{"number": 1, "database": token_hex(8)}])
    # Added one by one: messages and decisions refer to this table, which a rebuilding would have to drop.
    op.add_column("deliveries", sa.Column("post", sa.Text()))
    op.add_column("deliveries", sa.Column("holder", sa.Text()))
    op.execute("DELETE FROM deliveries WHERE state = 'choosing'")
