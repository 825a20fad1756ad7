"""Reading the ledger: a delivery with its plan and decisions, for whoever is in a transaction."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any, Final

from sqlalchemy import bindparam, exists, func, select, true
from sqlalchemy.engine import Row
from sqlalchemy.ext.asyncio import AsyncConnection

from core.channels import ChannelRef, Subscription
from core.choose.verdicts import Decision
from core.deliver.ledger import Delivery, DeliveryKind, DeliveryState
from core.papers.identifiers import PaperId
from core.posts.messages import MessageRef
from storage.deliveries import decision_rows, ledger_rows
from storage.tables import decisions, deliveries, messages, papers, postings, shown, subscriptions

#: the row of a `message` of a `channel` that is on record
SHOWN_PAPERS: Final = select(shown.c.channel, shown.c.message, shown.c.papers).where(
    shown.c.channel == bindparam("channel"), shown.c.message == bindparam("message")
)


async def subscription_number(connection: AsyncConnection, subscription: Subscription) -> int | None:
    """The number of the stored subscription of that channel and name."""
    number = select(subscriptions.c.id).where(
        subscriptions.c.channel == str(subscription.channel), subscriptions.c.name == subscription.name
    )
    return (await connection.execute(number)).scalar()


async def previous_day(connection: AsyncConnection, subscription: Subscription, before: date) -> date | None:
    """The day of the last finished DAILY delivery of a day before this one."""
    number = await subscription_number(connection, subscription)
    latest = select(func.max(deliveries.c.day)).where(
        deliveries.c.subscription_id == number,
        deliveries.c.kind == DeliveryKind.DAILY.value,
        deliveries.c.state == DeliveryState.DONE.value,
        deliveries.c.day < before,
    )
    day: date | None = (await connection.execute(latest)).scalar()
    return day


async def chosen_in(connection: AsyncConnection, channel: ChannelRef, since: date) -> tuple[Decision, ...]:
    """What finished deliveries of a channel chose for days from `since` on, the latest first; each paper once."""
    kinds = [DeliveryKind.DAILY.value, DeliveryKind.LISTING.value]
    choices = (
        select(decisions, papers.c.key)
        .join(papers, papers.c.id == decisions.c.paper_id)
        .join(deliveries, deliveries.c.id == decisions.c.delivery_id)
        .where(deliveries.c.channel == str(channel), deliveries.c.day >= since, deliveries.c.kind.in_(kinds))
        .where(deliveries.c.state == DeliveryState.DONE.value, decisions.c.chosen == true())
        .order_by(deliveries.c.day.desc(), decisions.c.place, deliveries.c.id.desc())
    )
    latest: dict[PaperId, Decision] = {}
    for row in await connection.execute(choices):
        decision = decision_rows.decision_of(row)
        latest.setdefault(decision.paper, decision)
    return tuple(latest.values())


async def whole(connection: AsyncConnection, row: Row[Any]) -> Delivery:
    """A row of `deliveries` with its plan and decisions, as a value."""
    statement = (
        select(decisions, papers.c.key)
        .join(papers, papers.c.id == decisions.c.paper_id)
        .where(decisions.c.delivery_id == row.id)
        .order_by(decisions.c.place)
    )
    plan = await messages_of(connection, row.id)
    verdicts = [decision_rows.decision_of(decision_row) for decision_row in await connection.execute(statement)]
    return ledger_rows.delivery_of(row, messages=plan, decisions=verdicts)


def turn_of(message: MessageRef) -> str:
    """The turn that those take who put a message on record, and those who have a reaction wait for it."""
    return f"message {message.channel} {message.id}"


async def messages_of(connection: AsyncConnection, delivery_id: int) -> Sequence[Row[Any]]:
    """The rows of a delivery's plan, in sending order."""
    plan = select(messages).where(messages.c.delivery_id == delivery_id).order_by(messages.c.position)
    return (await connection.execute(plan)).all()


def unposted_counts() -> dict[str, Any]:
    """The counts of a delivery that is given up: what of the chosen papers was posted, and what was not."""
    in_channel = (postings.c.channel == deliveries.c.channel) & (postings.c.paper_id == decisions.c.paper_id)
    choices = select(func.count()).where(decisions.c.delivery_id == deliveries.c.id, decisions.c.chosen == true())
    posted_count = choices.where(exists().where(in_channel)).correlate(deliveries).scalar_subquery()
    return {"posted": posted_count, "failed": deliveries.c.posted - posted_count}
