"""Databases in files, for tests that look at them from outside."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path


def contents(path: Path) -> dict[str, list[tuple[object, ...]]]:
    """Every row of every table of a database, read on a connection of its own."""
    with closing(sqlite3.connect(path)) as connection:
        names = [name for (name,) in connection.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")]
        return {name: sorted(map(tuple, connection.execute(f"SELECT * FROM [{name}]")), key=repr) for name in names}


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Another program is in the middle of writing."""
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("BEGIN IMMEDIATE")
        yield
        connection.execute("ROLLBACK")


def run(path: Path, *statements: str) -> None:
    """Change a database behind our back."""
    with closing(sqlite3.connect(path)) as connection:
        for statement in statements:
            connection.execute(statement)
        connection.commit()


@contextmanager
def unwritable(path: Path) -> Iterator[None]:
    """Neither the file nor its folder may be written."""
    path.chmod(0o400)
    path.parent.chmod(0o500)
    yield
    path.parent.chmod(0o700)
    path.chmod(0o600)


def shorten(path: Path, left: float) -> None:
    """Cut the end of a file off, so that this part of it is left."""
    os.truncate(path, int(path.stat().st_size * left))


def spoil(path: Path) -> None:
    """Write rubbish over all pages of a database but the first two."""
    pages = path.stat().st_size // 4096
    with path.open("r+b") as file:
        file.seek(2 * 4096)
        file.write(b"\xa5" * 4096 * (pages - 2))
