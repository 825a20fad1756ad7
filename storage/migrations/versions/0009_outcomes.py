"""Problems as values in place of sentences, and facts that were hidden in others: what came otherwise, a phase.

What an earlier version said of a refresh is kept, as a problem whose kind is that.
"""

import json
from collections.abc import Callable
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    _add("backfills", sa.Column("phase", sa.Text(), nullable=False, server_default="reading"))
    op.execute("UPDATE backfills SET phase = 'complete', cursor = '' WHERE cursor = 'end'")
    op.execute("UPDATE backfills SET phase = 'unread' WHERE cursor = '' AND phase = 'reading' AND failed > 0")
    _add("source_states", sa.Column("came_otherwise", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.execute("UPDATE source_states SET came_otherwise = true WHERE fresh_at = checked_at")
    for table in ("source_states", "refreshes"):
        op.execute(f"ALTER TABLE {table} RENAME COLUMN error TO problems")  # a rebuilding would lose AUTOINCREMENT
        _rewrite(table, "problems", _problems)
    _rewrite("deliveries", "sources", _sources)


def _add(table: str, column: sa.Column[Any]) -> None:
    """The tables know no defaults: that of the rows of before goes again, and where there are none it is not needed."""
    if op.get_bind().execute(sa.text(f"SELECT 1 FROM {table} LIMIT 1")).first() is None:  # noqa: S608 - our own names
        column.server_default = None
        with op.batch_alter_table(table) as rows:
            rows.add_column(column)
        return
    with op.batch_alter_table(table) as rows:
        rows.add_column(column)
    with op.batch_alter_table(table) as rows:
        rows.alter_column(column.name, server_default=None)


def _rewrite(name: str, column: str, rewritten: Callable[[str], str]) -> None:
    """Put another text in the place of each in a column; most rows have the same few."""
    table = sa.table(name, sa.column(column, sa.Text()))
    connection, values = op.get_bind(), table.c[column]
    for text in connection.execute(sa.select(values).distinct()).scalars().all():
        connection.execute(sa.update(table).where(values == text).values({column: rewritten(text)}))


def _problems(sentence: str) -> str:
    return json.dumps(_earlier(sentence), ensure_ascii=False)


def _sources(text: str) -> str:
    """The states in a delivery, which are JSON themselves."""
    states = json.loads(text)
    for state in states:
        state["problems"] = _earlier(state.pop("error", ""))
        state["came_otherwise"] = state.get("fresh_at") == state.get("checked_at")
    return json.dumps(states, ensure_ascii=False)


def _earlier(sentence: str) -> list[dict[str, str]]:
    return [{"kind": "earlier", "sentence": sentence}] if sentence else []
