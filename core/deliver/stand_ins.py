"""Papers of posted digests whose summaries stand in for better ones that may come: the value, and its store's port.

`core.deliver.improve` looks at them; `storage` keeps them.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from datetime import datetime

from core.deliver.ledger import Delivery
from core.papers.identifiers import PaperId


@dataclass(frozen=True, slots=True, kw_only=True)
class StandIns:
    """Papers of a posted digest whose summaries stand in for better ones that may come."""

    delivery: Delivery
    #: those that still do, as its plan names them
    papers: tuple[PaperId, ...]
    #: True where the message of another one was made better before
    is_improved: bool = False
    #: how many times somebody looked for better ones
    attempts: int = 0


class StandInStore(ABC):
    """Which posted digests show summaries that stand in for better ones. Every method is one transaction.

    `DeliveryStore.save_plan` puts them on record.
    """

    @abstractmethod
    async def stand_ins(self, *, at: datetime, since: datetime, limit: int) -> tuple[StandIns, ...]:
        """The stand-ins of finished deliveries whose next look is due by `at`, those that wait longest first.

        Deliveries that were planned before `since` are left out, and forgotten in time.
        """

    @abstractmethod
    async def claim_stand_ins(self, stand_ins: StandIns, *, look_at: datetime) -> bool:
        """Count one more look, and leave the next one to `look_at`; of several who claim the same, one succeeds."""

    @abstractmethod
    async def keep_stand_ins(self, stand_ins: StandIns) -> None:
        """Record which papers still have a stand-in, and whether any message is better now."""

    @abstractmethod
    async def forget_stand_ins(self, delivery: Delivery) -> None:
        """Nobody looks for better summaries of a delivery any more."""
