"""Stores of very many papers, kept in the system's folder for temporary files until the schema changes.

Growing a million takes many CPU minutes and 4 GB. So it is done where it is asked for, by giving a benchmark that
number, and `make bench` takes a million where they are there, and else MANY.
"""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Callable, Iterable
from datetime import datetime
from pathlib import Path

from core.ingest.listing import Listing
from storage.migrations.schema import HEAD
from tests.fakes.stores import SqlStore

MANY = 200_000
MILLION = 1_000_000
#: a store grows without waiting for the disk; what is measured runs as it does every day
_GROWING = {"synchronous": "OFF"}

#: the listings of so many papers, and when each is stored
Listings = Callable[[int], Iterable[tuple[Listing, datetime]]]


def grown(name: str, listings: Listings, *, many: int | None = None) -> Path:
    """The file of a store of that many papers, made where it is not there; without a number, of what is at hand."""
    size = many or (MILLION if _path_of(name, MILLION).exists() else MANY)
    path = _path_of(name, size)
    if not path.exists():
        growing = path.with_suffix(".growing")
        for left in path.parent.glob(f"{name}-*-{size}.*"):
            left.unlink()
        asyncio.run(grow(growing, listings(size)))
        growing.rename(path)
    return path


async def grow(path: Path, listings: Iterable[tuple[Listing, datetime]]) -> None:
    """Store the listings in a file, as a service does."""
    async with SqlStore(f"sqlite:///{path}", pragmas=_GROWING).open() as store:
        for listing, at in listings:
            await store.add(listing, at=at)


def _path_of(name: str, size: int) -> Path:
    return Path(tempfile.gettempdir()) / f"{name}-{HEAD}-{size}.db"
