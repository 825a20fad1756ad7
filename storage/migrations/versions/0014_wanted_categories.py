"""What subscriptions name and which are lost, in tables of their own, so that nobody reads all subscriptions for it."""

import json
from datetime import UTC, datetime

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"

#: rows that are written at a time
_SOME = 5_000
_MOMENT = sa.DateTime(timezone=True)
_SUBSCRIPTIONS = sa.table(
    "subscriptions", sa.column("id", sa.Integer()), sa.column("value", sa.Text()), sa.column("absent_since", _MOMENT)
)


def upgrade() -> None:
    op.add_column("subscriptions", sa.Column("absent_since", _MOMENT))
    op.create_index("subscriptions_absent_since", "subscriptions", ["absent_since"])
    op.create_index("subscriptions_next_due", "subscriptions", ["next_due", "id"])
    categories = op.create_table(
        "subscription_categories",
        sa.Column("subscription_id", sa.Integer(), sa.ForeignKey("subscriptions.id", ondelete="CASCADE")),
        sa.Column("category", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("subscription_id", "category"),
        sqlite_with_rowid=False,
    )
    op.create_index("subscription_categories_category", "subscription_categories", ["category"])
    last = 0
    while found := op.get_bind().execute(_after(last)).all():
        values = {row.id: json.loads(row.value) for row in found}
        named = [
            {"subscription_id": number, "category": category}
            for number, value in values.items()
            for category in dict.fromkeys(value.get("categories", ()))
        ]
        if named:
            op.get_bind().execute(categories.insert(), named)
        for number, value in values.items():
            if absence := value.get("absence"):
                since = datetime.fromisoformat(absence["since"]).astimezone(UTC)
                lost = sa.update(_SUBSCRIPTIONS).where(_SUBSCRIPTIONS.c.id == number)
                op.get_bind().execute(lost.values(absent_since=since))
        last = found[-1].id


def _after(number: int) -> sa.Select[tuple[int, str]]:
    columns = _SUBSCRIPTIONS.c
    return sa.select(columns.id, columns.value).where(columns.id > number).order_by(columns.id).limit(_SOME)
