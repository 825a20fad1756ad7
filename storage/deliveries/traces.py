"""What became of one paper in one subscription, for `why`: its announcements, and the deliveries that looked at them.

`SqlDeliveries.trace` is the only caller. Which deliveries looked is decided by `looked_at`, which is pure.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, cast

from sqlalchemy import select
from sqlalchemy.engine import Row
from sqlalchemy.ext.asyncio import AsyncConnection

from core.channels import ChannelRef, Subscription
from core.choose.verdicts import Decision
from core.deliver.ledger import Delivery, DeliveryKind, DeliveryState
from core.deliver.ports import PaperTrace
from core.papers.categories import announces
from core.papers.identifiers import PaperId
from storage import rows
from storage.deliveries import decision_rows
from storage.deliveries.candidates import NEWS, latest_day
from storage.deliveries.ledger import whole
from storage.tables import announcements, decisions, deliveries, identifiers, papers, postings


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One announcement of the paper."""

    seq: int
    day: date
    is_news: bool
    #: read from an archive long after its day
    is_history: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """What a delivery looked through."""

    kind: DeliveryKind
    is_done: bool
    begun_at: datetime
    #: the listing day of a LISTING delivery, and of a subscription's first one
    only_day: date | None
    #: listed before this day is no news; of a subscription whose bot had been away
    news_since: date | None = None
    #: announcements after this one, up to `until`
    after: int
    until: int
    #: numbers of the lines that are read for the subscription
    own_lines: frozenset[int]
    #: the delivery kept the paper
    is_kept: bool


async def trace(
    connection: AsyncConnection, channel: ChannelRef, id: PaperId, name: str, files: Collection[str]
) -> PaperTrace | None:
    """Everything that is known of a paper and a subscription; None where the paper is not known.

    `files` are the sources that are read from files alone.
    """
    statement = select(papers).join(identifiers, identifiers.c.paper_id == papers.c.id)
    paper = (await connection.execute(statement.where(identifiers.c.key == rows.key_of(id)))).first()
    if paper is None:
        return None
    of_paper = select(announcements).where(announcements.c.paper_id == paper.id).order_by(announcements.c.seq)
    lines = (await connection.execute(of_paper)).all()
    posting = select(postings.c.posted_at).where(postings.c.channel == str(channel), postings.c.paper_id == paper.id)
    posted_at = (await connection.execute(posting)).scalar()
    return PaperTrace(
        paper=rows.paper_of(paper),
        announcements=tuple(map(_trace_line, lines)),
        first_seen=paper.first_seen,
        deliveries=await _deliveries(connection, channel, name, paper, lines, posted_at, files),
        posted_at=posted_at,
    )


def looked_at(looks: Sequence[Look], lines: Sequence[Line], posted_at: datetime | None) -> tuple[bool, ...]:
    """Which deliveries, oldest first, looked at the paper: they kept it, or it was their candidate."""
    answers = []
    is_settled = False
    for look in looks:
        was_posted = posted_at is not None and posted_at <= look.begun_at
        is_over = was_posted or (is_settled and look.kind is DeliveryKind.DAILY)
        answers.append(look.is_kept or (not is_over and any(_is_in(look, line) for line in lines)))
        is_settled = is_settled or (look.is_kept and look.is_done)
    return tuple(answers)


def _is_in(look: Look, line: Line) -> bool:
    on_day = not line.is_history if look.only_day is None else look.only_day == line.day
    on_day = on_day and (look.news_since is None or look.news_since <= line.day)
    return line.seq in look.own_lines and line.is_news and on_day and look.after < line.seq <= look.until


async def _deliveries(
    connection: AsyncConnection,
    channel: ChannelRef,
    name: str,
    paper: Row[Any],
    lines: Sequence[Row[Any]],
    posted_at: datetime | None,
    files: Collection[str],
) -> tuple[tuple[Delivery, Decision | None], ...]:
    past = await _past_deliveries(connection, channel, name, since=min((line.seq for line in lines), default=0))
    by_delivery = await _decisions_on(connection, paper)
    places = (*rows.strings(paper.categories), *(line.scope for line in lines))
    looks = [await _look(connection, row, lines, places, files, is_kept=row.id in by_delivery) for row in past]
    answers = looked_at(looks, [_line(row) for row in lines], posted_at)
    delivery_rows = [row for row, answer in zip(past, answers, strict=True) if answer]
    return tuple([(await whole(connection, row), by_delivery.get(row.id)) for row in delivery_rows])


async def _past_deliveries(
    connection: AsyncConnection, channel: ChannelRef, name: str, *, since: int
) -> Sequence[Row[Any]]:
    """The deliveries of a subscription that decided on announcements as late as that one, oldest first."""
    past = (
        select(deliveries)
        .where(deliveries.c.channel == str(channel), deliveries.c.name == name, deliveries.c.until >= since)
        .where(deliveries.c.kind != DeliveryKind.NOTICE.value)
        .order_by(deliveries.c.id)
    )
    return (await connection.execute(past)).all()


async def _decisions_on(connection: AsyncConnection, paper: Row[Any]) -> Mapping[int, Decision]:
    """What any delivery that kept the paper decided, by the delivery's number."""
    statement = select(decisions, papers.c.key).join(papers, papers.c.id == decisions.c.paper_id)
    result = await connection.execute(statement.where(decisions.c.paper_id == paper.id))
    return {row.delivery_id: decision_rows.decision_of(row) for row in result}


async def _look(
    connection: AsyncConnection,
    row: Row[Any],
    lines: Sequence[Row[Any]],
    places: Sequence[str],
    files: Collection[str],
    *,
    is_kept: bool,
) -> Look:
    subscription = rows.subscription_of(row.subscription)
    kind = DeliveryKind(row.kind)
    return Look(
        kind=kind,
        is_done=row.state == DeliveryState.DONE.value,
        begun_at=row.begun_at,
        only_day=await _only_day(connection, row, subscription, files),
        news_since=subscription.news_since if kind is DeliveryKind.DAILY else None,
        after=row.after or 0 if kind is DeliveryKind.DAILY else 0,
        until=row.until,
        own_lines=frozenset(
            line.seq
            for line in lines
            if announces(subscription.categories, line.scope, places, is_file=line.source in files)
        ),
        is_kept=is_kept,
    )


async def _only_day(
    connection: AsyncConnection, row: Row[Any], subscription: Subscription, files: Collection[str]
) -> date | None:
    if row.kind == DeliveryKind.LISTING.value:
        return cast("date", row.day)
    return await latest_day(connection, subscription, files, until=row.until) if row.after is None else None


def _line(row: Row[Any]) -> Line:
    return Line(seq=row.seq, day=row.day, is_news=row.type in NEWS, is_history=row.history)


def _trace_line(row: rows.Row) -> tuple[str, str, date, str, int]:
    """A row of `announcements` as `PaperTrace` holds it."""
    return (row.source, row.scope, row.day, row.type, row.seq)
