"""Which revision a database is at, and its way up to ours: forward only, once per database and version.

`Database.open` calls this at every start. A new database is made from the tables as they are; an older one is
brought up by Alembic, which is imported only then. Both happen inside the caller's write transaction, so that two
processes that start together do it once.
"""

from __future__ import annotations

from collections.abc import Collection
from functools import cache
from pathlib import Path
from secrets import token_hex
from typing import Final

from sqlalchemy import Connection, create_mock_engine, insert, inspect, text
from sqlalchemy.schema import ExecutableDDLElement
from sqlmodel import SQLModel

from core.errors import StoreBroken, StoreTooNew, StoreTooOld
from storage import tables
from storage.tables import job_tables, search_index

#: every revision from which there is a way up, oldest first
REVISIONS: Final = ("0035", "0036", "0037", "0038", "0039")
#: what this version of Paperboy works with
HEAD: Final = REVISIONS[-1]

#: where Alembic keeps the revision, and how to ask for it
VERSIONS: Final = "alembic_version"
STAMP: Final = "SELECT version_num FROM alembic_version"

_MIGRATIONS: Final = Path(__file__).parent


def is_current(connection: Connection, where: str) -> bool:
    """True at HEAD, False for an empty or older database.

    Raises StoreTooNew or StoreTooOld for a revision that we do not know, StoreBroken for somebody else's database.
    """
    return revision(connection, where) == HEAD


def revision(connection: Connection, where: str) -> str | None:
    """The database's revision, one of REVISIONS; None where it is empty. Raises as `is_current` does."""
    tables = inspect(connection).get_table_names()
    stamp = connection.execute(text(STAMP)).scalar() if VERSIONS in tables else None
    return check_revision(stamp, tables, where)


def check_revision(stamp: str | None, tables: Collection[str], where: str) -> str | None:
    """The revision that is stamped in the database's tables, if it is one of ours. Raises as `is_current` does."""
    if stamp in REVISIONS or not tables:
        return stamp
    if stamp and "papers" in tables:
        if stamp < (oldest := REVISIONS[0]):
            raise StoreTooOld(
                f"The database {where} was made by an older Paperboy (revision {stamp}; the oldest known is {oldest}).",
                hint=f"Bring it to revision {oldest} with an earlier Paperboy, or set database_url to a new database.",
            )
        raise StoreTooNew(
            f"The database {where} was made by a newer Paperboy (revision {stamp}; this one knows {HEAD}).",
            hint="Start the newer Paperboy, or restore a backup that this one made.",
        )
    raise StoreBroken(
        f"The database {where} is another program's: there are no papers of ours in it.",
        hint="Set database_url to another file.",
    )


def migrate(connection: Connection, where: str) -> None:
    """Bring the database up to HEAD inside the transaction that the connection is in."""
    current = revision(connection, where)
    if current == HEAD:  # another process was quicker
        return
    if current is None:
        _create(connection)
        return
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS).replace("%", "%%"))
    config.attributes["connection"] = connection
    command.upgrade(config, "head")


@cache
def _definitions(dialect: str) -> tuple[str, ...]:
    """The statements that make the tables; to write them takes as long as to run them."""
    statements: list[str] = []

    def write(statement: ExecutableDDLElement, *_: object, **__: object) -> None:
        statements.append(str(statement.compile(dialect=engine.dialect)))

    engine = create_mock_engine(f"{dialect}://", write)
    SQLModel.metadata.create_all(engine, checkfirst=False)
    return tuple(statements)


def _create(connection: Connection) -> None:
    """Make everything that the migrations make, at once."""
    if connection.dialect.name == "postgresql":
        # said here, because a table that names PostgreSQL loads its dialect for whoever has SQLite
        for index in (index for table in SQLModel.metadata.tables.values() for index in table.indexes):
            index.dialect_options["postgresql"]["where"] = index.dialect_options["sqlite"]["where"]
        for statement in _definitions("postgresql"):
            connection.exec_driver_sql(statement)
        job_tables.create(connection)
    else:  # one by one, SQLite's driver would take longer than SQLite
        connection.connection.run_async(lambda driver: driver.execute_all(_definitions("sqlite")))
    search_index.create(connection)
    search_index.label_words(connection)
    connection.execute(insert(tables.identity).values(number=1, database=token_hex(8)))
    connection.exec_driver_sql(f"CREATE TABLE {VERSIONS} (version_num VARCHAR(32) NOT NULL PRIMARY KEY)")
    connection.exec_driver_sql(f"INSERT INTO {VERSIONS} VALUES ('{HEAD}')")  # noqa: S608 - our own constants
