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
REPEAT_AFTER: Final = timedelta(days=1)
#: channels that are remembered
_CHANNELS: Final = 1_000


@dataclass(slots=True)
class CardLimits:
    """How many cards channels had lately, in this process."""

    _cards: OrderedDict[ChannelRef, deque[tuple[datetime, PaperId]]] = field(default_factory=OrderedDict)

    def has_room(self, channel: ChannelRef, paper: PaperId, now: datetime) -> bool:
        """May the channel have a card of that paper now?"""
        lately = [(at, card_paper) for at, card_paper in self._cards.get(channel, ()) if at > now - REPEAT_AFTER]
        return paper not in [card_paper for _, card_paper in lately] and sum(at > now - HOUR for at, _ in lately) < MOST

    def take(self, channel: ChannelRef, paper: PaperId, now: datetime) -> None:
        """Records that the channel has a card of that paper now."""
        cards = self._cards.setdefault(channel, deque(maxlen=MOST * 24))
        cards.append((now, paper))
        self._cards.move_to_end(channel)
        while len(self._cards) > _CHANNELS:
            self._cards.popitem(last=False)


async def link_card(links: PastedLinks, services: Services, limits: CardLimits) -> Post | None:
    """One card for a message, of its first paper; None where there is none to show. Raises nothing of ours."""
    id, now = links.papers[0], services.clock.now()
    try:
        subscriptions = await services.store.subscriptions(links.place)
        has_cards = any(subscription.link_cards for subscription in subscriptions)
        if not has_cards or not limits.has_room(links.place, id, now):
            return None
        limits.take(links.place, id, now)
        async with asyncio.timeout(DEADLINE_S):
            paper = await services.store.paper(id) or await services.lookup.paper(str(id))
        summaries = await services.summariser.at_hand((paper,), language=subscriptions[0].language, depth=Depth.LINE)
        saves = await services.store.saved_by(links.place, paper.id)
    except (PaperboyError, TimeoutError):
        return None
    return card.with_saves(card.short(paper, summaries[paper.id].summary), saves)
