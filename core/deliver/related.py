"""Which terms go with a channel's interest in what is stored: reads a bounded sample of papers, and keeps it.

`digest` and `briefings` ask before they choose. The sample is taken apart in a thread and is the same for all channels;
it is read anew once many papers were announced since. A store of few papers has no relations to tell.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final
from weakref import WeakKeyDictionary

from core.channels import Subscription
from core.choose.interest.relations import FEWEST_PAPERS, Sample, related_terms, sample_of
from core.papers.ports import PaperStore

#: stored papers that are read
_MOST_PAPERS: Final = 3_000
#: announcements after which the sample is old; a store with few papers learns sooner
_OLD_AFTER: Final = 2_000
#: interests whose terms are kept
_MOST_INTERESTS: Final = 1_000


@dataclass(slots=True)
class _Cache:
    """What was learned of a store."""

    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    #: the last announcement when the sample was read; None before that
    until: int | None = None
    sample: Sample | None = None
    #: by interest text
    terms: dict[str, Mapping[str, Sequence[str]]] = field(default_factory=dict)


_CACHES: Final[WeakKeyDictionary[PaperStore, _Cache]] = WeakKeyDictionary()


async def related_in_store(subscription: Subscription, *, store: PaperStore, until: int) -> Mapping[str, Sequence[str]]:
    """The terms that go with each term of the subscription's interest; `until`: the last announcement there is."""
    if not subscription.interest.strip() or until < FEWEST_PAPERS:
        return {}
    cache = _CACHES.setdefault(store, _Cache())
    async with cache.lock:  # those who wait find the sample
        if cache.until is None or abs(until - cache.until) >= min(_OLD_AFTER, cache.until):
            papers = await store.newest_papers(_MOST_PAPERS)
            cache.sample = await asyncio.to_thread(sample_of, papers)
            cache.until = until
            cache.terms.clear()
        assert cache.sample
        if subscription.interest not in cache.terms:
            if len(cache.terms) >= _MOST_INTERESTS:
                cache.terms.pop(next(iter(cache.terms)))
            terms = await asyncio.to_thread(related_terms, subscription.interest, cache.sample)
            cache.terms[subscription.interest] = terms
        return cache.terms[subscription.interest]
