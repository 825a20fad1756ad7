"""Use case: take up every delivery that was interrupted or failed, and give up those that nobody waits for any more.

The service calls it at its start and at every tick, for all kinds of deliveries. What happened to each is a value: one
that fails stops no other.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager, nullcontext
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from core.channels import ChannelRef
from core.deliver import retry
from core.deliver.digest import sender_of
from core.deliver.ledger import Delivery
from core.deliver.ports import Chat, DeliveryStore, DigestStore
from core.deliver.send import LEASE, Settle
from core.errors import ChatError, LeaseLost, PaperboyError, UsageError
from core.summarise.summaries import Summariser
from core.time import Clock

#: deliveries that one sweep takes up, and how many of them at a time; the next sweep goes on
MOST: Final = 200
AT_ONCE: Final = 20

_log: Final = logging.getLogger(__name__)


class ResumptionOutcome(StrEnum):
    """What became of a delivery that was taken up."""

    #: all of it is sent now
    FINISHED = "finished"
    #: it failed once more, and is tried again later
    FAILING = "failing"
    #: it is closed: its time is over, or no other attempt would help
    GIVEN_UP = "given-up"


@dataclass(frozen=True, slots=True, kw_only=True)
class Resumption:
    """A delivery that was taken up, and what became of it."""

    #: as it stood before
    delivery: Delivery
    outcome: ResumptionOutcome
    #: messages that were sent just now
    sent: int = 0
    #: what went wrong; None where it is finished, or its time was over before it was tried
    error: PaperboyError | None = None
    #: when it is tried again, UTC; None where it is not
    retry_at: datetime | None = None


async def resume_interrupted(
    store: DigestStore,
    chat_of: Callable[[ChannelRef], Chat],
    *,
    clock: Clock,
    settle: Settle | None = None,
    summariser: Summariser | None = None,
    turn_of: Callable[[ChannelRef], AbstractAsyncContextManager[object]] = lambda _: nullcontext(),
    is_busy: Callable[[ChannelRef], bool] = lambda _: False,
    most: int = MOST,
) -> tuple[Resumption, ...]:
    """Go on with the deliveries whose lease ran out and whose next attempt is due, the oldest first.

    `chat_of` gives a platform that is open, and raises UsageError where this process has none for the channel: such a
    delivery is left to another process until its time is over. `settle` as in `Sender`. `turn_of`: held while a digest
    of a channel is sent. `is_busy`: this process posts in the channel just now; a lease that is over there was put
    forward by a clock. Raises StoreError where the database cannot be read at all.
    """
    deliveries = await store.interrupted_deliveries(at=clock.now(), limit=most)
    due = [delivery for delivery in deliveries if not is_busy(delivery.subscription.channel)]
    turn = asyncio.Semaphore(AT_ONCE)

    async def take_up_in_turn(delivery: Delivery) -> Resumption | None:
        async with turn, turn_of(delivery.subscription.channel):
            return await take_up(delivery, store, chat_of, clock=clock, settle=settle, summariser=summariser)

    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(take_up_in_turn(delivery)) for delivery in due]
    return tuple(resumption for task in tasks if (resumption := task.result()))


async def take_up(
    delivery: Delivery,
    store: DigestStore,
    chat_of: Callable[[ChannelRef], Chat],
    *,
    clock: Clock,
    settle: Settle | None,
    summariser: Summariser | None,
) -> Resumption | None:
    """Go on with one of those deliveries; None where somebody else has it. Raises nothing but StoreError."""
    try:
        try:
            chat = chat_of(delivery.subscription.channel)
        except UsageError as error:
            return await _without_platform(delivery, error, store=store, clock=clock)
        sender = sender_of(store, chat, clock=clock, settle=settle, summariser=summariser)
        if retry.is_overdue(delivery, clock.now()):
            is_closed = await sender.give_up(delivery, retry.failure_of_interruption(delivery))
            return Resumption(delivery=delivery, outcome=ResumptionOutcome.GIVEN_UP) if is_closed else None
        sent_count = await sender.resume(delivery)
        return (
            None
            if sent_count is None
            else Resumption(delivery=delivery, outcome=ResumptionOutcome.FINISHED, sent=sent_count)
        )
    except LeaseLost:
        return None
    except PaperboyError as error:
        return _failed_resumption(delivery, error, clock.now())
    except Exception as bug:  # noqa: BLE001 - a bug in one delivery must not stop the others; it is logged whole
        _log.exception("a bug stopped the delivery of %s", delivery.subscription)
        return _failed_resumption(delivery, ChatError(retry.failure_of(bug).sentence), clock.now())


async def _without_platform(
    delivery: Delivery, error: UsageError, *, store: DeliveryStore, clock: Clock
) -> Resumption | None:
    """Nobody here can send it: it is left alone, and closed once its time is over."""
    now = clock.now()
    claimed_delivery = (
        await store.claim_delivery(delivery, at=now, lease=LEASE) if retry.is_overdue(delivery, now) else None
    )
    if claimed_delivery is None:
        return None
    await store.close_delivery(claimed_delivery, at=now, failure=delivery.failure or retry.failure_of(error))
    return Resumption(delivery=delivery, outcome=ResumptionOutcome.GIVEN_UP, error=error)


def _failed_resumption(delivery: Delivery, error: PaperboyError, now: datetime) -> Resumption:
    retry_at = retry.next_attempt(delivery, error, now)
    outcome = ResumptionOutcome.FAILING if retry_at else ResumptionOutcome.GIVEN_UP
    return Resumption(delivery=delivery, outcome=outcome, error=error, retry_at=retry_at)
