"""What a table holds, as a number of rows and a digest: copies of it are compared by that.

The digest adds up a hash of each row, so that it does not depend on the order of the rows: databases sort text
differently. A row that is missing, added or changed in any column makes another sum. It finds damage and bugs; it is no
protection against somebody who forges a copy.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any, Final

#: bytes of a digest
_SIZE: Final = 16
_SUMS: Final = 1 << 8 * _SIZE


@dataclass(frozen=True, slots=True, kw_only=True)
class TableContent:
    """What one table holds."""

    rows: int
    #: hexadecimal
    digest: str


#: by the table's name
Contents = Mapping[str, TableContent]


class ContentSum:
    """Adds up rows of a table, in any order."""

    def __init__(self) -> None:
        self._rows = 0
        self._sum = 0

    def add(self, rows: Iterable[Sequence[Any]]) -> None:
        """Rows of plain values, the columns always in the same order."""
        for row in rows:
            self._rows += 1
            octets = repr(tuple(map(_plain, row))).encode(errors="surrogatepass")
            self._sum += int.from_bytes(blake2b(octets, digest_size=_SIZE).digest())

    def content(self) -> TableContent:
        """What was added up so far."""
        return TableContent(rows=self._rows, digest=f"{self._sum % _SUMS:0{2 * _SIZE}x}")


def _plain(value: Any) -> Any:
    """The value as every database gives it back: SQLite has no negative zero."""
    return value + 0.0 if type(value) is float else value
