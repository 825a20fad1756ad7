"""Use case: somebody asked for a digest and there is nothing to show; find out why.

`/digest` and the command line call `with_reason`; what is posted by the clock needs no reason.
"""

from __future__ import annotations

from dataclasses import replace

from core.deliver.content import none_chosen
from core.deliver.digest import DeliveryOutcome, Result
from core.deliver.empty import judge_listing, judge_news
from core.deliver.ports import DigestStore
from core.time import Clock

_COMPOSED_OUTCOMES = (DeliveryOutcome.PREVIEW, DeliveryOutcome.QUIET, DeliveryOutcome.POSTED, DeliveryOutcome.ALREADY)


async def with_reason(result: Result, *, is_one_listing: bool, store: DigestStore, clock: Clock) -> Result:
    """The result, and where it has no papers, why; `is_one_listing`: of its day alone, not of all that is new."""
    digest = result.digest
    if digest.items or result.outcome not in _COMPOSED_OUTCOMES:
        return result
    subscription, day, now = digest.subscription, digest.day, clock.now()
    if digest.counts.candidates:
        return replace(result, empty=none_chosen(digest))
    states, reading = await store.source_states(), await store.day_reading(subscription, day)
    today = subscription.at.local_day(now)
    if is_one_listing:
        empty = judge_listing(
            subscription, day, today=today, now=now, states=states, reading=reading, traits=store.traits
        )
    else:
        empty = judge_news(subscription, day, now=now, states=states, reading=reading, traits=store.traits)
    return replace(result, empty=empty)
