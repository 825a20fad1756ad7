"""Everything that a digest with threads, its ledger, search and reading lists need."""

import sqlalchemy as sa
from alembic import op

from storage.tables import search_index

revision = "0001"
down_revision = None


def upgrade() -> None:
    _papers()
    _announcements()
    _summaries()
    _source_states()
    _subscriptions()
    _deliveries()
    _messages()
    _decisions()
    _bookmarks()
    search_index.create(op.get_bind())


def _texts(*names: str, nullable: bool = False) -> list[sa.Column[str]]:
    return [sa.Column(name, sa.Text(), nullable=nullable) for name in names]


def _moment(name: str, *, nullable: bool = False) -> sa.Column[object]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def _number(name: str, *, nullable: bool = False) -> sa.Column[int]:
    return sa.Column(name, sa.Integer(), nullable=nullable)


def _day(name: str) -> sa.Column[object]:
    return sa.Column(name, sa.Date(), nullable=False)


def _of(table: str, column: str, *, primary_key: bool = False) -> sa.Column[int]:
    return sa.Column(column, sa.Integer(), sa.ForeignKey(f"{table}.id"), nullable=False, primary_key=primary_key)


def _papers() -> None:
    op.create_table(
        "papers",
        sa.Column("id", sa.Integer(), primary_key=True),
        *_texts("key"),
        _number("version"),
        _day("announced"),
        *_texts("announce_type"),
        _moment("published", nullable=True),
        _moment("first_seen"),
        *_texts("doi", "journal", "licence", nullable=True),
        *_texts("url", "pdf_url", "categories", "sources", "identifiers", "signals", "title", "authors", "abstract"),
        sa.UniqueConstraint("key", name="papers_key"),
    )
    op.create_index("papers_announced", "papers", ["announced", "id"])
    op.create_index("papers_published", "papers", ["published"])
    op.create_table(
        "paper_categories",
        _of("papers", "paper_id", primary_key=True),
        sa.Column("category", sa.Text(), primary_key=True),
        _day("announced"),
        sqlite_with_rowid=False,
    )
    op.create_index("paper_categories_listing", "paper_categories", ["category", "announced", "paper_id"])
    op.create_table(
        "identifiers", sa.Column("key", sa.Text(), primary_key=True), _of("papers", "paper_id"), sqlite_with_rowid=False
    )
    op.create_index("identifiers_paper", "identifiers", ["paper_id"])


def _announcements() -> None:
    op.create_table(
        "announcements",
        sa.Column("seq", sa.Integer(), primary_key=True),
        _of("papers", "paper_id"),
        *_texts("source", "scope", "type"),
        _number("version"),
        _day("day"),
        _moment("seen_at"),
        sa.UniqueConstraint("paper_id", "source", "scope", "type", "version", name="announcements_once"),
        sqlite_autoincrement=True,
    )
    op.create_index("announcements_day", "announcements", ["day", "paper_id"])


def _summaries() -> None:
    op.create_table(
        "summaries",
        sa.Column("id", sa.Integer(), primary_key=True),
        _of("papers", "paper_id"),
        *_texts("language"),
        _number("version"),
        *_texts("made_by", "gist", "motivation", "method", "result", "conclusion", "evidence"),
        sa.UniqueConstraint("paper_id", "language", "version", "made_by", name="summaries_once"),
        sqlite_autoincrement=True,
    )


def _source_states() -> None:
    op.create_table(
        "source_states",
        sa.Column("source", sa.Text(), primary_key=True),
        sa.Column("scope", sa.Text(), primary_key=True),
        *_texts("state"),
        _moment("checked_at"),
        _moment("fresh_at", nullable=True),
        sa.Column("listing_day", sa.Date()),
        _number("listed"),
        *_texts("etag", "last_modified", nullable=True),
        *_texts("error"),
        _moment("wait_until", nullable=True),
    )


def _subscriptions() -> None:
    op.create_table(
        "subscriptions",
        sa.Column("id", sa.Integer(), primary_key=True),
        *_texts("channel", "name", "value"),
        _moment("saved_at"),
        sa.UniqueConstraint("channel", "name", name="subscriptions_name"),
        sqlite_autoincrement=True,
    )


def _deliveries() -> None:
    op.create_table(
        "deliveries",
        sa.Column("id", sa.Integer(), primary_key=True),
        _number("subscription_id"),
        *_texts("channel", "name"),
        _day("day"),
        *_texts("kind", "state"),
        _moment("begun_at"),
        _moment("lease_until"),
        _moment("finished_at", nullable=True),
        _number("after", nullable=True),
        *(_number(name) for name in ("until", "candidates", "kept", "posted", "failed")),
        *_texts("subscription", "sources"),
        sa.UniqueConstraint("subscription_id", "day", "kind", name="deliveries_once"),
        sqlite_autoincrement=True,
    )
    op.create_index("deliveries_channel", "deliveries", ["channel", "name", "id"])


def _messages() -> None:
    op.create_table(
        "messages",
        sa.Column("key", sa.Text(), primary_key=True),
        _of("deliveries", "delivery_id"),
        _number("position"),
        *_texts("parent_key", nullable=True),
        *_texts("papers", "payload", "state"),
        *_texts("message", nullable=True),
        _moment("sent_at", nullable=True),
        sa.UniqueConstraint("delivery_id", "position", name="messages_position"),
    )
    op.create_table(
        "shown",
        sa.Column("channel", sa.Text(), primary_key=True),
        sa.Column("message", sa.Text(), primary_key=True),
        *_texts("papers"),
        _moment("sent_at"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "postings",
        sa.Column("channel", sa.Text(), primary_key=True),
        _of("papers", "paper_id", primary_key=True),
        *_texts("message_key"),
        _moment("posted_at"),
        sqlite_with_rowid=False,
    )
    op.create_index("postings_paper", "postings", ["paper_id"])


def _decisions() -> None:
    op.create_table(
        "decisions",
        _of("deliveries", "delivery_id", primary_key=True),
        _of("papers", "paper_id", primary_key=True),
        sa.Column("score", sa.Float(), nullable=False),
        *_texts("reasons"),
        _number("place"),
        sa.Column("chosen", sa.Boolean(), nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_index("decisions_paper", "decisions", ["paper_id"])


def _bookmarks() -> None:
    op.create_table(
        "bookmarks",
        sa.Column("id", sa.Integer(), primary_key=True),
        *_texts("person"),
        _of("papers", "paper_id"),
        *_texts("channel"),
        _moment("at"),
        sa.Column("public", sa.Boolean(), nullable=False),
        sa.UniqueConstraint("person", "paper_id", name="bookmarks_once"),
    )
    op.create_index("bookmarks_channel", "bookmarks", ["channel", "public", "at"])
    op.create_index("bookmarks_at", "bookmarks", ["at"])
    op.create_index("bookmarks_paper", "bookmarks", ["paper_id"])
