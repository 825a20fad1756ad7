"""Which deliveries show summaries that stand in for better ones."""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"


def upgrade() -> None:
    op.create_table(
        "stand_ins",
        sa.Column("delivery_id", sa.Integer(), sa.ForeignKey("deliveries.id"), primary_key=True, autoincrement=False),
        sa.Column("papers", sa.Text(), nullable=False),
        sa.Column("is_improved", sa.Boolean(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("look_at", sa.DateTime(timezone=True), nullable=False),
    )
    op.create_index("stand_ins_look_at", "stand_ins", ["look_at"])
