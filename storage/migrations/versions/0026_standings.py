"""What became of each kept paper, and what its score is made of."""

import sqlalchemy as sa
from alembic import op

revision = "0026"
down_revision = "0025"


def upgrade() -> None:
    op.add_column("decisions", sa.Column("standing", sa.Text(), nullable=True))
