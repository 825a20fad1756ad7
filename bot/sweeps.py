"""What a tick takes up beside digests that are due: for `posting`.

Each is a `Sweep`. What became of such digests, as lines of the log.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager

import structlog

from core.channels import Subscription
from core.deliver.improve import Improvement
from core.deliver.resume import Resumption, ResumptionOutcome
from core.deliver.retry import failure_of_interruption
from core.errors import PaperboyError

_log = structlog.get_logger("paperboy")


def tell_resumption(resumption: Resumption) -> None:
    """One line for a delivery that was taken up again."""
    delivery, outcome = resumption.delivery, resumption.outcome
    about = {"day": delivery.day.isoformat(), "kind": delivery.kind.value, **subscription_fields(delivery.subscription)}
    if outcome is ResumptionOutcome.FINISHED:
        _log.info("digest resumed", messages=resumption.sent, **about)
    else:
        failure = resumption.error.sentence() if resumption.error else failure_of_interruption(delivery).sentence
        retry_at = resumption.retry_at.isoformat() if resumption.retry_at else None
        event = "digest failed" if outcome is ResumptionOutcome.FAILING else "digest given up"
        _log.warning(event, problem=failure, retry_at=retry_at, **about)


def tell_improvement(improvement: Improvement) -> None:
    """One line for a digest whose messages were edited, or could not be."""
    about = {"day": improvement.delivery.day.isoformat(), **subscription_fields(improvement.delivery.subscription)}
    if improvement.edits:
        _log.info("digest improved", messages=improvement.edits, missing=improvement.missing, **about)
    if improvement.error:
        _log.warning("improving a digest failed", problem=improvement.error.sentence(), **about)


def subscription_fields(subscription: Subscription) -> dict[str, str]:
    """The channel and name of a subscription, as fields of a log line."""
    return {"channel": str(subscription.channel), "subscription": subscription.name}


class Sweep:
    """Work that every tick begins in a task of its own, unless it is still under way from an earlier one."""

    def __init__(self, work: str, act: Callable[[], Awaitable[None]]) -> None:
        """`work`: what it is called in the log where it fails."""
        self._work, self._act = work, act
        self.is_running = False

    def begin(self, group: asyncio.TaskGroup) -> None:
        """Begin it, where it is not under way; whatever goes wrong with it is logged."""
        if not self.is_running:
            self.is_running = True
            group.create_task(self._run())

    async def _run(self) -> None:
        with log_failures(self._work):
            await self._act()
        self.is_running = False


@contextmanager
def log_failures(work: str, **about: str) -> Iterator[None]:
    """Log what goes wrong in the block, and raise nothing: the next tick tries again."""
    try:
        yield
    except PaperboyError as error:
        _log.warning(f"{work} failed", error=error.sentence(), **about)
    except Exception:  # noqa: BLE001 - a bug must not stop the clock; it is logged whole
        _log.exception(f"{work} crashed", **about)
