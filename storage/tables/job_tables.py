"""The tables of the queue of jobs on PostgreSQL: Procrastinate's own schema, as the installed library brings it.

They are made with ours and brought up with ours: whoever takes a newer library whose schema differs adds a migration
that runs the library's own. SQLite has none: there jobs live in the process.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

from sqlalchemy import Connection

from core.errors import BadSetting

#: the library's last migration that is part of our schema
SCHEMA: Final = "03.04.00_50_post_add_retry_failed_job_procedure"
_FOLDER: Final = "procrastinate/sql"


def create(connection: Connection) -> None:
    """Make the tables where the database is PostgreSQL. Raises BadSetting where the library is not there."""
    if connection.dialect.name == "postgresql":
        # without parameters the driver takes many statements at once, and a percent sign twice
        connection.exec_driver_sql((_sql_folder() / "schema.sql").read_text("utf-8").replace("%", "%%"))


def check_library() -> None:
    """Make sure that the installed library works on the tables that we make. Raises BadSetting."""
    newest = max(path.stem for path in (_sql_folder() / "migrations").glob("*.sql"))
    if newest != SCHEMA:
        raise BadSetting(
            "This version of Procrastinate works on other tables than those of this Paperboy.",
            hint="Install the one that belongs to it: make install EXTRAS=scale-out.",
        )


def _sql_folder() -> Path:
    from importlib.metadata import PackageNotFoundError, distribution  # loads for PostgreSQL alone

    try:
        return Path(str(distribution("procrastinate").locate_file(_FOLDER)))
    except PackageNotFoundError:
        raise BadSetting(
            "database_url names PostgreSQL, and the library that keeps jobs there is not installed.",
            hint="Install it where Paperboy was installed: make install EXTRAS=scale-out.",
        ) from None
