"""Have the index on PostgreSQL know where words stand and which papers are the newest, so that a search has a bound."""

from alembic import op

from storage.tables import search_index

revision = "0038"
down_revision = "0037"


def upgrade() -> None:
    search_index.label_words(op.get_bind())
