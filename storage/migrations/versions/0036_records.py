"""What sources say of papers lies in `records`; that table was called `accounts`."""

from alembic import op

revision = "0036"
down_revision = "0035"

#: an index of SQLite cannot be renamed, and its constraints have no names
_ON_POSTGRESQL = (
    "ALTER INDEX accounts_paper RENAME TO records_paper",
    "ALTER TABLE records RENAME CONSTRAINT accounts_pkey TO records_pkey",
    "ALTER TABLE records RENAME CONSTRAINT accounts_paper_id_fkey TO records_paper_id_fkey",
)


def upgrade() -> None:
    op.rename_table("accounts", "records")
    if op.get_bind().dialect.name == "sqlite":
        op.drop_index("accounts_paper", "records")
        op.create_index("records_paper", "records", ["paper_id"])
        return
    for statement in _ON_POSTGRESQL:
        op.execute(statement)
