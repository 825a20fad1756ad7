"""Messages before they belong to a platform: a small tree that Block Kit, embeds and Telegram HTML can all show.

A `Post` is one message and the thread under it. Its blocks hold spans; a span is a run of text with one style, flat on
purpose, because Slack's rich text nests nothing. Text in spans is raw and hostile: each platform's renderer escapes it.
Nothing here renders; `core.compose` builds posts, `adapters.chat` shows them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from core.channels import ChannelRef, UserRef
from core.papers import PaperId


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """A run of text in one style; a link where it has an address."""

    text: str
    bold: bool = False
    italic: bool = False
    code: bool = False
    #: an http or https address; empty for plain text
    url: str = ""


def text(content: str) -> Span:
    """Plain text."""
    return Span(text=content)


def bold(content: str) -> Span:
    """Strong text."""
    return Span(text=content, bold=True)


def italic(content: str) -> Span:
    """Slanted text."""
    return Span(text=content, italic=True)


def code(content: str) -> Span:
    """Monospaced text: something to type or to copy."""
    return Span(text=content, code=True)


def link(content: str, url: str, *, bold: bool = False) -> Span:
    """Text that leads to an address; plain text where the address is neither http nor https."""
    return Span(text=content, url=url if url.startswith(("https://", "http://")) else "", bold=bold)


Spans = tuple[Span, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Heading:
    """A line that names what follows; level 1 is the message's own title."""

    spans: Spans
    level: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Paragraph:
    """Running text; a newline in a span is a line break."""

    spans: Spans
    #: belongs to the entry above it and is set in by one step
    indented: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Quote:
    """Somebody else's words: an abstract, a passage."""

    spans: Spans


@dataclass(frozen=True, slots=True, kw_only=True)
class ListBlock:
    """Items with bullets, or numbered from `start`."""

    items: tuple[Spans, ...]
    ordered: bool = False
    start: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """Names and values side by side: settings, a paper's particulars."""

    rows: tuple[tuple[str, Spans], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """Small print: counts, sources, a reason."""

    spans: Spans
    #: belongs to the entry above it and is set in by one step
    indented: bool = False
    #: something is wrong and should catch the eye
    warning: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Divider:
    """A line, or a little room."""


Block = Heading | Paragraph | Quote | ListBlock | Facts | Note | Divider


@dataclass(frozen=True, slots=True, kw_only=True)
class Action:
    """Something the reader can press; the platform brings it back as a command about `paper`."""

    #: the command's name: `bookmark`, `similar`, `paper`
    name: str
    label: str
    paper: PaperId | None = None


class Audience(StrEnum):
    """Who sees a post."""

    EVERYONE = "everyone"
    ASKER = "asker"


@dataclass(frozen=True, slots=True, kw_only=True)
class Post:
    """One message, and the replies in its thread."""

    blocks: tuple[Block, ...]
    actions: tuple[Action, ...] = ()
    #: each becomes a message of its own in this message's thread, in this order
    replies: tuple[Post, ...] = ()
    #: the papers the message shows: one for a paper's own message, several for a list
    papers: tuple[PaperId, ...] = ()
    audience: Audience = Audience.EVERYONE
    #: one line for notifications and screen readers
    fallback: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outgoing:
    """One message of a planned post, rendered and ready to send; stored before anything is sent."""

    #: unique for ever and stable across restarts: `<post key>/<position>`
    key: str
    #: the key of the message whose thread this belongs to; None for a message of its own
    parent_key: str | None
    #: the papers it shows
    papers: tuple[PaperId, ...]
    #: what the platform's adapter needs to send it: JSON values only
    payload: Mapping[str, Any]


@dataclass(frozen=True, slots=True, order=True)
class MessageRef:
    """A message that a platform has accepted."""

    channel: ChannelRef
    #: the platform's own identifier of the message within the channel
    id: str


class Feeling(StrEnum):
    """What a reaction or a button says about a paper."""

    BOOKMARK = "bookmark"
    MORE = "more"
    LESS = "less"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reaction:
    """Somebody put an emoji on a message, or took it away."""

    user: UserRef
    message: MessageRef
    feeling: Feeling
    added: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Press:
    """Somebody pressed a button under a message."""

    user: UserRef
    channel: ChannelRef
    #: the action's name, `bookmark`
    action: str
    paper: PaperId
