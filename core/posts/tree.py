"""Messages before they belong to a platform: a small tree that Block Kit, embeds and Telegram HTML can all show.

A `Post` is one message and the thread under it. Its blocks hold spans; a span is a run of text with one style, flat on
purpose, because Slack's rich text nests nothing. Text in spans is raw and hostile: each platform's renderer escapes it.
Nothing here renders; `core.deliver.compose` builds posts, `adapters.chat` shows them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from itertools import chain
from typing import Final

from core.papers.identifiers import PaperId
from core.posts.reactions import Feeling
from core.posts.signs import USUAL_SIGNS, Signs


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """A run of text in one style; a link where it has an address."""

    text: str
    bold: bool = False
    italic: bool = False
    code: bool = False
    #: an http or https address; empty for plain text
    url: str = ""
    #: a command to type, by its name; `text` is what follows it, and the platform shows both in its own form
    command: str = ""
    #: a person, written out; the platform shows the name without calling the person, where it can, else `text`
    person: str = ""
    #: of a command: it is given in the thread of a paper, or in reply to one, where some platforms want a mention
    at_paper: bool = False
    #: the sign of a feeling: the platform shows the emoji that people react with there; `text` is the one to show,
    #: empty before the platform put it in
    feeling: Feeling | None = None


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


def person(ref: str) -> Span:
    """A person by a UserRef, written out."""
    return Span(text=f"@{ref.rpartition('/')[2].rpartition(':')[2]}", person=ref)


Spans = tuple[Span, ...]

_MARKUP: Final = re.compile(
    r"`/(?P<name>[a-z]+)(?: (?P<arguments>[^`]*))?`|:(?P<feeling>bookmark|more|less|done):|\{(?P<place>[a-z_]+)\}"
)


def command(name: str, arguments: str = "") -> Span:
    """A command to type."""
    return Span(text=arguments, command=name)


def command_at_paper(name: str, arguments: str) -> Span:
    """A command to give in the thread of a paper's message, or in reply to it."""
    return Span(text=arguments, command=name, at_paper=True)


def sign(feeling: Feeling) -> Span:
    """The emoji that stands for a feeling."""
    return Span(text="", feeling=feeling)


def prose(sentence: str, /, **places: Span | Spans | str) -> Spans:
    """A sentence of ours as spans: "`/search diffusion`" is a command to type, and ":bookmark:" a sign.

    What other people wrote may stand in its places alone: `prose(_("Only {rule} comes."), rule=code(rule))`.
    """
    spans: list[Span] = []
    end = 0
    for match in _MARKUP.finditer(sentence):
        part: Span | Spans | str
        if feeling := match["feeling"]:
            part = sign(Feeling(feeling))
        elif name := match["name"]:
            part = command(name, match["arguments"] or "")
        else:
            part = places.get(match["place"], match[0])
        spans += (text(sentence[end : match.start()]), *_as_spans(part))
        end = match.end()
    return _join_plain(*spans, text(sentence[end:]))


def _as_spans(part: Span | Spans | str) -> Spans:
    if isinstance(part, str):
        return (text(part),)
    return (part,) if isinstance(part, Span) else part


def _join_plain(*spans: Span) -> Spans:
    """Plain text beside plain text as one span, and no empty text."""
    line: list[Span] = []
    for span in spans:
        if line and (line[-1], span) == (text(line[-1].text), text(span.text)):
            line[-1] = text(line[-1].text + span.text)
        elif span.text or span.command or span.feeling:
            line.append(span)
    return tuple(line)


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
class Action:
    """Something the reader can press: a command that the platform brings back, or a web page that it opens."""

    #: the command's name: `bookmark`, `similar`, `paper`; empty for a web page
    name: str = ""
    label: str
    #: of the command, as they would be typed: an identifier, a page, a setting; short, since platforms carry them
    arguments: str = ""
    #: the page's http or https address; a platform leaves any other out. Empty for a command
    url: str = ""


#: bytes of arguments that the buttons of every platform carry with any command, and with a channel that they are about
_MOST_CARRIED: Final = 30


def is_carried(arguments: str) -> bool:
    """Can a button bring these arguments on every platform? What is longer has to be typed."""
    return len(arguments.encode()) <= _MOST_CARRIED


@dataclass(frozen=True, slots=True, kw_only=True)
class Quote:
    """Somebody else's words: an abstract, a passage."""

    spans: Spans
    #: brings the words on request, where the platform cannot fold them; None for words that always stand there
    unfold: Action | None = None


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


def spans_of(block: Block) -> Iterable[Span]:
    """All spans of a block, in their order."""
    if isinstance(block, Facts):
        return chain.from_iterable(spans for _, spans in block.rows)
    if isinstance(block, ListBlock):
        return chain.from_iterable(block.items)
    return () if isinstance(block, Divider) else block.spans


class Audience(StrEnum):
    """Who sees a post."""

    EVERYONE = "everyone"
    #: the asker alone; where the platform cannot do that, it stands where it was asked
    ASKER = "asker"
    #: the asker alone, and nobody else ever: what somebody reads, or keeps
    PERSONAL = "personal"


@dataclass(frozen=True, slots=True, kw_only=True)
class Attachment:
    """A text file that comes with an answer."""

    #: with its ending: `reading-list.bib`
    name: str
    mime: str
    #: UTF-8 where it is sent
    content: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Post:
    """One message, and the replies in its thread."""

    blocks: tuple[Block, ...]
    actions: tuple[Action, ...] = ()
    #: each becomes a message of its own in this message's thread, in this order
    replies: tuple[Post, ...] = ()
    #: a command whose answer brings the replies once the message is there, where it has a thread for them; elsewhere
    #: actions with the same command, which are left out there, bring them one by one
    thread: Action | None = None
    #: the papers the message shows: one for a paper's own message, several for a list
    papers: tuple[PaperId, ...] = ()
    #: what the lines of a list call its papers, where that is not 1, 2, 3 and so on
    numbers: tuple[int, ...] = ()
    #: a file that follows the message; of answers alone, not of digests and their replies
    attachment: Attachment | None = None
    audience: Audience = Audience.EVERYONE
    #: the signs of the channel that it is for, in it and in its replies
    signs: Signs = USUAL_SIGNS
    #: one line for notifications and screen readers
    fallback: str = ""

    @property
    def names_signs(self) -> bool:
        """Does it say how to react, or show papers that one can react on?"""
        own = any(span.feeling for block in self.blocks for span in spans_of(block))
        return own or bool(self.papers) or any(reply.names_signs for reply in self.replies)
