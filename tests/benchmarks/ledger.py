"""A ledger for a store of papers: 100,000 messages on record, put there in bulk, with what digests keep beside them.

`desk` measures on it. Each of five hundred channels has read the digests of twenty days: a list, and its nine papers in
the thread, every second of which somebody saved. The product records the same rows message by message.
"""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Final, NamedTuple

from sqlalchemy import Table, func, select

from bot.origins import SOURCES
from core.channels import ChannelRef, Subscription, UserRef
from core.choose.reasons import weak_reason
from core.choose.verdicts import Decision
from core.deliver import card
from core.deliver.ledger import Counts, DeliveryKind, DeliveryPlan, DeliveryState
from core.ingest.listing import Listing
from core.papers.identifiers import PaperId
from core.papers.paper import Announcement, Paper, Summary
from core.posts.messages import MessageRef, Outgoing
from core.posts.tree import Paragraph, Post, text
from storage import rows, tables
from storage.deliveries import decision_rows, ledger_rows
from storage.papers.store import rows_of
from tests.benchmarks.profiles import real_papers
from tests.fakes.stores import SqlStore

CHANNELS: Final = 500
DAYS: Final = 20
#: papers of a digest
SIZE: Final = 9
PEOPLE: Final = 2_000
WORKSPACES: Final = 10
#: whose ten thousand papers the digests show
MONTHS: Final = ("2025-04", "2025-05")

_FIRST_DAY: Final = date(2026, 1, 5)
_AT: Final = datetime(2026, 1, 5, 9, tzinfo=UTC)


class Shown(NamedTuple):
    """A message on record that shows one paper."""

    message: MessageRef
    paper: Paper
    #: the paper's, in the store
    number: int


def channel(number: int) -> ChannelRef:
    """The channel of that number."""
    return ChannelRef("slack", f"T{number % WORKSPACES}", f"C{number}")


def person(number: int) -> UserRef:
    """The person of that number."""
    return UserRef("slack", f"T{number % WORKSPACES}", f"U{number}")


async def record(path: Path) -> list[Shown]:
    """Put the messages on record in a database of papers; those that show one paper."""
    draw, shown = random.Random(0), list[Shown]()
    store = SqlStore(f"sqlite:///{path}", pragmas={"synchronous": "OFF"})
    async with store.open():
        known = await _papers(store)
        a_day, last = len(known) // DAYS, await _last_announcement(store)
        cards = {paper.id: card.paper(paper, _summary(paper), traits=SOURCES) for _, paper in known}
        for number in range(CHANNELS):
            subscription = Subscription(channel=channel(number), categories=("cs.LG",))
            await store.save_subscription(subscription, at=_AT)
            values: defaultdict[Table, list[rows.Values]] = defaultdict(list)
            for day in range(DAYS):
                chosen = draw.sample(known[day * a_day :][:a_day], SIZE)
                plan = _plan(subscription, number * DAYS + day, [paper for _, paper in chosen], cards)
                looked = last - len(known) + day * a_day
                plan = replace(plan, after=looked, until=looked + a_day)
                shown += _read(values, plan, 1 + number * DAYS + day, chosen)
            async with store.database.writing() as connection:
                for table, several in values.items():
                    await connection.execute(table.insert(), several)
    return shown


async def _papers(store: SqlStore) -> list[tuple[int, Paper]]:
    """The papers of two real months, stored now, with their numbers."""
    real = [one for month in MONTHS for one in real_papers(month)]
    real = [replace(one, url=f"https://arxiv.org/abs/{one.id.value}", sources=("arxiv",)) for one in real]
    lines = [Announcement(paper=one, source="arxiv", scope="cs.LG", day=one.announced or _FIRST_DAY) for one in real]
    await store.add(Listing(source="arxiv", scope="cs.LG", announcements=tuple(lines)), at=_AT)
    async with store.database.reading() as connection:
        numbers = await rows_of(connection, [one.id for one in real])
    return [(numbers[one.id], one) for one in real]


async def _last_announcement(store: SqlStore) -> int:
    async with store.database.reading() as connection:
        return int((await connection.execute(select(func.max(tables.announcements.c.seq)))).scalar_one())


def _summary(paper: Paper) -> Summary:
    gist, method, result, *_ = (*paper.abstract.split(". "), "", "", "")
    return Summary(paper=paper.id, version=1, language="en", gist=gist, method=method, result=result, made_by="extract")


def _plan(
    subscription: Subscription, number: int, papers: Sequence[Paper], cards: Mapping[PaperId, Post]
) -> DeliveryPlan:
    key, every = f"bench/{number}", tuple(paper.id for paper in papers)
    replies = (
        Outgoing(key=f"{key}/{place}", parent_key=f"{key}/0", papers=(one.id,), payload={"text": one.abstract})
        for place, one in enumerate(papers, 1)
    )
    lines = tuple(Paragraph(spans=(text(paper.title),)) for paper in papers)
    return DeliveryPlan(
        subscription=subscription,
        day=_FIRST_DAY + timedelta(days=number % DAYS),
        kind=DeliveryKind.DAILY,
        post=Post(blocks=lines, replies=tuple(cards[id] for id in every), papers=every),
        messages=(Outgoing(key=f"{key}/0", parent_key=None, papers=every, payload={"text": key}), *replies),
        counts=Counts(candidates=900, kept=SIZE, posted=SIZE),
    )


def _read(
    values: Mapping[Table, list[rows.Values]], plan: DeliveryPlan, delivery: int, chosen: Sequence[tuple[int, Paper]]
) -> list[Shown]:
    """Add the rows of a digest that was posted and read; its messages that show one paper."""
    place, at = str(plan.subscription.channel), _AT + timedelta(days=delivery % DAYS)
    state = {"state": DeliveryState.DONE.value, "begun_at": at, "lease_until": at, "finished_at": at}
    number = 1 + (delivery - 1) // DAYS
    values[tables.deliveries].append(
        {**ledger_rows.plan_values(plan), **state, "id": delivery, "subscription_id": number}
    )
    for position, one in enumerate(plan.messages):
        row = ledger_rows.message_values(one, delivery_id=delivery, position=position)
        values[tables.messages].append({**row, "state": "sent", "message": one.key, "sent_at": at})
        shows = {"channel": place, "message": one.key, "papers": row["papers"], "sent_at": at}
        values[tables.shown].append(shows)
    told = []
    for position, ((number, paper), one) in enumerate(zip(chosen, plan.messages[1:], strict=True), 1):
        decision = Decision(paper=paper.id, score=0.5, reasons=(weak_reason("cs.LG"),), place=position, chosen=True)
        of = {"delivery_id": delivery, "paper_id": number}
        values[tables.decisions].append(decision_rows.decision_values(decision, **of))
        values[tables.postings].append({"channel": place, "paper_id": number, "message_key": one.key, "posted_at": at})
        told.append(Shown(MessageRef(plan.subscription.channel, one.key), paper, number))
        if position % 2:
            _save(values, told[-1], str(person(delivery % PEOPLE)), at)
    return told


def _save(values: Mapping[Table, list[rows.Values]], shown: Shown, person: str, at: datetime) -> None:
    """Add what a reaction leaves behind."""
    here = {"channel": str(shown.message.channel), "paper_id": shown.number}
    noted = {"emoji": "bookmark", "feeling": "bookmark", "added": True, "happened_at": at, "message": shown.message.id}
    values[tables.reactions].append({**here, **noted, "person": person, "at": at})
    values[tables.bookmarks].append({**here, "person": person, "at": at, "public": True})
    tally = {"message": shown.message.id, "told": 1, "edited_at": at, "is_fixed": False}
    values[tables.tallies].append({**here, **tally, "at": at})
