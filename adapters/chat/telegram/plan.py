"""A post as the messages Telegram will get: keys, parents, HTML and buttons as JSON values. Pure.

`client` and `surfaces` plan with it, and send what it made, perhaps in a later process.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import count
from typing import Any, Final

from adapters.chat.files import MIB
from adapters.chat.hostile import page_address
from adapters.chat.telegram import render
from adapters.chat.telegram.buttons import data_of
from adapters.chat.vocabulary import Vocabulary
from core.channels import ChannelRef
from core.errors import ChannelGone
from core.posts.messages import MessageRef, Outgoing
from core.posts.tree import Action, Post
from core.speech import _

Json = dict[str, Any]

PLATFORM: Final = "telegram"
#: UTF-16 units of what is shown to a person who pressed a button
LONGEST_TOAST: Final = 200
#: characters of a link button's address; Telegram tells no limit, browsers take so many
LONGEST_URL: Final = 2_000
#: bytes of a file (https://core.telegram.org/bots/api#senddocument)
MOST_OF_FILE: Final = 50 * MIB
#: how Telegram says things
WORDS: Final = Vocabulary(platform=PLATFORM)


def plan(post: Post, *, key: str) -> tuple[Outgoing, ...]:
    """The post's messages, then those of its replies; what goes on in a second message replies to the first."""
    numbers = count()
    return tuple(_plan(WORDS.localise(post), None, lambda: f"{key}/{next(numbers)}"))


def toast_of(post: Post) -> str:
    """The post as what a pressed button shows; empty for one that needs a message: a long one, papers, buttons."""
    if post.papers or post.actions or post.replies:
        return ""
    text = render.plain(WORDS.localise(post))
    return text if render.units(text) <= LONGEST_TOAST else ""


def place_of(channel: ChannelRef) -> tuple[int | str, int | None]:
    """The chat's id, or its @name, and the forum topic's. Raises ChannelGone."""
    chat, _slash, topic = channel.place.partition("/")
    try:
        return (chat if chat.startswith("@") else int(chat)), int(topic) if topic else None
    except ValueError as error:
        raise ChannelGone(
            _("'{channel}' is not a chat of Telegram.", channel=channel),
            hint=_("Write telegram:-100123, or telegram:-100123/7 for a topic."),
        ) from error


def number_of(message: MessageRef) -> int | None:
    """The message's number in its chat; None where it lies in the group that its supergroup was (`-123:17`)."""
    return int(message.id) if message.id.isdecimal() else None


def _plan(post: Post, parent: str | None, next_key: Callable[[], str]) -> list[Outgoing]:
    pages = render.render(post)
    keys = [next_key() for _ in pages]
    messages = [
        Outgoing(
            key=key,
            parent_key=parent if key == keys[0] else keys[0],
            papers=post.papers,
            payload={"html": html, "buttons": _buttons(post) if key == keys[-1] else []},
        )
        for key, html in zip(keys, pages, strict=True)
    ]
    for reply in post.replies:
        messages += _plan(reply, keys[0], next_key)
    return messages


def _buttons(post: Post) -> list[Json]:
    buttons = [(render.label(action.label), _button_meaning(action)) for action in post.actions]
    return [{"text": label} | meaning for label, meaning in buttons if meaning]


def _button_meaning(action: Action) -> Json:
    """What a button does; nothing where it cannot be carried, or leads to no web page."""
    if action.url:
        where = page_address(action.url, LONGEST_URL)
        return {"url": where} if where else {}
    data = data_of(action)
    return {"callback_data": data} if data else {}
