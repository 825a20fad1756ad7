"""Reading lists: the `BookmarkStore` part of `SqlStore`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from sqlalchemy import delete, false, select, true

from core.channels import ChannelRef
from core.converse.lists.feedback import Bookmark
from core.converse.ports import BookmarkStore
from core.papers.identifiers import PaperId
from core.papers.paper import Paper
from core.posts.messages import MessageRef
from storage import rows
from storage.engine.database import OnDatabase, uninterrupted
from storage.engine.statements import add_missing, rows_in
from storage.papers.store import rows_of
from storage.people.tallies import count_again
from storage.tables import bookmarks, identifiers, papers, shown, tallies


class SqlBookmarks(OnDatabase, BookmarkStore):
    """The bookmarks in the database."""

    @uninterrupted
    async def add_bookmark(self, user: str, id: PaperId, channel: str, *, at: datetime, public: bool) -> bool:
        """Put a person's mark on a paper, as the port says. Raises NotFound for an unknown paper."""
        private = (bookmarks.c.person == user, bookmarks.c.public == false())
        async with self.database.writing() as connection:
            paper_id = (await rows_of(connection, (id,)))[id]
            own_mark = select(bookmarks.c.id).where(*private, bookmarks.c.paper_id == paper_id)
            if not public and (await connection.execute(own_mark)).first():
                return False
            values = {"person": user, "paper_id": paper_id, "channel": channel, "at": at, "public": public}
            return await add_missing(connection, bookmarks, [values]) > 0

    @uninterrupted
    async def remove_bookmark(
        self, user: str, id: PaperId, *, channel: str | None = None, is_private: bool = False
    ) -> bool:
        """Take the paper off the person's list; with `channel` or `is_private`, remove that mark alone."""
        paper_id = select(identifiers.c.paper_id).where(identifiers.c.key == rows.key_of(id)).scalar_subquery()
        marks = delete(bookmarks).where(bookmarks.c.person == user, bookmarks.c.paper_id == paper_id)
        if channel is not None:
            marks = marks.where(bookmarks.c.channel == channel, bookmarks.c.public == true())
        if is_private:
            marks = marks.where(bookmarks.c.public == false())
        async with self.database.writing() as connection:
            is_changed = (await connection.execute(marks)).rowcount > 0
            if is_changed and not is_private:
                await count_again(connection, tallies.c.paper_id == paper_id)
            return is_changed

    @uninterrupted
    async def bookmarks(self, *, user: str | None = None, channel: str | None = None) -> tuple[Bookmark, ...]:
        """Newest first; a person's whole list, the public marks of a channel, or everybody's lists."""
        columns = (bookmarks.c.person, bookmarks.c.channel, bookmarks.c.at, bookmarks.c.public, *papers.c)
        statement = select(*columns).join(papers, papers.c.id == bookmarks.c.paper_id)
        if user is not None:
            statement = statement.where(bookmarks.c.person == user)
        if channel is not None:
            statement = statement.where(bookmarks.c.channel == channel, bookmarks.c.public == true())
        async with self.database.reading() as connection:
            marks = (await connection.execute(statement.order_by(bookmarks.c.at.desc(), bookmarks.c.id.desc()))).all()
        return _each_once(map(bookmark_of, marks))

    @uninterrupted
    async def messages_showing(
        self, papers: Sequence[Paper], channel: ChannelRef
    ) -> Mapping[PaperId, tuple[MessageRef, ...]]:
        """Each paper's own messages in a channel, the oldest first."""
        by_text = {rows.ids_text((id,)): paper.id for paper in papers for id in (paper.id, *paper.identifiers)}
        here = select(shown.c.message, shown.c.papers).where(shown.c.channel == str(channel))
        async with self.database.reading() as connection:
            message_rows = await rows_in(connection, here.order_by(shown.c.sent_at), shown.c.papers, list(by_text))
        messages: dict[PaperId, tuple[MessageRef, ...]] = {}
        for row in message_rows:
            paper = by_text[row.papers]
            messages[paper] = (*messages.get(paper, ()), MessageRef(channel, row.message))
        return messages


def _each_once(marks: Iterable[Bookmark]) -> tuple[Bookmark, ...]:
    """Each paper of each person once: its oldest mark, public where any is; newest first, as the marks come."""
    oldest_marks: dict[tuple[str, PaperId], Bookmark] = {}
    for mark in reversed(list(marks)):
        oldest = oldest_marks.setdefault((mark.user, mark.paper.id), mark)
        if mark.public and not oldest.public:
            oldest_marks[mark.user, mark.paper.id] = replace(oldest, public=True)
    return tuple(oldest_marks.values())[::-1]


def bookmark_of(row: rows.Row) -> Bookmark:
    """A row of `bookmarks` joined with its paper as a value."""
    return Bookmark(user=row.person, paper=rows.paper_of(row), channel=row.channel, at=row.at, public=row.public)
