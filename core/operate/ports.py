"""What operating needs from the world: where processes, claims and alerts are remembered. Implemented by `storage`."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from datetime import datetime

from core.operate.alerts import Alert
from core.operate.services import Claim, Connections, Service


class ServiceStore(ABC):
    """The running processes, and who serves an installation. Every method is one transaction."""

    @abstractmethod
    async def save_service(self, service: Service) -> None:
        """Add the process, or replace what it said before."""

    @abstractmethod
    async def remove_service(self, id: str) -> None:
        """Forget a process that stops."""

    @abstractmethod
    async def services(self) -> tuple[Service, ...]:
        """All of them, the first started first; those that died without a word among them."""

    @abstractmethod
    async def forget_services(self, *, before: datetime) -> int:
        """Drop those that gave no sign of life since a moment; how many there were."""

    @abstractmethod
    async def connections(self) -> Connections | None:
        """How many the database's server has and gives; None where the database is a file."""

    @abstractmethod
    async def claim_installation(self, claim: Claim, *, at: datetime, instead_of: str = "") -> Claim:
        """Serve an installation, or go on serving it, until `claim.until`; the claim that stands afterwards.

        It is the caller's where nobody else has one that lasts beyond `at`; whoever goes on keeps the moment since
        when. The claim of the process `instead_of`, which is known to be dead, does not count. Of several who claim at
        once one succeeds.
        """

    @abstractmethod
    async def claims(self) -> tuple[Claim, ...]:
        """All of them, by installation; those that ran out among them."""

    @abstractmethod
    async def release_installation(self, installation: str, holder: str) -> None:
        """Give an installation back. Does nothing where another process has it."""


class AlertStore(ABC):
    """What the operator was told. Every method is one transaction."""

    @abstractmethod
    async def database_id(self) -> str:
        """What the key of each message begins with, so that no database takes a message of another one for its own."""

    @abstractmethod
    async def save_alerts(self, alerts: Sequence[Alert]) -> None:
        """Add each, or replace the one of the same key."""

    @abstractmethod
    async def alerts(self) -> tuple[Alert, ...]:
        """All that are remembered, by key."""

    @abstractmethod
    async def forget_alerts(self, *, before: datetime) -> int:
        """Drop those that were over before a moment; how many there were."""


class OperationStore(ServiceStore, AlertStore):
    """Everything that operating remembers."""
