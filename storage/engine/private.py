"""Files and folders that only their owner can read: a database holds what people read, bookmark and ask for.

They are made with their mode, so that there is no moment at which others can read them. SQLite gives the files beside a
database the database's own mode. On Windows modes mean nothing, and who may read a file is the folder's affair.
"""

from __future__ import annotations

import os
import stat
from contextlib import suppress
from itertools import takewhile
from pathlib import Path
from typing import Final

FILE: Final = 0o600
FOLDER: Final = 0o700
#: files that SQLite keeps beside a database that is in use
_BESIDE: Final = ("-wal", "-shm")


def make_folder(folder: Path) -> None:
    """Make a folder, and those above it that are missing; one that is there stays as it is. Raises OSError."""
    missing = list(takewhile(lambda parent: not parent.exists(), (folder, *folder.parents)))
    for parent in reversed(missing):
        parent.mkdir(mode=FOLDER, exist_ok=True)


def make_file(path: Path) -> None:
    """Make an empty file. Raises OSError, FileExistsError where there is one."""
    path.touch(mode=FILE, exist_ok=False)


def tighten(path: Path) -> None:
    """Take from others every right on a database of our own that an earlier Paperboy made, where that is possible."""
    for file in (path, *beside(path)):
        with suppress(OSError):
            _tighten(file)


def beside(path: Path) -> list[Path]:
    """The files that SQLite keeps beside this database, whether they are there or not."""
    return [path.with_name(path.name + ending) for ending in _BESIDE]


def _tighten(file: Path) -> None:
    status = file.stat()
    mode = stat.S_IMODE(status.st_mode)
    is_own = os.name == "posix" and status.st_uid == os.geteuid()
    if is_own and stat.S_ISREG(status.st_mode) and mode & ~FILE:
        file.chmod(mode & FILE)
