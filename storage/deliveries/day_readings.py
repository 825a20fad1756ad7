"""What was read of a listing day for a subscription: the `DayStore` part of `SqlStore`."""

from __future__ import annotations

from datetime import date
from typing import Final

from sqlalchemy import ColumnElement, Select, Table, and_, func, or_, select, true

from core.channels import Subscription
from core.deliver.empty import DayReading, DayStore
from core.ingest.state import State
from storage.deliveries.candidates import announced_as_news, latest_day, posted_in
from storage.engine.database import OnDatabase, uninterrupted
from storage.tables import announcements, archived_spans, backfills, refreshes

_TROUBLED_STATES: Final = [state.value for state in State if state.is_trouble]


class SqlDays(OnDatabase, DayStore):
    """Days in the database."""

    @uninterrupted
    async def day_reading(self, subscription: Subscription, day: date) -> DayReading:
        """What is known of a listing day for a subscription."""
        line = announcements.c
        on_day = (line.day == day, *announced_as_news(subscription, self.traits.files))
        papers = select(func.count(line.paper_id.distinct())).where(*on_day)
        places = select(line.source, line.scope).where(*on_day).distinct()
        beginnings = select(refreshes.c.source, refreshes.c.scope, func.min(refreshes.c.at).label("at"))
        beginnings = beginnings.where(
            self._in_scopes(subscription, refreshes), refreshes.c.state.not_in(_TROUBLED_STATES)
        )
        async with self.database.reading() as connection:
            first = await connection.execute(beginnings.group_by(refreshes.c.source, refreshes.c.scope))
            return DayReading(
                announced=(await connection.execute(papers)).scalar_one(),
                posted=(await connection.execute(papers.where(posted_in(subscription.channel)))).scalar_one(),
                heard=frozenset((row.source, row.scope) for row in await connection.execute(places)),
                archived=frozenset(
                    (row.source, row.scope)
                    for row in await connection.execute(self._spans(archived_spans, subscription, day))
                ),
                first_read={(row.source, row.scope): row.at for row in first},
                open=frozenset(
                    (row.source, row.scope)
                    for row in await connection.execute(self._spans(backfills, subscription, day))
                ),
                latest=await latest_day(connection, subscription, self.traits.files),
            )

    def _spans(self, table: Table, subscription: Subscription, day: date) -> Select[tuple[str, str]]:
        """The scopes of a subscription that a span over a day is of."""
        covers = and_(table.c.since <= day, table.c.until >= day)
        return select(table.c.source, table.c.scope).where(covers, self._in_scopes(subscription, table))

    def _in_scopes(self, subscription: Subscription, table: Table) -> ColumnElement[bool]:
        if not subscription.categories:
            return true()
        scopes = map(self.traits.scope_of, subscription.categories)
        return or_(*(and_(table.c.source == source, table.c.scope == scope) for source, scope in scopes))
