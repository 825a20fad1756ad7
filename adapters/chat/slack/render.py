"""Posts as Slack messages: Block Kit blocks and a line of fallback text, within Slack's limits. Pure, no SDK.

Called by `client` when it plans and edits. Running text becomes `rich_text`, whose text Slack never reads
as markup, so that nothing of a title or an abstract can mention, link or format. What is too long for a message goes
on in the next one, which belongs in the thread of the first; nothing is cut.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from functools import cache
from typing import Any, Final

from adapters.chat.hostile import address, page_address
from adapters.chat.hostile import harmless as _harmless
from adapters.chat.vocabulary import part_of
from core.posts.tree import Action, Block, Divider, Facts, Heading, ListBlock, Note, Paragraph, Post, Quote, Span, Spans
from core.posts.tree import text as plain
from core.speech import N_, _

Json = dict[str, Any]

#: what Slack allows
MOST_BLOCKS: Final = 50
LONGEST_HEADER: Final = 150
LONGEST_LABEL: Final = 75
LONGEST_VALUE: Final = 2_000
LONGEST_URL: Final = 3_000
MOST_BUTTONS: Final = 25
MOST_IN_CONTEXT: Final = 10

#: characters of JSON; Slack refuses messages of about 13,200 with `msg_blocks_too_long`
MESSAGE_ROOM: Final = 10_000
BLOCK_ROOM: Final = 2_800
#: characters of the line that notifications and screen readers show
LONGEST_FALLBACK: Final = 300

#: what a button's `action_id` begins with
ACTION: Final = "paperboy:"
#: what the `action_id` of a button begins with that only opens a page; Slack tells us of the press all the same
LINK: Final = "link:"

_ENCODE: Final = json.JSONEncoder().encode
#: a person of Slack, written out
_PERSON: Final = re.compile(r"slack:[^/]*/([UW][A-Z0-9]{2,20})")
#: an emoji by its name
_EMOJI: Final = re.compile(r":([^\s:]+):")
_NOTHING: Final = N_("(nothing to show)")
#: what mrkdwn would read as formatting, and cannot be escaped
_FORMATTING: Final = frozenset("*_~`")


def messages(post: Post) -> tuple[Json, ...]:
    """The post without its replies as one message or several: `text` and `blocks` of each, JSON values."""
    blocks = [*_blocks(post.blocks), *_actions(post.actions)]
    parts = list(_pack(blocks)) or [[]]
    text = fallback(post)
    if len(parts) == 1:
        return ({"text": text, "blocks": parts[0]},)
    parts = _accompany_buttons(list(_pack(blocks, MOST_BLOCKS - 2)))
    count = len(parts)
    return tuple(
        {"text": f"{text} ({number}/{count})", "blocks": [*part, *_block(Note(spans=(plain(part_of(number, count)),)))]}
        for number, part in enumerate(parts, 1)
    )


def _accompany_buttons(parts: list[list[Json]]) -> list[list[Json]]:
    """The same messages, but buttons do not stand alone in the last one: the block above them goes with them."""
    *_, before, last = parts
    if all(block["type"] == "actions" for block in last) and len(before) > 1:
        last.insert(0, before.pop())
    return parts


def fallback(post: Post) -> str:
    """One line of mrkdwn that stands for the message in notifications; never empty."""
    text = post.fallback or " ".join(span.text for spans in _all_spans(post.blocks) for span in spans)
    line = " ".join(harmless(text, one_line=True).split())
    return escape(line if len(line) <= LONGEST_FALLBACK else f"{line[:LONGEST_FALLBACK]}…") or _(_NOTHING)


def escape(text: str) -> str:
    """Text for a text object: without anything that Slack would take for a mention, a link or an entity."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def harmless(content: str, *, one_line: bool = False) -> str:
    """As `adapters.chat.hostile.harmless`; printable ASCII, which most text is, is returned at once."""
    return content if content.isascii() and content.isprintable() else _harmless(content, one_line=one_line)


def pieces(text: str, room: int) -> Iterator[str]:
    """The text in pieces of at most `room` (12 or more) characters of JSON, broken after a space where there is one."""
    start = len(text) if text and _fits_whole(text, room) else 0
    if start:
        yield text
    while start < len(text):
        end = _fitting_end(text, start, room)
        if end < len(text):
            end = max(text.rfind(" ", start, end), text.rfind("\n", start, end)) + 1 or end
        yield text[start:end]
        start = end


def _fits_whole(text: str, room: int) -> bool:
    most = 2 if text.isascii() and text.isprintable() else 12  # characters of JSON that one character can take
    return len(text) * most <= room or _size(text) - 2 <= room


def _fitting_end(text: str, start: int, room: int) -> int:
    for end in range(start, min(len(text), start + room)):
        room -= _cost(text[end])
        if room < 0:
            return end
    return min(len(text), end + 1)


@cache
def _cost(character: str) -> int:
    return _size(character) - 2


def _size(value: Json | list[Json] | str) -> int:
    """Characters of JSON, as the SDK writes it."""
    return len(_ENCODE(value))


def _pack(blocks: Iterable[Json], most: int = MOST_BLOCKS) -> Iterator[list[Json]]:
    """Blocks in messages that are not too long, at most so many in each."""
    message: list[Json] = []
    size = 0
    for block in blocks:
        cost = _size(block) + 2
        if message and (size + cost > MESSAGE_ROOM or len(message) == most):
            yield message
            message, size = [], 0
        message.append(block)
        size += cost
    if message:
        yield message


def _blocks(blocks: Sequence[Block]) -> Iterator[Json]:
    for entry in _entries(blocks):
        yield from _entry(entry)


def _entries(blocks: Sequence[Block]) -> Iterator[list[Block]]:
    """Paragraphs with what is set in below them, every other block alone."""
    entry: list[Block] = []
    for block in blocks:
        belongs = isinstance(block, (Paragraph, Note)) and block.indented and _can_grow(entry)
        if entry and not belongs:
            yield entry
            entry = []
        entry.append(block)
    if entry:
        yield entry


def _can_grow(entry: Sequence[Block]) -> bool:
    return bool(entry) and (isinstance(entry[0], Paragraph) or (isinstance(entry[0], Note) and entry[0].indented))


def _entry(entry: Sequence[Block]) -> Iterator[Json]:
    first = entry[0]
    if len(entry) == 1 and not isinstance(first, Paragraph):
        yield from _block(first)
        return
    lines = [block.spans for block in entry if isinstance(block, (Paragraph, Note))]
    yield from _lines(lines)


def _block(block: Block) -> Iterator[Json]:
    match block:
        case Heading():
            yield from _heading(block)
        case Paragraph():
            yield from _sections(block.spans)
        case Quote():
            yield from _rich_text("rich_text_quote", block.spans)
        case ListBlock():
            yield from _list(block)
        case Facts():
            rows = [(Span(text=f"{name}: ", bold=True), *value) for name, value in block.rows]
            yield from _lines(rows)
        case Note():
            yield from _note(block)
        case Divider():
            yield {"type": "divider"}


def _heading(block: Heading) -> Iterator[Json]:
    title = " ".join(harmless("".join(span.text for span in block.spans), one_line=True).split())
    is_linked = any(address(span.url) for span in block.spans)
    if block.level == 1 and title and not is_linked and len(escape(title)) <= LONGEST_HEADER:
        yield {"type": "header", "text": _plain_text(title)}
    else:
        flat = (replace(span, text=harmless(span.text, one_line=True), bold=True) for span in block.spans)
        yield from _sections(tuple(flat))


def _note(block: Note) -> Iterator[Json]:
    """Small print, unless it must catch the eye or has a style that small print has not."""
    if block.warning:
        yield from _sections((plain("⚠️ "), *block.spans))
    elif any(map(_is_too_rich, block.spans)) or len(runs := list(_runs(block.spans))) > MOST_IN_CONTEXT:
        yield from _sections(block.spans)
    else:
        for texts in _small_print(runs):
            yield {"type": "context", "elements": texts}


def _is_too_rich(span: Span) -> bool:
    return (
        span.bold
        or span.code
        or bool(span.person)
        or bool(span.feeling and _EMOJI.fullmatch(span.text))
        or bool(address(span.url) and (_FORMATTING & set(span.text) or not span.text.strip()))
    )


def _runs(spans: Spans) -> Iterator[Span]:
    """The spans with neighbours that have no address joined into one."""
    run = ""
    for span in spans:
        if not address(span.url):
            run += span.text
            continue
        if run.strip():
            yield plain(run)
        yield span
        run = ""
    if run.strip():
        yield plain(run)


def _small_print(runs: Sequence[Span]) -> Iterator[list[Json]]:
    """Small print as the elements of one context block after another."""
    elements: list[Json] = []
    for span in runs:
        where = address(span.url)
        text = harmless(span.text, one_line=bool(where))
        if where and len(where) + 6 * len(text) < BLOCK_ROOM:
            elements.append({"type": "mrkdwn", "text": f"<{escape(where)}|{escape(text)}>", "verbatim": True})
        else:
            # escaped, a character may take five; JSON of one more than twelve is not known
            long = f"{text} {where}" if where else text
            elements += [_plain_text(piece) for piece in pieces(long.strip(), BLOCK_ROOM // 5) if piece.strip()]
    while elements:
        size, count = 0, 0
        for element in elements[:MOST_IN_CONTEXT]:
            size += _size(element)
            if count and size > BLOCK_ROOM:
                break
            count += 1
        yield elements[:count]
        elements = elements[count:]


def _list(block: ListBlock) -> Iterator[Json]:
    if block.ordered:
        items = enumerate(block.items, block.start)
        yield from _lines((plain(f"{number}. "), *item) for number, item in items)
        return
    sections: list[Json] = []
    size = 0
    for item in block.items:
        for elements in _chunks(_elements(item)):
            cost = _size(elements) + 60
            if sections and size + cost > BLOCK_ROOM:
                yield _bullets(sections)
                sections, size = [], 0
            sections.append({"type": "rich_text_section", "elements": elements})
            size += cost
    if sections:
        yield _bullets(sections)


def _bullets(sections: list[Json]) -> Json:
    return {"type": "rich_text", "elements": [{"type": "rich_text_list", "style": "bullet", "elements": sections}]}


def _sections(spans: Spans) -> Iterator[Json]:
    yield from _rich_text("rich_text_section", spans)


def _rich_text(kind: str, spans: Spans) -> Iterator[Json]:
    for elements in _chunks(_elements(spans)):
        yield {"type": "rich_text", "elements": [{"type": kind, "elements": elements}]}


def _lines(lines: Iterable[Spans]) -> Iterator[Json]:
    """Lines below one another; one that a block has no room for any more begins the next block."""
    spans: list[Span] = []
    size = 0
    for line in lines:
        cost = sum(_size(element) + 2 for element in _elements((plain("\n"), *line)))
        if spans and size + cost > BLOCK_ROOM:
            yield from _sections(tuple(spans))
            spans, size = [], 0
        spans += [plain("\n"), *line] if spans else line
        size += cost
    yield from _sections(tuple(spans))


def _elements(spans: Spans) -> Iterator[Json]:
    """Spans as the elements of rich text; one of more than a block's room is split."""
    for span in spans:
        where = address(span.url)
        style = {name: True for name in ("bold", "italic", "code") if getattr(span, name)}
        room = BLOCK_ROOM - 200
        if person := _PERSON.fullmatch(span.person):
            yield {"type": "user", "user_id": person[1]}
        elif span.feeling and (emoji := _EMOJI.fullmatch(span.text)):
            yield {"type": "emoji", "name": emoji[1]}
        elif len(where) > room // 2:
            # no block has room for such a link: its address is written out
            yield from _texts(f"{harmless(span.text)} {where}", {"type": "text"}, style, room)
        elif where:
            label = harmless(span.text, one_line=True) or where
            yield from _texts(label, {"type": "link", "url": where}, style, room - len(where))
        else:
            yield from _texts(harmless(span.text), {"type": "text"}, style, room)


def _texts(text: str, element: Json, style: Json, room: int) -> Iterator[Json]:
    for piece in pieces(text, room):
        yield element | {"text": piece} | ({"style": style} if style else {})


def _chunks(elements: Iterable[Json]) -> Iterator[list[Json]]:
    """Elements in blocks that are not too long; a block that says nothing is left out."""
    chunk: list[Json] = []
    size = 0
    for element in elements:
        cost = _size(element) + 2
        if chunk and size + cost > BLOCK_ROOM:
            yield from _visible_chunk(chunk)
            chunk, size = [], 0
        chunk.append(element)
        size += cost
    yield from _visible_chunk(chunk)


def _visible_chunk(chunk: list[Json]) -> Iterator[list[Json]]:
    if any(element["type"] in ("emoji", "user") or element["text"].strip() for element in chunk):
        yield chunk


def _actions(actions: Sequence[Action]) -> Iterator[Json]:
    """Buttons; each carries its command's name and arguments and nothing else, so that it survives everything."""
    buttons = [button for number, action in enumerate(actions) if (button := _button(number, action))]
    row: list[Json] = []
    size = 0
    for button in buttons:
        cost = _size(button) + 2
        if row and (len(row) == MOST_BUTTONS or size + cost > BLOCK_ROOM):
            yield {"type": "actions", "elements": row}
            row, size = [], 0
        row.append(button)
        size += cost
    if row:
        yield {"type": "actions", "elements": row}


def _button(number: int, action: Action) -> Json | None:
    """A button; None for a command that no button can carry, and for an address that is none or too long."""
    where = page_address(action.url, LONGEST_URL)
    if len(action.arguments) > LONGEST_VALUE or bool(where) != bool(action.url):
        return None
    label = harmless(action.label, one_line=True) or action.name
    while len(escape(label)) > LONGEST_LABEL:
        label = label[:-2] + "…"
    button = {"type": "button", "text": {"type": "plain_text", "text": escape(label), "emoji": True}}
    if where:
        return button | {"action_id": f"{LINK}{number}", "url": where}
    return button | {"action_id": f"{ACTION}{action.name}:{number}", "value": action.arguments}


def _plain_text(text: str) -> Json:
    return {"type": "plain_text", "text": escape(text), "emoji": False}


def _all_spans(blocks: Sequence[Block]) -> Iterator[Spans]:
    for block in blocks:
        if isinstance(block, ListBlock):
            yield from block.items
        elif isinstance(block, Facts):
            yield from ((plain(name), *value) for name, value in block.rows)
        elif not isinstance(block, Divider):
            yield block.spans
