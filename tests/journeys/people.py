"""People who react on what the service of a town has posted."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from core.deliver.ledger import Delivery
from core.papers.identifiers import PaperId
from core.posts.messages import MessageRef
from tests.journeys.operation import Reader, Town
from tests.standins.discord_words import PERSON as DISCORD_PERSON
from tests.standins.slack_api import BOT, PERSON, TEAM


@dataclass(frozen=True)
class Card:
    """A message that shows one paper."""

    reader: Reader
    message: MessageRef
    paper: PaperId


class People:
    """Some react, each once."""

    def __init__(self, town: Town) -> None:
        self.town = town
        #: (person, paper) of every reaction that a platform has told us of, or will
        self.wanted: set[tuple[str, str]] = set()
        self._cards: list[Card] = []
        self._touched: set[MessageRef] = set()
        self._count = 1_000

    def gather(self, recent: Iterable[tuple[Reader, Delivery]]) -> None:
        """What people can react on: papers' messages on the three platforms."""
        known = {card.message for card in self._cards}
        for reader, one in recent:
            for outgoing in one.plan:
                message = one.sent.get(outgoing.key)
                if message and message not in known and outgoing.parent_key and len(outgoing.papers) == 1:
                    self._cards.append(Card(reader, message, outgoing.papers[0]))

    def scribble(self) -> None:
        """On Telegram people react whatever becomes of the service: what it was not told yet waits there."""
        cards = [card for card in self._cards if card.reader.platform == "telegram"]
        for card in self.town.chance.sample(cards, min(len(cards), self.town.chance.randint(0, 3))):
            self._count += 1
            self.town.telegram.reacts(
                ("✍",), chat=int(card.reader.channel.place), message=int(card.message.id), user=self._count
            )
            self.wanted.add((f"telegram:{self._count}", str(card.paper)))

    async def react(self) -> None:
        """A few people react on what was posted; each message is reacted on once, by one of them."""
        fresh = [card for card in self._cards if card.message not in self._touched]
        for card in self.town.chance.sample(fresh, min(len(fresh), 2)):
            self._touched.add(card.message)
            match card.reader.platform:
                case "slack":
                    place = {"type": "message", "channel": card.reader.channel.place, "ts": card.message.id}
                    event = {"type": "reaction_added", "user": PERSON, "reaction": "bookmark", "item": place}
                    self.town.slack.put_reaction(card.message.id, "bookmark")
                    await self.town.slack.event(event | {"item_user": BOT}, "ReactionAddedPayload")
                    self.wanted.add((f"slack:{TEAM}/{PERSON}", str(card.paper)))
                case "discord":
                    self.town.discord.react(int(card.message.id.rpartition(":")[2]), "🔖")
                    self.wanted.add((f"discord:{DISCORD_PERSON}", str(card.paper)))
        self.scribble()

    async def are_listed(self) -> bool:
        """Is every reaction on its list?"""
        return self.wanted <= {(one.user, str(one.paper.id)) for one in await self.town.store.bookmarks()}
