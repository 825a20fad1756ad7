"""What all tables share: text that both databases can hold, and two manners of laying a table out."""

from __future__ import annotations

from typing import Final

from sqlalchemy import Dialect, Text
from sqlalchemy.types import TypeDecorator

#: the rows lie in the order of their key, without a number of their own (SQLite)
CLUSTERED: Final = {"sqlite_with_rowid": False}
#: the number of a row that is gone is never given again (SQLite; PostgreSQL's sequences do so anyway)
NEVER_REUSED: Final = {"sqlite_autoincrement": True}


def safe(text: str) -> str:
    """The text as a database can hold it."""
    if text.isascii() and "\0" not in text:
        return text
    return text.replace("\0", "\ufffd").encode("utf-16", "surrogatepass").decode("utf-16", "replace")


class SafeText(TypeDecorator[str]):
    """Text of any origin: what no database can hold (NUL, half a surrogate pair) becomes U+FFFD on its way in."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        """The text as it is stored."""
        return None if value is None else safe(value)
