"""What language models cost: the `SpendingStore` part of `SqlStore`. A call is added by one statement."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import fields
from datetime import UTC, date, datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.engine import Row

from core.channels import ChannelRef
from core.summarise.ports import MonthlySpending, Purpose, Spending, SpendingStore, Usage
from core.text.storable import short
from storage.deliveries.moves import USAGE_KEY, covered_by
from storage.engine.database import OnDatabase, uninterrupted
from storage.engine.statements import add_up
from storage.tables import model_usage

_SUMS: Final = tuple(field.name for field in fields(Spending))


class SqlSpending(OnDatabase, SpendingStore):
    """The sums in the database."""

    @uninterrupted
    async def record_usage(self, usage: Usage, *, purpose: Purpose, channel: ChannelRef | None, at: datetime) -> None:
        """Add one call to its day, model, purpose and channel."""
        spending = Spending.of(usage)
        values = {
            "day": at.astimezone(UTC).date(),
            "model": short(usage.model),
            "purpose": purpose.value,
            "channel": str(channel) if channel else "",
            **{name: getattr(spending, name) for name in _SUMS},
        }
        async with self.database.writing() as connection:
            await add_up(connection, model_usage, [values], key=USAGE_KEY)

    @uninterrupted
    async def spending(self, *, since: date, channel: ChannelRef | None = None) -> Spending:
        """The sum of the days since one, of a channel or of all."""
        statement = select(*_sums()).where(model_usage.c.day >= since)
        if channel:
            statement = statement.where(covered_by(channel, model_usage.c.channel))
        async with self.database.reading() as connection:
            return _spending_of((await connection.execute(statement)).one())

    @uninterrupted
    async def monthly_spending(self, *, since: date) -> tuple[MonthlySpending, ...]:
        """By month and model, the newest month first, and of a month the dearest model."""
        key = (model_usage.c.day, model_usage.c.model)
        daily = select(*key, *_sums()).where(model_usage.c.day >= since).group_by(*key)
        months: defaultdict[tuple[date, str], Spending] = defaultdict(Spending)
        async with self.database.reading() as connection:
            for row in (await connection.execute(daily)).all():
                months[row.day.replace(day=1), row.model] += _spending_of(row)
        lines = [
            MonthlySpending(month=month, model=model, spending=spending) for (month, model), spending in months.items()
        ]
        return tuple(sorted(lines, key=lambda line: (-line.month.toordinal(), -line.spending.cost_usd, line.model)))


def _sums() -> list[ColumnElement[Any]]:
    return [func.coalesce(func.sum(model_usage.c[name]), 0).label(name) for name in _SUMS]


def _spending_of(row: Row[Any]) -> Spending:
    # PostgreSQL adds whole numbers up to a Decimal
    counts = {name: int(getattr(row, name)) for name in _SUMS if name != "cost_usd"}
    return Spending(**counts, cost_usd=float(row.cost_usd))
