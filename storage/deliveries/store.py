"""The ledger of deliveries: the `DeliveryStore` part of `SqlStore`.

`plans` stores what is planned, `leases` says who holds a delivery. What there is to decide on is in `candidates`, what
became of one paper in `traces`.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any, Final
from uuid import uuid4

from sqlalchemy import ColumnElement, Select, bindparam, delete, exists, or_, select, update
from sqlalchemy.engine import Row
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.sql.dml import ReturningUpdate

from core.channels import ChannelMoved, ChannelRef, Subscription
from core.choose.verdicts import Candidates, Decision
from core.deliver.ledger import Delivery, DeliveryKind, DeliveryPlan, Failure, Shipment
from core.deliver.ports import DeliveryStore, PaperTrace
from core.errors import NotFound
from core.papers.identifiers import PaperId
from core.posts.messages import MessageRef, Outgoing
from storage import rows
from storage.deliveries import candidates, ledger_rows, traces
from storage.deliveries.leases import DONE, FAILED, SENDING, failure_values, has_later_delivery, hold, lease_of, renew
from storage.deliveries.ledger import (
    OF_SUBSCRIPTION,
    PREVIOUS_DAY,
    SHOWN_PAPERS,
    chosen_in,
    place_of,
    subscription_number,
    turn_of,
    unposted_counts,
    whole,
)
from storage.deliveries.moves import move
from storage.deliveries.plans import insert_plan, plan_turn, store_plan
from storage.engine.database import OnDatabase, uninterrupted
from storage.engine.identity import DATABASE_ID
from storage.engine.statements import add_missing, insert, put
from storage.papers.store import rows_of
from storage.tables import decisions, deliveries, digest_orders, messages, postings, shown, subscriptions

#: of a delivery, what no other plan changes
_STEADY: Final = ("channel", "name", "day", "kind", "subscription")
#: the database's id, and the number of a subscription in it
_NUMBER_HERE: Final = DATABASE_ID.add_columns(OF_SUBSCRIPTION.label("number"))
_IS_OPEN: Final = deliveries.c.state == SENDING


def _claiming(is_open: ColumnElement[bool]) -> ReturningUpdate[Any]:
    """Holds a delivery of which that is true, and gives its row."""
    values = {
        "state": SENDING,
        "finished_at": None,
        "holder": bindparam("new_holder"),
        "lease_until": bindparam("new_lease_until"),
        "posted": deliveries.c.posted + deliveries.c.failed,
        "failed": 0,
        "absence": None,
    }
    is_free = deliveries.c.lease_until <= bindparam("now")
    claim = update(deliveries).where(deliveries.c.id == bindparam("delivery"), is_open, is_free)
    return claim.values(values).returning(deliveries)


_STATE: Final = select(deliveries.c.state).where(deliveries.c.id == bindparam("delivery"))
_OPEN_DAYS: Final = select(deliveries.c.day, deliveries.c.kind).where(
    deliveries.c.subscription_id == OF_SUBSCRIPTION, deliveries.c.state == SENDING
)
_INTEND: Final = (
    update(messages)
    .where(messages.c.key == bindparam("message_key"), messages.c.state == "planned")
    .values(state="intended")
)
_ACCEPT: Final = (
    update(messages)
    .where(
        messages.c.key == bindparam("message_key"),
        messages.c.delivery_id == bindparam("delivery"),
        messages.c.state != "sent",
    )
    .values(state="sent", message=bindparam("id"), sent_at=bindparam("at"))
)
_CLAIM: Final = _claiming(_IS_OPEN)
_CLAIM_OR_REOPEN: Final = _claiming(_IS_OPEN | ((deliveries.c.state == FAILED) & ~has_later_delivery()))
_LATEST: Final = (
    select(deliveries).where(deliveries.c.subscription_id == OF_SUBSCRIPTION).order_by(deliveries.c.day.desc()).limit(1)
)
_OF_DAY: Final = _LATEST.where(deliveries.c.day == bindparam("day"), deliveries.c.kind == bindparam("kind"))
_LAST: Final = _LATEST.where(
    deliveries.c.kind == DeliveryKind.DAILY.value, deliveries.c.state == DONE, deliveries.c.posted > 0
)


class SqlDeliveries(OnDatabase, DeliveryStore):
    """The deliveries in the database."""

    @uninterrupted
    async def candidates(
        self, subscription: Subscription, *, listing_day: date | None = None, is_again: bool = False
    ) -> Candidates:
        """The papers that a delivery has to decide on, each once, newest announcement last."""
        async with self.database.reading() as connection:
            number = await subscription_number(connection, subscription)
            return await candidates.choose_from(
                connection,
                subscription,
                number,
                files=self.traits.files,
                listing_day=listing_day,
                is_again=is_again,
            )

    @uninterrupted
    async def delivery_key(self, subscription: Subscription, day: date, kind: DeliveryKind) -> str:
        """What the keys of that delivery's messages begin with; numbers of subscriptions are never used again."""
        here = (await self.database.rows(_NUMBER_HERE, place_of(subscription)))[0]
        return f"{here.database}/{_existing(here.number, subscription)}-{day:%Y%m%d}-{kind.value}"

    @uninterrupted
    async def save_plan(self, plan: DeliveryPlan, *, at: datetime, lease: timedelta) -> Delivery | None:
        """Store a plan and hold it, unless there is one already, or its candidates are not those of today any more."""
        async with self.database.writing(in_turn=plan_turn(plan)) as connection:
            number = await _number_of(connection, plan.subscription)
            if await candidates.are_taken(connection, plan, number):
                return None
            row = await insert_plan(connection, plan, number, at, lease)
            if row is None:
                return None
            await store_plan(connection, row.id, plan, at=at)
            return await whole(connection, row)

    @uninterrupted
    async def replace_plan(
        self, delivery: Delivery, plan: DeliveryPlan, *, at: datetime, lease: timedelta
    ) -> Delivery | None:
        """Put another plan in the place of one that the caller holds, of which nothing was sent."""
        its_own = messages.c.delivery_id == delivery.id
        values = {name: value for name, value in ledger_rows.plan_values(plan).items() if name not in _STEADY}
        async with self.database.writing(in_turn=plan_turn(plan)) as connection:
            await renew(connection, delivery, at + lease)
            row = await _row(connection, deliveries.c.id == delivery.id)
            after = (await connection.execute(select(candidates.watermark(row.subscription_id)))).scalar()
            is_sent = select(messages.c.key).where(its_own, messages.c.state == "sent")
            is_old = after != plan.after or await candidates.are_taken(connection, plan, row.subscription_id)
            if is_old or (await connection.execute(is_sent)).first():
                return None
            await connection.execute(delete(messages).where(its_own))
            await connection.execute(delete(decisions).where(decisions.c.delivery_id == delivery.id))
            await connection.execute(update(deliveries).where(deliveries.c.id == delivery.id).values(values))
            await store_plan(connection, delivery.id, plan, at=at)
            return await whole(connection, await _row(connection, deliveries.c.id == delivery.id))

    @uninterrupted
    async def claim_delivery(
        self, delivery: Delivery, *, at: datetime, lease: timedelta, reopens: bool = False
    ) -> Delivery | None:
        """Hold a planned delivery that nobody holds; None where it is done, given up, or held."""
        of = {"delivery": delivery.id, "now": at, "new_holder": uuid4().hex, "new_lease_until": at + lease}
        async with self.database.writing() as connection:
            row = (await connection.execute(_CLAIM_OR_REOPEN if reopens else _CLAIM, of)).first()
            return await whole(connection, row) if row else None

    @uninterrupted
    async def renew_lease(self, delivery: Delivery, *, at: datetime, lease: timedelta) -> None:
        """Hold on to a delivery for `lease` from now. LeaseLost where somebody else took over."""
        async with self.database.writing() as connection:
            await renew(connection, delivery, at + lease)

    @uninterrupted
    async def release_delivery(
        self, delivery: Delivery, *, at: datetime, failure: Failure | None = None, retry_at: datetime | None = None
    ) -> None:
        """Let anybody claim it from now on. Does nothing where somebody else took over."""
        values: dict[str, Any] = {"lease_until": at - timedelta(days=1)}  # the clock of a replayed day begins anew
        if failure:
            values |= {**failure_values(failure), "retry_at": retry_at}
        async with self.database.writing() as connection:
            await connection.execute(update(deliveries).where(*lease_of(delivery)).values(values))

    @uninterrupted
    async def close_delivery(self, delivery: Delivery, *, at: datetime, failure: Failure) -> None:
        """Give up a delivery that we hold. Raises LeaseLost where somebody else took over."""
        over = {"state": FAILED, "finished_at": at, "lease_until": at, "retry_at": None}
        async with self.database.writing() as connection:
            await hold(connection, delivery, **over, **failure_values(failure), **unposted_counts())

    @uninterrupted
    async def interrupted_deliveries(self, *, at: datetime, limit: int) -> tuple[Delivery, ...]:
        """The deliveries that nobody holds and whose next attempt is due, oldest first."""
        return await self._open_deliveries(*_is_interrupted(at), limit=limit)

    @uninterrupted
    async def interrupted_shipments(self, *, at: datetime, limit: int) -> tuple[Shipment, ...]:
        """Which those are."""
        columns = select(deliveries.c.channel, deliveries.c.name, deliveries.c.day, deliveries.c.kind)
        statement = columns.where(deliveries.c.state == SENDING, *_is_interrupted(at)).order_by(deliveries.c.id)
        async with self.database.reading() as connection:
            return tuple(
                Shipment(
                    channel=ChannelRef.from_store(row.channel), name=row.name, day=row.day, kind=DeliveryKind(row.kind)
                )
                for row in await connection.execute(statement.limit(limit))
            )

    @uninterrupted
    async def open_deliveries(self, subscription: Subscription) -> tuple[Delivery, ...]:
        """The DAILY and LISTING deliveries of a subscription that are neither done nor given up, oldest first."""
        own = select(subscriptions.c.id).where(
            subscriptions.c.channel == str(subscription.channel), subscriptions.c.name == subscription.name
        )
        of_papers = deliveries.c.kind != DeliveryKind.NOTICE.value
        return await self._open_deliveries(deliveries.c.subscription_id == own.scalar_subquery(), of_papers)

    @uninterrupted
    async def open_days(self, subscription: Subscription) -> frozenset[tuple[date, DeliveryKind]]:
        """Days and kinds of the deliveries of a subscription that are neither done nor given up."""
        open_rows = await self.database.rows(_OPEN_DAYS, place_of(subscription))
        return frozenset((row.day, DeliveryKind(row.kind)) for row in open_rows)

    @uninterrupted
    async def intend(self, delivery: Delivery, key: str, *, at: datetime, lease: timedelta) -> None:
        """Note that a message is about to be sent, and renew the lease. LeaseLost where somebody else took over."""
        async with self.database.writing() as connection:
            await renew(connection, delivery, at + lease)
            await connection.execute(_INTEND, {"message_key": key})

    @uninterrupted
    async def withdraw(self, delivery: Delivery, key: str) -> None:
        """Note that a message that was about to be sent was not. Does nothing where somebody else took over."""
        is_held = exists().where(*lease_of(delivery))
        which = (messages.c.key == key, messages.c.delivery_id == delivery.id, messages.c.state == "intended", is_held)
        async with self.database.writing() as connection:
            await connection.execute(update(messages).where(*which).values(state="planned"))

    @uninterrupted
    async def record_sent(self, delivery: Delivery, key: str, message: MessageRef, *, at: datetime) -> None:
        """Record that the platform has the message, and that its papers are posted in the channel. Idempotent."""
        acceptance = {"message_key": key, "delivery": delivery.id, "id": message.id, "at": at}
        papers = next(outgoing.papers for outgoing in delivery.plan if outgoing.key == key)
        planned_for = delivery.subscription.channel
        async with self.database.writing(in_turn=turn_of(message)) as connection:
            if message.channel != planned_for:
                await move(connection, ChannelMoved(channel=planned_for, to=message.channel, keeps_messages=False))
            if (await connection.execute(_ACCEPT, acceptance)).rowcount:
                await _remember(connection, message, papers, at=at)
                await _post(connection, message.channel, papers_posted_by(key, delivery.plan), key, at=at)

    @uninterrupted
    async def finish_delivery(self, delivery: Delivery, *, at: datetime) -> None:
        """All of the plan is sent; the lease ends. Idempotent. LeaseLost where somebody else took over."""
        async with self.database.writing() as connection:
            if (await connection.execute(_STATE, {"delivery": delivery.id})).scalar() != DONE:
                await hold(connection, delivery, state=DONE, finished_at=at, lease_until=at)

    @uninterrupted
    async def delivery(self, subscription: Subscription, day: date, kind: DeliveryKind) -> Delivery | None:
        """The delivery of that day as it stands."""
        return await self._delivery(_OF_DAY, {**place_of(subscription), "day": day, "kind": kind.value})

    @uninterrupted
    async def previous_day(self, subscription: Subscription, before: date) -> date | None:
        """The day of the last finished DAILY delivery of a day before this one."""
        day: date | None = (await self.database.rows(PREVIOUS_DAY, {**place_of(subscription), "before": before}))[0].day
        return day

    @uninterrupted
    async def chosen_papers(self, channel: ChannelRef, *, since: date) -> tuple[Decision, ...]:
        """What finished deliveries of a channel chose, the latest day first."""
        async with self.database.reading() as connection:
            return await chosen_in(connection, channel, since)

    @uninterrupted
    async def last_delivery(self, subscription: Subscription) -> Delivery | None:
        """The latest finished DAILY delivery that posted a paper."""
        return await self._delivery(_LAST, place_of(subscription))

    @uninterrupted
    async def trace(self, channel: ChannelRef, id: PaperId, name: str) -> PaperTrace | None:
        """What happened to a paper in the channel's subscription of that name; None where the paper is not known."""
        async with self.database.reading() as connection:
            return await traces.trace(connection, channel, id, name, self.traits.files)

    @uninterrupted
    async def claim_digest_order(self, channel: ChannelRef, *, at: datetime, since: datetime) -> datetime | None:
        """Record an order of a digest; None, or when the earlier order was that stands in its way."""
        here = digest_orders.c.channel == str(channel)
        async with self.database.writing() as connection:
            claim = insert(connection, digest_orders).values(channel=str(channel), at=at)
            claim = claim.on_conflict_do_update(
                index_elements=["channel"], set_={"at": at}, where=digest_orders.c.at <= since
            )
            if (await connection.execute(claim.returning(digest_orders.c.at))).first():
                return None
            last: datetime = (await connection.execute(select(digest_orders.c.at).where(here))).scalar_one()
            return last

    @uninterrupted
    async def remember_message(self, message: MessageRef, papers: Sequence[PaperId], *, at: datetime) -> None:
        """Record which papers a message outside any delivery shows (an answer); it does not count as posted there."""
        async with self.database.writing(in_turn=turn_of(message)) as connection:
            await _remember(connection, message, papers, at=at)

    @uninterrupted
    async def message_papers(self, message: MessageRef) -> tuple[PaperId, ...]:
        """The papers a sent message shows; empty where the message is not ours."""
        at = {"channel": str(message.channel), "message": message.id}
        shown_rows = await self.database.rows(SHOWN_PAPERS, at)
        return rows.ids(shown_rows[0].papers) if shown_rows else ()

    async def _open_deliveries(
        self, *conditions: ColumnElement[bool], limit: int | None = None
    ) -> tuple[Delivery, ...]:
        statement = select(deliveries).where(deliveries.c.state == SENDING, *conditions).order_by(deliveries.c.id)
        async with self.database.reading() as connection:
            return tuple([await whole(connection, row) for row in await connection.execute(statement.limit(limit))])

    async def _delivery(self, statement: Select[Any], of: Mapping[str, Any]) -> Delivery | None:
        async with self.database.reading() as connection:
            row = (await connection.execute(statement, of)).first()
            return await whole(connection, row) if row else None


def papers_posted_by(key: str, plan: Sequence[Outgoing]) -> tuple[PaperId, ...]:
    """The papers that count as posted once the message `key` of a plan is sent.

    A paper's own message posts it; a message of several posts those that have none of their own.
    """
    own = {message.papers[0] for message in plan if len(message.papers) == 1}
    shows = next(message.papers for message in plan if message.key == key)
    return shows if len(shows) == 1 else tuple(paper for paper in shows if paper not in own)


def _is_interrupted(at: datetime) -> tuple[ColumnElement[bool], ...]:
    """Nobody holds it, and its next attempt is due."""
    return deliveries.c.lease_until <= at, or_(deliveries.c.retry_at.is_(None), deliveries.c.retry_at <= at)


async def _number_of(connection: AsyncConnection, subscription: Subscription) -> int:
    """The number of a stored subscription. Raises NotFound."""
    return _existing(await subscription_number(connection, subscription), subscription)


def _existing(number: int | None, subscription: Subscription) -> int:
    if number is None:
        raise NotFound(f"There is no subscription {subscription}.", hint="Add it with paperboy channels add.")
    return number


async def _remember(
    connection: AsyncConnection, message: MessageRef, shows: Sequence[PaperId], *, at: datetime
) -> None:
    values = {
        "channel": str(message.channel),
        "message": message.id,
        "papers": rows.ids_text(shows),
        "sent_at": at,
    }
    await put(connection, shown, [values], key=["channel", "message"])


async def _post(
    connection: AsyncConnection, channel: ChannelRef, ids: Collection[PaperId], key: str, *, at: datetime
) -> None:
    numbers = await rows_of(connection, ids)
    values = [
        {"channel": str(channel), "paper_id": number, "message_key": key, "posted_at": at}
        for number in numbers.values()
    ]
    await add_missing(connection, postings, values)


async def _row(connection: AsyncConnection, condition: ColumnElement[bool]) -> Row[Any]:
    return (await connection.execute(select(deliveries).where(condition))).one()
