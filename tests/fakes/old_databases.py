"""A database as an older version of Paperboy left it, on SQLite or PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, create_engine

from storage.migrations import schema

MIGRATIONS = Path(schema.__file__).parent


def config() -> Config:
    """Alembic's, with our migrations."""
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    return config


def migrate(connection: Connection, revision: str) -> None:
    """Bring a database to a revision."""
    migrations = config()
    migrations.attributes["connection"] = connection
    command.upgrade(migrations, revision)


@dataclass(frozen=True)
class OlderDatabase:
    """A database that is empty at first."""

    #: as a store opens it
    url: str

    @property
    def is_sqlite(self) -> bool:
        return self.url.startswith("sqlite")

    @contextmanager
    def at(self, revision: str) -> Iterator[Connection]:
        """The database at a revision, in a transaction."""
        engine = create_engine(self.url.replace("postgresql://", "postgresql+psycopg://"))
        with engine.begin() as connection:
            migrate(connection, revision)
            yield connection
        engine.dispose()
