"""One paper out of many sources: accounts, titles to find papers by, what a person has split, readings and events.

Papers that several sources had told of so far cannot be taken apart any more: each of their sources counts as having
told all of it (`core.papers.identity.records.records_of`), until it tells something newer.
"""

import sqlalchemy as sa
from alembic import op

from core.papers.identifiers import PaperId
from core.papers.identity.records import mark_of
from core.papers.paper import Paper
from storage import rows

revision = "0003"
down_revision = "0002"

#: papers whose titles are marked at a time
BATCH = 2_000


def upgrade() -> None:
    op.add_column("papers", sa.Column("comment", sa.Text(), nullable=False, server_default=sa.text("''")))
    op.add_column("papers", sa.Column("title_key", sa.BigInteger()))
    _mark_titles()
    op.create_index("papers_title", "papers", ["title_key"])
    _announcements()
    _accounts()
    _readings()
    _events()


def _mark_titles() -> None:
    connection = op.get_bind()
    papers = sa.table("papers", *(sa.column(name) for name in ("id", "title", "authors", "title_key")))
    told = sa.select(papers.c.id, papers.c.title, papers.c.authors).order_by(papers.c.id).limit(BATCH)
    marking = sa.update(papers).where(papers.c.id == sa.bindparam("row")).values(title_key=sa.bindparam("mark"))
    last = 0
    while batch := connection.execute(told.where(papers.c.id > last)).all():
        last = batch[-1].id
        marks = [{"row": row.id, "mark": _mark(row.title, row.authors)} for row in batch]
        connection.execute(marking, marks)


def _mark(title: str, authors: str) -> int | None:
    return mark_of(Paper(id=PaperId("url", ""), title=title, authors=rows.strings(authors)))


def _announcements() -> None:
    """Each line gets the identifier it was announced under, which is part of what makes it one line.

    SQLite cannot change a constraint: the table is made anew, and goes on counting where the old one was.
    """
    connection = op.get_bind()
    if connection.dialect.name == "sqlite":
        op.drop_index("announcements_day", "announcements")
        op.rename_table("announcements", "announcements_before")
        _announcements_on_sqlite()
        connection.exec_driver_sql("""
            INSERT INTO announcements (seq, paper_id, source, scope, type, version, name, day, history, seen_at)
            SELECT seq, paper_id, source, scope, type, old.version, key, day, 0, seen_at
            FROM announcements_before AS old JOIN papers ON papers.id = paper_id ORDER BY seq
        """)
        connection.exec_driver_sql("DELETE FROM sqlite_sequence WHERE name = 'announcements'")
        connection.exec_driver_sql("""
            INSERT INTO sqlite_sequence (name, seq)
            SELECT 'announcements', seq FROM sqlite_sequence WHERE name = 'announcements_before'
        """)
        op.drop_table("announcements_before")
        return
    op.add_column("announcements", sa.Column("name", sa.Text()))
    op.add_column("announcements", sa.Column("history", sa.Boolean(), nullable=False, server_default=sa.false()))
    connection.exec_driver_sql("UPDATE announcements SET name = key FROM papers WHERE papers.id = paper_id")
    op.alter_column("announcements", "name", nullable=False)
    op.alter_column("announcements", "history", server_default=None)
    op.drop_constraint("announcements_once", "announcements")
    op.create_unique_constraint("announcements_once", "announcements", _ONCE)


_ONCE = ["paper_id", "source", "scope", "type", "version", "name"]


def _announcements_on_sqlite() -> None:
    op.create_table(
        "announcements",
        sa.Column("seq", sa.Integer(), primary_key=True),
        _paper_id(),
        *_texts("source", "scope", "type"),
        sa.Column("version", sa.Integer(), nullable=False),
        *_texts("name"),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("history", sa.Boolean(), nullable=False),
        _moment("seen_at"),
        sa.UniqueConstraint(*_ONCE, name="announcements_once"),
        sqlite_autoincrement=True,
    )
    op.create_index("announcements_day", "announcements", ["day", "paper_id"])


def _accounts() -> None:
    op.create_table(
        "accounts",
        sa.Column("source", sa.Text(), primary_key=True),
        sa.Column("name", sa.Text(), primary_key=True),
        _paper_id(),
        *_texts("value"),
        sqlite_with_rowid=False,
    )
    op.create_index("accounts_paper", "accounts", ["paper_id"])
    op.create_table(
        "clues",
        sa.Column("key", sa.Text(), primary_key=True),
        _paper_id(primary_key=True),
        sqlite_with_rowid=False,
    )
    op.create_index("clues_paper", "clues", ["paper_id"])
    op.create_table(
        "apart",
        sa.Column("one", sa.Text(), primary_key=True),
        sa.Column("other", sa.Text(), primary_key=True),
        _moment("at"),
        sqlite_with_rowid=False,
    )
    op.create_index("apart_other", "apart", ["other"])


def _readings() -> None:
    op.create_table(
        "readings",
        sa.Column("id", sa.Integer(), primary_key=True),
        _paper_id(),
        *_texts("source", "name"),
        _moment("at"),
        *_texts("signals"),
    )
    op.create_index("readings_paper", "readings", ["paper_id"])


def _events() -> None:
    op.create_table(
        "events",
        sa.Column("id", sa.Integer(), primary_key=True),
        _paper_id(),
        *_texts("kind", "detail", "source"),
        _moment("at"),
        sa.UniqueConstraint("paper_id", "kind", "detail", name="events_once"),
        sqlite_autoincrement=True,
    )


def _texts(*names: str) -> list[sa.Column[str]]:
    return [sa.Column(name, sa.Text(), nullable=False) for name in names]


def _moment(name: str) -> sa.Column[object]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=False)


def _paper_id(*, primary_key: bool = False) -> sa.Column[int]:
    return sa.Column("paper_id", sa.Integer(), sa.ForeignKey("papers.id"), nullable=False, primary_key=primary_key)
