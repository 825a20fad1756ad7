"""The signs of a channel, for whoever writes into it: the store's port.

They belong to the channel and to none of its digests: a reaction is on a message, whichever digest or answer it is, and
a channel without any digest has reading lists too.
"""

from __future__ import annotations

from abc import ABC, abstractmethod

from core.channels import ChannelRef
from core.posts.signs import Signs


class SignStore(ABC):
    """Which emoji stand for feelings where."""

    @abstractmethod
    async def channel_signs(self, channel: ChannelRef) -> Signs:
        """The signs that a channel chose; for all other feelings the usual ones stand."""
