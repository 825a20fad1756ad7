"""A post as the messages that Slack will get, each with its key, and commands in Slack's own words. Pure, no SDK."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from adapters.chat.slack.render import LONGEST_VALUE, messages
from adapters.chat.vocabulary import Vocabulary, mention
from core.posts.messages import Outgoing
from core.posts.tree import Post

#: the type of our messages' metadata
EVENT_TYPE: Final = "paperboy_message"


def _write_command(name: str, arguments: str) -> str:
    """Slack keeps `/search` and others for itself, so that all commands are `/paper`'s."""
    return f"/paper {arguments}".strip() if name == "paper" else f"/paper {name} {arguments}".strip()


#: how people speak to Paperboy on Slack
WORDS: Final = Vocabulary(
    platform="slack",
    command=_write_command,
    command_at_paper=mention,
    can_unfold=lambda action: len(action.arguments) <= LONGEST_VALUE,
)


def plan(post: Post, *, key: str) -> tuple[Outgoing, ...]:
    """The post's own messages, the first being the parent of all others; then one or more for each reply."""
    post = WORDS.localise(post)
    bodies = [(body, part) for part in (post, *_all_replies(post)) for body in messages(part)]
    return tuple(
        Outgoing(
            key=f"{key}/{number}",
            parent_key=f"{key}/0" if number else None,
            papers=part.papers,
            payload=body | {"metadata": {"event_type": EVENT_TYPE, "event_payload": {"key": f"{key}/{number}"}}},
        )
        for number, (body, part) in enumerate(bodies)
    )


def key_of(message: Mapping[str, Any]) -> str:
    """The key that a message of ours carries; empty for all others."""
    metadata = message.get("metadata") or {}
    return str(metadata.get("event_payload", {}).get("key", "")) if metadata.get("event_type") == EVENT_TYPE else ""


def _all_replies(post: Post) -> Iterator[Post]:
    for reply in post.replies:
        yield reply
        yield from _all_replies(reply)
