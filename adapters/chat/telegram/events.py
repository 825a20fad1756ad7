"""What Telegram tells us, read into our own values: commands, reactions, pressed buttons. Pure.

`client` hands over each update as the Bot API's JSON; one that means nothing to us is nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import Any, Final, NoReturn

from adapters.chat.telegram.buttons import read_button, which_chat
from adapters.chat.telegram.plan import PLATFORM
from adapters.chat.telegram.typed import understand
from core.channels import ChannelRef, UserRef
from core.converse.command import Command, Mistake, Origin
from core.converse.grammar import concerns_channel
from core.converse.pasted import PastedLinks, papers_in
from core.deliver.card import BOOKMARK
from core.errors import BadIdentifier, UnknownCommand, UsageError
from core.papers.identifiers import PaperId
from core.posts.messages import MessageRef
from core.posts.reactions import Reaction
from core.posts.signs import emoji_name
from core.speech import _

Json = Mapping[str, Any]

#: the kinds of updates we read, with what must stay in order: what one person writes, reacts with, or presses
_KINDS: Final = ("message", "channel_post", "message_reaction", "callback_query")
#: what befalls the bot itself stays in order for the whole chat
_OF_THE_BOT: Final = "my_chat_member"


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One thing that somebody did, and where."""

    #: what is asked, what is wrong with it, a reaction, or links for a card
    content: Command | Mistake | Reaction | PastedLinks
    actor: UserRef
    #: the chat, or the topic of a forum
    place: ChannelRef
    #: the message that asks, that has the button, or that the reaction is on; None where Telegram does not tell
    message: int | None
    #: the identifier of a press, which waits for its answer; empty where no button was pressed
    query: str = ""

    @property
    def is_private(self) -> bool:
        """Is the chat the person's own? It has the person's number; whoever writes as a group is that group."""
        return self.place.place.partition("/")[0] == self.actor.id


@dataclass(frozen=True, slots=True, kw_only=True)
class Reader:
    """Reads updates."""

    #: the bot's own user name
    bot: str
    #: knows the forum topic of our messages, by chat and message: reactions do not tell it
    topic_of: Callable[[int, str], ChannelRef | None]

    def events(self, update: Json, at: datetime) -> Iterator[Event]:
        """What an update says that arrived `at`."""
        if reaction := update.get("message_reaction"):
            yield from self._reactions(reaction)
        elif query := update.get("callback_query"):
            yield _press(query, at)
        elif message := update.get("message") or update.get("channel_post"):
            yield from self._question(message, at)

    def _question(self, message: Json, at: datetime) -> Iterator[Event]:
        """A channel, and a group in whose name somebody writes, asks itself; words for somebody else are nothing."""
        chat, words = message["chat"], _text_of(message)
        by_chat = message.get("sender_chat", {}).get("id") == chat["id"]
        person = chat if by_chat or "from" not in message else message["from"]
        place, actor, is_private = _channel(message), _user(person), chat["type"] == "private"
        content: Command | Mistake
        above = message.get("reply_to_message", {})
        read = partial(understand, words, bot=self.bot, is_private=is_private, is_reply=_is_answerable(above))
        try:
            meaning = read()
            if meaning is None:
                yield from _read_paste(message, at)
                return
            content = Command(
                name=meaning[0],
                arguments=meaning[1],
                actor=actor,
                actor_name=name_of(person),
                place=place,
                origin=Origin.TYPED if is_private or words.lstrip().startswith("/") else Origin.MENTION,
                is_public=not is_private,
                locale=person.get("language_code", ""),
                reply_to=MessageRef(place, str(above["message_id"])) if _is_answerable(above) else None,
                paper=_paper_of(above),
                at=at,
            )
        except UsageError as error:
            content = Mistake(error=error, read=read, actor=actor, place=place, at=at)
        yield Event(content=content, actor=actor, place=place, message=message["message_id"])

    def _reactions(self, update: Json) -> Iterator[Event]:
        """Each emoji that a person put on or took away; anonymous administrators and bots have no reading list."""
        if "user" not in update or update["user"].get("is_bot"):
            return
        chat, id = update["chat"]["id"], update["message_id"]
        place = self.topic_of(chat, str(id)) or ChannelRef(PLATFORM, "", str(chat))
        actor, message = _user(update["user"]), MessageRef(place, str(id))
        at = datetime.fromtimestamp(update["date"], UTC)
        before, after = _emoji(update.get("old_reaction", ())), _emoji(update.get("new_reaction", ()))
        removals = [emoji for emoji in before if emoji not in after]
        additions = [emoji for emoji in after if emoji not in before]
        for emoji in (*removals, *additions):
            reaction = Reaction(user=actor, message=message, emoji=emoji, added=emoji in after, at=at)
            yield Event(content=reaction, actor=actor, place=place, message=id)


def _text_of(message: Json) -> str:
    """What a message says; custom emoji with their numbers where somebody may want one as a sign."""
    words: str = message.get("text", "")
    own_emoji = [entity for entity in message.get("entities", ()) if entity["type"] == "custom_emoji"]
    if not own_emoji or "emoji" not in words:
        return words
    units = words.encode("utf-16-le")
    for entity in sorted(own_emoji, key=lambda entity: -entity["offset"]):
        begin, end = 2 * entity["offset"], 2 * (entity["offset"] + entity["length"])
        instead = f"<{units[begin:end].decode('utf-16-le')}:{entity['custom_emoji_id']}>"
        units = units[:begin] + instead.encode("utf-16-le") + units[end:]
    return units.decode("utf-16-le")


def _read_paste(message: Json, at: datetime) -> Iterator[Event]:
    """A message of a group, not for the bot, that leads to papers; it comes only with privacy mode off."""
    person = message.get("from") or {}
    if message["chat"]["type"] not in ("group", "supergroup") or person.get("is_bot") or "via_bot" in message:
        return
    if person and (papers := papers_in(" ".join(_words(message)))):
        place, actor = _channel(message), _user(person)
        links = PastedLinks(user=actor, place=place, papers=papers, at=at)
        yield Event(content=links, actor=actor, place=place, message=message["message_id"])


def lane_of(update: Json) -> Hashable:
    """Updates of the same lane are carried out one after another."""
    if body := update.get(_OF_THE_BOT):
        return (_OF_THE_BOT, body["chat"]["id"])
    for kind in _KINDS:
        if body := update.get(kind):
            person = body.get("user") or body.get("from") or {}
            return (kind, body.get("chat", {}).get("id"), person.get("id"))
    return None


def _emoji(reactions: Iterable[Json]) -> list[str]:
    """The emoji of a person on a message; Telegram's own by their numbers."""
    names = (reaction.get("custom_emoji_id") or reaction.get("emoji") for reaction in reactions)
    return list(dict.fromkeys(emoji_name(name) for name in names if name))


def _press(query: Json, at: datetime) -> Event:
    """A pressed button; of a message that is too old, Telegram tells the chat and no words."""
    message = query.get("message") or {"chat": {"id": query["from"]["id"]}}
    place, actor = _channel(message), _user(query["from"])
    chat, data = which_chat(query.get("data", ""))
    meaning = read_button(data, _words(message))
    # Only what is about the chat is taken elsewhere: what the person may do or read there is asked there.
    is_elsewhere = bool(chat and meaning and concerns_channel(*meaning))
    content: Command | Mistake
    if meaning:
        content = Command(
            name=meaning[0],
            arguments=meaning[1],
            actor=actor,
            actor_name=name_of(query["from"]),
            place=ChannelRef(PLATFORM, "", chat) if is_elsewhere else place,
            origin=Origin.BUTTON,
            locale=query["from"].get("language_code", ""),
            at=at,
        )
    else:
        content = Mistake(error=_old_button(), read=_refuse_old_button, actor=actor, place=place, at=at)
    return Event(content=content, actor=actor, place=place, message=message.get("message_id"), query=query["id"])


def _old_button() -> UnknownCommand:
    hint = _("`/paper` and the paper's identifier bring a new one.")
    return UnknownCommand(_("This button is too old."), hint=hint)


def _refuse_old_button() -> NoReturn:
    raise _old_button()


def _channel(message: Json) -> ChannelRef:
    topic = f"/{message['message_thread_id']}" if message.get("is_topic_message") else ""
    return ChannelRef(PLATFORM, "", f"{message['chat']['id']}{topic}")


def name_of(person: Json) -> str:
    """The name that Telegram shows for a person, or for a group in whose name somebody writes."""
    parts = (person.get("first_name"), person.get("last_name"))
    return " ".join(filter(None, parts)) or person.get("title", "")


def _user(person: Json) -> UserRef:
    return UserRef(PLATFORM, "", str(person["id"]))


def _is_answerable(message: Json) -> bool:
    """Is it a message that somebody replied to? In a topic, who replies to none replies to what opened the topic."""
    return bool(message) and "forum_topic_created" not in message


def _paper_of(message: Json) -> PaperId | None:
    """The paper whose button is under a message: a command that replies to it is about that paper."""
    rows = message.get("reply_markup", {}).get("inline_keyboard", [])
    for button in (button for row in rows for button in row):
        meaning = read_button(button.get("callback_data", ""), _words(message))
        if meaning and meaning[0] == BOOKMARK:
            with suppress(BadIdentifier):
                return PaperId.parse(meaning[1])
    return None


def _words(message: Json) -> list[str]:
    """Whatever in a message may name a paper: where its links lead, and its words."""
    links = [entity["url"] for entity in message.get("entities", ()) if "url" in entity]
    return links + str(message.get("text", "")).split()
