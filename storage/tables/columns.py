"""What all tables share: text that both databases and their indexes can hold, and two manners of laying a table out."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from functools import lru_cache
from typing import Any, Final

from sqlalchemy import Dialect, Text
from sqlalchemy.types import TypeDecorator
from sqlmodel.sql.sqltypes import UTCDateTime

from core.text.storable import safe

#: the rows lie in the order of their key, without a number of their own (SQLite)
CLUSTERED: Final = {"sqlite_with_rowid": False}
#: the number of a row that is gone is never given again (SQLite; PostgreSQL's sequences do so anyway)
NEVER_REUSED: Final = {"sqlite_autoincrement": True}
#: moments whose text is kept: rows that are written together have most of theirs in common
_MOMENTS: Final = 1_024


class SafeText(TypeDecorator[str]):
    """Text of any origin: what no database can hold (NUL, half a surrogate pair) becomes U+FFFD on its way in."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        """The text as it is stored."""
        return None if value is None else safe(value)


class Moment(UTCDateTime):
    """A moment in a table of which many rows are read and written at once.

    SQLite keeps it as text, which is made and read once for all rows that have it in common.
    """

    cache_ok = True

    def bind_processor(self, dialect: Dialect) -> Callable[[datetime | None], Any] | None:
        """As of any moment."""
        process = super().bind_processor(dialect)
        return lru_cache(_MOMENTS)(process) if process and dialect.name == "sqlite" else process

    def result_processor(self, dialect: Dialect, coltype: object) -> Callable[[Any], datetime | None] | None:
        """As of any moment."""
        process = super().result_processor(dialect, coltype)
        return lru_cache(_MOMENTS)(process) if process and dialect.name == "sqlite" else process
