"""Files of SQLite databases as a whole: copied, checked, and put in one another's place. `upkeep` calls this.

Copies are made by SQLite's own online backup, so that a database in use is copied as of one moment.
"""

from __future__ import annotations

import os
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from core.errors import StoreBroken, StoreLocked
from storage.engine.failures import BACKUP_HINT, explain_failures
from storage.engine.private import beside, make_file, tighten
from storage.migrations import schema


def verify(path: Path, *, is_backup: bool = False) -> str:
    """Its revision. Raises StoreBroken where it is damaged or not ours, StoreTooNew where a newer Paperboy made it."""
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
    return revision


def copy_whole(source: Path, target: Path) -> None:
    """A whole copy, on disk and checked, or none."""
    with explain_failures(str(target)):
        make_file(target)
    try:
        copy_pages(source, target)
        verify(target)
        with explain_failures(str(target)):
            settle(target)
            settle(target.absolute().parent)
    except BaseException:
        target.unlink()
        raise


def copy_pages(source: Path, target: Path) -> None:
    """Everything that the source has at this moment, into an empty file."""
    with (
        explain_failures(f"{source} (copied to {target})"),
        closing(sqlite3.connect(source)) as old,
        closing(sqlite3.connect(target)) as new,
    ):
        old.backup(new)
        new.execute("PRAGMA journal_mode = DELETE")


def put_in_place(fresh: Path, path: Path) -> Path | None:
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
    settle(path.parent)
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


def settle(path: Path) -> None:
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
