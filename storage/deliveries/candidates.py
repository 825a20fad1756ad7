"""What a delivery has to decide on: papers announced since the last one looked, that the channel has not seen.

`SqlDeliveries` runs these inside its transactions. Announcements are counted by their sequence number, never by date,
so that a listing that comes late is late and not lost. Only lines of listings that are read for the subscription
count, so that neither what other channels read nor the order of reading changes what a channel gets.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date
from typing import Any, Final

from sqlalchemy import ColumnElement, ScalarSelect, Select, and_, exists, false, func, or_, select, true
from sqlalchemy.engine import Row
from sqlalchemy.ext.asyncio import AsyncConnection

from core.channels import ChannelRef, Subscription
from core.choose.verdicts import Candidate, Candidates
from core.deliver.ledger import DeliveryKind, DeliveryPlan, DeliveryState
from core.papers.categories import scopes_within
from core.papers.paper import AnnounceType
from core.text.storable import short
from storage import rows
from storage.papers.store import listed_in, rows_of
from storage.tables import announcements, decisions, deliveries, paper_categories, papers, postings

#: replacements are not news
NEWS: Final = (AnnounceType.NEW.value, AnnounceType.CROSS.value)
#: papers of deliveries that were given up before a first one was finished: several days of many categories
_MOST_GIVEN_UP: Final = 5_000


async def choose_from(
    connection: AsyncConnection,
    subscription: Subscription,
    number: int | None,
    *,
    files: Collection[str],
    listing_day: date | None,
    is_again: bool = False,
) -> Candidates:
    """The papers that a delivery has to decide on, each once, newest announcement last.

    With `is_again`, all of a listing, whatever was posted. `number` is the stored subscription's; None where it is not
    stored, and so never had a delivery. `files` are the sources that are read from files alone.
    """
    until = (await connection.execute(select(func.max(announcements.c.seq)))).scalar() or 0
    conditions = [*announced_as_news(subscription, files)]
    kind = DeliveryKind.LISTING if listing_day else DeliveryKind.DAILY
    if not is_again:
        is_taken = announcements.c.paper_id.in_(about_to_be_posted(subscription, number, kind))
        conditions += [~posted_in(subscription.channel), ~is_taken]
    after = (await connection.execute(select(watermark(number)))).scalar()
    if listing_day:
        conditions += [announcements.c.day == listing_day]
    else:
        conditions += [~_kept_by(number), await _not_looked_at(connection, subscription, number, after, files)]
        conditions += [announcements.c.day >= subscription.news_since] if subscription.news_since else []
    items = await _each_once(connection, conditions, subscription)
    return Candidates(items=items, after=after, until=until)


async def are_taken(connection: AsyncConnection, plan: DeliveryPlan, number: int) -> bool:
    """True where another delivery has posted a paper in the channel that a plan chose, or is about to."""
    numbers = await rows_of(connection, [decision.paper for decision in plan.decisions if decision.chosen])
    if not numbers:
        return False
    here = postings.c.channel == str(plan.subscription.channel)
    in_postings = select(postings.c.paper_id).where(here, postings.c.paper_id.in_(numbers.values()))
    in_deliveries = about_to_be_posted(plan.subscription, number, plan.kind).where(
        decisions.c.paper_id.in_(numbers.values())
    )
    return (await connection.execute(in_postings.union_all(in_deliveries).limit(1))).first() is not None


def announced_as_news(subscription: Subscription, files: Collection[str]) -> tuple[ColumnElement[bool], ...]:
    """True of a line that `core.papers.categories.announces` to the subscription as news; what others read is none.

    `files` are the sources that are read from files alone.
    """
    is_news, categories = announcements.c.type.in_(NEWS), subscription.categories
    if not categories:
        return (is_news,)
    scopes = sorted(map(short, scopes_within(categories)))
    own = or_(announcements.c.source.in_(sorted(files)), func.lower(announcements.c.scope).in_(scopes))
    return (is_news, listed_in(categories), own)


def about_to_be_posted(subscription: Subscription, number: int | None, kind: DeliveryKind) -> Select[tuple[int]]:
    """The papers that open deliveries of the channel chose; but for the subscription's own daily one, for itself."""
    choices = select(decisions.c.paper_id).join(deliveries, deliveries.c.id == decisions.c.delivery_id)
    is_open = deliveries.c.state == DeliveryState.SENDING.value
    choices = choices.where(is_open, deliveries.c.channel == str(subscription.channel), decisions.c.chosen == true())
    if kind is DeliveryKind.LISTING or number is None:
        return choices
    return choices.where(or_(deliveries.c.subscription_id != number, deliveries.c.kind != kind.value))


def watermark(number: int | ColumnElement[int] | None) -> ScalarSelect[int]:
    """The last announcement that a finished DAILY delivery of a subscription looked at; null before the first one."""
    past = deliveries.alias("past")
    is_daily = past.c.kind == DeliveryKind.DAILY.value
    is_done = past.c.state == DeliveryState.DONE.value
    return select(func.max(past.c.until)).where(past.c.subscription_id == number, is_daily, is_done).scalar_subquery()


async def latest_day(
    connection: AsyncConnection, subscription: Subscription, files: Collection[str], *, until: int | None = None
) -> date | None:
    """The latest listing day with news for a subscription, among the announcements up to `until`."""
    anything = select(paper_categories.c.paper_id).where(
        paper_categories.c.category.in_(list(map(rows.place, subscription.categories)))
    )
    if subscription.categories and (await connection.execute(anything.limit(1))).first() is None:
        return None  # else every day there ever was would be looked through
    days = select(announcements.c.day).where(*announced_as_news(subscription, files))
    if until is not None:
        days = days.where(announcements.c.seq <= until)
    return (await connection.execute(days.order_by(announcements.c.day.desc()).limit(1))).scalar()


async def _not_looked_at(
    connection: AsyncConnection,
    subscription: Subscription,
    number: int | None,
    after: int | None,
    files: Collection[str],
) -> ColumnElement[bool]:
    if after is None:
        latest = announcements.c.day == await latest_day(connection, subscription, files)
        given_up = await _given_up(connection, number)
        return or_(latest, announcements.c.paper_id.in_(given_up)) if given_up else latest
    return and_(announcements.c.seq > after, announcements.c.history == false())


async def _given_up(connection: AsyncConnection, number: int | None) -> Sequence[int]:
    """The papers that a delivery kept which was given up; before the first finished one they are in no watermark."""
    decided_papers = select(decisions.c.paper_id).join(deliveries, deliveries.c.id == decisions.c.delivery_id)
    of_failed = decided_papers.where(
        deliveries.c.subscription_id == number, deliveries.c.state == DeliveryState.FAILED.value
    ).limit(_MOST_GIVEN_UP)
    return (await connection.execute(of_failed.order_by(deliveries.c.id.desc()))).scalars().all()


def posted_in(channel: ChannelRef) -> ColumnElement[bool]:
    """True of a line of a paper that was posted in the channel."""
    return exists().where(postings.c.channel == str(channel), postings.c.paper_id == announcements.c.paper_id)


def _kept_by(number: int | None) -> ColumnElement[bool]:
    """True of a paper that a finished delivery of the subscription kept."""
    return (
        exists()
        .where(decisions.c.paper_id == announcements.c.paper_id, decisions.c.delivery_id == deliveries.c.id)
        .where(deliveries.c.subscription_id == number, deliveries.c.state == DeliveryState.DONE.value)
    )


async def _each_once(
    connection: AsyncConnection, conditions: Sequence[ColumnElement[bool]], subscription: Subscription
) -> tuple[Candidate, ...]:
    line = (announcements.c.source, announcements.c.type, announcements.c.scope, announcements.c.day)
    statement = select(*line, papers).join(papers, papers.c.id == announcements.c.paper_id)
    # Grouped here and not by the database, which would walk all announcements in the order of their papers for it.
    lines: dict[int, list[Row[Any]]] = {}
    for row in await connection.execute(statement.where(*conditions).order_by(announcements.c.seq)):
        lines[row.id] = [*lines.pop(row.id, ()), row]
    return tuple(_candidate(paper_lines, subscription) for paper_lines in lines.values())


def _candidate(lines: Sequence[Row[Any]], subscription: Subscription) -> Candidate:
    """A paper with its best line, in whatever order the lines were read: a paper that is new in one scope is new."""
    paper = rows.paper_of(lines[0])
    places = {name.lower(): at for at, name in enumerate(subscription.categories)}

    def order(row: Row[Any]) -> tuple[bool, int, int, str]:
        is_cross = row.type != AnnounceType.NEW.value
        return (is_cross, -row.day.toordinal(), places.get(row.scope.lower(), len(places)), row.scope)

    best = min(lines, key=order)
    return Candidate(paper=paper, type=AnnounceType(best.type), scope=best.scope, day=best.day)
