"""Past digests as values, from what the ledger kept of them.

`digest` shows one again, `improve` edits its messages.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from core.channels import Subscription
from core.choose.verdicts import Ranked, digest_order
from core.deliver.content import Digest, is_sample, items_of, named_in
from core.deliver.due import first_covered
from core.deliver.ledger import Delivery, DeliveryKind
from core.deliver.ports import DigestStore
from core.summarise.summaries import Summariser


async def again(delivery: Delivery, *, store: DigestStore, summariser: Summariser | None = None) -> Digest:
    """A past digest as values, from what the ledger kept of it, with the best summaries there are by now."""
    reader = delivery.subscription
    named = named_in(delivery.decisions, reader)
    shown = sorted(
        (decision for decision in delivery.decisions if decision.chosen),
        key=lambda one: digest_order(one.standing, one.place),
    )
    wanted = [*(decision.paper for decision in shown), *named.papers()]
    papers = {paper.id: paper for paper in await store.papers_by_id(wanted)}
    chosen = [
        (Ranked(paper=papers[one.paper], score=one.score, reasons=one.reasons, place=one.place), one.standing)
        for one in shown
        if one.paper in papers
    ]
    by = summariser or Summariser(store)
    found = await by.at_hand(tuple(one.paper for one, _ in chosen), language=reader.language, depth=reader.depth)
    summaries = {id: replace(one, lack=None) for id, one in found.items()}
    items = items_of(chosen, summaries, named.siblings_among(papers))
    since, is_more = await first_day(reader, delivery.day, store=store, kind=delivery.kind), False
    if delivery.kind is DeliveryKind.LISTING:
        is_more = (await store.day_reading(reader, delivery.day)).posted > len(items)
    return Digest(
        subscription=reader,
        day=delivery.day,
        counts=delivery.counts,
        sources=tuple(delivery.sources),
        items=items,
        since=since,
        is_more=is_more,
        is_sample=is_sample(items),
        fits=named.fits,
        more=named.more_among(papers),
        more_total=named.more_total,
    )


async def first_day(subscription: Subscription, day: date, *, store: DigestStore, kind: DeliveryKind) -> date | None:
    """The first day that a daily digest covers; None where it is its own day, give or take a weekend."""
    if kind is not DeliveryKind.DAILY or (last := await store.previous_day(subscription, day)) is None:
        return None
    return first_covered(last, day)
