"""The schema: what migrations make is what the tables say, and every start leaves it so."""

from __future__ import annotations

import asyncio
import sqlite3
import sys
from contextlib import closing
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine
from sqlmodel import SQLModel

from storage import tables
from storage.migrations import schema
from tests.fakes.files import contents, run
from tests.fakes.old_databases import config, migrate
from tests.fakes.stores import SqlStore
from tests.storage.postgres import Postgres


@pytest.fixture
async def path(tmp_path: Path) -> Path:
    """A new database, closed."""
    path = tmp_path / "paperboy.db"
    async with SqlStore(f"sqlite:///{path}").open():
        return path


def test_head_is_the_newest_migration() -> None:
    """The revisions that are known are those that there are, in their order."""
    scripts = ScriptDirectory.from_config(config())
    assert scripts.get_heads() == [schema.HEAD]
    assert tuple(one.revision for one in scripts.walk_revisions())[::-1] == schema.REVISIONS


def test_migrations_make_what_the_tables_say(tmp_path: Path) -> None:
    """The migrated schema and the tables, which new databases are made from, differ in nothing but the search index."""
    _compare(f"sqlite:///{tmp_path / 'paperboy.db'}")


def test_migrations_make_the_same_on_postgresql(postgres: Postgres) -> None:
    """So they do there."""
    with postgres.empty() as url:
        _compare(url.replace("postgresql://", "postgresql+psycopg://"))


def test_a_new_database_is_a_migrated_one(path: Path, tmp_path: Path) -> None:
    """A new database has every table, index, view and trigger that migrations make, and the same options of search."""
    migrated = tmp_path / "migrated.db"
    engine = create_engine(f"sqlite:///{migrated}")
    with engine.begin() as connection:
        migrate(connection, "head")
    engine.dispose()
    assert _objects(path) == _objects(migrated)


def _objects(path: Path) -> set[tuple[str, ...]]:
    """Everything in a database by kind and name, with the text of what tables and columns do not describe."""
    with closing(sqlite3.connect(path)) as connection:
        found = connection.execute("SELECT type, name, sql FROM sqlite_schema").fetchall()
        options = connection.execute("SELECT k, v FROM papers_fts_config ORDER BY k").fetchall()
    described = ("table", "index")
    texts = {(kind, name, "" if kind in described and "fts" not in name else sql or "") for kind, name, sql in found}
    return texts | {("option", name, str(value)) for name, value in options}


def _compare(url: str) -> None:
    engine = create_engine(url)
    with engine.begin() as connection:
        migrate(connection, "head")
        context = MigrationContext.configure(
            connection,
            opts={
                "compare_type": True,
                "compare_server_default": True,
                "include_name": lambda name, kind, _: not (kind == "table" and str(name).startswith("papers_fts")),
            },
        )
        assert compare_metadata(context, SQLModel.metadata) == []
    engine.dispose()


def test_options_of_tables_are_those_of_the_migrations(path: Path) -> None:
    """What the comparison above does not see: WITHOUT ROWID and AUTOINCREMENT."""
    with closing(sqlite3.connect(path)) as connection:
        made = dict(connection.execute("SELECT name, sql FROM sqlite_schema WHERE type = 'table'").fetchall())
    for name, table in SQLModel.metadata.tables.items():
        assert ("WITHOUT ROWID" in made[name]) == (table.dialect_options["sqlite"]["with_rowid"] is False), name
        assert ("AUTOINCREMENT" in made[name]) == bool(table.dialect_options["sqlite"]["autoincrement"]), name


async def test_current_database_is_left_alone(path: Path) -> None:
    """A start on a current database writes nothing."""
    before = contents(path)
    async with SqlStore(f"sqlite:///{path}", pragmas={"query_only": 1}).open():
        pass
    assert contents(path) == before


async def test_connections_are_set_up(path: Path) -> None:
    """Foreign keys hold, the journal is a write-ahead log, and every commit outlives a power loss."""
    store = SqlStore(f"sqlite:///{path}", busy_timeout_s=1.5)
    async with store.open(), store.database.reading() as connection:
        asked = ("foreign_keys", "journal_mode", "synchronous", "busy_timeout")
        found = [(await connection.exec_driver_sql(f"PRAGMA {name}")).scalar() for name in asked]
    assert found == [1, "wal", 2, 1500]


async def test_restored_database_gets_its_journal(path: Path) -> None:
    """A current database in another journal mode is brought to ours."""
    run(path, "PRAGMA journal_mode = DELETE")
    store = SqlStore(f"sqlite:///{path}")
    async with store.open(), store.database.reading() as connection:
        assert (await connection.exec_driver_sql("PRAGMA journal_mode")).scalar() == "wal"


async def test_alembic_is_needed_once(path: Path) -> None:
    """Opening a current database does not load Alembic, which takes longer than all the rest."""
    code = (
        "import asyncio, sys\n"
        "from storage.store import SqlStore\n"
        "from core.ingest.traits import NO_SOURCES\n"
        "async def main():\n"
        "    async with SqlStore(sys.argv[1], traits=NO_SOURCES).open():\n"
        "        pass\n"
        "asyncio.run(main())\n"
        "print('alembic' in sys.modules)\n"
    )
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", code, f"sqlite:///{path}", stdout=asyncio.subprocess.PIPE
    )
    assert (await process.communicate())[0] == b"False\n"


def test_tables_are_named() -> None:
    """Every table has a name in `storage.tables`."""
    assert {getattr(tables, name).name for name in SQLModel.metadata.tables} == SQLModel.metadata.tables.keys()
