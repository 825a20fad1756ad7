"""The schema at revision 0035, from which databases are migrated. No release had an older one.

`schema` makes new databases from the tables. This makes one as it was, for later migrations to be tried on.
"""

from pathlib import Path
from secrets import token_hex

import sqlalchemy as sa
from alembic import op

from storage.tables import search_index

revision = "0035"
down_revision = None

#: what SQLite's words are on PostgreSQL, the longer first
_ON_POSTGRESQL = {
    "INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT": "SERIAL PRIMARY KEY",
    "INTEGER NOT NULL PRIMARY KEY": "SERIAL PRIMARY KEY",
    "DATETIME": "TIMESTAMP WITH TIME ZONE",
    "BLOB": "BYTEA",
    " WITHOUT ROWID": "",
}


def upgrade() -> None:
    connection = op.get_bind()
    script = Path(__file__).with_suffix(".sql").read_text(encoding="utf-8")
    for on_sqlite, on_postgresql in _ON_POSTGRESQL.items() if connection.dialect.name == "postgresql" else ():
        script = script.replace(on_sqlite, on_postgresql)
    for statement in filter(str.strip, script.split(";")):
        connection.exec_driver_sql(statement)
    search_index.create(connection)
    connection.execute(sa.text("INSERT INTO identity (number, database) VALUES (1, :id)"), {"id": token_hex(8)})
