"""Indexes of what is looked for by its age: news of saved papers, and what is old enough to be forgotten."""

from alembic import op

revision = "0033"
down_revision = "0032"


def upgrade() -> None:
    op.create_index("events_at", "events", ["at"])
    op.create_index("event_notices_claimed_at", "event_notices", ["claimed_at"])
    op.create_index("tallies_at", "tallies", ["at"])
