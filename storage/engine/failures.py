"""What goes wrong in a database, as the errors of the house: one table, and the sentence that a person reads.

Every transaction, and every work with a file of a database, runs inside `explain_failures`. What is not in the table is
a bug of ours and goes on as it is.
"""

from __future__ import annotations

import errno
import re
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final, NamedTuple

from sqlalchemy import exc

from core.errors import StoreBroken, StoreError, StoreFull, StoreLocked, StoreReadOnly, StoreUnreachable


class _Meaning(NamedTuple):
    error: type[StoreError]
    #: `{where}` is the database's file, or its place on a server
    sentence: str
    hint: str


#: what to do where a file is no backup
BACKUP_HINT: Final = "Name a file that paperboy db backup made."
_LOCK_HELD: Final = _Meaning(
    StoreLocked,
    "The database {where} is locked: another program is writing to it and did not stop in time.",
    "Try again in a moment; if it stays so, look for a second Paperboy or an open database tool.",
)
_READ_ONLY: Final = _Meaning(
    StoreReadOnly,
    "The database {where} cannot be written.",
    "Give yourself write permission on the file and its folder, or set database_url to another place.",
)
_NOT_OPENED: Final = _Meaning(
    StoreReadOnly,
    "The database {where} cannot be opened.",
    "Check that its folder exists and may be read and written, or set database_url to another place.",
)
_FULL: Final = _Meaning(
    StoreFull,
    "There is no room left for the database {where}, so nothing of this was stored.",
    "Free some disk space and try again.",
)
_NO_DATABASE: Final = _Meaning(
    StoreBroken,
    "The file {where} is not a Paperboy database.",
    "Move it away, or set database_url to another file.",
)
_DAMAGED_FILE: Final = _Meaning(
    StoreBroken,
    "The database {where} is damaged.",
    "Put a backup in its place with `paperboy db restore FILE`, or move it away to start with an empty one.",
)
_DISK: Final = _Meaning(
    StoreBroken,
    "The disk gave an error while the database {where} was read or written.",
    "Check the disk and the file's permissions.",
)

_UNREACHABLE: Final = _Meaning(
    StoreUnreachable,
    "The database server of {where} cannot be reached.",
    "Check that it runs and that host and port in database_url are right, then try again.",
)
_NOT_LET_IN: Final = _Meaning(
    StoreUnreachable,
    "The database server does not let us into {where}.",
    "Check user, password and database in database_url.",
)
_BUSY: Final = _Meaning(
    StoreLocked,
    "The database {where} is busy: somebody else's work stood in the way of this, and nothing of it was stored.",
    "Try again in a moment.",
)
_NO_CONNECTION_LEFT: Final = _Meaning(
    StoreLocked,
    "The database server of {where} has no connection left.",
    "Try again in a moment; if it stays so, raise max_connections of the server, or run fewer processes.",
)
_NOT_ALLOWED: Final = _Meaning(
    StoreReadOnly,
    "The database {where} cannot be written.",
    "Give the user of database_url the right to create and change tables there, and use the primary server.",
)

#: by SQLSTATE, or its first two characters, https://www.postgresql.org/docs/current/errcodes-appendix.html
_BY_SQLSTATE: Final = {
    "08": _UNREACHABLE,
    "28": _NOT_LET_IN,
    "3D": _NOT_LET_IN,
    "25006": _NOT_ALLOWED,
    "25P03": _BUSY,  # our transaction idled too long
    "42501": _NOT_ALLOWED,
    "40001": _BUSY,
    "40P01": _BUSY,  # deadlock
    "53100": _FULL,
    "53300": _NO_CONNECTION_LEFT,
    "55P03": _BUSY,  # lock_timeout
    "57014": _BUSY,  # statement_timeout
    "57P": _UNREACHABLE,  # the server stops or starts
    "58": _DISK,
    "XX001": _DAMAGED_FILE,
    "XX002": _DAMAGED_FILE,
}

#: libpq tells a refused log-in in words only: there was no session yet that could have a state
_BY_WORDS: Final = (
    (re.compile(r"authentication failed|does not exist"), _NOT_LET_IN),
    (re.compile(r"too many (?:clients|connections)|connection slots"), _NO_CONNECTION_LEFT),
)

#: by SQLite's primary result code, https://sqlite.org/rescode.html
_BY_CODE: Final = {
    sqlite3.SQLITE_BUSY: _LOCK_HELD,
    sqlite3.SQLITE_LOCKED: _LOCK_HELD,
    sqlite3.SQLITE_READONLY: _READ_ONLY,
    sqlite3.SQLITE_PERM: _READ_ONLY,
    sqlite3.SQLITE_AUTH: _READ_ONLY,
    sqlite3.SQLITE_CANTOPEN: _NOT_OPENED,
    sqlite3.SQLITE_FULL: _FULL,
    sqlite3.SQLITE_NOTADB: _NO_DATABASE,
    sqlite3.SQLITE_CORRUPT: _DAMAGED_FILE,
    sqlite3.SQLITE_IOERR: _DISK,
}
_BY_ERRNO: Final = {errno.ENOSPC: _FULL, errno.EDQUOT: _FULL}


#: what the same means of a backup, which database_url does not name
_OF_BACKUP: Final = {
    _READ_ONLY: _Meaning(
        StoreReadOnly, "The backup {where} cannot be written.", "Name a file in a folder that you may write to."
    ),
    _NOT_OPENED: _Meaning(
        StoreReadOnly,
        "The backup {where} cannot be opened.",
        "Check that its folder exists and may be read and written.",
    ),
    _FULL: _Meaning(StoreFull, "There is no room left for the backup {where}.", "Free some disk space and try again."),
    _NO_DATABASE: _Meaning(StoreBroken, "The file {where} is not a backup of Paperboy.", BACKUP_HINT),
    _DAMAGED_FILE: _Meaning(StoreBroken, "The backup {where} is damaged.", "Restore another backup."),
}


@contextmanager
def explain_failures(where: str, *, is_backup: bool = False) -> Iterator[None]:
    """Turn the failures of a database and its files into StoreErrors that name `where`; let bugs through."""
    try:
        yield
    except (exc.DBAPIError, exc.TimeoutError, sqlite3.Error, OSError) as error:
        meaning = _meaning(error)
        if meaning is None:
            raise
        if is_backup:
            meaning = _OF_BACKUP.get(meaning, meaning)
        raise meaning.error(meaning.sentence.format(where=where), hint=meaning.hint) from error


def _meaning(error: BaseException) -> _Meaning | None:
    if isinstance(error, exc.TimeoutError):  # no connection came free in time
        return _LOCK_HELD
    if isinstance(error, OSError):
        return _BY_ERRNO.get(error.errno or 0, _NOT_OPENED)
    cause = error.orig if isinstance(error, exc.DBAPIError) else error
    code = getattr(cause, "sqlite_errorcode", None)
    return _of_postgresql(error) if code is None else _BY_CODE.get(code & 0xFF)


def _of_postgresql(error: BaseException) -> _Meaning | None:
    """By SQLSTATE; an operational error without one is a connection that did not come about, or broke."""
    if not isinstance(error, exc.DBAPIError):
        return None
    state: str = getattr(error.orig, "sqlstate", None) or ""
    if state:
        return next((_BY_SQLSTATE[state[:size]] for size in (5, 3, 2) if state[:size] in _BY_SQLSTATE), None)
    if not isinstance(error, exc.OperationalError):
        return None
    return next((meaning for words, meaning in _BY_WORDS if words.search(str(error.orig))), _UNREACHABLE)
