"""Word to a channel that is no digest: that a day is quiet, or that sources are in trouble; each once a day."""

from __future__ import annotations

from core.deliver.content import Digest
from core.deliver.ledger import DeliveryKind, DeliveryPlan
from core.deliver.ports import DeliveryStore
from core.deliver.send import Sender
from core.posts.tree import Post


async def post_once(digest: Digest, kind: DeliveryKind, post: Post, sender: Sender, *, store: DeliveryStore) -> int:
    """Post some word to the channel, once a day; how many messages were sent just now."""
    subscription, day = digest.subscription, digest.day
    if notice := await store.delivery(subscription, day, kind):
        return await sender.resume(notice) or 0
    key = await store.delivery_key(subscription, day, kind)
    messages = sender.chat.plan(subscription.channel, post, key=key)
    plan = DeliveryPlan(
        subscription=subscription, day=day, kind=kind, post=post, messages=messages, sources=digest.sources
    )
    delivery = await store.save_plan(plan, at=sender.clock.now(), lease=sender.lease)
    return await sender.send(delivery) if delivery else 0
