"""Messages as Slack keeps and shows them, and payloads beside the official samples; for the stand-in and its tests."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from tests.shared import SHARED

Json = dict[str, Any]


@dataclass
class SlackMessage:
    """A message as Slack keeps it."""

    channel: str
    ts: str
    text: str
    blocks: list[Json]
    thread_ts: str | None
    metadata: Json | None
    user: str = "U0PAPERBOY"
    edited: bool = False
    unfurls: bool = True
    #: who put which emoji on it
    reactions: dict[str, list[str]] = field(default_factory=dict)

    @property
    def key(self) -> str:
        """Our key in its metadata."""
        return str(((self.metadata or {}).get("event_payload") or {}).get("key", ""))

    @property
    def visible_text(self) -> str:
        """What a person reads: all text, with the addresses of links."""
        return "\n".join(text_of(block) for block in self.blocks) or unescape_markdown(self.text)

    def as_json(self, *, with_metadata: bool) -> Json:
        """As the Web API gives it."""
        said = {"type": "message", "user": self.user, "ts": self.ts, "text": self.text, "blocks": self.blocks}
        thread = {"thread_ts": self.thread_ts} if self.thread_ts else {}
        return said | thread | ({"metadata": self.metadata} if with_metadata and self.metadata else {})


def text_of(block: Any) -> str:
    """All text in a block, as it is shown; a link shows its text and its address."""
    if isinstance(block, list):
        return "\n".join(filter(None, map(text_of, block)))
    if not isinstance(block, Mapping):
        return ""
    if block.get("type") == "rich_text_section" or block.get("type") == "rich_text_quote":
        return "".join(map(_element, block["elements"]))
    if block.get("type") in ("plain_text", "mrkdwn"):
        return unescape_markdown(str(block["text"]).replace("<http", "\nhttp"))
    return text_of([value for value in block.values() if isinstance(value, Mapping | list)])


def _element(element: Json) -> str:
    if element["type"] == "emoji":
        return f":{element['name']}:"
    if element["type"] == "user":
        return f"@{element['user_id']}"
    return f"{element['text']} {element['url']} " if element["type"] == "link" else str(element["text"])


def unescape_markdown(text: str) -> str:
    """A text object as a person reads it."""
    return text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


def whispered(said: Json) -> str:
    """What a message for one person shows."""
    return text_of(blocks_of(said)) or unescape_markdown(said.get("text", ""))


def blocks_of(arguments: Json) -> list[Json]:
    blocks = arguments.get("blocks") or []
    return list(json.loads(blocks) if isinstance(blocks, str) else blocks)


def private_message(said: Json, channel: str, ts: str) -> SlackMessage:
    """What one person sees, as a message whose buttons that person can press."""
    thread = said.get("thread_ts")
    return SlackMessage(channel=channel, ts=ts, text="", blocks=blocks_of(said), thread_ts=thread, metadata=None)


def buttons_of(message: SlackMessage) -> Iterator[Json]:
    for block in message.blocks:
        if block["type"] == "actions":
            yield from block["elements"]


@cache
def sample_of(name: str) -> Any:
    file = SHARED / "specs" / "slack" / "samples" / f"{name}.json"
    return json.loads(file.read_text()) if file.is_file() else None


def unlike(told: Any, sample: Any, where: str) -> list[str]:
    """What the official sample of a payload does not have."""
    if sample is None or not isinstance(told, dict):
        return []
    unknown = [f"{where}: unknown {name}" for name in told if name not in sample]
    known = [name for name in told if isinstance(sample.get(name), dict)]
    return unknown + [problem for name in known for problem in unlike(told[name], sample[name], f"{where}/{name}")]
