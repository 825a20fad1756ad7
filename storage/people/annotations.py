"""What people write beside papers on their lists: the `AnnotationStore` part of `SqlStore`."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.engine import Row

from core.converse.lists.feedback import Annotation, AnnotationChange
from core.converse.ports import AnnotationStore
from core.papers.identifiers import PaperId
from storage import rows
from storage.engine.database import OnDatabase, uninterrupted
from storage.engine.statements import add_missing
from storage.papers.store import rows_of
from storage.tables import paper_annotations as table
from storage.tables import papers


class SqlAnnotations(OnDatabase, AnnotationStore):
    """The annotations in the database."""

    @uninterrupted
    async def annotate(
        self, user: str, id: PaperId, channel: str, change: AnnotationChange, *, at: datetime
    ) -> Annotation:
        """Change what a person wrote beside a paper, as the port says."""
        async with self.database.writing() as connection:
            paper_id = (await rows_of(connection, (id,)))[id]
            key = {"person": user, "paper_id": paper_id, "channel": channel}
            await add_missing(connection, table, [{**key, "note": "", "tags": "[]", "done_at": None, "at": at}])
            own = [table.c[name] == value for name, value in key.items()]
            # whoever changes it at the same time waits here
            before = (await connection.execute(select(table).where(*own).with_for_update())).one()
            tags = sorted({*json.loads(before.tags), *change.add_tags} - set(change.remove_tags))
            done_at = before.done_at if change.is_done is None else (before.done_at or at) if change.is_done else None
            values = {
                "note": before.note if change.note is None else change.note,
                "tags": json.dumps(tags, ensure_ascii=False),
                "done_at": done_at,
            }
            await connection.execute(update(table).where(*own).values(values))
            after = select(table, papers.c.key).join(papers, papers.c.id == table.c.paper_id).where(*own)
            return annotation_of((await connection.execute(after)).one())

    @uninterrupted
    async def annotations(self, *, user: str = "", channel: str = "") -> tuple[Annotation, ...]:
        """Everybody's on a channel's list, else all of a person's own list."""
        statement = select(table, papers.c.key).join(papers, papers.c.id == table.c.paper_id)
        statement = statement.where(table.c.channel == channel)
        if not channel:
            statement = statement.where(table.c.person == user)
        async with self.database.reading() as connection:
            result = await connection.execute(statement.order_by(table.c.at, table.c.person, table.c.paper_id))
            return tuple(map(annotation_of, result.all()))


def annotation_of(row: Row[Any]) -> Annotation:
    """A row of `paper_annotations`, joined with its paper's key, as a value."""
    return Annotation(
        user=row.person,
        paper=rows.id_of(row.key),
        channel=row.channel,
        note=row.note,
        tags=tuple(json.loads(row.tags)),
        done_at=row.done_at,
    )
