"""Places that the bot left; and deliveries name no longer who set their digest up."""

import re

import sqlalchemy as sa
from alembic import op

revision = "0030"
down_revision = "0029"

#: deliveries that are rewritten at a time
_BATCH = 1_000
_NAMED = re.compile(r'"set_up_by":\{[^{}]*\}')


def upgrade() -> None:
    op.create_table(
        "departures",
        sa.Column("channel", sa.Text(), primary_key=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("left_at", sa.DateTime(timezone=True), nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_index("departures_left_at", "departures", ["left_at"])
    deliveries = sa.table("deliveries", sa.column("id", sa.Integer), sa.column("subscription", sa.Text))
    connection, last = op.get_bind(), 0
    naming = sa.select(deliveries).where(deliveries.c.subscription.contains('"set_up_by":{'))
    while rows := connection.execute(naming.where(deliveries.c.id > last).order_by("id").limit(_BATCH)).all():
        for row in rows:
            text = _NAMED.sub('"set_up_by":null', row.subscription)
            connection.execute(deliveries.update().where(deliveries.c.id == row.id).values(subscription=text))
        last = rows[-1].id
