"""Which jobs there are: their tasks, queues and locks, and what each says. Pure.

What belongs to a bot token waits in a queue of its installation, which only the process that holds its tenure works;
everything else waits in one queue, for anybody. A job names things and says nothing of them: whoever does it looks at
what is stored.

Only sources have locks. Digests need none: the ledger takes one plan, one holder sends it, and the process that holds
the token has digests of one channel take turns. Thousands of them wait at once, and to look through the locks of all
for each job would take longer than to do it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final, Self

from core.channels import ChannelRef
from core.deliver.appointments import TaughtDigest
from core.deliver.ledger import DeliveryKind, Shipment
from core.deliver.schedule import Look
from core.operate.jobs import Argument, Job, Priority

#: the queue of what any process may do
GENERAL: Final = "general"
_OF: Final = "of "

REFRESH: Final = "refresh"
BACKFILL: Final = "backfill"
ENRICH: Final = "enrich"
EMBED: Final = "embed"
FORGET: Final = "forget"
RETRAIN: Final = "retrain"
PREPARE: Final = "prepare"
DELIVER: Final = "deliver"

#: so long before a digest is due, what its channel has taught is learned
LEARNED_BEFORE: Final = timedelta(hours=1)

#: jobs of which one does all there is to do
EMBED_JOB: Final = Job(task=EMBED, queue=GENERAL, unique=EMBED, lock=EMBED, priority=Priority.UPKEEP)
FORGET_JOB: Final = Job(task=FORGET, queue=GENERAL, unique=FORGET, lock=FORGET, priority=Priority.UPKEEP)
ENRICH_JOB: Final = Job(task=ENRICH, queue=GENERAL, unique=ENRICH, lock=ENRICH)


@dataclass(frozen=True, slots=True, kw_only=True)
class Preparation:
    """What a job says of a digest that is to be planned."""

    channel: ChannelRef
    #: of the subscription
    name: str
    #: when it was found due, UTC: another machine's clock may be behind
    decided_at: datetime
    #: the claim of that look, UTC
    claimed_until: datetime | None

    @classmethod
    def read(cls, arguments: Mapping[str, Argument]) -> Self:
        """As a job says it."""
        claim = arguments["claimed_until"]
        return cls(
            channel=ChannelRef.from_store(str(arguments["channel"])),
            name=str(arguments["name"]),
            decided_at=datetime.fromisoformat(str(arguments["decided_at"])),
            claimed_until=datetime.fromisoformat(str(claim)) if claim else None,
        )


def refresh_job(source: str, *, priority: Priority = Priority.USUAL) -> Job:
    """Read what is due of a source: one process at a time asks it."""
    return _reading_job(REFRESH, source, priority)


def backfill_job(source: str) -> Job:
    """Read a part of the days that refreshes of a source missed; a refresh that waits goes before."""
    return _reading_job(BACKFILL, source, Priority.UPKEEP)


def _reading_job(task: str, source: str, priority: Priority) -> Job:
    return Job(
        task=task,
        queue=GENERAL,
        arguments={"source": source},
        lock=f"source {source}",
        unique=f"{task} {source}",
        priority=priority,
    )


def prepare_job(look: Look, *, decided_at: datetime) -> Job:
    """Plan the digest that a look found due just now."""
    subscription = look.subscription
    return Job(
        task=PREPARE,
        queue=GENERAL,
        arguments={
            "channel": str(subscription.channel),
            "name": subscription.name,
            "decided_at": decided_at.isoformat(),
            "claimed_until": look.claimed_until.isoformat() if look.claimed_until else None,
        },
        unique=f"prepare {subscription}",
    )


def deliver_job(shipment: Shipment, installation: str) -> Job:
    """Send what is missing of a digest."""
    return Job(
        task=DELIVER,
        queue=queue_of(installation),
        arguments={
            "channel": str(shipment.channel),
            "name": shipment.name,
            "day": shipment.day.isoformat(),
            "kind": shipment.kind.value,
        },
        unique=f"deliver {shipment.channel} {shipment.name} {shipment.day} {shipment.kind.value}",
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Retraining:
    """What a job says of a channel whose profile is to be learned before a digest."""

    channel: ChannelRef
    #: of the subscription
    name: str
    #: of its digest, UTC: from then on the digest learns by itself
    due_at: datetime

    @classmethod
    def read(cls, arguments: Mapping[str, Argument]) -> Self:
        """As a job says it."""
        return cls(
            channel=ChannelRef.from_store(str(arguments["channel"])),
            name=str(arguments["name"]),
            due_at=datetime.fromisoformat(str(arguments["due_at"])),
        )


def retrain_job(digest: TaughtDigest) -> Job:
    """Learn what a channel has taught, a while before its digest is due.

    It waits for its moment, so that of several clocks that hand it out one is heard.
    """
    return Job(
        task=RETRAIN,
        queue=GENERAL,
        arguments={
            "channel": str(digest.channel),
            "name": digest.name,
            "due_at": digest.due_at.isoformat(),
        },
        unique=f"retrain {digest.channel}",
        at=digest.due_at - LEARNED_BEFORE,
        priority=Priority.UPKEEP,
    )


def read_shipment(arguments: Mapping[str, Argument]) -> Shipment:
    """What a job says that is to be sent."""
    return Shipment(
        channel=ChannelRef.from_store(str(arguments["channel"])),
        name=str(arguments["name"]),
        day=date.fromisoformat(str(arguments["day"])),
        kind=DeliveryKind(str(arguments["kind"])),
    )


def queue_of(installation: str) -> str:
    """The queue of what belongs to a token."""
    return f"{_OF}{installation}"


def platform_of_queue(queue: str) -> str:
    """The platform whose token a queue belongs to; the queue's own name where it belongs to none."""
    return queue.removeprefix(_OF).partition(":")[0]
