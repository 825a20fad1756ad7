"""Which events on saved papers were told to whom: the `EventNoticeStore` part of `SqlStore`."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import and_, case, delete, exists, select, true

from core.channels import ChannelRef, UserRef
from core.converse.lists.feedback import EventNotice
from core.converse.ports import EventNoticeStore
from storage import rows
from storage.engine.database import OnDatabase, uninterrupted
from storage.engine.statements import add_missing
from storage.papers import dossier_rows
from storage.tables import bookmarks, event_notices, events, papers

#: how long it is known what was told: events are news for less
_KNOWN_FOR: Final = timedelta(days=30)


class SqlEventNotices(OnDatabase, EventNoticeStore):
    """The notices in the database."""

    @uninterrupted
    async def untold_events(self, *, since: datetime, limit: int) -> tuple[EventNotice, ...]:
        """Events on papers that were saved before, which nobody has claimed, as the port says."""
        recipient = case((bookmarks.c.public, bookmarks.c.channel), else_=bookmarks.c.person)
        saved_before = and_(bookmarks.c.paper_id == events.c.paper_id, bookmarks.c.at < events.c.at)
        open_mark = bookmarks.alias()
        is_open_elsewhere = exists().where(
            open_mark.c.person == bookmarks.c.person,
            open_mark.c.paper_id == bookmarks.c.paper_id,
            open_mark.c.public == true(),
            open_mark.c.at < events.c.at,
        )
        is_claimed = exists().where(event_notices.c.event_id == events.c.id, event_notices.c.recipient == recipient)
        untold = (
            select(events.c.id, recipient.label("recipient"), bookmarks.c.public)
            .join(bookmarks, saved_before)
            .where(events.c.at >= since, ~is_claimed, bookmarks.c.public | ~is_open_elsewhere)
            .distinct()
            .order_by("recipient", events.c.id)
            .limit(limit)
        )
        async with self.database.reading() as connection:
            notice_rows = (await connection.execute(untold)).all()
            if not notice_rows:
                return ()
            numbers = {row.id for row in notice_rows}
            statement = select(events, papers.c.key).join(papers, papers.c.id == events.c.paper_id)
            by_number = {
                row.id: row for row in (await connection.execute(statement.where(events.c.id.in_(numbers)))).all()
            }
            of_papers = select(papers).where(papers.c.id.in_({row.paper_id for row in by_number.values()}))
            by_paper = {row.id: rows.paper_of(row) for row in (await connection.execute(of_papers)).all()}
        notices = [
            EventNotice(
                event=dossier_rows.event_of(by_number[row.id]),
                paper=by_paper[by_number[row.id].paper_id],
                channel=ChannelRef.from_store(row.recipient) if row.public else None,
                person=None if row.public else UserRef.from_store(row.recipient),
            )
            for row in notice_rows
        ]
        return tuple(sorted(notices, key=lambda notice: (notice.recipient, str(notice.paper.id), notice.event.number)))

    @uninterrupted
    async def claim_notices(self, events: Sequence[int], recipient: str, *, at: datetime) -> bool:
        """Claim that these events are told to a recipient, all or none."""
        claims = [{"event_id": number, "recipient": recipient, "claimed_at": at} for number in events]
        async with self.database.writing(in_turn=f"events {recipient}") as connection:
            conditions = (event_notices.c.recipient == recipient, event_notices.c.event_id.in_(events))
            if (await connection.execute(select(event_notices.c.event_id).where(*conditions).limit(1))).first():
                return False
            await add_missing(connection, event_notices, claims)
            await connection.execute(delete(event_notices).where(event_notices.c.claimed_at < at - _KNOWN_FOR))
            return True

    @uninterrupted
    async def release_notices(self, events: Sequence[int], recipient: str) -> None:
        """They did not arrive."""
        conditions = (event_notices.c.recipient == recipient, event_notices.c.event_id.in_(events))
        async with self.database.writing() as connection:
            await connection.execute(delete(event_notices).where(*conditions))
