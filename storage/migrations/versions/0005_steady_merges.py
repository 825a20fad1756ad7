"""SQLite's full-text index no longer merges by itself: `SqliteIndex.tend` has it merge a little at a time.

By itself FTS5 merges with a speed that grows with the index: while it wrote the whole of it anew, which took 20,000
papers at a million, each of them cost 2.4 times what it costs among ten thousand.
"""

from alembic import op

revision = "0005"
down_revision = "0004"

#: `usermerge`: segments to a merge, 16 being the most there can be, since each merge writes all its words anew;
#: `crisismerge`: where the steady merging does not keep up, this many are merged at once
OPTIONS = {"automerge": 0, "usermerge": 16, "crisismerge": 64}


def upgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        for name, value in OPTIONS.items():
            op.execute(f"INSERT INTO papers_fts (papers_fts, rank) VALUES ('{name}', {value})")  # noqa: S608 - our own
