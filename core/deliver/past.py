"""Past digests as values, from what the ledger kept of them.

`digest` shows one again, `improve` edits its messages.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from core.channels import Subscription
from core.choose.verdicts import Ranked, digest_order
from core.deliver.content import Digest, is_sample, items_of, mentions_in
from core.deliver.due import first_covered
from core.deliver.ledger import Delivery, DeliveryKind
from core.deliver.ports import DigestStore
from core.summarise.summaries import Summariser


async def restore_digest(delivery: Delivery, *, store: DigestStore, summariser: Summariser | None = None) -> Digest:
    """A past digest as values, from what the ledger kept of it, with the best summaries there are by now."""
    reader = delivery.subscription
    mentions = mentions_in(delivery.decisions, reader)
    decisions = sorted(
        (decision for decision in delivery.decisions if decision.chosen),
        key=lambda decision: digest_order(decision.standing, decision.place),
    )
    ids = [*(decision.paper for decision in decisions), *mentions.papers()]
    papers = {paper.id: paper for paper in await store.papers_by_id(ids)}
    entries = [
        (
            Ranked(paper=papers[decision.paper], score=decision.score, reasons=decision.reasons, place=decision.place),
            decision.standing,
        )
        for decision in decisions
        if decision.paper in papers
    ]
    summariser = summariser or Summariser(store)
    summaries_at_hand = await summariser.at_hand(
        tuple(entry.paper for entry, _ in entries), language=reader.language, depth=reader.depth
    )
    summaries = {id: replace(summary, lack=None) for id, summary in summaries_at_hand.items()}
    items = items_of(entries, summaries, mentions.siblings_among(papers))
    since, is_more = await first_day(reader, delivery.day, store=store, kind=delivery.kind), False
    if delivery.kind is DeliveryKind.LISTING:
        is_more = (await store.day_reading(reader, delivery.day)).posted > len(items)
    return Digest(
        subscription=reader,
        day=delivery.day,
        counts=delivery.counts,
        sources=tuple(delivery.sources),
        traits=store.traits,
        items=items,
        since=since,
        is_more=is_more,
        is_sample=is_sample(items),
        fits=mentions.fits,
        more=mentions.more_among(papers),
        more_total=mentions.more_total,
    )


async def first_day(subscription: Subscription, day: date, *, store: DigestStore, kind: DeliveryKind) -> date | None:
    """The first day that a daily digest covers; None where it is its own day, give or take a weekend."""
    if kind is not DeliveryKind.DAILY or (last := await store.previous_day(subscription, day)) is None:
        return None
    return first_covered(last, day)
