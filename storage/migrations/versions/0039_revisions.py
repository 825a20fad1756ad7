"""Which schema each running process works with."""

import sqlalchemy as sa
from alembic import op

revision = "0039"
down_revision = "0038"


def upgrade() -> None:
    op.add_column("services", sa.Column("revision", sa.Text(), nullable=True))
