"""A short card for a paper whose link somebody pasted in a channel, where the channel wants that.

Platforms bring messages that lead to papers; a channel that did not turn `link-cards` on hears nothing, and nobody is
ever told that a card failed: nobody asked for it.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict, deque
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from core.channels import ChannelRef, Depth
from core.converse.pasted import PastedLinks
from core.converse.spec import Services
from core.deliver import card
from core.errors import PaperboyError
from core.papers.identifiers import PaperId
from core.posts.tree import Post

#: seconds for a paper that is not stored
DEADLINE_S: Final = 10.0
#: cards of a channel in an hour, and how long a paper that had one there gets no other
MOST: Final = 6
HOUR: Final = timedelta(hours=1)
AGAIN: Final = timedelta(days=1)
#: channels that are remembered
_CHANNELS: Final = 1_000


@dataclass(slots=True)
class CardLimits:
    """How many cards channels had lately, in this process."""

    _shown: OrderedDict[ChannelRef, deque[tuple[datetime, PaperId]]] = field(default_factory=OrderedDict)

    def has_room(self, channel: ChannelRef, paper: PaperId, now: datetime) -> bool:
        """May the channel have a card of that paper now?"""
        lately = [(at, shown) for at, shown in self._shown.get(channel, ()) if at > now - AGAIN]
        return paper not in [shown for _, shown in lately] and sum(at > now - HOUR for at, _ in lately) < MOST

    def take(self, channel: ChannelRef, paper: PaperId, now: datetime) -> None:
        """The channel has one."""
        shown = self._shown.setdefault(channel, deque(maxlen=MOST * 24))
        shown.append((now, paper))
        self._shown.move_to_end(channel)
        while len(self._shown) > _CHANNELS:
            self._shown.popitem(last=False)


async def link_card(pasted: PastedLinks, services: Services, limits: CardLimits) -> Post | None:
    """One card for a message, of its first paper; None where there is none to show. Raises nothing of ours."""
    paper, now = pasted.papers[0], services.clock.now()
    try:
        reader = await services.store.subscriptions(pasted.place)
        if not any(one.link_cards for one in reader) or not limits.has_room(pasted.place, paper, now):
            return None
        limits.take(pasted.place, paper, now)
        async with asyncio.timeout(DEADLINE_S):
            found = await services.store.paper(paper) or await services.lookup.paper(str(paper))
        known = await services.summariser.at_hand((found,), language=reader[0].language, depth=Depth.LINE)
        saved = await services.store.saved_by(pasted.place, found.id)
    except (PaperboyError, TimeoutError):
        return None
    return card.with_saves(card.short(found, known[found.id].summary), saved)
