"""The schema: what migrations make is what the tables say, and every start leaves it so."""

from __future__ import annotations

import asyncio
import sqlite3
import sys
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from pydantic import TypeAdapter
from sqlalchemy import Connection, create_engine, inspect, select
from sqlmodel import SQLModel

from core.channels import Depth
from core.ingest.listing import Stored, Validators
from core.ingest.problems import EarlierProblem
from core.ingest.state import Backfill, Phase, SourceState, State
from core.papers.identifiers import PaperId
from core.papers.paper import Summary
from storage import schema, tables
from storage.store import SqlStore
from tests.fakes.files import contents, run
from tests.fakes.ledger import CHANNEL
from tests.fakes.papers import AT, DAY, a_listing, a_paper
from tests.storage.postgres import Postgres


@pytest.fixture
async def path(tmp_path: Path) -> Path:
    """A new database, closed."""
    path = tmp_path / "paperboy.db"
    async with SqlStore(f"sqlite:///{path}").opened():
        return path


def test_head_is_the_newest_migration() -> None:
    """The revisions that are known are those that there are, in their order."""
    config = Config()
    config.set_main_option("script_location", str(Path(schema.__file__).parent / "migrations"))
    scripts = ScriptDirectory.from_config(config)
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
        _migrate(connection, "head")
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
        _migrate(connection, "head")
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


BEFORE = (
    "INSERT INTO papers (id, key, version, announced, announce_type, first_seen, url, pdf_url, categories, sources,"
    " identifiers, signals, title, authors, abstract) VALUES (7, 'arxiv:2602.00001', 1, '2026-02-04', 'new',"
    " '2026-02-04 09:00:00+00:00', '', '', '[\"cs.CL\"]', '[\"arxiv\",\"daily-arxiv\"]', '[]', '{{\"stars\":3}}',"
    " 'Counting the sheep of the northern hills', '[\"Ada Ng\"]', 'We count.')",
    "INSERT INTO identifiers (key, paper_id) VALUES ('arxiv:2602.00001', 7)",
    "INSERT INTO announcements (seq, paper_id, source, scope, type, version, day, seen_at) VALUES"
    " ({seq}, 7, 'arxiv', 'cs.CL', 'new', 1, '2026-02-04', '2026-02-04 09:00:00+00:00')",
)


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
async def test_papers_of_the_version_before(kind: str, request: pytest.FixtureRequest, tmp_path: Path) -> None:
    """What the version before had stored is kept, is found by its title, and goes on being merged."""
    if kind == "sqlite":
        await _from_before(f"sqlite:///{tmp_path / 'paperboy.db'}", f"sqlite:///{tmp_path / 'paperboy.db'}")
        return
    with request.getfixturevalue("postgres").empty() as url:
        await _from_before(url, url.replace("postgresql://", "postgresql+psycopg://"))


async def _from_before(url: str, sync_url: str) -> None:
    engine = create_engine(sync_url)
    with engine.begin() as connection:
        _migrate(connection, "0002")
        for seq in ("11", "12"):  # the last one went with a paper that was absorbed; its number is not given again
            connection.exec_driver_sql("DELETE FROM announcements")
            for statement in BEFORE if seq == "11" else BEFORE[2:]:
                connection.exec_driver_sql(statement.format(seq=seq))
        connection.exec_driver_sql("UPDATE announcements SET seq = 11")
    engine.dispose()
    async with SqlStore(url).opened() as store:
        dossier = await store.dossier(a_paper(1).id)
        assert dossier and [one.sources for one in dossier.accounts] == [("arxiv",), ("daily-arxiv",)]
        assert dossier.provenance["signals.stars"] == "arxiv" and dossier.paper.signals.stars == 3
        article = a_paper(9, id=PaperId("doi", "10.1000/x"), title=dossier.paper.title, sources=("feeds",))
        line = replace(a_listing([article]).announcements[0], source="feeds")
        assert await store.add(replace(a_listing([]), announcements=(line,)), at=AT) == Stored(known=1, merged=1)
        paper = await store.paper(article.id)
        assert paper and (paper.id, paper.sources) == (a_paper(1).id, ("arxiv", "feeds", "daily-arxiv"))
        trace = await store.trace(CHANNEL, article.id, "main")
        assert trace and {line[0] for line in trace.announcements} == {"arxiv", "feeds"}
        if url.startswith("sqlite"):
            assert [line[4] for line in trace.announcements] == [11, 13]


def _migrate(connection: Connection, revision: str) -> None:
    config = Config()
    config.set_main_option("script_location", str(Path(schema.__file__).parent / "migrations"))
    config.attributes["connection"] = connection
    command.upgrade(config, revision)


async def test_current_database_is_left_alone(path: Path) -> None:
    """A start on a current database writes nothing."""
    before = contents(path)
    async with SqlStore(f"sqlite:///{path}", pragmas={"query_only": 1}).opened():
        pass
    assert contents(path) == before


async def test_connections_are_set_up(path: Path) -> None:
    """Foreign keys hold, the journal is a write-ahead log, and every commit outlives a power loss."""
    store = SqlStore(f"sqlite:///{path}", busy_timeout_s=1.5)
    async with store.opened(), store.database.reading() as connection:
        asked = ("foreign_keys", "journal_mode", "synchronous", "busy_timeout")
        found = [(await connection.exec_driver_sql(f"PRAGMA {name}")).scalar() for name in asked]
    assert found == [1, "wal", 2, 1500]


async def test_restored_database_gets_its_journal(path: Path) -> None:
    """A current database in another journal mode is brought to ours."""
    run(path, "PRAGMA journal_mode = DELETE")
    store = SqlStore(f"sqlite:///{path}")
    async with store.opened(), store.database.reading() as connection:
        assert (await connection.exec_driver_sql("PRAGMA journal_mode")).scalar() == "wal"


async def test_alembic_is_needed_once(path: Path) -> None:
    """Opening a current database does not load Alembic, which takes longer than all the rest."""
    code = (
        "import asyncio, sys\n"
        "from storage.store import SqlStore\n"
        "async def main():\n"
        "    async with SqlStore(sys.argv[1]).opened():\n"
        "        pass\n"
        "asyncio.run(main())\n"
        "print('alembic' in sys.modules)\n"
    )
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", code, f"sqlite:///{path}", stdout=asyncio.subprocess.PIPE
    )
    assert (await process.communicate())[0] == b"False\n"


async def test_states_of_older_versions(tmp_path: Path) -> None:
    """A state that was saved before troubles were counted has none, and everything else of it is as it was."""
    url = f"sqlite:///{tmp_path / 'paperboy.db'}"
    engine = create_engine(url)
    with engine.begin() as connection:
        config = Config()
        config.set_main_option("script_location", str(Path(schema.__file__).parent / "migrations"))
        config.attributes["connection"] = connection
        command.upgrade(config, "0002")
        values = (
            "'arxiv', 'cs.CL', 'failed', '2026-02-04 09:00:00.000000', NULL, '2026-02-04', 3, 'x', NULL, 'No.', NULL"
        )
        connection.exec_driver_sql(f"INSERT INTO source_states VALUES ({values})")
    engine.dispose()
    async with SqlStore(url).opened() as store:
        assert await store.source_states() == (
            SourceState(
                source="arxiv",
                scope="cs.CL",
                state=State.FAILED,
                checked_at=AT,
                listing_day=DAY,
                listed=3,
                validators=Validators(etag="x"),
                problems=(EarlierProblem(sentence="No."),),
            ),
        )


def test_tables_are_named() -> None:
    """Every table has a name in `storage.tables`."""
    assert {getattr(tables, name).name for name in SQLModel.metadata.tables} == SQLModel.metadata.tables.keys()


BEGUN = (
    "INSERT INTO backfills (source, scope, since, until, cursor, fetched, new, updated, known, merged, failed, at)"
    " VALUES ('arxiv', 'cs.CL', '2025-03-18', '2026-02-27', 'page 7', 9, 7, 0, 2, 0, 0, '2026-02-04 09:00:00+00:00')"
)


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
async def test_backfills_of_the_version_before(kind: str, request: pytest.FixtureRequest, tmp_path: Path) -> None:
    """One that was begun before anybody counted waits goes on where it stopped, and has no wait."""
    if kind == "sqlite":
        await _begun_before(f"sqlite:///{tmp_path / 'paperboy.db'}", f"sqlite:///{tmp_path / 'paperboy.db'}")
        return
    with request.getfixturevalue("postgres").empty() as url:
        await _begun_before(url, url.replace("postgresql://", "postgresql+psycopg://"))


async def _begun_before(url: str, sync_url: str) -> None:
    engine = create_engine(sync_url)
    with engine.begin() as connection:
        _migrate(connection, "0004")
        connection.exec_driver_sql(BEGUN)
    engine.dispose()
    async with SqlStore(url).opened() as store:
        (begun,) = await store.backfills("arxiv")
        assert (begun.cursor, begun.fetched, begun.troubles, begun.wait_until) == ("page 7", 9, 0, None)
        waits = replace(begun, troubles=1, wait_until=AT)
        await store.save_backfill(waits, at=AT)
        assert await store.backfills("arxiv") == (waits,)


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
async def test_phases_of_the_version_before(kind: str, request: pytest.FixtureRequest, tmp_path: Path) -> None:
    """A cursor that said `end` is a complete backfill, failures without a cursor an unread one, all others go on."""
    if kind == "sqlite":
        await _had_phases(f"sqlite:///{tmp_path / 'paperboy.db'}", f"sqlite:///{tmp_path / 'paperboy.db'}")
        return
    with request.getfixturevalue("postgres").empty() as url:
        await _had_phases(url, url.replace("postgresql://", "postgresql+psycopg://"))


async def _had_phases(url: str, sync_url: str) -> None:
    engine = create_engine(sync_url)
    with engine.begin() as connection:
        _migrate(connection, "0004")
        for scope, cursor, failed in (("a", "end", 1), ("b", "", 3), ("c", "", 0), ("d", "page 7", 3)):
            values = BEGUN.replace("'cs.CL'", f"'{scope}'").replace("'page 7'", f"'{cursor}'")
            connection.exec_driver_sql(values.replace("0, 2, 0, 0,", f"0, 2, 0, {failed},"))
    engine.dispose()
    async with SqlStore(url).opened() as store:
        assert [(one.scope, one.phase, one.cursor) for one in sorted(await store.backfills("arxiv"), key=_scope)] == [
            ("a", Phase.COMPLETE, ""),
            ("b", Phase.UNREAD, ""),
            ("c", Phase.READING, ""),
            ("d", Phase.READING, "page 7"),
        ]


def _scope(backfill: Backfill) -> str:
    return backfill.scope


TROUBLED = (
    "INSERT INTO source_states (source, scope, state, checked_at, fresh_at, listed, error{more}) VALUES"
    " ('arxiv', 'cs.CL', 'stale', '{at}', '{at}', 0, 'Late: “then”.'{none}),"
    " ('arxiv', 'cs.LG', 'quiet', '{at}', NULL, 0, ''{none})",
    "INSERT INTO refreshes (source, scope, at, state, fetched, new, updated, known, merged, failed, error) VALUES"
    " ('arxiv', 'cs.CL', '{at}', 'failed', 0, 0, 0, 0, 0, 0, 'No answer.')",
)
#: what a delivery kept of its sources in those versions
SOURCES = (
    '[{"source":"arxiv","scope":"cs.CL","state":"stale","checked_at":"2026-02-04T09:00:00Z",'
    '"fresh_at":"2026-02-04T09:00:00Z","listing_day":null,"listed":0,'
    '"validators":{"etag":null,"last_modified":null},"error":"Late.","wait_until":null}]'
)
DELIVERED = (
    "INSERT INTO deliveries (subscription_id, channel, name, day, kind, state, begun_at, lease_until, until,"
    " candidates, kept, posted, failed, subscription, sources) VALUES"
    " (1, 'terminal:main', 'main', '2026-02-04', 'daily', 'done', '{at}', '{at}', 0, 0, 0, 0, 0, '{{}}', '{sources}')"
)


@pytest.mark.parametrize("revision", schema.REVISIONS[: schema.REVISIONS.index("0009")])
@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
async def test_problems_of_older_versions(
    kind: str, revision: str, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    """What earlier versions said of sources stays, word by word, in states, in the history and below digests."""
    if kind == "sqlite":
        url = f"sqlite:///{tmp_path / 'paperboy.db'}"
        await _had_problems(url, url, revision)
        return
    with request.getfixturevalue("postgres").empty() as url:
        await _had_problems(url, url.replace("postgresql://", "postgresql+psycopg://"), revision)


async def _had_problems(url: str, sync_url: str, revision: str) -> None:
    engine = create_engine(sync_url)
    with engine.begin() as connection:
        _migrate(connection, revision)
        is_counted = "troubles" in {one["name"] for one in inspect(connection).get_columns("source_states")}
        # as each database writes a moment: SQLite compares them as text
        at = "2026-02-04 09:00:00.000000"
        more, none = (", troubles", ", 0") if is_counted else ("", "")
        for statement in TROUBLED:
            if statement.startswith("INSERT INTO refreshes") and not inspect(connection).has_table("refreshes"):
                continue
            connection.exec_driver_sql(statement.format(at=at, more=more, none=none))
        connection.exec_driver_sql(DELIVERED.format(at=at, sources=SOURCES))
    engine.dispose()
    said = (EarlierProblem(sentence="Late: “then”."),)
    async with SqlStore(url).opened() as store:
        assert [(one.problems, one.came_otherwise) for one in await store.source_states()] == [
            (said, True),
            ((), False),
        ]
        history = await store.refreshes()
        assert {one.report.problems for one in history} <= {(EarlierProblem(sentence="No answer."),)}
        async with store.database.reading() as connection:
            (text,) = (await connection.execute(select(tables.deliveries.c.sources))).scalars().all()
        (state,) = TypeAdapter(tuple[SourceState, ...]).validate_json(text)
        assert (state.problems, state.came_otherwise) == ((EarlierProblem(sentence="Late."),), True)


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
async def test_bookmarks_of_the_version_before(kind: str, request: pytest.FixtureRequest, tmp_path: Path) -> None:
    """What was bookmarked before private and public marks stood side by side is on the same lists."""
    if kind == "sqlite":
        await _marked_before(f"sqlite:///{tmp_path / 'paperboy.db'}", f"sqlite:///{tmp_path / 'paperboy.db'}")
        return
    with request.getfixturevalue("postgres").empty() as url:
        await _marked_before(url, url.replace("postgresql://", "postgresql+psycopg://"))


async def _marked_before(url: str, sync_url: str) -> None:
    engine, paper = create_engine(sync_url), a_paper(1).id
    with engine.begin() as connection:
        _migrate(connection, "0002")
        for statement in BEFORE[:2]:
            connection.exec_driver_sql(statement.format())
        _migrate(connection, "0006")
        for person, public in (("a", True), ("b", False)):
            connection.exec_driver_sql(
                "INSERT INTO bookmarks (person, paper_id, channel, at, public)"
                f" VALUES ('slack:T1/{person}', 7, '{CHANNEL}', '2026-02-04 09:00:00+00:00', {public})"
            )
    engine.dispose()
    async with SqlStore(url).opened() as store:
        assert [(one.user, one.public) for one in await store.bookmarks()] == [
            ("slack:T1/b", False),
            ("slack:T1/a", True),
        ]
        assert [one.user for one in await store.bookmarks(channel=str(CHANNEL))] == ["slack:T1/a"]
        assert await store.add_bookmark("slack:T1/b", paper, str(CHANNEL), at=AT, public=True)
        assert not await store.add_bookmark("slack:T1/b", paper, str(CHANNEL), at=AT, public=False)


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
async def test_summaries_of_the_version_before(kind: str, request: pytest.FixtureRequest, tmp_path: Path) -> None:
    """Older summaries tell their parts and are nobody's recipe; later ones of another depth stand beside them."""
    if kind == "sqlite":
        await _summarised_before(f"sqlite:///{tmp_path / 'paperboy.db'}", f"sqlite:///{tmp_path / 'paperboy.db'}")
        return
    with request.getfixturevalue("postgres").empty() as url:
        await _summarised_before(url, url.replace("postgresql://", "postgresql+psycopg://"))


async def _summarised_before(url: str, sync_url: str) -> None:
    engine = create_engine(sync_url)
    with engine.begin() as connection:
        _migrate(connection, "0002")
        for statement in BEFORE:
            connection.exec_driver_sql(statement.format(seq=11))
        _migrate(connection, "0013")
        connection.exec_driver_sql(
            "INSERT INTO summaries (paper_id, language, version, made_by, gist, motivation, method, result, conclusion,"
            " evidence) VALUES (7, 'en', 1, 'huggingface', 'We count.', '', 'By hand.', '', '', '[]')"
        )
    engine.dispose()
    before = Summary(
        paper=a_paper(1).id, version=1, language="en", gist="We count.", method="By hand.", made_by="huggingface"
    )
    line = replace(before, method="", depth=Depth.LINE, recipe="1")
    async with SqlStore(url).opened() as store:
        assert await store.summaries([before.paper], "en") == {before.paper: (before,)}
        await store.save_summaries([line])
        assert await store.summaries([before.paper], "en") == {before.paper: (line, before)}
