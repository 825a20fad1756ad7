"""Care of a database as a whole: bring it up to date, count, copy, put a copy back, check. `paperboy db` calls these.

Copies are made by SQLite's own online backup, so that a database in use is copied as of one moment. A copy is a single
file; it is checked before it counts as made, and again before it takes a database's place.
"""

from __future__ import annotations

import asyncio
import os
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import date
from pathlib import Path
from typing import Final

from sqlalchemy import func, select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from core.errors import BadSetting, NotFound, StoreBroken, StoreError, StoreLocked, UsageError
from core.papers.embedding import EmbeddingProgress
from core.summarise.ports import MonthlySpending
from storage import tables
from storage.engine import identity
from storage.engine.database import Database, is_sqlite, sqlite_path
from storage.engine.failures import BACKUP_HINT, explain_failures
from storage.engine.private import beside, make_file, make_folder, tighten
from storage.migrations import schema
from storage.operation.spending import SqlSpending
from storage.papers.vectors import SqlVectors

_COUNTED_TABLES: Final = (
    tables.papers,
    tables.announcements,
    tables.summaries,
    tables.subscriptions,
    tables.deliveries,
    tables.messages,
    tables.bookmarks,
    tables.refreshes,
)


async def upgrade(database_url: str) -> str:
    """Bring the schema up to date, making the database where there is none; its revision. Raises StoreError."""
    async with _database(database_url).open():
        return schema.HEAD


async def stats(database_url: str) -> dict[str, int | str]:
    """Rows of each important table by its name, `bytes` on disk, the schema's `revision`, the database's own `id`.

    Raises StoreError.
    """
    async with _database(database_url).open() as database, database.reading() as connection:
        counts = {
            table.name: (await connection.execute(select(func.count()).select_from(table))).scalar_one()
            for table in _COUNTED_TABLES
        }
        size = await _bytes(connection, database_url)
        id = await identity.database_id(connection)
    return {**counts, "bytes": size, "revision": schema.HEAD, "id": id}


async def spending(database_url: str) -> tuple[MonthlySpending, ...]:
    """What language models have cost in each month there was. Raises StoreError."""
    async with _database(database_url).open() as database:
        return await SqlSpending(database).monthly_spending(since=date.min)


async def embeddings(database_url: str) -> tuple[EmbeddingProgress, ...]:
    """How far papers are embedded, by model. Raises StoreError."""
    async with _database(database_url).open() as database:
        return await SqlVectors(database).embedding_progress()


async def new_id(database_url: str) -> str:
    """Give the database a new id of its own, which messages of new deliveries carry. Raises StoreError."""
    async with _database(database_url).open() as database, database.writing() as connection:
        return await identity.renew_id(connection)


async def check(database_url: str) -> str | None:
    """A sentence on what is wrong with the database; None where it is whole, or not there yet.

    PostgreSQL checks its own pages: there the sentence is on whether it can be reached and is of our revision.
    """
    if not is_sqlite(database_url):
        return await _trouble_on_server(database_url)
    path = sqlite_path(database_url)
    if path is None or not path.exists():
        return None
    try:
        await asyncio.to_thread(_verify, path)
    except StoreError as error:
        return error.sentence()
    return None


async def backup(database_url: str, file: Path) -> None:
    """Copy the database, as of this moment, to a new file. Raises UsageError where it exists, NotFound, StoreError."""
    await asyncio.to_thread(_back_up, _file(database_url), file)


async def restore(database_url: str, file: Path) -> Path | None:
    """Put a backup in the database's place, which nobody may have open; where the old one lies now, if there was one.

    Before anything is touched the backup is checked: whole, a Paperboy database, of a revision that we know. Raises
    NotFound, StoreLocked where the database is in use, and the other StoreErrors.
    """
    return await asyncio.to_thread(_restore, _file(database_url), file)


def _database(database_url: str) -> Database:
    return Database(database_url)


async def _bytes(connection: AsyncConnection, database_url: str) -> int:
    if is_sqlite(database_url):
        return _size(sqlite_path(database_url))
    return int((await connection.execute(text("SELECT pg_database_size(current_database())"))).scalar_one())


async def _trouble_on_server(database_url: str) -> str | None:
    try:
        async with _database(database_url).closed_after() as database, database.reading() as connection:
            await connection.run_sync(schema.revision, database.where)
    except StoreError as error:
        return error.sentence()
    return None


def _file(database_url: str) -> Path:
    if not is_sqlite(database_url):
        raise BadSetting(
            "Paperboy does not copy a PostgreSQL database itself.", hint="Use pg_dump and pg_restore; see its manual."
        )
    if path := sqlite_path(database_url):
        return path
    raise BadSetting("A database in memory cannot be copied.", hint="Set database_url to a file.")


def _size(path: Path | None) -> int:
    files = [path, *beside(path)] if path else []
    return sum(file.stat().st_size for file in files if file.exists())


def _back_up(path: Path, file: Path) -> None:
    if not path.exists():
        raise NotFound(f"There is no database at {path} yet.", hint="paperboy ingest makes one.")
    if file.exists():
        raise UsageError(f"{file} is there already.", hint="Name a new file; a backup replaces nothing.")
    tighten(path)
    _copy(path, file, is_backup=True)


def _restore(path: Path, file: Path) -> Path | None:
    if not file.is_file():
        raise NotFound(f"There is no file {file}.", hint=BACKUP_HINT)
    _verify(file, is_backup=True)
    tighten(file)
    with explain_failures(str(path)):
        make_folder(path.parent)
    fresh = path.with_name(f"{path.name}.restoring")
    fresh.unlink(missing_ok=True)
    _copy(file, fresh)
    try:
        with explain_failures(str(path)):
            return _put_in_place(fresh, path)
    finally:
        fresh.unlink(missing_ok=True)


def _put_in_place(fresh: Path, path: Path) -> Path | None:
    """One rename makes the change; before it the old database gets a second name, and its journal goes with it."""
    old = None
    tighten(path)
    if path.exists():
        _close_for_all(path)
        old = _free_name(path)
        _second_name(path, old)
        for file in beside(path):
            if file.exists():
                file.replace(old.with_name(old.name + file.name.removeprefix(path.name)))
    fresh.replace(path)
    _settle(path.parent)
    return old


def _second_name(path: Path, old: Path) -> None:
    try:
        os.link(path, old)
    except OSError:  # a file system without links
        make_file(old)
        shutil.copyfile(path, old)
        shutil.copystat(path, old)


def _free_name(path: Path) -> Path:
    names = (
        path.with_name(f"{path.name}.before-restore{number}") for number in ("", *(f"-{n}" for n in range(2, 1000)))
    )
    return next(name for name in names if not name.exists())


def _close_for_all(path: Path) -> None:
    """Bring everything into the one file, which only succeeds while nobody else has it open."""
    try:
        with explain_failures(str(path)):
            with _reading(path) as connection:  # which leaves the journal of what is no database alone
                connection.execute("PRAGMA schema_version")
            with closing(sqlite3.connect(path, timeout=0, isolation_level=None)) as connection:
                connection.execute("PRAGMA journal_mode = WAL")
                connection.execute("PRAGMA journal_mode = DELETE")
    except StoreLocked as error:
        raise StoreLocked(f"The database {path} is in use.", hint="Stop Paperboy, then restore again.") from error
    except StoreBroken:
        return  # which may be why it is replaced; its files are kept as they are


def _copy(source: Path, target: Path, *, is_backup: bool = False) -> None:
    """A whole copy, on disk and checked, or none."""
    with explain_failures(str(target), is_backup=is_backup):
        make_file(target)
    try:
        with (
            explain_failures(f"{source} (copied to {target})"),
            closing(sqlite3.connect(source)) as old,
            closing(sqlite3.connect(target)) as new,
        ):
            old.backup(new)
            new.execute("PRAGMA journal_mode = DELETE")
        _verify(target, is_backup=is_backup)
        with explain_failures(str(target), is_backup=is_backup):
            _settle(target)
            _settle(target.absolute().parent)
    except BaseException:
        target.unlink()
        raise


def _settle(path: Path) -> None:
    """Have what was written to a file, or the names in a folder, on the disk."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


@contextmanager
def _reading(path: Path) -> Iterator[sqlite3.Connection]:
    """A connection that changes nothing; beside a file without a journal it leaves none either."""
    how = "mode=ro" if any(file.exists() for file in beside(path)) else "mode=ro&immutable=1"
    with closing(sqlite3.connect(f"{path.absolute().as_uri()}?{how}", uri=True)) as connection:
        yield connection


def _verify(path: Path, *, is_backup: bool = False) -> None:
    """Raises StoreBroken where the file is damaged or not ours, StoreTooNew or StoreTooOld for another Paperboy's."""
    with explain_failures(str(path), is_backup=is_backup), _reading(path) as connection:
        tables = [name for (name,) in connection.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")]
        stamps = connection.execute(schema.STAMP).fetchall() if schema.VERSIONS in tables else []
        try:
            revision = schema.check_revision(stamps[0][0] if stamps else None, tables, str(path))
        except StoreBroken as error:
            raise StoreBroken(str(error), hint=BACKUP_HINT if is_backup else error.hint) from error
        if revision is None:
            raise StoreBroken(f"The database {path} is empty.", hint="Restore another backup.")
        (report,) = connection.execute("PRAGMA integrity_check(1)").fetchone()
    if report != "ok":
        raise StoreBroken(f"The database {path} is damaged: {report}.", hint="Restore another backup.")
