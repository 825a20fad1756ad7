"""A digest's choice with all that is known: what people taught, shared lists, terms that go with the interest.

`digest` and `briefings` ask.
"""

from __future__ import annotations

import asyncio
from datetime import date

from core.channels import Subscription
from core.choose.choice import Choice, Knowledge, choose_papers
from core.choose.rules.lists import lists_for
from core.choose.verdicts import Candidates
from core.deliver.learning import opinions_on
from core.deliver.ports import DigestStore
from core.deliver.related import related_in_store


async def choose(candidates: Candidates, subscription: Subscription, *, day: date, store: DigestStore) -> Choice:
    """The choice, in a thread: a thousand candidates take a while, and meanwhile the event loop serves others."""
    known = Knowledge(
        lists=await lists_for(subscription, store),
        related=await related_in_store(subscription, store=store, until=candidates.until),
        opinions=await opinions_on(candidates, subscription, day=day, store=store),
    )
    return await asyncio.to_thread(choose_papers, candidates, subscription, known)
