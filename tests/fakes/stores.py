"""The store as the program opens it, with all sources that this version knows."""

from __future__ import annotations

from typing import Any

from bot.origins import SOURCES
from core.ingest.traits import Sources
from storage.store import SqlStore as BareStore


class SqlStore(BareStore):
    """A store that knows the sources of this version, or others."""

    def __init__(self, database_url: str, *, traits: Sources = SOURCES, **options: Any) -> None:
        super().__init__(database_url, traits=traits, **options)
