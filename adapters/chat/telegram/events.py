"""What Telegram tells us, read into our own values: words, reactions, buttons. Pure.

`client` hands over each update as the Bot API's JSON; one that means nothing to us is nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping
from typing import Any, Final

from adapters.chat.emoji import feeling_of
from adapters.chat.telegram.answers import PLATFORM, Asked, Pressed
from adapters.chat.telegram.buttons import pressed
from core.channels import ChannelRef, UserRef
from core.papers.identifiers import PaperId
from core.posts.messages import MessageRef
from core.posts.reactions import Feeling, Reaction

Json = Mapping[str, Any]
Heard = Asked | Reaction | Pressed

#: the kinds of updates we read, with what must stay in order: what one person writes, reacts with, or presses
_KINDS: Final = ("message", "channel_post", "message_reaction", "callback_query")


def heard(update: Json, topic_of: Callable[[int, str], ChannelRef | None]) -> Iterator[Heard]:
    """What an update says; `topic_of` knows the forum topic of our messages, which reactions do not tell."""
    if reaction := update.get("message_reaction"):
        yield from _reactions(reaction, topic_of)
    elif query := update.get("callback_query"):
        yield _press(query)
    elif message := update.get("message") or update.get("channel_post"):
        yield _question(message)


def lane_of(update: Json) -> Hashable:
    """Updates of the same lane are carried out one after another."""
    for kind in _KINDS:
        if body := update.get(kind):
            person = body.get("user") or body.get("from") or {}
            return (kind, body.get("chat", {}).get("id"), person.get("id"))
    return None


def _question(message: Json) -> Asked:
    """A channel, and a group in whose name somebody writes, asks itself."""
    chat = message["chat"]
    by_chat = message.get("sender_chat", {}).get("id") == chat["id"]
    person = chat if by_chat or "from" not in message else message["from"]
    return Asked(
        channel=_channel(message),
        user=_user(person),
        message=message["message_id"],
        words=message.get("text", ""),
        paper=_paper_of(message.get("reply_to_message", {})),
        alone=chat["type"] == "private",
    )


def _reactions(update: Json, topic_of: Callable[[int, str], ChannelRef | None]) -> Iterator[Reaction]:
    """What changed; an anonymous administrator is nobody whose list it could be."""
    if "user" not in update:
        return
    chat, id = update["chat"]["id"], str(update["message_id"])
    message = MessageRef(topic_of(chat, id) or ChannelRef(PLATFORM, "", str(chat)), id)
    before, after = _feelings(update.get("old_reaction", ())), _feelings(update.get("new_reaction", ()))
    for feeling in (*(one for one in before if one not in after), *(one for one in after if one not in before)):
        yield Reaction(user=_user(update["user"]), message=message, feeling=feeling, added=feeling in after)


def _feelings(reactions: Iterable[Json]) -> list[Feeling]:
    emoji = [one["emoji"] for one in reactions if one.get("type") == "emoji"]
    return list(dict.fromkeys(feeling for one in emoji if (feeling := feeling_of(one))))


def _press(query: Json) -> Pressed:
    """Of a message that is too old for Telegram, only its chat is known."""
    message = query.get("message") or {"chat": {"id": query["from"]["id"]}}
    return Pressed(
        query=query["id"],
        channel=_channel(message),
        user=_user(query["from"]),
        meant=pressed(query.get("data", ""), _words(message)),
    )


def _channel(message: Json) -> ChannelRef:
    topic = f"/{message['message_thread_id']}" if message.get("is_topic_message") else ""
    return ChannelRef(PLATFORM, "", f"{message['chat']['id']}{topic}")


def _user(person: Json) -> UserRef:
    return UserRef(PLATFORM, "", str(person["id"]))


def _paper_of(message: Json) -> PaperId | None:
    """The paper whose button is under a message: a command that replies to it is about that paper."""
    rows = message.get("reply_markup", {}).get("inline_keyboard", [])
    for button in (button for row in rows for button in row):
        if meant := pressed(button.get("callback_data", ""), _words(message)):
            return meant[1]
    return None


def _words(message: Json) -> list[str]:
    """Whatever in a message may name a paper: where its links lead, and its words."""
    links = [entity["url"] for entity in message.get("entities", ()) if "url" in entity]
    return links + str(message.get("text", "")).split()
