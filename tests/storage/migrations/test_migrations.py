"""The schema: what migrations make is what the tables say, and every start leaves it so or brings it there."""

from __future__ import annotations

import asyncio
import sqlite3
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, MetaData, create_engine, delete, insert, inspect, select, text
from sqlalchemy.exc import DBAPIError
from sqlmodel import SQLModel

from core.errors import StoreTooOld
from core.papers.identifiers import PaperId
from storage import tables
from storage.migrations import schema
from storage.operation import upkeep
from storage.tables import job_tables
from tests.fakes.files import contents, run
from tests.fakes.store_calls import fill
from tests.fakes.stores import SqlStore

BASE = schema.REVISIONS[0]


def config() -> Config:
    """Alembic's, with our migrations."""
    config = Config()
    config.set_main_option("script_location", str(Path(schema.__file__).parent))
    return config


@contextmanager
def migrated(url: str, revision: str = "head") -> Iterator[Connection]:
    """An empty database, brought to a revision by Alembic alone, in a transaction."""
    engine = create_engine(url.replace("postgresql://", "postgresql+psycopg://"))
    with engine.begin() as connection:
        migrations = config()
        migrations.attributes["connection"] = connection
        command.upgrade(migrations, revision)
        yield connection
    engine.dispose()


#: tables that are made from other definitions: the search index, and the queue of jobs
ELSEWHERE = ("papers_fts", "procrastinate_")


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


def test_migrations_make_what_the_tables_say(empty_url: str) -> None:
    """The migrated schema and the tables, which new databases are made from, differ in nothing but the search index."""
    with migrated(empty_url) as connection:
        context = MigrationContext.configure(
            connection,
            opts={
                "compare_type": True,
                "compare_server_default": True,
                "include_name": lambda name, kind, _: not (kind == "table" and str(name).startswith(ELSEWHERE)),
            },
        )
        assert compare_metadata(context, SQLModel.metadata) == []


def test_a_new_database_is_a_migrated_one(path: Path, tmp_path: Path) -> None:
    """A new database has every table, index, view and trigger that migrations make, and the same options of search."""
    other_path = tmp_path / "migrated.db"
    with migrated(f"sqlite:///{other_path}"):
        pass
    assert _objects(path) == _objects(other_path)


def _objects(path: Path) -> set[tuple[str, ...]]:
    """Everything in a database by kind and name, with the text of what tables and columns do not describe."""
    with closing(sqlite3.connect(path)) as connection:
        found = connection.execute("SELECT type, name, sql FROM sqlite_schema").fetchall()
        options = connection.execute("SELECT k, v FROM papers_fts_config ORDER BY k").fetchall()
    described = ("table", "index")
    texts = {(kind, name, "" if kind in described and "fts" not in name else sql or "") for kind, name, sql in found}
    return texts | {("option", name, str(value)) for name, value in options}


def test_the_tables_of_jobs_are_those_of_the_installed_library() -> None:
    """Whoever takes a library with other tables hears that they want a migration."""
    job_tables.check_library()


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


async def test_everything_goes_along(empty_url: str) -> None:
    """A database at the base keeps every row of every table on its way up, and its id."""
    async with SqlStore("sqlite://").open() as store:
        await fill(store)
        rows = await _rows(store)
        dossier = await store.dossier(_merged_paper(rows))
    with migrated(empty_url, BASE) as connection:
        connection.execute(delete(tables.identity))
        for table in SQLModel.metadata.sorted_tables:
            name = "accounts" if table is tables.records else table.name
            columns = {column["name"] for column in inspect(connection).get_columns(name)}
            new_columns = {column.name: None for column in table.columns if column.name not in columns}
            if rows[table.name]:
                own_rows = [{key: value for key, value in row.items() if key in columns} for row in rows[table.name]]
                rows[table.name] = [{**row, **new_columns} for row in rows[table.name]]
                connection.execute(insert(table.to_metadata(MetaData(), name=name)), own_rows)
    async with SqlStore(empty_url).open() as store:
        assert await _rows(store) == rows
        assert dossier and len(dossier.records) > 1 and await store.dossier(dossier.paper.id) == dossier


async def _rows(store: SqlStore) -> dict[str, list[dict[str, object]]]:
    async with store.database.reading() as connection:
        rows = {table.name: await connection.execute(select(table)) for table in SQLModel.metadata.sorted_tables}
        return {name: sorted((dict(row._mapping) for row in found), key=repr) for name, found in rows.items()}


def _merged_paper(rows: dict[str, list[dict[str, object]]]) -> PaperId:
    return PaperId.parse(str(rows["records"][0]["name"]))


def _contents(connection: Connection) -> dict[str, list[str]]:
    """Every row of every table, as the database has it."""
    names = inspect(connection).get_table_names()
    return {name: sorted(map(repr, connection.execute(text(f'SELECT * FROM "{name}"')))) for name in names}


async def test_never_half_way(empty_url: str) -> None:
    """Where the last step of a migration fails, the database is as it was before the first."""
    with migrated(empty_url, BASE) as connection:
        connection.execute(text("CREATE INDEX records_paper ON papers (version)"))
        before = _contents(connection)
    with pytest.raises(DBAPIError, match="records_paper"):
        await upkeep.upgrade(empty_url)
    with migrated(empty_url, BASE) as connection:
        assert _contents(connection) == before
        connection.execute(text("DROP INDEX records_paper"))
    assert await upkeep.upgrade(empty_url) == schema.HEAD


async def test_too_old(empty_url: str) -> None:
    """A database of a revision before the base is refused with a sentence and a hint, and left as it is."""
    with migrated(empty_url, BASE) as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '0034'"))
        before = _contents(connection)
    with pytest.raises(StoreTooOld, match=rf"older Paperboy \(revision 0034; the oldest known is {BASE}\)") as raised:
        await upkeep.upgrade(empty_url)
    assert BASE in raised.value.hint and await upkeep.check(empty_url) == raised.value.sentence()
    engine = create_engine(empty_url.replace("postgresql://", "postgresql+psycopg://"))
    with engine.begin() as connection:
        assert _contents(connection) == before
    engine.dispose()
