"""Index texts in every script by the words that people look for.

Most papers stay as they are in the index. Those with other letters than ASCII in them get their words, a batch at a
time, within the one transaction of all migrations: whoever is interrupted begins again. What was indexed twice is then
merged, so that searches look into no more than before.
"""

import sqlalchemy as sa
from alembic import op

from core.papers.marks import words_of
from storage import rows
from storage.tables import search_index

revision = "0019"
down_revision = "0018"

#: papers that are read at a time
BATCH = 1_000


def upgrade() -> None:
    for name in ("title_words", "abstract_words", "author_words"):
        op.add_column("papers", sa.Column(name, sa.Text()))
    search_index.take_words(op.get_bind())
    _store_words()


def _store_words() -> None:
    connection = op.get_bind()
    names = ("id", "title", "abstract", "authors", "title_words", "abstract_words", "author_words")
    papers = sa.table("papers", *map(sa.column, names))
    found = sa.select(papers.c.id, papers.c.title, papers.c.abstract, papers.c.authors).order_by(papers.c.id)
    storing = sa.update(papers).where(papers.c.id == sa.bindparam("row"))
    storing = storing.values({name: sa.bindparam(name) for name in names if name.endswith("_words")})
    last, is_changed = 0, False
    while batch := connection.execute(found.where(papers.c.id > last).limit(BATCH)).all():
        last = batch[-1].id
        words = [(row.id, words_of(row.title, row.abstract, rows.strings(row.authors))) for row in batch]
        if values := [{"row": id, **of_paper} for id, of_paper in words if any(of_paper.values())]:
            connection.execute(storing, values)
            is_changed = True
    if is_changed and connection.dialect.name == "sqlite":
        connection.execute(sa.text("INSERT INTO papers_fts (papers_fts) VALUES ('optimize')"))
