"""Reading the ledger: a delivery with its plan and decisions, for whoever is in a transaction."""

from __future__ import annotations

from datetime import date
from typing import Any, Final

from sqlalchemy import ScalarSelect, bindparam, exists, func, select, true
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


#: the number of the stored subscription of a `channel` and a `name`
SUBSCRIPTION_NUMBER: Final = select(subscriptions.c.id).where(
    subscriptions.c.channel == bindparam("channel"), subscriptions.c.name == bindparam("name")
)
#: the same within another statement
OF_SUBSCRIPTION: Final[ScalarSelect[int]] = SUBSCRIPTION_NUMBER.scalar_subquery()
#: the day of the last finished DAILY delivery of a day before one
PREVIOUS_DAY: Final = select(func.max(deliveries.c.day).label("day")).where(
    deliveries.c.subscription_id == OF_SUBSCRIPTION,
    deliveries.c.kind == DeliveryKind.DAILY.value,
    deliveries.c.state == DeliveryState.DONE.value,
    deliveries.c.day < bindparam("before"),
)
_PLAN: Final = select(messages).where(messages.c.delivery_id == bindparam("delivery")).order_by(messages.c.position)
_DECISIONS: Final = (
    select(decisions, papers.c.key)
    .join(papers, papers.c.id == decisions.c.paper_id)
    .where(decisions.c.delivery_id == bindparam("delivery"))
    .order_by(decisions.c.place)
)


def place_of(subscription: Subscription) -> dict[str, Any]:
    """What `SUBSCRIPTION_NUMBER` asks for."""
    return {"channel": str(subscription.channel), "name": subscription.name}


async def subscription_number(connection: AsyncConnection, subscription: Subscription) -> int | None:
    """The number of the stored subscription of that channel and name."""
    return (await connection.execute(SUBSCRIPTION_NUMBER, place_of(subscription))).scalar()


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
    of = {"delivery": row.id}
    plan = (await connection.execute(_PLAN, of)).all()
    verdicts = [decision_rows.decision_of(decision_row) for decision_row in await connection.execute(_DECISIONS, of)]
    return ledger_rows.delivery_of(row, messages=plan, decisions=verdicts)


def turn_of(message: MessageRef) -> str:
    """The turn that those take who put a message on record, and those who have a reaction wait for it."""
    return f"message {message.channel} {message.id}"


def unposted_counts() -> dict[str, Any]:
    """The counts of a delivery that is given up: what of the chosen papers was posted, and what was not."""
    in_channel = (postings.c.channel == deliveries.c.channel) & (postings.c.paper_id == decisions.c.paper_id)
    choices = select(func.count()).where(decisions.c.delivery_id == deliveries.c.id, decisions.c.chosen == true())
    posted_count = choices.where(exists().where(in_channel)).correlate(deliveries).scalar_subquery()
    return {"posted": posted_count, "failed": deliveries.c.posted - posted_count}
