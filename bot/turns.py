"""Digests of one channel take turns, whoever posts them in this process: a tick, the sweep, or somebody who orders one.

Two of one channel would otherwise mix their messages. That they share no paper is the store's to decide, which other
processes ask as well (`DeliveryStore.save_plan`).
"""

from __future__ import annotations

import asyncio
from weakref import WeakValueDictionary

from core.channels import ChannelRef


class Turns:
    """The turns of every channel with a digest under way."""

    def __init__(self) -> None:
        self._locks: WeakValueDictionary[ChannelRef, asyncio.Lock] = WeakValueDictionary()

    def of(self, channel: ChannelRef) -> asyncio.Lock:
        """What to hold while a digest of the channel is planned and sent."""
        return self._locks.setdefault(channel, asyncio.Lock())

    def is_taken(self, channel: ChannelRef) -> bool:
        """True while a digest of the channel is under way; the lock of one that failed may live on a while."""
        turn = self._locks.get(channel)
        return turn is not None and turn.locked()
