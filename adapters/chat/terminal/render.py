"""Posts as rich renderables: what a digest, an answer or a thread looks like in a terminal.

Pure but for `render`, which prints. Called by `client` for messages and by the command line for posts
that no chat carries. Nothing depends on colour: without it there are still numbers, bullets, bars and a gutter. Where a
console cannot make links of words, their addresses are written out, each once.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from rich.cells import cell_len
from rich.console import Console, RenderableType
from rich.style import Style
from rich.text import Text

from adapters.chat.hostile import harmless, page_address
from adapters.chat.terminal.layout import NO_BREAK, Column, Flow, Line, PrefixedLines, Stack, Unbroken, hanging, indent
from adapters.chat.terminal.text import addresses, text_of
from adapters.chat.vocabulary import Vocabulary
from core.posts.tree import (
    Attachment,
    Block,
    Divider,
    Facts,
    Heading,
    ListBlock,
    Note,
    Paragraph,
    Post,
    Quote,
    Span,
    Spans,
)

#: cells; longer lines are hard to read
WIDEST: Final = 100
#: cells left free at the right, on consoles at least this wide
MARGIN: Final = 2
ROOMY: Final = 60
#: cells that an entry's lines are set in, so that `10. ` stands to the left of them
STEP: Final = 4

PLAIN: Final = Style()
#: commands are typed with a slash, and reactions as their emoji; one person is there
WORDS: Final = Vocabulary(platform="terminal", names={"terminal:you": "you"})
DIM: Final = Style(dim=True)
WARNING: Final = Style(color="yellow")
NUMBER: Final = Style(color="cyan")
TITLE: Final = Style(bold=True)
SECTION: Final = Style(bold=True, color="cyan")
GUTTER: Final = Text("  │ ", style=DIM)

_BAR: Final = Text("▎ ", style=DIM)
_BLANK: Final = Flow(Text(""))
_ENTRY: Final = re.compile(r"^\d{1,4}\. $")
_MARK: Final = re.compile(r"^([✓✗])\s+(.*)$", re.DOTALL)
_MARK_STYLES: Final = {"✓": Style(color="green"), "✗": Style(color="red")}
_WIDEST_NAME: Final = 30
#: characters of a link's address
LONGEST_URL: Final = 2_000
#: parts the particulars of a paper, `Ann Lee · cs.CL cs.LG · 4 Feb 2026`; parts of so many characters stay whole
_SHORT: Final = 24


def render(post: Post, console: Console) -> None:
    """Print a post and its thread; replies that show one paper carry its number, as in a digest."""
    post = WORDS.localise(post)
    paint = Painter(can_link=can_link(console))
    show(console, paint.message(post))
    for number, reply in enumerate(post.replies, 1):
        show(console, thread(paint.message(reply, number=number if len(reply.papers) == 1 else None)))


def show(console: Console, renderable: RenderableType) -> None:
    """Print no wider than is good to read, and not up to the edge where there is room."""
    room = console.width - MARGIN if console.width >= ROOMY else console.width
    console.print(renderable, width=min(room, WIDEST), crop=False, end="")


def file_text(file: Attachment) -> RenderableType:
    """A file's content as it is, whose lines a terminal breaks and nobody else."""
    return Stack((_BLANK, Unbroken(Text(harmless(file.content).rstrip(), end=""))))


def can_link(console: Console) -> bool:
    """Whether words can be links here; a pipe, a file and a dumb terminal cannot."""
    return console.is_terminal and console.color_system is not None


def thread(message: RenderableType) -> RenderableType:
    """A message under its parent, along a gutter."""
    return PrefixedLines(GUTTER, GUTTER, message)


def aside(sentence: str, style: Style = DIM) -> RenderableType:
    """A line of our own between messages."""
    return Stack((_BLANK, Flow(Text(harmless(sentence, one_line=True), style=style))))


@dataclass(frozen=True, slots=True, kw_only=True)
class Painter:
    """Paints the messages of one thread; remembers which addresses it has written out."""

    #: the console can make links of words
    can_link: bool
    _written_addresses: set[str] = field(default_factory=set)

    def message(self, post: Post, *, number: int | None = None, hint: str = "") -> RenderableType:
        """One message after an empty line, with its number before it and a hint of what to type below it."""
        body: RenderableType = Stack(tuple(self._rows(post.blocks)))
        if links := _links(post):
            body = Stack((body, _BLANK, self._text(links, DIM)))
        if hint:
            body = Stack((body, _BLANK, Flow(Text(hint, style=DIM))))
        if number is not None:
            body = hanging(Text(f"[{number}] ".rjust(STEP + 1), style=NUMBER), body)
        return Stack((_BLANK, body))

    def _rows(self, blocks: Sequence[Block]) -> Iterator[RenderableType]:
        before: Block | None = None
        for block in blocks:
            if before and _stands_apart(before, block):
                yield _BLANK
            yield self._block(block)
            before = block

    def _block(self, block: Block) -> RenderableType:
        match block:
            case Heading():
                return self._heading(block)
            case Paragraph():
                return self._paragraph(block)
            case Quote():
                return PrefixedLines(_BAR, _BAR, self._text(block.spans))
            case ListBlock():
                return self._list(block)
            case Facts():
                rows = [(Text(harmless(name, one_line=True), style=DIM), spans) for name, spans in block.rows]
                return self._columns(rows)
            case Note():
                return self._note(block)
            case Divider():
                return Line(DIM)

    def _heading(self, block: Heading) -> RenderableType:
        if block.level == 1:
            return Stack((self._text(block.spans, SECTION, one_line=True), Line(DIM)))
        leads_somewhere = bool(addresses(block.spans))
        return self._text(block.spans, TITLE if leads_somewhere else SECTION, one_line=True)

    def _paragraph(self, block: Paragraph) -> RenderableType:
        if block.indented:
            return indent(self._text(block.spans), STEP)
        first = block.spans[0].text if block.spans else ""
        if _ENTRY.match(first):
            return hanging(Text(first.rjust(STEP), style=NUMBER), self._text(block.spans[1:]))
        return self._text(block.spans)

    def _note(self, block: Note) -> RenderableType:
        body = self._text(_particulars(block.spans), WARNING if block.warning else DIM)
        if block.warning:
            body = hanging(Text("! ", style=WARNING), body)
        return indent(body, STEP) if block.indented else body

    def _list(self, block: ListBlock) -> RenderableType:
        if not block.ordered and block.items and all(_is_explained(item) for item in block.items):
            return self._columns([(text_of(item[:1], can_link=False), _trim(item[1:])) for item in block.items])
        width = len(str(block.start + len(block.items))) + 2
        return Stack(
            tuple(
                self._numbered_item(item, f"{number}. ".rjust(width)) if block.ordered else self._bullet_item(item)
                for number, item in enumerate(block.items, block.start)
            )
        )

    def _numbered_item(self, item: Spans, number: str) -> RenderableType:
        return hanging(Text(number, style=NUMBER), self._text(item))

    def _bullet_item(self, item: Spans) -> RenderableType:
        """A bullet before the item, unless it brings a mark of its own."""
        mark = _MARK.match(item[0].text) if item else None
        if mark is None:
            return hanging(Text("• ", style=DIM), self._text(item))
        spans = (replace(item[0], text=mark[2]), *item[1:])
        return hanging(Text(f"{mark[1]} ", style=_MARK_STYLES[mark[1]]), self._text(spans))

    def _columns(self, rows: Sequence[tuple[Text, Spans]], *, gap: int = 2) -> RenderableType:
        """Names on the left, as wide as the widest of them, and what belongs to them on the right."""
        width = min(max((cell_len(name.plain) for name, _ in rows), default=0), _WIDEST_NAME) + gap
        return Stack(tuple(Column(name, width, self._text(spans)) for name, spans in rows))

    def _text(self, spans: Spans, style: Style = PLAIN, *, one_line: bool = False) -> RenderableType:
        """Running text; a new address that words cannot carry is written below it, several are written among it."""
        new = frozenset(() if self.can_link else addresses(spans)) - self._written_addresses
        self._written_addresses.update(new)
        if len(new) != 1 or any(span.text in new for span in spans):
            return Flow(text_of(spans, can_link=self.can_link, style=style, new_addresses=new, one_line=one_line))
        below = Unbroken(Text(*new, end=""))
        return Stack((Flow(text_of(spans, can_link=False, style=style, one_line=one_line)), below))


def _links(post: Post) -> Spans:
    """The web pages that other platforms have buttons for, without those that the title leads to."""
    title = {span.url for block in post.blocks if isinstance(block, Heading) for span in block.spans}
    links = [
        Span(text=action.label, url=action.url)
        for action in post.actions
        if page_address(action.url, LONGEST_URL) and action.url not in title
    ]
    return tuple(span for link in links for span in (Span(text=" · "), link))[1:]


def _particulars(spans: Spans) -> Spans:
    """Spans whose short parts between dots are not broken (a date, the categories), and where no line begins so."""
    return tuple(replace(span, text=f"{NO_BREAK}· ".join(map(_unbroken, span.text.split(" · ")))) for span in spans)


def _unbroken(part: str) -> str:
    return part.replace(" ", NO_BREAK) if len(part) <= _SHORT else part


def _is_explained(item: Spans) -> bool:
    """Is the item something to type with an explanation after it?"""
    return len(item) > 1 and item[0].code and not item[1].code


def _trim(spans: Spans) -> Spans:
    return (replace(spans[0], text=spans[0].text.lstrip()), *spans[1:])


def _stands_apart(before: Block, after: Block) -> bool:
    """Whether an empty line parts two blocks: not within an entry, not below a title, not between small print."""
    if isinstance(after, (Paragraph, Note)) and after.indented:
        return False
    if isinstance(before, Heading):
        return before.level > 1 and isinstance(after, (Paragraph, Quote, Divider))
    return not (isinstance(before, Note) and isinstance(after, Note) and not before.indented)
