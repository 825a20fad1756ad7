"""What a tick takes up beside digests that are due: for `posting`.

What became of such digests, as lines of the log; and once an hour what nobody wants any more is deleted.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

import structlog

from core.channels import Subscription
from core.converse.ports import PrivacyStore
from core.converse.privacy.forgetting import forget_old
from core.deliver.improve import Improvement
from core.deliver.resume import Resumption, ResumptionOutcome
from core.deliver.retry import interrupted
from core.time import Clock

#: between two looks for what is to be deleted; directly after one that found something
_EVERY: Final = timedelta(hours=1)

_log = structlog.get_logger("paperboy")


def tell_resumption(resumption: Resumption) -> None:
    """One line for a delivery that was taken up again."""
    delivery, outcome = resumption.delivery, resumption.outcome
    about = {"day": delivery.day.isoformat(), "kind": delivery.kind.value, **named(delivery.subscription)}
    if outcome is ResumptionOutcome.FINISHED:
        _log.info("digest resumed", messages=resumption.sent, **about)
    else:
        failure = resumption.error.sentence() if resumption.error else interrupted(delivery).sentence
        again = resumption.retry_at.isoformat() if resumption.retry_at else None
        event = "digest failed" if outcome is ResumptionOutcome.FAILING else "digest given up"
        _log.warning(event, problem=failure, retry_at=again, **about)


def tell_improvement(improvement: Improvement) -> None:
    """One line for a digest whose messages were edited, or could not be."""
    about = {"day": improvement.delivery.day.isoformat(), **named(improvement.delivery.subscription)}
    if improvement.edited:
        _log.info("digest improved", messages=improvement.edited, missing=improvement.missing, **about)
    if improvement.error:
        _log.warning("improving a digest failed", problem=improvement.error.sentence(), **about)


def named(subscription: Subscription) -> dict[str, str]:
    """Whose digest it is, as fields of a line."""
    return {"channel": str(subscription.channel), "subscription": subscription.name}


class Forgetting:
    """Deletes, a part at a time, what is kept of places that the bot left and of digests that ended a month ago."""

    def __init__(self, store: PrivacyStore, clock: Clock) -> None:
        self._store, self._clock = store, clock
        self._next = clock.now()
        self.is_running = False

    def is_due(self, now: datetime) -> bool:
        """Is it time for another part?"""
        return not self.is_running and now >= self._next

    async def go_on(self) -> None:
        """Delete a part. Raises StoreError."""
        self.is_running = True
        self._next = self._clock.now() + _EVERY
        try:
            records = await forget_old(self._store, clock=self._clock)
            if records:
                self._next = self._clock.now()
                _log.info("old data deleted", records=records)
        finally:
            self.is_running = False
