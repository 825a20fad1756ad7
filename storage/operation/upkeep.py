"""Care of a database as a whole: bring it up to date, count, back up, restore, move, check. `paperboy db` calls these.

A backup is a single SQLite file, whichever database it is of: a whole database that any Paperboy of its version can
open. Of SQLite it is made by the online backup, of PostgreSQL by `transfer`; in both cases as of one moment, while the
database is in use. It is checked before it counts as made, and again before it takes a database's place.
"""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import AsyncExitStack, closing, contextmanager
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from sqlalchemy import func, select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from core.errors import BadSetting, NotFound, StoreBroken, StoreError, StoreLocked, UsageError
from core.ingest.refresh import Progress
from core.operate.services import Service
from core.papers.embedding import EmbeddingProgress
from core.summarise.ports import MonthlySpending
from storage import tables
from storage.engine import identity
from storage.engine.database import Database, is_sqlite, sqlite_path
from storage.engine.failures import BACKUP_HINT, explain_failures
from storage.engine.private import beside, make_file, make_folder, tighten
from storage.migrations import schema
from storage.operation.backups import check_contents, drop_contents, record_contents
from storage.operation.contents import Contents
from storage.operation.database_files import copy_pages, copy_whole, put_in_place, settle, verify
from storage.operation.services import SqlOperation
from storage.operation.spending import SqlSpending
from storage.operation.transfer import Tell, Transfer, is_empty, take, transfer
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

#: tells of a process whether it still runs
IsRunning = Callable[[Service], bool]


def _is_running(service: Service) -> bool:
    """True of all of them: whoever knows no better touches nothing."""
    return True


def _tell_nobody(step: Progress) -> None:
    """Nobody waits."""


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
        await asyncio.to_thread(verify, path)
    except StoreError as error:
        return error.sentence()
    return None


async def backup(database_url: str, file: Path, *, tell: Tell = _tell_nobody) -> Contents:
    """Copy the database, as of this moment, to a new file; what that holds.

    Raises UsageError where the file exists, NotFound, StoreError.
    """
    if is_sqlite(database_url):
        return await asyncio.to_thread(_back_up, _file(database_url), file)
    with _new_file(file):
        async with _database(database_url).closed_after() as source, _file_database(file).open() as target:
            await _require_head(source)
            async with source.reading_at_length() as old, target.rebuilding() as new:
                await transfer(old, new, tell=tell)
        return await asyncio.to_thread(_finish_backup, file)


async def restore(
    database_url: str,
    file: Path,
    *,
    replaces: bool = False,
    is_running: IsRunning = _is_running,
    tell: Tell = _tell_nobody,
) -> Path | None:
    """Put a backup in the database's place, which nobody may have open; where the old one lies now, if there is one.

    Before anything is touched the backup is checked: whole, a Paperboy database, of a revision that we know. SQLite's
    old database stays beside the new one; PostgreSQL's goes, and only where it `replaces` that. Raises NotFound,
    UsageError, StoreLocked where the database is in use, and the other StoreErrors.
    """
    if is_sqlite(database_url):
        return await asyncio.to_thread(_restore, _file(database_url), file)
    revision = await asyncio.to_thread(_check_backup, file)
    async with AsyncExitStack() as stack:
        path = file
        if revision != schema.HEAD:
            path = Path(stack.enter_context(TemporaryDirectory())) / "paperboy.db"
            await asyncio.to_thread(copy_whole, file, path)
            await upgrade(f"sqlite:///{path}")
        source = await stack.enter_async_context(_file_database(path).closed_after())
        target = await stack.enter_async_context(_database(database_url).closed_after())
        old = await stack.enter_async_context(source.reading())
        await _fill(old, target, replaces=replaces, is_running=is_running, tell=tell)
    return None


async def move(
    database_url: str, target_url: str, *, is_running: IsRunning = _is_running, tell: Tell = _tell_nobody
) -> Transfer:
    """Copy everything to an empty database, on another kind of server say; nobody may use either meanwhile.

    The first database stays as it is. Raises NotFound, UsageError where the other one is not empty, StoreLocked where a
    service runs, and the other StoreErrors; then the other database is as it was.
    """
    if is_sqlite(database_url):
        _require(_file(database_url))
    if is_sqlite(target_url):
        _file(target_url)
    source, target = _database(database_url), _database(target_url)
    if source.where == target.where:
        raise UsageError("That is the database that Paperboy uses already.", hint="Name another one.")
    async with source.open(), target.closed_after():
        await _refuse_while_running(source, is_running)
        target.prepare()
        async with source.reading_alone() as old:
            return await _fill(old, target, replaces=False, is_running=is_running, tell=tell)


async def _require_head(database: Database) -> None:
    async with database.reading() as connection:
        revision = await connection.run_sync(schema.revision, database.where)
    if revision is None:
        raise NotFound(f"There is nothing in the database {database.where} yet.", hint="paperboy ingest makes one.")
    if revision != schema.HEAD:
        raise StoreBroken(
            f"The database {database.where} is of an older Paperboy (revision {revision}).",
            hint="Back it up with that one, or bring it up to date with `paperboy db upgrade` first.",
        )


async def _fill(
    source: AsyncConnection, target: Database, *, replaces: bool, is_running: IsRunning, tell: Tell
) -> Transfer:
    """Put everything into the target, in one transaction; make its schema where there is none."""
    async with target.reading() as connection:
        revision = await connection.run_sync(schema.revision, target.where)
    if revision not in (None, schema.HEAD):
        raise StoreBroken(
            f"The database {target.where} is of an older Paperboy (revision {revision}).",
            hint="Name an empty database, or bring that one up to date with `paperboy db upgrade` first.",
        )
    if revision:
        await _refuse_while_running(target, is_running)
    async with target.rebuilding() as connection:
        await connection.run_sync(schema.migrate, target.where)
        await take(connection)
        if not (replaces or await is_empty(connection)):
            raise UsageError(
                f"The database {target.where} is not empty, and nothing of it would be left.",
                hint="Name an empty database. `paperboy db restore --replace` gives up what is there.",
            )
        return await transfer(source, connection, tell=tell)


async def _refuse_while_running(database: Database, is_running: IsRunning) -> None:
    for service in await SqlOperation(database).services():
        if is_running(service):
            raise StoreLocked(
                f"Paperboy runs with the database {database.where}: process {service.origin.pid} on"
                f" {service.origin.host}.",
                hint="Stop it, then try again.",
            )


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


def _file_database(path: Path) -> Database:
    return _database(f"sqlite:///{path}")


def _file(database_url: str) -> Path:
    if path := sqlite_path(database_url):
        return path
    raise BadSetting("A database in memory cannot be copied.", hint="Set database_url to a file.")


def _size(path: Path | None) -> int:
    files = [path, *beside(path)] if path else []
    return sum(file.stat().st_size for file in files if file.exists())


def _back_up(path: Path, file: Path) -> Contents:
    _require(path)
    with _new_file(file):
        tighten(path)
        copy_pages(path, file)
        return _finish_backup(file)


def _require(path: Path) -> None:
    if not path.exists():
        raise NotFound(f"There is no database at {path} yet.", hint="paperboy ingest makes one.")


@contextmanager
def _new_file(file: Path) -> Iterator[None]:
    """A new file for a backup, which is gone where the backup fails."""
    if file.exists():
        raise UsageError(f"{file} is there already.", hint="Name a new file; a backup replaces nothing.")
    with explain_failures(str(file), is_backup=True):
        make_file(file)
    try:
        yield
    except BaseException:
        for path in (file, *beside(file)):
            path.unlink(missing_ok=True)
        raise


def _finish_backup(file: Path) -> Contents:
    """Have the file be all of the backup, whole and on the disk; what it holds, as it says from now on."""
    with explain_failures(str(file), is_backup=True), closing(sqlite3.connect(file)) as connection:
        connection.execute("PRAGMA journal_mode = DELETE")
    verify(file, is_backup=True)
    with explain_failures(str(file), is_backup=True):
        contents = record_contents(file)
        settle(file)
        settle(file.absolute().parent)
    return contents


def _check_backup(file: Path) -> str:
    """The revision of a backup that is whole."""
    if not file.is_file():
        raise NotFound(f"There is no file {file}.", hint=BACKUP_HINT)
    revision = verify(file, is_backup=True)
    with explain_failures(str(file), is_backup=True):
        check_contents(file)
    tighten(file)
    return revision


def _restore(path: Path, file: Path) -> Path | None:
    _check_backup(file)
    with explain_failures(str(path)):
        make_folder(path.parent)
    fresh = path.with_name(f"{path.name}.restoring")
    fresh.unlink(missing_ok=True)
    copy_whole(file, fresh)
    try:
        with explain_failures(str(path)):
            drop_contents(fresh)
            return put_in_place(fresh, path)
    finally:
        fresh.unlink(missing_ok=True)
