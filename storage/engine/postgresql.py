"""How PostgreSQL is opened: psycopg 3, time-outs on the server's side, and advisory locks where writers take turns.

`Database` is the only caller; `sqlite` is the same for the other database. Readers see one state (REPEATABLE READ, read
only), and so does a single statement. Writers are READ COMMITTED and work side by side: what must not be lost between
them is a conditional statement, a row lock, or a turn (`take_turns`).
"""

from __future__ import annotations

import logging
from contextlib import AbstractAsyncContextManager, nullcontext
from hashlib import sha256
from typing import Final

from sqlalchemy import URL, BigInteger, bindparam, func, literal, select, text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

#: at a time and process; whoever needs one more waits
_CONNECTIONS: Final = 8
#: how long to wait for the server to answer a new connection, in seconds
_CONNECT_S: Final = 10
#: how long one statement may take, and a transaction may idle, before the server ends it, in seconds
_STATEMENT_S: Final = 60
#: A network that swallows what it is sent is told from a slow server within a minute: by default that takes hours. In
#: seconds, and milliseconds for data that nobody has acknowledged.
_SIGNS_OF_LIFE: Final = {
    "keepalives_idle": 30,
    "keepalives_interval": 10,
    "keepalives_count": 3,
    "tcp_user_timeout": 60_000,
}
_MIGRATION: Final = "migration"
_WAIT: Final = select(func.pg_advisory_xact_lock(bindparam("key", type_=BigInteger)))
#: A planner without statistics, of a dump that was just restored say, reads whole tables for the names of one listing.
_BY_INDEX: Final = func.set_config("enable_seqscan", "off", literal(value=True))

# It warns of a lost connection's loose ends, in its own words; the error that comes with it is told in ours.
logging.getLogger("psycopg").addHandler(logging.NullHandler())


class PostgresConnections:
    """The connections to a server's database; `where` names it without the user and the password."""

    path: Final = None

    def __init__(self, url: URL, *, lock_timeout_s: float) -> None:
        self.where = display_name(url)
        engine = _made_engine(url, lock_timeout_s)
        self._engine = engine
        self.reader = engine.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
        self.single = engine.execution_options(isolation_level="AUTOCOMMIT")
        self.writer = engine.execution_options(isolation_level="READ COMMITTED")

    def prepare(self) -> None:
        """Nothing to do: the database has to be there."""

    def turn(self) -> AbstractAsyncContextManager[object]:
        """Writers work side by side."""
        return nullcontext()

    async def take_turns(self, connection: AsyncConnection, over: str) -> None:
        """Wait until no other transaction of any process has this turn, and have it until the transaction ends.

        The server gives the turn on after it made the commit visible: whoever has it sees all that was done in it.
        Whatever is looked for in a turn is looked for in an index.
        """
        await connection.execute(_WAIT.add_columns(_BY_INDEX), {"key": _lock_key(over)})

    async def end_reading(self, connection: AsyncConnection) -> None:
        """Commit, though there is nothing to commit: at a rollback the driver forgets all that it has prepared."""
        await connection.commit()

    async def take_time(self, connection: AsyncConnection) -> None:
        """Let the transaction take as long as the work with a whole database may."""
        await connection.execute(text("SET LOCAL statement_timeout = 0"))
        await connection.execute(text("SET LOCAL idle_in_transaction_session_timeout = 0"))

    async def before_migration(self, connection: AsyncConnection) -> None:
        """Migrate one at a time, and wait as long as a migration may take."""
        await self.take_time(connection)
        await connection.execute(text("SET LOCAL lock_timeout = '10min'"))
        await connection.execute(_WAIT, {"key": _lock_key(_MIGRATION)})

    async def use(self) -> None:
        """Nothing to do."""

    async def close(self) -> None:
        """Close every connection."""
        await self._engine.dispose()


def display_name(url: URL) -> str:
    """`host:port/database`, as a sentence may show it; never with what stands before an @."""
    host = url.host or str(url.query.get("host", "localhost"))
    port = f":{url.port}" if url.port else ""
    return f"{host.rpartition('@')[2]}{port}/{url.database or ''}"


def connection_string(url: URL, *, lock_timeout_s: float) -> str:
    """The server's database as libpq takes it, for another library that works on it, with the same time-outs."""
    from psycopg.conninfo import make_conninfo

    address = url.set(drivername="postgresql").render_as_string(hide_password=False)
    return make_conninfo(address, **_arguments(lock_timeout_s))


def _made_engine(url: URL, lock_timeout_s: float) -> AsyncEngine:
    """What is prepared is planned anew each time: tables grow, and a word that is common wants another plan."""
    return create_async_engine(
        url.set(drivername="postgresql+psycopg"),
        connect_args=_arguments(lock_timeout_s, plan_cache_mode="force_custom_plan"),
        pool_size=_CONNECTIONS,
        max_overflow=0,
        pool_pre_ping=True,  # a server may have been started again since
        hide_parameters=True,
    )


def _arguments(lock_timeout_s: float, **more_settings: str) -> dict[str, str | int]:
    settings = {
        **more_settings,
        "timezone": "UTC",
        "synchronous_commit": "on",  # a commit outlives a power loss, whatever the server's own setting is
        "lock_timeout": f"{round(lock_timeout_s * 1000)}ms",
        "statement_timeout": f"{_STATEMENT_S}s",
        "idle_in_transaction_session_timeout": f"{_STATEMENT_S}s",
    }
    return {
        "connect_timeout": _CONNECT_S,
        "application_name": "paperboy",
        **_SIGNS_OF_LIFE,
        "options": " ".join(f"-c {name}={value}" for name, value in settings.items()),
    }


def _lock_key(over: str) -> int:
    """Advisory locks have numbers: ours are made from a name, so that another program's are not met by accident."""
    return int.from_bytes(sha256(f"paperboy/{over}".encode()).digest()[:8], signed=True)
