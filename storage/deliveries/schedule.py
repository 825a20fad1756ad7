"""Which subscriptions are due: the `ScheduleStore` part of `SqlStore`.

A look is claimed by one conditional statement over an index, which moves the moment of the next look on: whoever's
statement changed the row has the claim, and that moment is how the claim is known when its result is recorded.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime, timedelta
from functools import cache
from typing import Any, Final

from sqlalchemy import ColumnElement, Row, Select, bindparam, delete, exists, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from core.channels import ChannelRef
from core.deliver.appointments import Appointment, ScheduledDay, ScheduledDays, ScheduleStore, TaughtDigest
from core.deliver.ledger import DeliveryKind, DeliveryState
from core.deliver.schedule import RECORD_SPAN, DayReason, DayState, DueDay, Look, LookOutcome
from storage import rows
from storage.engine.database import OnDatabase, uninterrupted
from storage.engine.statements import put
from storage.tables import deliveries, delivery_days, profiles, seeds, subscriptions

#: a local date is at most this far from the one in UTC, and a zone may have been changed since
_AROUND: Final = timedelta(days=3)
_OPEN: Final = DayState.OPEN.value
_DAILY: Final = deliveries.c.kind == DeliveryKind.DAILY.value
_ALL_REASONS: Final = frozenset(DayReason)
#: by value; to call the class takes five times as long, and thousands of days are read at once
_STATES: Final = {state.value: state for state in DayState}
_REASONS: Final = {reason.value: reason for reason in DayReason}
_LOOK_COLUMNS: Final = (subscriptions.c.id, subscriptions.c.value, subscriptions.c.settled_until)
#: the numbers of all subscriptions, of those of a channel, and of those with a claim
_NUMBERS: Final = select(subscriptions.c.id)
_NUMBERS_HERE: Final = _NUMBERS.where(subscriptions.c.channel == bindparam("here"))
_NUMBERS_CLAIMED: Final = _NUMBERS.where(subscriptions.c.next_look == bindparam("claimed_until"))
_RECORD_LOOK: Final = (
    update(subscriptions)
    .where(subscriptions.c.id == bindparam("number"), subscriptions.c.next_look == bindparam("claimed_until"))
    .values({name: bindparam(f"new_{name}") for name in ("next_look", "settled_until", "next_due")})
)


class SqlSchedule(OnDatabase, ScheduleStore):
    """The schedule in the database."""

    @uninterrupted
    async def claim_looks(
        self, *, at: datetime, until: datetime, limit: int, only: ChannelRef | None = None
    ) -> tuple[Look, ...]:
        """Take up at most `limit` subscriptions that are due to be looked at by `at`, the longest waiting first."""
        is_due = subscriptions.c.next_look <= at
        if only:
            is_due &= subscriptions.c.channel == str(only)
        async with self.database.writing() as connection:
            longest = select(subscriptions.c.id).where(is_due).order_by(subscriptions.c.next_look).limit(limit)
            # PostgreSQL may run a subquery anew for each row, and take more than the limit; a common table runs once.
            free = select(longest.with_for_update(skip_locked=True).cte("found").c.id)
            claim = update(subscriptions).where(subscriptions.c.id.in_(free), is_due).values(next_look=until)
            claimed_rows = (await connection.execute(claim.returning(*_LOOK_COLUMNS))).all()
            # and others', who do no harm
            of = {"claimed_until": until}
            return await _looks(connection, claimed_rows, _NUMBERS_CLAIMED, of, at=at, claimed_until=until)

    @uninterrupted
    async def record_looks(self, looks: Sequence[LookOutcome]) -> None:
        """Put the days on record, and when each subscription is looked at again."""
        values = [
            {
                "number": look.number,
                "claimed_until": look.claimed_until,
                "new_next_look": look.look_at,
                "new_settled_until": look.settled_until,
                "new_next_due": look.next_due,
            }
            for look in looks
        ]
        days = [_values(look.number, day) for look in looks for day in look.days]
        if not values:
            return
        async with self.database.writing() as connection:
            await put(connection, delivery_days, days, key=["subscription_id", "day"])
            await connection.execute(_RECORD_LOOK, values)

    @uninterrupted
    async def look_again(self, *, at: datetime, only_open: bool = False) -> None:
        """Have every subscription looked at from `at` on; with `only_open` those that have an open day."""
        waking = update(subscriptions).where(subscriptions.c.next_look > at).values(next_look=at)
        if only_open:
            still = select(delivery_days.c.subscription_id).where(delivery_days.c.state == _OPEN)
            waking = waking.where(subscriptions.c.id.in_(still))
        async with self.database.writing() as connection:
            await connection.execute(waking)

    @uninterrupted
    async def looks(self, channel: ChannelRef | None = None) -> tuple[Look, ...]:
        """What is known of the subscriptions of one channel or all, claiming none; by channel and name."""
        numbers, of = (_NUMBERS_HERE, {"here": str(channel)}) if channel else (_NUMBERS, {})
        async with self.database.reading() as connection:
            subscription_rows: Sequence[Row[Any]] = (await connection.execute(_looking(numbers), of)).all()
            latest = max((row.saved_at for row in subscription_rows), default=None)
            looks = (
                await _looks(connection, subscription_rows, numbers, of, at=latest, claimed_until=None)
                if latest
                else ()
            )
        return tuple(sorted(looks, key=lambda look: (str(look.subscription.channel), look.subscription.name)))

    @uninterrupted
    async def upcoming(self, *, limit: int) -> tuple[Appointment, ...]:
        """The next digests, earliest first."""
        due = subscriptions.c.next_due
        statement = select(subscriptions.c.value, due).where(due.is_not(None)).order_by(due, subscriptions.c.id)
        async with self.database.reading() as connection:
            due_rows = (await connection.execute(statement.limit(limit))).all()
        return tuple(Appointment(subscription=rows.subscription_of(row.value), due_at=row.next_due) for row in due_rows)

    @uninterrupted
    async def taught_digests(
        self, *, since: datetime, until: datetime, limit: int, after: int = -1
    ) -> tuple[TaughtDigest, ...]:
        """The next digests of channels that have taught something, earliest first."""
        columns = subscriptions.c
        has_profile = exists().where(profiles.c.channel == columns.channel, profiles.c.value != "")
        has_seeds = exists().where(seeds.c.channel == columns.channel)
        statement = (
            select(columns.id, columns.channel, columns.name, columns.next_due)
            .where(columns.next_due.between(since, until), or_(columns.next_due > since, columns.id > after))
            .where(or_(has_profile, has_seeds))
            .order_by(columns.next_due, columns.id)
        )
        async with self.database.reading() as connection:
            due_rows = (await connection.execute(statement.limit(limit))).all()
        return tuple(
            TaughtDigest(number=row.id, channel=ChannelRef.from_store(row.channel), name=row.name, due_at=row.next_due)
            for row in due_rows
        )

    @uninterrupted
    async def scheduled_days(
        self,
        *states: DayState,
        since: datetime | None = None,
        until: datetime | None = None,
        closed_after: datetime | None = None,
        reasons: Collection[DayReason] = _ALL_REASONS,
        limit: int,
    ) -> ScheduledDays:
        """The days in these states, the latest first, and how many there are."""
        columns = delivery_days.c
        alike: list[ColumnElement[bool]] = [columns.state.in_([state.value for state in states])]
        alike += [columns.due_at >= since] if since else []
        alike += [columns.due_at <= until] if until else []
        alike += [columns.closed_at > closed_after] if closed_after else []
        alike += [columns.reason.in_([reason.value for reason in reasons])] if reasons != _ALL_REASONS else []
        source = delivery_days.join(subscriptions, subscriptions.c.id == columns.subscription_id)
        all_of_them = select(func.count(), func.min(columns.due_at), func.max(columns.due_at))
        latest = select(subscriptions.c.value, delivery_days).order_by(columns.due_at.desc(), columns.subscription_id)
        async with self.database.reading() as connection:
            total, first, last = (await connection.execute(all_of_them.select_from(source).where(*alike))).one()
            day_rows = (await connection.execute(latest.select_from(source).where(*alike).limit(limit))).all()
        days = (ScheduledDay(subscription=rows.subscription_of(row.value), day=_day(row)) for row in day_rows)
        return ScheduledDays(days=tuple(days), total=total, earliest=first, latest=last)

    @uninterrupted
    async def last_posted(self, channel: ChannelRef | None = None) -> Mapping[tuple[ChannelRef, str], datetime]:
        """When the last daily digest of each subscription, by channel and name, was finished, UTC."""
        last = (
            select(func.max(deliveries.c.finished_at))
            .where(deliveries.c.subscription_id == subscriptions.c.id, _DAILY, deliveries.c.posted > 0)
            .scalar_subquery()
        )
        statement = select(subscriptions.c.channel, subscriptions.c.name, last.label("at"))
        if channel:
            statement = statement.where(subscriptions.c.channel == str(channel))
        async with self.database.reading() as connection:
            last_rows = (await connection.execute(statement)).all()
        return {(ChannelRef.from_store(row.channel), row.name): row.at for row in last_rows if row.at}

    @uninterrupted
    async def forget_days(self, *, before: datetime) -> None:
        """Forget the days that were due before a moment."""
        states = [state.value for state in DayState]  # named, so that the index serves
        old = delivery_days.c.state.in_(states) & (delivery_days.c.due_at < before)
        async with self.database.writing() as connection:
            await connection.execute(delete(delivery_days).where(old))


async def _looks(
    connection: AsyncConnection,
    subscription_rows: Sequence[Row[Any]],
    numbers: Select[tuple[int]],
    of: Mapping[str, Any],
    *,
    at: datetime,
    claimed_until: datetime | None,
) -> tuple[Look, ...]:
    """What is known of some subscriptions, with their days and deliveries since the earliest that may matter.

    `numbers` selects them with the values `of`, and maybe others: a list of them would take longer to be read than what
    it asks for.
    """
    if not subscription_rows:
        return ()
    start = min(row.settled_until or at for row in subscription_rows)
    since = (max(min(start, at), at - RECORD_SPAN) - _AROUND).date()
    days: defaultdict[int, list[DueDay]] = defaultdict(list)
    for day_row in await connection.execute(_recent_days(numbers), {**of, "since": since}):
        days[day_row.subscription_id].append(_day(day_row))
    states: defaultdict[int, dict[date, DeliveryState]] = defaultdict(dict)
    for delivery_row in await connection.execute(_recent_deliveries(numbers), {**of, "since": since}):
        states[delivery_row.subscription_id][delivery_row.day] = DeliveryState(delivery_row.state)
    return tuple(
        Look(
            number=row.id,
            subscription=rows.subscription_of(row.value),
            settled_until=row.settled_until,
            days=tuple(days.get(row.id, ())),
            deliveries=states.get(row.id, {}),
            claimed_until=claimed_until,
        )
        for row in subscription_rows
    )


@cache
def _looking(numbers: Select[tuple[int]]) -> Select[Any]:
    return numbers.with_only_columns(*_LOOK_COLUMNS, subscriptions.c.saved_at)


@cache
def _recent_days(numbers: Select[tuple[int]]) -> Select[Any]:
    recent = (delivery_days.c.day >= bindparam("since")) | (delivery_days.c.state == _OPEN)
    statement = select(delivery_days).where(delivery_days.c.subscription_id.in_(numbers), recent)
    # by the key, else SQLite reads all
    return statement.order_by(delivery_days.c.subscription_id, delivery_days.c.day)


@cache
def _recent_deliveries(numbers: Select[tuple[int]]) -> Select[Any]:
    statement = select(deliveries.c.subscription_id, deliveries.c.day, deliveries.c.state)
    recent = (deliveries.c.day >= bindparam("since"), _DAILY)
    return statement.where(deliveries.c.subscription_id.in_(numbers), *recent)


def _day(row: Row[Any]) -> DueDay:
    return DueDay(
        day=row.day,
        due_at=row.due_at,
        state=_STATES[row.state],
        reason=_REASONS[row.reason],
        opened_at=row.opened_at,
        closed_at=row.closed_at,
    )


def _values(number: int, day: DueDay) -> dict[str, Any]:
    return {
        "subscription_id": number,
        "day": day.day,
        "due_at": day.due_at,
        "state": day.state.value,
        "reason": day.reason.value,
        "opened_at": day.opened_at,
        "closed_at": day.closed_at,
    }
