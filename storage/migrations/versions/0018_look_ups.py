"""Marks of titles and addresses, to find papers by what people see of them."""

import sqlalchemy as sa
from alembic import op

from core.papers.marks import marks_of
from core.papers.paper import Paper
from storage import rows

revision = "0018"
down_revision = "0017"

#: papers that are marked at a time
BATCH = 2_000
MARKS = ("shown_key", "url_key", "pdf_key")


def upgrade() -> None:
    for name in MARKS:
        op.add_column("papers", sa.Column(name, sa.BigInteger()))
    _mark()
    op.create_index("papers_shown", "papers", ["shown_key"])
    for name, key in (("papers_url", "url_key"), ("papers_pdf", "pdf_key")):
        there = sa.text(f"{key} IS NOT NULL")
        op.create_index(name, "papers", [key], sqlite_where=there, postgresql_where=there)


def _mark() -> None:
    connection, last = op.get_bind(), 0
    told = ("id", "key", "title", "url", "pdf_url")
    papers = sa.table("papers", *map(sa.column, (*told, *MARKS)))
    marking = sa.update(papers).where(papers.c.id == sa.bindparam("row"))
    marking = marking.values({name: sa.bindparam(f"new_{name}") for name in MARKS})
    some = sa.select(*(papers.c[name] for name in told)).order_by(papers.c.id).limit(BATCH)
    while batch := connection.execute(some.where(papers.c.id > last)).all():
        connection.execute(marking, [{"row": row.id} | _marks(row) for row in batch])
        last = batch[-1].id


def _marks(row: rows.Row) -> dict[str, int | None]:
    paper = Paper(id=rows.id_of(row.key), title=row.title, url=row.url, pdf_url=row.pdf_url)
    return {f"new_{name}": mark for name, mark in marks_of(paper).items()}
