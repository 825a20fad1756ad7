"""The plan of a delivery as rows: its messages, what it decided, and which summaries stand in."""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import cache
from typing import Any
from uuid import uuid4

from sqlalchemy import Row, bindparam, select, true
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.sql.dml import ReturningInsert

from core.deliver.ledger import DeliveryKind, DeliveryPlan
from storage.deliveries import candidates, decision_rows, ledger_rows
from storage.deliveries.leases import SENDING
from storage.deliveries.stand_ins import put_stand_ins
from storage.engine.statements import insert_of, put
from storage.papers.store import rows_of
from storage.tables import decisions, deliveries, messages


def plan_turn(plan: DeliveryPlan) -> str:
    """The turn that those take who plan for a channel, so that two plans never choose the same paper."""
    return f"plan {plan.subscription.channel}"


async def insert_plan(
    connection: AsyncConnection, plan: DeliveryPlan, number: int, at: datetime, lease: timedelta
) -> Row[Any] | None:
    """Store the plan where there is none, by one statement; its row, or none where nothing was stored.

    A daily plan is stored only while the watermark is the one that its candidates were read with. Otherwise a delivery
    of another day was finished meanwhile, which has decided on some of them.
    """
    values = {
        **ledger_rows.plan_values(plan),
        "subscription_id": number,
        "state": SENDING,
        "begun_at": at,
        "holder": uuid4().hex,
        "lease_until": at + lease,
    }
    statement = _inserting(connection.dialect.name, tuple(values), is_daily=plan.kind is DeliveryKind.DAILY)
    row: Row[Any] | None = (
        await connection.execute(statement, {f"new_{name}": value for name, value in values.items()})
    ).first()
    return row


@cache
def _inserting(dialect: str, names: tuple[str, ...], *, is_daily: bool) -> ReturningInsert[Any]:
    new = {name: bindparam(f"new_{name}", type_=deliveries.c[name].type) for name in names}
    is_current = candidates.watermark(new["subscription_id"]).is_not_distinct_from(new["after"])
    row = select(*new.values()).where(is_current if is_daily else true())
    statement = insert_of(dialect, deliveries).from_select(names, row)
    key = ["subscription_id", "day", "kind"]
    return statement.on_conflict_do_nothing(index_elements=key).returning(deliveries)


async def store_plan(connection: AsyncConnection, delivery_id: int, plan: DeliveryPlan, *, at: datetime) -> None:
    """Store a plan's messages, what it decided, and which summaries stand in."""
    values = [
        ledger_rows.message_values(message, delivery_id=delivery_id, position=place)
        for place, message in enumerate(plan.messages)
    ]
    if values:
        await connection.execute(messages.insert(), values)
    numbers = await rows_of(connection, [decision.paper for decision in plan.decisions])
    verdicts = [
        decision_rows.decision_values(decision, delivery_id=delivery_id, paper_id=numbers[decision.paper])
        for decision in plan.decisions
    ]
    await put(connection, decisions, verdicts, key=["delivery_id", "paper_id"])
    await put_stand_ins(connection, delivery_id, plan.stand_ins, at=at)
