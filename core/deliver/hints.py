"""Which hints were given to whom, so that none is given twice, and which channels are new: the store's port."""

from __future__ import annotations

from abc import ABC, abstractmethod
from datetime import datetime

from core.channels import ChannelRef


class HintStore(ABC):
    """What people and channels were told once. Every method is one transaction."""

    @abstractmethod
    async def claim_hint(self, recipient: str, name: str, *, at: datetime) -> bool:
        """Put on record that a hint is given to a person or a channel, written out; False where it was before.

        Of several who claim the same one, one succeeds.
        """

    @abstractmethod
    async def has_digest(self, channel: ChannelRef) -> bool:
        """Was any digest finished in a channel, of whatever subscription?"""
