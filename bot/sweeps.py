"""What became of digests that a tick takes up beside those that are due, as lines of the log: for `posting`."""

from __future__ import annotations

import structlog

from core.channels import Subscription
from core.deliver.improve import Improvement
from core.deliver.resume import Resumption, ResumptionOutcome
from core.deliver.retry import interrupted

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
