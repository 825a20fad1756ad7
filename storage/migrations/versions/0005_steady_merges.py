"""SQLite's full-text index no longer merges by itself: `SqliteIndex.tend` has it merge a little at a time."""

from alembic import op

from storage.tables import search_index

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    search_index.merge_by_hand(op.get_bind())
