"""Summaries of several depths side by side, and what language models cost.

SQLite cannot change a constraint: the table is made anew, and goes on counting where the old one was.
"""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"

_ONCE = ["paper_id", "language", "version", "made_by", "depth", "recipe"]
_ADDED = {"depth": "parts", "recipe": "", "readers": "", "novelty": ""}


def upgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        _summaries_on_sqlite()
    else:
        _summaries_on_postgresql()
    op.create_table(
        "model_usage",
        sa.Column("day", sa.Date(), primary_key=True),
        *(sa.Column(name, sa.Text(), primary_key=True) for name in ("model", "purpose", "channel")),
        sa.Column("calls", sa.Integer(), nullable=False),
        *(
            sa.Column(name, sa.BigInteger(), nullable=False)
            for name in ("input_tokens", "cached_tokens", "output_tokens")
        ),
        sa.Column("cost_usd", sa.Float(), nullable=False),
        sa.Column("unpriced_calls", sa.Integer(), nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_index("model_usage_channel", "model_usage", ["channel", "day"])


def _summaries_on_postgresql() -> None:
    for name, value in _ADDED.items():
        op.add_column("summaries", sa.Column(name, sa.Text(), nullable=False, server_default=value))
        op.alter_column("summaries", name, server_default=None)
    op.drop_constraint("summaries_once", "summaries")
    op.create_unique_constraint("summaries_once", "summaries", _ONCE)


def _summaries_on_sqlite() -> None:
    connection = op.get_bind()
    op.rename_table("summaries", "summaries_before")
    texts = ("gist", "motivation", "method", "result", "conclusion", "readers", "novelty", "evidence")
    op.create_table(
        "summaries",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("paper_id", sa.Integer(), sa.ForeignKey("papers.id"), nullable=False),
        _text("language"),
        sa.Column("version", sa.Integer(), nullable=False),
        *map(_text, ("made_by", "depth", "recipe", *texts)),
        sa.UniqueConstraint(*_ONCE, name="summaries_once"),
        sqlite_autoincrement=True,
    )
    kept = "id, paper_id, language, version, made_by, gist, motivation, method, result, conclusion, evidence"
    connection.exec_driver_sql(f"""
        INSERT INTO summaries ({kept}, depth, recipe, readers, novelty)
        SELECT {kept}, 'parts', '', '', '' FROM summaries_before ORDER BY id
    """)  # noqa: S608 - our own names
    connection.exec_driver_sql("DELETE FROM sqlite_sequence WHERE name = 'summaries'")
    connection.exec_driver_sql("""
        INSERT INTO sqlite_sequence (name, seq)
        SELECT 'summaries', seq FROM sqlite_sequence WHERE name = 'summaries_before'
    """)
    op.drop_table("summaries_before")


def _text(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.Text(), nullable=False)
