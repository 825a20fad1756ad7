"""Full texts of papers: the `FullTextStore` part of `SqlStore`.

A text can be read again where it came from, so that the oldest ones give way: what is kept is bounded in number and
age, and with the bounds of one text also in size (some 60 kB each, 400 kB at most).
"""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import datetime, timedelta
from functools import cache
from typing import Final

from pydantic import TypeAdapter, ValidationError
from sqlalchemy import delete, select

from core.papers.identifiers import PaperId
from core.summarise.fulltext import FullText
from core.summarise.ports import FullTextStore
from storage import rows
from storage.engine.database import OnDatabase, uninterrupted
from storage.engine.statements import put
from storage.tables import full_texts as table

#: how many texts are kept, and for how long
MOST_KEPT: Final = 200
KEPT_FOR: Final = timedelta(days=60)


class SqlFullTexts(OnDatabase, FullTextStore):
    """The texts in the database."""

    @uninterrupted
    async def full_text(self, id: PaperId, version: int) -> FullText | None:
        """The stored text of that version; None where it was never stored, or is forgotten."""
        statement = select(table.c.content).where(table.c.paper == rows.key_of(id), table.c.version == version)
        async with self.database.reading() as connection:
            content = (await connection.execute(statement)).scalar()
        try:
            return _form().validate_json(content) if content else None
        except ValidationError:  # of a version of Paperboy that wrote it otherwise: it is read anew
            return None

    @uninterrupted
    async def save_full_text(self, text: FullText, *, at: datetime) -> None:
        """Keep a text, in the place of one of the same paper and version; the oldest ones are forgotten."""
        values = {
            "paper": rows.key_of(text.paper),
            "version": text.version,
            "kept_at": at,
            "content": json.dumps(asdict(text), ensure_ascii=False),
        }
        newest = select(table.c.kept_at).order_by(table.c.kept_at.desc()).offset(MOST_KEPT).limit(1)
        async with self.database.writing() as connection:
            await put(connection, table, [values], key=("paper", "version"))
            await connection.execute(delete(table).where(table.c.kept_at < at - KEPT_FOR))
            await connection.execute(delete(table).where(table.c.kept_at <= newest.scalar_subquery()))


@cache
def _form() -> TypeAdapter[FullText]:
    return TypeAdapter(FullText)
