"""Invented subscriptions, listings and deliveries, each with as little said as the test needs."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

from core.channels import ChannelRef, Subscription
from core.choose.reasons import author_reason, weak_reason
from core.choose.verdicts import Decision
from core.converse.ports import Store
from core.deliver.ledger import Counts, Delivery, DeliveryKind, DeliveryPlan
from core.ingest.state import SourceState, State
from core.papers.identifiers import PaperId
from core.papers.paper import AnnounceType
from core.posts.messages import MessageRef, Outgoing
from core.posts.tree import Paragraph, Post, bold, text
from tests.fakes.papers import AT, DAY, a_listing, a_paper

CHANNEL = ChannelRef("slack", "T1", "C1")
READER = Subscription(channel=CHANNEL, categories=("cs.CL",))
LEASE = timedelta(seconds=60)
DAILY = DeliveryKind.DAILY


def number(id: PaperId) -> int:
    return int(id.value.partition(".")[2])


async def subscribed(store: Store, subscription: Subscription = READER) -> Subscription:
    await store.save_subscription(subscription, at=AT)
    return subscription


async def listed(
    store: Store,
    numbers: Sequence[int],
    *,
    scope: str = "cs.CL",
    days: int = 0,
    type: AnnounceType = AnnounceType.NEW,
    categories: tuple[str, ...] = ("cs.CL",),
    version: int = 1,
) -> None:
    """Announce invented papers, `days` after DAY."""
    day = DAY + timedelta(days=days)
    papers = [a_paper(one, announced=day, categories=categories, version=version) for one in numbers]
    await store.add(a_listing(papers, scope=scope, day=day, type=type), at=AT + timedelta(days=days))


def a_plan(key: str, numbers: Sequence[int]) -> tuple[Outgoing, ...]:
    """A digest that lists the papers, and one message for each in its thread."""
    head, shows = f"{key}/0", [a_paper(one).id for one in numbers]
    replies = (
        Outgoing(key=f"{key}/{place}", parent_key=head, papers=(paper,), payload={"text": str(paper)})
        for place, paper in enumerate(shows, 1)
    )
    return (Outgoing(key=head, parent_key=None, papers=tuple(shows), payload={"blocks": [{"a": None}]}), *replies)


def a_post(numbers: Sequence[int]) -> Post:
    """What such a digest is made from."""
    papers = [a_paper(one).id for one in numbers]
    replies = (Post(blocks=(), papers=(paper,), fallback=str(paper)) for paper in papers)
    return Post(blocks=(Paragraph(spans=(bold("New"), text(" papers"))),), papers=tuple(papers), replies=tuple(replies))


async def a_delivery_plan(
    store: Store,
    posted: Sequence[int],
    *,
    kept: Sequence[int] = (),
    days: int = 0,
    subscription: Subscription = READER,
    kind: DeliveryKind = DAILY,
    until: int | None = None,
) -> DeliveryPlan:
    """What a digest would do now, as a test decides for it."""
    kept = list(dict.fromkeys((*posted, *kept)))
    day = DAY + timedelta(days=days)
    found = await store.candidates(subscription)
    key = await store.delivery_key(subscription, day, kind)
    return DeliveryPlan(
        subscription=subscription,
        day=day,
        kind=kind,
        post=a_post(posted),
        messages=a_plan(key, posted) if posted else (),
        decisions=decided(kept, posted),
        counts=Counts(candidates=9, kept=len(kept), posted=len(posted)),
        sources=(SourceState(source="arxiv", scope="cs.CL", state=State.FRESH, checked_at=AT),),
        after=found.after,
        until=found.until if until is None else until,
    )


def decided(kept: Sequence[int], posted: Sequence[int]) -> tuple[Decision, ...]:
    return tuple(
        Decision(
            paper=a_paper(one).id,
            score=1 / place,
            reasons=(weak_reason("cs.CL"), author_reason("Ann Lee")),
            place=place,
            chosen=one in posted,
        )
        for place, one in enumerate(kept, 1)
    )


async def planned(
    store: Store,
    posted: Sequence[int],
    *,
    kept: Sequence[int] = (),
    days: int = 0,
    subscription: Subscription = READER,
    kind: DeliveryKind = DAILY,
    until: int | None = None,
) -> Delivery:
    """A delivery whose plan is stored, held by the caller."""
    plan = await a_delivery_plan(store, posted, kept=kept, days=days, subscription=subscription, kind=kind, until=until)
    delivery = await store.save_plan(plan, at=AT + timedelta(days=days), lease=LEASE)
    assert delivery is not None
    return delivery


async def finished(
    store: Store,
    posted: Sequence[int],
    *,
    kept: Sequence[int] = (),
    days: int = 0,
    subscription: Subscription = READER,
    kind: DeliveryKind = DAILY,
) -> Delivery:
    """A whole delivery, from its plan to its end."""
    delivery = await planned(store, posted, kept=kept, days=days, subscription=subscription, kind=kind)
    at = AT + timedelta(days=days, seconds=1)
    for outgoing in delivery.plan:
        await store.intend(delivery, outgoing.key, at=at, lease=LEASE)
        await store.record_sent(delivery, outgoing.key, MessageRef(subscription.channel, f"m-{outgoing.key}"), at=at)
    await store.finish_delivery(delivery, at=at)
    return delivery


async def offered(store: Store, subscription: Subscription = READER, *, listing_day: date | None = None) -> list[int]:
    found = await store.candidates(subscription, listing_day=listing_day)
    return [number(candidate.paper.id) for candidate in found.items]
