"""Histories of refreshes, backfills on their way, and when enrichers were asked."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"

_COUNTS = ("fetched", "new", "updated", "known", "merged", "failed")


def upgrade() -> None:
    _troubles()
    op.create_table(
        "refreshes",
        sa.Column("id", sa.Integer(), primary_key=True),
        *_texts("source", "scope"),
        _moment("at"),
        *_texts("state"),
        *_numbers(*_COUNTS),
        *_texts("error"),
        sa.Column("retry_after_s", sa.Float()),
        sqlite_autoincrement=True,
    )
    op.create_index("refreshes_scope", "refreshes", ["source", "scope", "at"])
    op.create_index("refreshes_at", "refreshes", ["at"])
    op.create_table(
        "backfills",
        *(sa.Column(name, sa.Text(), primary_key=True) for name in ("source", "scope")),
        *(sa.Column(name, sa.Date(), primary_key=True) for name in ("since", "until")),
        *_texts("cursor"),
        *_numbers(*_COUNTS),
        _moment("at"),
    )
    op.create_table(
        "enrichments",
        sa.Column("source", sa.Text(), primary_key=True),
        sa.Column("paper_id", sa.Integer(), sa.ForeignKey("papers.id"), primary_key=True),
        _moment("at"),
        sqlite_with_rowid=False,
    )
    op.create_index("enrichments_paper", "enrichments", ["paper_id"])


def _troubles() -> None:
    """Nobody was in trouble before it was counted; the tables know no defaults, so this one goes again."""
    with op.batch_alter_table("source_states") as states:
        states.add_column(sa.Column("troubles", sa.Integer(), nullable=False, server_default="0"))
    with op.batch_alter_table("source_states") as states:
        states.alter_column("troubles", server_default=None)


def _texts(*names: str) -> list[sa.Column[str]]:
    return [sa.Column(name, sa.Text(), nullable=False) for name in names]


def _numbers(*names: str) -> list[sa.Column[int]]:
    return [sa.Column(name, sa.Integer(), nullable=False) for name in names]


def _moment(name: str) -> sa.Column[object]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=False)
