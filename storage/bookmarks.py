"""Reading lists: the `BookmarkStore` part of `SqlStore`."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import delete, select, true

from core.deliveries import Bookmark
from core.papers import PaperId
from core.ports import BookmarkStore
from storage import rows
from storage.engine import OnDatabase, uninterrupted
from storage.papers import rows_of
from storage.statements import add_missing
from storage.tables import bookmarks, identifiers, papers


class SqlBookmarks(OnDatabase, BookmarkStore):
    """The bookmarks in the database."""

    @uninterrupted
    async def add_bookmark(self, user: str, id: PaperId, channel: str, *, at: datetime, public: bool) -> bool:
        """Put a paper on a person's list, once. False where it was there. Raises NotFound for an unknown paper."""
        async with self.database.writing() as connection:
            paper_id = (await rows_of(connection, (id,)))[id]
            values = {"person": user, "paper_id": paper_id, "channel": channel, "at": at, "public": public}
            return await add_missing(connection, bookmarks, [values]) > 0

    @uninterrupted
    async def remove_bookmark(self, user: str, id: PaperId) -> bool:
        """Take it off. False where it was not there."""
        paper = select(identifiers.c.paper_id).where(identifiers.c.key == rows.key_of(id)).scalar_subquery()
        one = delete(bookmarks).where(bookmarks.c.person == user, bookmarks.c.paper_id == paper)
        async with self.database.writing() as connection:
            return (await connection.execute(one)).rowcount > 0

    @uninterrupted
    async def bookmarks(self, *, user: str | None = None, channel: str | None = None) -> tuple[Bookmark, ...]:
        """Newest first; a person's whole list, the public ones of a channel, or everybody's."""
        columns = (bookmarks.c.person, bookmarks.c.channel, bookmarks.c.at, bookmarks.c.public, *papers.c)
        listed = select(*columns).join(papers, papers.c.id == bookmarks.c.paper_id)
        if user is not None:
            listed = listed.where(bookmarks.c.person == user)
        if channel is not None:
            listed = listed.where(bookmarks.c.channel == channel, bookmarks.c.public == true())
        async with self.database.reading() as connection:
            found = (await connection.execute(listed.order_by(bookmarks.c.at.desc(), bookmarks.c.id.desc()))).all()
        return tuple(map(rows.bookmark_of, found))
