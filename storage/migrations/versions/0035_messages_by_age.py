"""An index of sent messages by their age: reactions that were missed are looked for on the newest."""

from alembic import op

revision = "0035"
down_revision = "0034"


def upgrade() -> None:
    op.create_index("shown_sent_at", "shown", ["sent_at"])
