"""What a backup says of itself: the rows and the digest of each of its tables, in a table of its own.

SQLite checks that its pages hang together, and not that a text in them is the one that was written. `upkeep` has this
written when a backup is made and checked before one is restored, on whichever database. A backup that Paperboy opened
as a database since has other contents, and is taken as the database that it became; SQLite's header tells that.
"""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Final

from core.errors import StoreBroken
from storage.operation.contents import Contents, ContentSum, TableContent

_TABLE: Final = "backup_contents"
#: how many rows are read at once
_PAGE: Final = 1_000
#: where a file says whether it keeps a write-ahead log, as every database does that Paperboy opens
_FORMAT_AT: Final = 18
_WITH_LOG: Final = b"\x02\x02"
#: of tables that SQLite keeps, and of the index that it makes of others
_NOT_OURS: Final = ("sqlite_", "papers_fts")


def record_contents(path: Path) -> Contents:
    """Write into a backup what it holds, and return that."""
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        _drop(connection)
        contents = _contents(connection)
        connection.execute(
            f"CREATE TABLE {_TABLE} (name TEXT PRIMARY KEY, rows INTEGER NOT NULL, digest TEXT NOT NULL)"
        )
        values = [(name, content.rows, content.digest) for name, content in contents.items()]
        connection.executemany(f"INSERT INTO {_TABLE} VALUES (?, ?, ?)", values)  # noqa: S608 - our own constant
    return contents


def check_contents(path: Path) -> None:
    """Raises StoreBroken where a backup does not hold what it says; one of an older Paperboy says nothing."""
    with path.open("rb") as file:
        file.seek(_FORMAT_AT)
        if file.read(len(_WITH_LOG)) == _WITH_LOG:
            return
    with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro&immutable=1", uri=True)) as connection:
        if not connection.execute("SELECT 1 FROM sqlite_schema WHERE name = ?", (_TABLE,)).fetchone():
            return
        recorded_contents = {
            name: TableContent(rows=rows, digest=digest)
            for name, rows, digest in connection.execute(f"SELECT name, rows, digest FROM {_TABLE}")  # noqa: S608 - our own constant
        }
        contents = _contents(connection)
    for name in sorted(recorded_contents.keys() | contents):
        if recorded_contents.get(name) != contents.get(name):
            raise StoreBroken(
                f"The backup {path} is damaged: its table {name} is not as it was.", hint="Restore another backup."
            )


def drop_contents(path: Path) -> None:
    """Take out of a copy of a backup what makes it one."""
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        _drop(connection)


def _drop(connection: sqlite3.Connection) -> None:
    connection.execute(f"DROP TABLE IF EXISTS {_TABLE}")


def _contents(connection: sqlite3.Connection) -> dict[str, TableContent]:
    connection.text_factory = bytes  # whatever is stored, readable or not
    names = connection.execute("SELECT name FROM sqlite_schema WHERE type = 'table'").fetchall()
    tables = sorted(name for (octets,) in names if not (name := octets.decode()).startswith((_TABLE, *_NOT_OURS)))
    contents = {}
    for name in tables:
        sums, rows = ContentSum(), connection.execute(f"SELECT * FROM [{name}]")  # noqa: S608 - the names of tables
        while page := rows.fetchmany(_PAGE):
            sums.add(page)
        contents[name] = sums.content()
    connection.text_factory = str
    return contents
