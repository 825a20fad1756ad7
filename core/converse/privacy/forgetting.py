"""Use case: what nobody wants any more is deleted: of places that the bot left, and of digests that ended.

The clock calls `forget_old`, which does a bounded part each time; `paperboy privacy forget` calls `forget_now`.
"""

from __future__ import annotations

import logging
from typing import Final

from core.channels import ChannelRef
from core.converse.ports import PrivacyStore
from core.deliver.absences import GRACE
from core.errors import UsageError
from core.speech import _
from core.time import Clock

#: records of each kind that one transaction deletes: among 300,000 messages it holds SQLite's writer for .1 s
BATCH: Final = 500
#: transactions of one look, and places
MOST_BATCHES: Final = 20
MOST_PLACES: Final = 10

_log: Final = logging.getLogger(__name__)


def place_of(name: str) -> ChannelRef:
    """A channel, or a workspace: `slack:T123`. Raises UsageError."""
    channel = ChannelRef.parse(name.rstrip("/"))
    if channel.platform in ("slack", "discord") and not channel.workspace:
        channel = ChannelRef(channel.platform, channel.place, "")
    if channel.workspace == "@me" and not channel.place:
        raise UsageError(_("Private messages are no server."), hint=_("Name one conversation: discord:@me/123."))
    return channel


async def forget_old(store: PrivacyStore, *, clock: Clock) -> int:
    """Delete what is kept of places that the bot left a month ago, and of digests that ended then; a part of it.

    How many records went; the rest is a later look's. Raises StoreError.
    """
    before = clock.now() - GRACE
    records = await store.forget_ended(before=before, limit=BATCH)
    batches = MOST_BATCHES
    for departure in await store.departures(before=before, limit=MOST_PLACES):
        count = -1
        while count and batches:
            count, batches = await store.forget_place(departure.place, limit=BATCH), batches - 1
            records += count
        if not count:
            _log.info("What was kept of %s is deleted: the bot left it on %s.", departure.place, departure.at.date())
    return records


async def forget_now(store: PrivacyStore, place: ChannelRef) -> int:
    """Delete all that is kept of a place at once; how many records that were. Raises StoreError."""
    records = 0
    while count := await store.forget_place(place, limit=BATCH):
        records += count
    return records
