"""Reactions on Discord: what the gateway brings of them, and which ones stand on a message. Knows no SDK."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Final

from adapters.chat.discord.events import Place, message_ref, person
from adapters.chat.discord.render import Json
from adapters.chat.discord.rooms import Call, ids_of
from adapters.chat.limits import Urgency
from core.posts.messages import MessageRef
from core.posts.reactions import Reaction, ReactionClearing
from core.posts.signs import emoji_name
from core.time import Clock

_MESSAGE: Final = "/channels/{channel_id}/messages/{message_id}"
_PEOPLE: Final = f"{_MESSAGE}/reactions/{{emoji}}"
_UNKNOWN_MESSAGE: Final = 10_008
#: people of one answer, which is Discord's most, and answers about one emoji
_PAGE: Final = 100
_PAGES: Final = 5
#: Discord's numbers for types of reactions, by what their count is called
_TYPES: Final = (("normal", 0), ("burst", 1))


@dataclass(frozen=True, slots=True, kw_only=True)
class ReactionEvent:
    """A reaction came or went, or a moderator took reactions off a message."""

    #: the server; None for a direct message
    guild: int | None
    #: the channel or thread
    room: int
    message: int
    #: as Discord writes it; empty where a moderator took all of them away
    emoji: str = ""
    #: whose it is; None where a moderator took everybody's away
    user: int | None = None
    is_added: bool = False
    #: when it came, UTC: Discord does not tell when it happened
    at: datetime | None = None


class Arrivals:
    """Stamps events with the moment at which they came, each later than the one before."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._last = datetime.min.replace(tzinfo=UTC)

    def stamp(self, event: ReactionEvent) -> ReactionEvent:
        """The event with its moment: in whichever order events are carried out, the last one counts."""
        self._last = max(self._clock.now(), self._last + timedelta(microseconds=1))
        return replace(event, at=self._last)


def read_change(event: ReactionEvent, place: Place) -> Reaction | ReactionClearing:
    """What happened to a message in the place's room."""
    message, emoji = message_ref(place, event.message), emoji_name(event.emoji)
    if event.user is None:
        return ReactionClearing(message=message, emoji=emoji, at=event.at)
    return Reaction(user=person(event.user), message=message, added=event.is_added, emoji=emoji, at=event.at)


async def standing_reactions(
    call: Call, message: MessageRef, counts: Callable[[str], bool]
) -> Sequence[Reaction] | None:
    """People's reactions on a message whose emoji counts; None where it was deleted, or too many people reacted."""
    room, id = ids_of(message)
    at: dict[str, int | str] = {"channel_id": room, "message_id": id}
    content = await call("GET", _MESSAGE, at=at, accept=(_UNKNOWN_MESSAGE,), urgency=Urgency.EDIT)
    if content is None:
        return None
    standing: list[Reaction] = []
    for count in content.get("reactions") or ():
        emoji = count["emoji"]
        if not counts(_emoji_text(emoji)):
            continue
        people = await _people(call, at | {"emoji": _emoji_path(emoji)}, count["count_details"])
        if people is None:
            return None
        name = emoji_name(_emoji_text(emoji))
        standing += [Reaction(user=person(user), message=message, added=True, emoji=name) for user in people]
    return standing


async def _people(call: Call, at: dict[str, int | str], counts: Json) -> Sequence[int] | None:
    """The people, without bots, who put this emoji on the message; None where they are too many."""
    people: dict[int, bool] = {}
    for kind in [number for name, number in _TYPES if counts[name]]:
        after = 0
        for _ in range(_PAGES):
            query = {"limit": _PAGE, "type": kind, "after": after}
            page = await call("GET", _PEOPLE, at=at, query=query, accept=(_UNKNOWN_MESSAGE,), urgency=Urgency.EDIT)
            if page is None:
                return None
            people |= {int(user["id"]): bool(user.get("bot")) for user in page}
            if len(page) < _PAGE:
                break
            after = int(page[-1]["id"])
        else:
            return None
    return [user for user, is_bot in people.items() if not is_bot]


def _emoji_text(emoji: Json) -> str:
    """An emoji as it stands in messages."""
    if not emoji["id"]:
        return str(emoji["name"])
    return f"<{'a' if emoji.get('animated') else ''}:{emoji['name']}:{emoji['id']}>"


def _emoji_path(emoji: Json) -> str:
    """An emoji as its people are asked for."""
    return f"{emoji['name']}:{emoji['id']}" if emoji["id"] else str(emoji["name"])
