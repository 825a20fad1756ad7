"""A digest's choice with what the channel has taught it: for `digest` and `briefings`.

What was learned is kept, and learned anew when somebody said something since: a thousand bookmarks take a tenth of a
second, in a thread. Learning never stops a digest: where the store or the mathematics fail, papers are chosen without.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping
from datetime import UTC, date, datetime, time
from typing import Final

from core.channels import Subscription
from core.choose.profile.opinions import Lesson, Opinion, form_opinions, has_opinions
from core.choose.profile.signs import ProfileStore
from core.choose.verdicts import Candidates
from core.deliver.ports import DigestStore
from core.errors import StoreError
from core.papers.identifiers import PaperId

#: signs of each kind that are learned from
MOST_SIGNS: Final = 1_000

_log: Final = logging.getLogger(__name__)


async def opinions_on(
    candidates: Candidates, subscription: Subscription, *, day: date, store: DigestStore
) -> Mapping[PaperId, Opinion]:
    """What the channel has taught says of the candidates; empty where it has taught nothing. Raises StoreError."""
    signs = await store.signs(subscription.channel, limit=MOST_SIGNS)
    papers = [one.paper for one in candidates.items]
    if not papers or not has_opinions(signs):
        return {}
    kept = await store.kept_profile(subscription.channel)
    examples = await store.papers_by_id(list(dict.fromkeys(sign.paper for sign in signs)))
    at = max(signs[0].at, datetime.combine(day, time.min, UTC))
    try:
        lesson = await asyncio.to_thread(form_opinions, signs, examples, papers, kept, at=at)
    except Exception:  # noqa: BLE001 - a bug in learning must not stop a digest; it is logged whole
        _log.exception("What %s has taught could not be used.", subscription.channel)
        return {}
    if lesson.profile != kept:
        await _keep(subscription, lesson, store)
    return lesson.opinions


async def _keep(subscription: Subscription, lesson: Lesson, store: ProfileStore) -> None:
    try:
        await store.keep_profile(subscription.channel, lesson.profile)
    except StoreError as error:  # the next digest learns it again
        _log.warning("What %s has taught was not kept. %s", subscription.channel, error.sentence())
